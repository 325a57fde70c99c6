"""Scenarios do what their stories say, in the metrics they name and not in others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from forecast.analysis.scenarios.compare import Comparisons, compare
from forecast.analysis.scenarios.risks import Risks, risk_keys, risks, weighed
from forecast.analysis.scenarios.variants import Variants
from forecast.beliefs import Array
from forecast.codec import decode, encode
from forecast.errors import InputError
from forecast.model.equations import model_graph
from forecast.model.equations.market.steps import CONSTRAINTS
from forecast.periods import FIRST_QUARTER, quarter
from forecast.report.pages.whatif.risks_pages import risks_page, sentence
from forecast.result import RunOptions, columns
from forecast.world.case import Case
from forecast.world.values import CONSTRAINT, Taken, Values
from forecast.world.world import World

pytestmark = pytest.mark.slow

METRICS = (
    "agent_revenue", "ai_capex", "ai_power_capacity", "ai_revenue", "business_adoption",
    "bust_probability", "chip_price_premium", "chip_spend", "compute_stock", "cost_per_h100e_hour",
    "cost_per_million_tokens", "edge_compute", "hyperscaler_capex", "idle_compute",
    "inference_compute", "inference_demand", "inference_share", "lab_rd_spend",
    "nvidia_cumulative", "nvidia_datacenter_revenue", "outside_money", "power_gap", "rent",
    "rent_over_cost", "required_ai_revenue", "revenue_gap", "tokens", "training_compute",
    "training_demand", "weekly_users",
)  # fmt: skip
RECORDS = tuple(
    model_graph().record_of(*split)
    for split in (("chip_spend", "silicon"), ("compute_stock", "region"))
)
STILL = 0.05  # a mean that moves by less, relative, is left alone
MOST = 2 / 3  # of draws move the way that a story says


@dataclass(frozen=True)
class Story:
    """What a scenario says of 2028: what rises, what falls, and what it has nothing to do with.

    A metric is a name, `metric/dimension/member`, or `binds/constraint`, a share of draws.
    """

    rises: str
    falls: str
    still: str


USERS = "business_adoption weekly_users"
COST = "cost_per_h100e_hour"
MONEY = "chip_spend ai_capex outside_money"
STORIES = {
    "agents-disappoint": Story(
        "revenue_gap bust_probability",
        f"ai_revenue agent_revenue lab_rd_spend {MONEY} rent inference_share inference_demand "
        "training_demand tokens",
        f"{USERS} {COST}",
    ),
    "agents-everywhere": Story(
        f"ai_revenue agent_revenue lab_rd_spend {MONEY} rent inference_share inference_demand "
        "training_demand tokens",
        "revenue_gap bust_probability",
        f"{USERS} {COST}",
    ),
    "capex-pause": Story(
        "rent inference_share",
        f"{MONEY} hyperscaler_capex compute_stock ai_power_capacity nvidia_cumulative "
        "training_demand",
        f"{USERS} {COST} ai_revenue inference_demand",
    ),
    "bust": Story(
        "",
        f"{MONEY} hyperscaler_capex ai_revenue lab_rd_spend compute_stock ai_power_capacity "
        "nvidia_cumulative training_demand inference_demand",
        f"{USERS} {COST}",
    ),
    "grid-bound": Story(
        "power_gap binds/power rent inference_share",
        f"{MONEY} compute_stock ai_power_capacity training_demand",
        f"{USERS} {COST} ai_revenue inference_demand",
    ),
    "efficiency-outruns-demand": Story(
        "tokens",
        "inference_demand inference_share rent cost_per_million_tokens",
        f"{USERS} {COST} ai_revenue training_demand chip_spend",
    ),
    "china-decoupling": Story(
        "chip_spend/silicon/other_gpu",
        "compute_stock/region/china chip_spend/silicon/nvidia_gpu training_demand",
        f"{USERS} tokens ai_revenue chip_spend ai_power_capacity rent",
    ),
    "supply-crunch": Story(
        "binds/chips chip_price_premium rent",
        f"{MONEY} compute_stock nvidia_cumulative tokens",
        f"{USERS} ai_revenue inference_demand",
    ),
    "margin-pressure": Story(
        "compute_stock tokens",
        f"chip_spend nvidia_cumulative {COST} rent",
        f"{USERS} ai_revenue inference_share",
    ),
    "asic-shift": Story(
        "chip_spend/silicon/custom_asic chip_spend/silicon/inference_specialist power_gap",
        "chip_spend/silicon/nvidia_gpu nvidia_cumulative",
        f"{USERS} {COST} ai_revenue rent chip_spend tokens inference_share",
    ),
    "training-renaissance": Story(
        "training_demand training_compute lab_rd_spend rent",
        "inference_share inference_compute tokens",
        f"{USERS} {COST} ai_revenue inference_demand",
    ),
    "edge-shift": Story(
        "edge_compute",
        "inference_demand inference_share tokens rent",
        f"{USERS} {COST} ai_revenue training_demand chip_spend",
    ),
    "short-lives": Story(
        f"{COST} required_ai_revenue revenue_gap rent",
        "rent_over_cost inference_demand training_demand tokens",
        f"{USERS} ai_revenue chip_spend",
    ),
    "dearer-sites": Story(
        f"{COST} ai_capex outside_money required_ai_revenue rent",
        "inference_demand tokens",
        f"{USERS} ai_revenue chip_spend compute_stock",
    ),
}
SIZES = {
    ("agents-disappoint", "ai_revenue"): (-0.60, -0.35),
    ("agents-disappoint", "chip_spend"): (-0.50, -0.10),
    ("efficiency-outruns-demand", "ai_revenue"): (-0.15, 0.25),
    ("bust", "chip_spend"): (-0.60, -0.38),
}
"""Relative changes of 2028 that no reading of the evidence should leave; of a bust, what became of
carriers' spending after 2000."""


class Told:
    """The built-in case on one small ensemble, and each scenario's values in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = self.values("base")

    def values(self, scenario: str) -> Values:
        settings = self.world.inputs.scenarios[scenario].settings
        return self.world.with_settings(settings).values((*METRICS, *RECORDS, CONSTRAINT))

    def at(self, values: Values, name: str) -> Array:
        """Return a metric's draws in 2028, or which of them a constraint binds."""
        head, *rest = name.split("/")
        if head == "binds":
            codes = values.take([(CONSTRAINT, "2028")])[CONSTRAINT, "2028"]
            return np.asarray(codes == CONSTRAINTS.index(rest[0]), dtype=float)
        return values.at(head, "2028", *rest)

    def ratio(self, changed: Values, name: str) -> float:
        """Return the mean of a metric over that of the base case."""
        return float(np.mean(self.at(changed, name)) / np.mean(self.at(self.base, name)))

    def rises(self, changed: Values, name: str) -> float:
        """Return in which share of draws a metric rises, of those in which it moves."""
        moved = self.at(changed, name) - self.at(self.base, name)
        return float(np.mean(moved[moved != 0.0] > 0.0))


@pytest.fixture(scope="module")
def told(base_world: World) -> Told:
    return Told(base_world)


def test_every_scenario_has_a_story_sources_and_a_judged_probability(base_case: Case) -> None:
    scenarios = base_case.inputs.scenarios
    assert set(STORIES) == set(scenarios) - {"base"}
    for name in STORIES:
        scenario = scenarios[name]
        assert "Judged at" in scenario.story, f"{name}: why this probability?"
        assert scenario.probability is not None
        assert 0.0 < scenario.probability < 0.5
        for source in scenario.sources:
            assert "https://" in source or "data/" in source, f"{name}: {source}"


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_does_what_its_story_says(told: Told, name: str) -> None:
    """Means move, and most draws with them: a scenario works through causes, draw by draw."""
    story, changed = STORIES[name], told.values(name)
    up, down, still = (text.split() for text in (story.rises, story.falls, story.still))
    ratio = {each: told.ratio(changed, each) for each in (*up, *down, *still)}
    share = {each: told.rises(changed, each) for each in (*up, *down)}
    assert {each: ratio[each] for each in up if ratio[each] < 1.01} == {}
    assert {each: ratio[each] for each in down if ratio[each] > 0.99} == {}
    assert {each: share[each] for each in up if share[each] < MOST} == {}
    assert {each: share[each] for each in down if share[each] > 1.0 - MOST} == {}
    assert {each: ratio[each] for each in still if abs(ratio[each] - 1.0) > STILL} == {}


@pytest.mark.parametrize(("name", "metric"), SIZES)
def test_a_scenario_is_as_large_as_its_story(told: Told, name: str, metric: str) -> None:
    base, changed = told.at(told.base, metric), told.at(told.values(name), metric)
    low, high = SIZES[name, metric]
    assert low <= float(np.median(changed / base - 1.0)) <= high


def test_a_renaissance_of_training_takes_four_to_ten_points(told: Told) -> None:
    changed = told.at(told.values("training-renaissance"), "inference_share")
    moved = float(np.median(changed - told.at(told.base, "inference_share")))
    assert -0.10 <= moved <= -0.04


def test_a_bust_takes_outside_money_most_and_idles_machines_first(told: Told) -> None:
    """Lenders leave before boards do; rent falls with revenue until the fleet stops growing."""
    changed = told.values("bust")
    lent, capex = (told.ratio(changed, each) for each in ("outside_money", "ai_capex"))
    assert lent < capex
    rent, idle = (
        float(np.mean(changed.at(each, "2027")) / np.mean(told.base.at(each, "2027")))
        for each in ("rent", "idle_compute")
    )
    assert rent < 0.95
    assert idle > 1.0
    assert rent < told.ratio(changed, "rent")


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("agents-disappoint", "ai_revenue"),
        ("agents-everywhere", "ai_revenue"),
        ("asic-shift", "nvidia_datacenter_revenue"),
        ("bust", "chip_spend"),
        ("capex-pause", "chip_spend"),
        ("efficiency-outruns-demand", "inference_demand"),
        ("grid-bound", "ai_power_capacity"),
        ("margin-pressure", "nvidia_datacenter_revenue"),
        ("supply-crunch", "compute_stock"),
        ("training-renaissance", "training_demand"),
    ],
)
def test_a_scenario_is_judged_about_as_likely_as_draws_like_it(
    told: Told, name: str, metric: str
) -> None:
    base, middle = told.at(told.base, metric), np.median(told.at(told.values(name), metric))
    beyond = base < middle if middle < np.median(base) else base > middle
    judged = told.world.inputs.scenarios[name].probability
    assert judged is not None
    assert judged / 2.0 < float(np.mean(beyond)) < judged * 2.0


def test_the_bust_is_judged_as_likely_as_the_model_finds_it(told: Told) -> None:
    """It strikes in 2027, and a later one would not have run its course by the end."""
    judged = told.world.inputs.scenarios["bust"].probability
    early, late = (
        float(np.mean(told.base.at("bust_probability", year))) for year in ("2027", "2028")
    )
    assert judged is not None
    assert early < judged < late


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_leaves_the_past_alone(told: Told, name: str) -> None:
    changed = told.values(name)
    assert quarter("2025Q4") < FIRST_QUARTER + told.world.timeline.history
    for metric in ("tokens", "chip_spend", "compute_stock", "inference_share", "ai_capex"):
        assert np.array_equal(changed.at(metric, "2025"), told.base.at(metric, "2025")), metric


@pytest.mark.parametrize("name", ["capex-pause", "bust"])
def test_capex_of_the_five_falls_below_2026(told: Told, name: str) -> None:
    """The stories say: in 2027, and that it is held there in 2028."""
    values = told.values(name)
    before, middle, after = (
        float(np.median(values.at("hyperscaler_capex", year))) for year in ("2026", "2027", "2028")
    )
    assert middle < before
    assert after < before


# forecast risks


def _alone(case: Case, title: str) -> Case:
    """Return a case with one scenario only."""
    one = replace(case.inputs.scenarios["grid-bound"], title=title)
    return replace(case, inputs=replace(case.inputs, scenarios={"grid-bound": one}))


def _taken(spend: Array, leads: Array) -> Taken:
    """Return draws of everything that a risk is judged by through 2028."""
    return {
        ("inference_share", "2028"): spend / 1e12,
        ("ai_power_capacity", "2028"): spend / 1e12,
        ("chip_spend", "2028"): spend,
        ("training_compute", "2028Q4"): leads,
        ("inference_compute", "2028Q4"): np.full_like(leads, 0.5),
        ("crossover", ""): np.where(leads > 0.0, np.inf, quarter("2027Q1")),
    }


def test_differences_are_taken_draw_by_draw(base_case: Case) -> None:
    """Two worlds whose medians are equal may still differ in every draw."""
    base = _taken(np.array([1e11, 2e11, 3e11, 4e11]), np.array([0.0, 0.0, 0.0, 1.0]))
    changed = _taken(np.array([4e11, 3e11, 2e11, 4e11]), np.array([0.0, 0.0, 1.0, 1.0]))
    case = _alone(base_case, "Grid bound")
    assert set(base) == set(risk_keys(case.timeline("2028")))
    found = Variants((), base, {"grid-bound": changed})
    result = weighed(case, RunOptions(draws=4), found=found)
    (risk,) = result.by_scenario()
    spend = risk.metrics["chip_spend"]
    assert (spend.base_p50, spend.changed_p50) == (2.5e11, 3.5e11)
    assert spend.difference.p50 == 0.5e11  # of +3, +1, −1 and 0
    assert spend.probability_up == 0.625  # two rise, one stays and counts half
    assert (risk.lead.base_p50, risk.lead.changed_p50) == (0.25, 0.5)
    assert risk.crossover.base_probability_never == 0.25
    assert risk.crossover.changed_p50 is None
    said = "25 of 100 draws of the case as it stands, most often under grid bound (50)"
    assert said in sentence(result)
    assert risks_page(result)


def test_results_come_back_from_the_cache(base_case: Case) -> None:
    options = RunOptions(draws=512, use_cache=False)
    found = risks(base_case, options)
    assert decode(Risks, encode(found)) == found
    assert len({tuple(columns(row)) for row in found.rows}) == 1, "all rows have the same columns"
    beside = compare(base_case, options, names=["grid-bound"])
    assert decode(Comparisons, encode(beside)) == beside


def test_risks_need_a_probability(base_case: Case) -> None:
    """So does a report, which refuses before it computes anything."""
    from forecast.analysis.runs.report_contents import gather

    base_only = {"base": base_case.inputs.scenarios["base"]}
    case = replace(base_case, inputs=replace(base_case.inputs, scenarios=base_only))
    for ask in (risks, gather):
        with pytest.raises(InputError, match="a scenario with a probability"):
            ask(case)


def test_the_base_case_alone_is_nothing_to_compare(base_case: Case) -> None:
    with pytest.raises(InputError, match="a scenario to set beside the base case"):
        compare(base_case, names=["base"])
