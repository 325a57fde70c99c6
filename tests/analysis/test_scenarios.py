"""Scenarios do what their stories say, in the metrics they name and not in others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from forecast.model.equations.supply import CONSTRAINTS

from forecast.analysis.scenarios.compare import Comparisons, compare
from forecast.analysis.scenarios.risks import Risks, risk_keys, risks, weighed
from forecast.analysis.scenarios.variants import Variants
from forecast.beliefs import Array
from forecast.codec import decode, encode
from forecast.errors import InputError
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.report.pages.answers.risks_pages import risks_page, sentence
from forecast.result import RunOptions, columns
from forecast.world.case import Case
from forecast.world.values import CONSTRAINT, Taken, Values
from forecast.world.world import World

pytestmark = pytest.mark.slow

METRICS = (
    "business_adoption", "weekly_users", "tokens", "inference_demand", "training_demand",
    "unserved_demand", "compute_stock", "training_compute", "inference_compute", "inference_share",
    "chip_spend", "ai_capex", "ai_power_capacity", "power_gap", "cost_per_h100e_hour",
    "cost_per_million_tokens", "nvidia_cumulative", "edge_compute",
)  # fmt: skip
RECORDS = tuple(
    model_graph().record_of(*split)
    for split in (("chip_spend", "silicon"), ("compute_stock", "region"))
)
STILL = 0.05  # a median that moves by less, relative, is left alone


@dataclass(frozen=True)
class Story:
    """What a scenario says of 2028: what rises, what falls, and what it has nothing to do with.

    A metric is a name, `metric/dimension/member`, or `binds/constraint`, a share of draws.
    """

    rises: str
    falls: str
    still: str


USERS = "business_adoption weekly_users"
STORIES = {
    "agents-disappoint": Story(
        "training_compute",
        "tokens inference_demand inference_share",
        f"{USERS} training_demand cost_per_h100e_hour",
    ),
    "agents-everywhere": Story(
        "tokens inference_demand inference_share unserved_demand",
        "training_compute",
        f"{USERS} training_demand cost_per_h100e_hour",
    ),
    "capex-pause": Story(
        "unserved_demand",
        "chip_spend ai_capex compute_stock ai_power_capacity nvidia_cumulative binds/power",
        f"{USERS} tokens inference_demand cost_per_h100e_hour",
    ),
    "grid-bound": Story(
        "power_gap binds/power unserved_demand",
        "compute_stock chip_spend ai_power_capacity",
        f"{USERS} tokens inference_demand training_demand cost_per_h100e_hour",
    ),
    "efficiency-outruns-demand": Story(
        "tokens",
        "inference_demand inference_share cost_per_million_tokens",
        f"{USERS} training_demand cost_per_h100e_hour",
    ),
    "china-decoupling": Story(
        "chip_spend/silicon/other_gpu",
        "compute_stock/region/china tokens chip_spend/silicon/nvidia_gpu",
        f"{USERS} training_demand chip_spend ai_power_capacity",
    ),
    "supply-crunch": Story(
        "binds/chips unserved_demand cost_per_h100e_hour",
        "compute_stock chip_spend ai_capex nvidia_cumulative",
        f"{USERS} tokens inference_demand training_demand",
    ),
    "margin-pressure": Story(
        "compute_stock tokens",
        "chip_spend nvidia_cumulative cost_per_h100e_hour",
        f"{USERS} inference_share ai_capex inference_demand",
    ),
    "asic-shift": Story(
        "chip_spend/silicon/custom_asic chip_spend/silicon/inference_specialist power_gap",
        "chip_spend/silicon/nvidia_gpu nvidia_cumulative cost_per_million_tokens",
        f"{USERS} tokens inference_demand training_demand inference_share",
    ),
    "training-renaissance": Story(
        "training_demand training_compute",
        "inference_share inference_compute",
        f"{USERS} tokens inference_demand cost_per_h100e_hour",
    ),
    "edge-shift": Story(
        "edge_compute",
        "inference_demand inference_share",
        f"{USERS} tokens training_demand cost_per_h100e_hour",
    ),
}


class Told:
    """The built-in case on one small ensemble, and each scenario's values in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = self.values("base")

    def values(self, scenario: str) -> Values:
        settings = self.world.inputs.scenarios[scenario].settings
        return self.world.with_settings(settings).values((*METRICS, *RECORDS, CONSTRAINT))

    def level(self, values: Values, name: str) -> float:
        """Return the mean of a metric in 2028, or the share of draws that a constraint binds."""
        head, *rest = name.split("/")
        if head == "binds":
            codes = values.take([(CONSTRAINT, "2028")])[CONSTRAINT, "2028"]
            return float(np.mean(codes == CONSTRAINTS.index(rest[0])))
        return float(np.mean(values.at(head, "2028", *rest)))


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
    story, changed = STORIES[name], told.values(name)
    ratio = {
        each: told.level(changed, each) / told.level(told.base, each)
        for each in f"{story.rises} {story.falls} {story.still}".split()
    }
    assert {each: ratio[each] for each in story.rises.split() if ratio[each] < 1.01} == {}
    assert {each: ratio[each] for each in story.falls.split() if ratio[each] > 0.99} == {}
    moved = {each: ratio[each] for each in story.still.split() if abs(ratio[each] - 1.0) > STILL}
    assert moved == {}


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_leaves_the_past_alone(told: Told, name: str) -> None:
    changed = told.values(name)
    assert quarter("2025Q4") < FIRST_QUARTER + told.world.timeline.history
    for metric in ("tokens", "chip_spend", "compute_stock", "inference_share", "ai_capex"):
        assert np.array_equal(changed.at(metric, "2025"), told.base.at(metric, "2025")), metric


def test_capex_falls_below_2026_in_the_pause(base_world: World) -> None:
    """The story says: below 2026's level in 2027 and again in 2028."""
    settings = base_world.inputs.scenarios["capex-pause"].settings
    values = base_world.with_settings(settings).values(["hyperscaler_capex"])
    before, middle, after = (
        float(np.median(values.at("hyperscaler_capex", year))) for year in ("2026", "2027", "2028")
    )
    assert before > middle > after


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
