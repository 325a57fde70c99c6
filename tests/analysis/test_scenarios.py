"""Scenarios do what their stories say, in the metrics they name and not in others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from forecast.analysis.runs.report_contents import gather
from forecast.analysis.scenarios.risks import risk_keys, risks, weighed
from forecast.analysis.scenarios.variants import Variants
from forecast.beliefs import Array
from forecast.errors import InputError
from forecast.inputs import load
from forecast.model.equations.supply import CONSTRAINTS
from forecast.periods import FIRST_QUARTER, quarter
from forecast.report.pages.risks_pages import risks_page, sentence
from forecast.world.case import Case, load_case
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.samples import Samples, Taken, sample
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

pytestmark = pytest.mark.slow

METRICS = (
    "business_adoption", "weekly_users", "tokens", "inference_demand", "training_demand",
    "unserved_demand", "compute_stock", "training_compute", "inference_compute", "inference_share",
    "chip_spend", "ai_capex", "ai_power_capacity", "power_gap", "cost_per_h100e_hour",
    "cost_per_million_tokens", "nvidia_cumulative", "edge_compute",
)  # fmt: skip
PARTS = (("chip_spend", "silicon"), ("compute_stock", "region"))
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


class World:
    """The built-in case on one ensemble, for any scenario."""

    def __init__(self) -> None:
        self.case: Case = load_case()
        self.timeline: Timeline = self.case.timeline("2028")
        self.ensemble: Ensemble = build_ensemble(self.case, self.timeline, 512, 1, use_cache=False)
        self.base = self.sampled("base")

    def sampled(self, scenario: str) -> Samples:
        settings = self.case.inputs.scenarios[scenario].settings
        changed, _ = apply_settings(self.case.inputs, self.ensemble, self.timeline, settings)
        names = (*METRICS, "binding_constraint")
        return sample(
            self.case.inputs, self.ensemble, self.timeline, names, parts=PARTS, changed=changed
        )

    def level(self, samples: Samples, name: str) -> float:
        """Return the mean of a metric in 2028, or the share of draws that a constraint binds."""
        head, *rest = name.split("/")
        if head == "binds":
            column = self.timeline.horizon - 4
            codes = samples.values["binding_constraint"][:, column : self.timeline.horizon]
            return float(np.mean(codes == CONSTRAINTS.index(rest[0])))
        return float(np.mean(samples.at(head, "2028", *rest)))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_every_scenario_has_a_story_sources_and_a_judged_probability(world: World) -> None:
    scenarios = world.case.inputs.scenarios
    assert set(STORIES) == set(scenarios) - {"base"}
    for name in STORIES:
        scenario = scenarios[name]
        assert "Judged at" in scenario.story, f"{name}: why this probability?"
        assert scenario.probability is not None
        assert 0.0 < scenario.probability < 0.5
        for source in scenario.sources:
            assert "https://" in source or "data/" in source, f"{name}: {source}"


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_does_what_its_story_says(world: World, name: str) -> None:
    story, changed = STORIES[name], world.sampled(name)
    ratio = {
        each: world.level(changed, each) / world.level(world.base, each)
        for each in f"{story.rises} {story.falls} {story.still}".split()
    }
    assert {each: ratio[each] for each in story.rises.split() if ratio[each] < 1.01} == {}
    assert {each: ratio[each] for each in story.falls.split() if ratio[each] > 0.99} == {}
    moved = {each: ratio[each] for each in story.still.split() if abs(ratio[each] - 1.0) > STILL}
    assert moved == {}


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_leaves_the_past_alone(world: World, name: str) -> None:
    changed = world.sampled(name)
    assert quarter("2025Q4") < FIRST_QUARTER + world.timeline.history
    for metric in ("tokens", "chip_spend", "compute_stock", "inference_share", "ai_capex"):
        assert np.array_equal(changed.at(metric, "2025"), world.base.at(metric, "2025")), metric


def test_capex_falls_below_2026_in_the_pause(world: World) -> None:
    """The story says: below 2026's level in 2027 and again in 2028."""
    settings = world.case.inputs.scenarios["capex-pause"].settings
    changed, _ = apply_settings(world.case.inputs, world.ensemble, world.timeline, settings)
    names = ("hyperscaler_capex",)
    samples = sample(world.case.inputs, world.ensemble, world.timeline, names, changed=changed)
    before, middle, after = (
        float(np.median(samples.at("hyperscaler_capex", year))) for year in ("2026", "2027", "2028")
    )
    assert before > middle > after


# forecast risks


def _case(title: str) -> Case:
    """Return the built-in case with one scenario only."""
    case = load_case()
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


def test_differences_are_taken_draw_by_draw() -> None:
    """Two worlds whose medians are equal may still differ in every draw."""
    base = _taken(np.array([1e11, 2e11, 3e11, 4e11]), np.array([0.0, 0.0, 0.0, 1.0]))
    changed = _taken(np.array([4e11, 3e11, 2e11, 4e11]), np.array([0.0, 0.0, 1.0, 1.0]))
    case = _case("Grid bound")
    assert set(base) == set(risk_keys(case.timeline("2028")))
    found = Variants((), base, {"grid-bound": changed})
    result = weighed(case, found, draws=4, seed=1, through="2028")
    rows = {row["metric"]: row for row in result.rows}
    spend = rows["chip_spend"]
    assert (spend["base_p50"], spend["changed_p50"]) == (2.5e11, 3.5e11)
    assert spend["difference_p50"] == 0.5e11  # of +3, +1, −1 and 0
    assert spend["probability_up"] == 0.625  # two rise, one stays and counts half
    assert (rows["training_leads"]["base_p50"], rows["training_leads"]["changed_p50"]) == (
        0.25,
        0.5,
    )
    assert rows["crossover"]["base_probability_never"] == 0.25
    assert rows["crossover"]["changed_p50"] is None
    assert "25 of 100 draws of the case as it stands, most often under grid bound (50)" in sentence(
        result
    )
    assert risks_page(result)


@pytest.mark.parametrize("ask", [risks, gather])
def test_risks_need_a_probability(ask: Callable[[Case], object]) -> None:
    case = load_case()
    base_only = {"base": case.inputs.scenarios["base"]}
    with pytest.raises(InputError, match="a scenario with a probability"):
        ask(replace(case, inputs=replace(load(None), scenarios=base_only)))
