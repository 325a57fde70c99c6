"""Constraints bind when they are tightened, feedback lags, and every belief moves something the way
an expert expects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from built_in import INPUTS
from forecast.model.equations.supply import CONSTRAINTS
from what_ifs import DRAWS, MONEY_ALONE, Runner, runner

from forecast.beliefs import NORMAL_P90
from forecast.ensemble.prior import realise
from forecast.inputs.schema import Assumption
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.case import Case
from forecast.world.timeline import Timeline
from forecast.world.world import World

END = quarter("2028Q4") - FIRST_QUARTER
CUT_VENDORS = ("nvidia_datacenter_revenue@2027=x0.2", "broadcom_ai_revenue@2027=x0.2")


@pytest.fixture(scope="module")
def run(base_world: World) -> Runner:
    return runner(base_world)


@pytest.mark.parametrize(
    ("texts", "member", "at"),
    [
        (("power_additions@2027=x0.05", "power_additions@2028=x0.05"), "power", "2028Q2"),
        (("memory_supply@2027=x0.1",), "chips", "2027Q4"),
        (("packaging_supply@2027=x0.1",), "chips", "2027Q4"),
        (
            ("nvidia_datacenter_revenue@2027=x0.2", "broadcom_ai_revenue@2027=x0.2"),
            "money",
            "2027Q4",
        ),
    ],
)
def test_a_constraint_binds_when_it_is_cut(
    texts: tuple[str, ...], member: str, at: str, run: Runner
) -> None:
    wanted = ["compute_sold", "compute_stock", "chip_spend", "ai_capex", "binding_constraint"]
    before = run(wanted)
    after = run(wanted, *texts, inference_demand=1e12, capex_response=0.0)
    column, code = quarter(at) - FIRST_QUARTER, CONSTRAINTS.index(member)
    assert np.mean(after["binding_constraint"][:, column] == code) > 0.9
    assert np.mean(before["binding_constraint"][:, column] == code) < 0.5
    cut = run(wanted, *texts)
    for name in ("compute_sold", "compute_stock", "chip_spend", "ai_capex"):
        fell = cut[name][:, column] < before[name][:, column]
        assert np.mean(fell) > 0.9, name
        # what binds moves money, not only compute
        assert np.median(cut[name][:, column] / before[name][:, column]) < 0.97, name


@pytest.mark.parametrize("lag", [4.0, 2.5])
def test_money_follows_demand_after_the_lag_and_not_before(lag: float, run: Runner) -> None:
    fixed = {**MONEY_ALONE, "capex_response": 0.5, "capex_response_lag": lag}
    wanted = ["ai_capex", "total_demand", "demand_pressure", "inference_demand"]
    before = run(wanted, **fixed)
    raised_at = quarter("2027Q1") - FIRST_QUARTER
    raised = before["inference_demand"].copy()
    raised[:, raised_at:] *= 1.5
    after = run(wanted, **fixed, inference_demand=raised)
    pressure = after["demand_pressure"] > before["demand_pressure"]
    assert np.all(pressure[:, raised_at])
    assert not np.any(pressure[:, :raised_at])
    first = raised_at + int(lag)
    assert np.array_equal(after["ai_capex"][:, :first], before["ai_capex"][:, :first])
    # half a quarter past its lag, half of the answer has come
    come = 0.5 if lag == 2.5 else 1.0
    relative = after["total_demand"][:, raised_at] / before["total_demand"][:, raised_at]
    found = after["ai_capex"][:, first] / before["ai_capex"][:, first]
    free = found < 2.9  # an answer is at most threefold
    assert np.mean(free) > 0.9
    assert found[free] == pytest.approx(relative[free] ** (0.5 * come), rel=1e-9)


def test_research_budgets_are_a_floor_under_training(run: Runner) -> None:
    found = run(
        ["training_demand", "training_compute", "funded_fleet"],
        "frontier_run_flop@2028=x0.0001",
        training_scale=1e-6,
        research_floor=0.15,
    )
    kept = 0.15 * found["funded_fleet"][:, END]
    demand = found["training_demand"][:, END]
    assert np.all(demand >= kept)
    assert np.mean(demand == kept) > 0.5


# For each driver: the date that is set, and the least elasticity at the end of 2028 of metrics that
# its path moves. A driver that stands over its own median, as an index, would have none.
ANSWERS: dict[str, tuple[str, dict[str, float]]] = {
    "agent_penetration": ("2028", {"inference_demand": 0.1, "inference_share": 0.03}),
    "business_adoption": ("2028", {"tokens": 0.05, "inference_demand": 0.05}),
    "weekly_users": ("2028", {"tokens": 0.02, "inference_demand": 0.04}),
    "reasoning_token_share": ("2028", {"tokens": 0.05, "inference_demand": 0.06}),
    "google_tokens": ("2028", {"tokens": 0.08, "inference_demand": 0.02}),
    # Google's total holds its API already: more of it is other work, not more tokens
    "google_api_tokens": ("2028", {"inference_demand": 0.01}),
    "openai_api_tokens": ("2028", {"tokens": 0.02, "inference_demand": 0.02}),
    "doubao_tokens": ("2028", {"tokens": 0.2, "inference_demand": 0.08}),
    "frontier_run_flop": ("2028", {"training_demand": 0.5, "inference_share": -0.08}),
    "openai_revenue": ("2028", {"ai_revenue": 0.2}),
    "anthropic_revenue": ("2028", {"ai_revenue": 0.3}),
    # Vendors rise with the five by the share of capex that follows them, and the other way round.
    "hyperscaler_capex": ("2028", {"ai_capex": 0.2, "chip_spend": 0.2, "training_compute": 0.1}),
    "nvidia_datacenter_revenue": ("2028", {"chip_spend": 0.3, "hyperscaler_capex": 0.1}),
    "broadcom_ai_revenue": ("2028", {"chip_spend": 0.02}),
    "amd_datacenter_revenue": ("2028", {"chip_spend": 0.005}),
    **{
        f"{name}_capex": ("2028", {"hyperscaler_capex": 0.01})
        for name in ("amazon", "alphabet", "microsoft", "meta", "oracle")
    },
}


def test_every_driver_has_its_answer() -> None:
    assert ANSWERS.keys() == INPUTS.drivers.keys()


@pytest.mark.parametrize("factor", [1.2, 0.8], ids=["up", "down"])
@pytest.mark.parametrize("driver", ANSWERS)
def test_a_driver_set_moves_its_metrics_the_right_way(
    driver: str, factor: float, run: Runner
) -> None:
    period, metrics = ANSWERS[driver]
    alone = MONEY_ALONE if INPUTS.drivers[driver].process else {}
    before = run(list(metrics), **alone)
    after = run(list(metrics), f"{driver}@{period}=x{factor}", **alone)
    for metric, least in metrics.items():
        response = np.log(after[metric][:, END] / before[metric][:, END]) / np.log(factor)
        assert np.median(response) * np.sign(least) > abs(least), (metric, np.median(response))
        # a draw may not answer where a floor holds, or the other way for a second effect
        assert np.mean(response * np.sign(least) > 0.0) > 0.7, metric
        past = slice(0, quarter("2026Q1") - FIRST_QUARTER)
        assert np.array_equal(after[metric][:, past], before[metric][:, past]), metric


@pytest.mark.parametrize(
    ("text", "metric", "sign"),
    [
        ("tokens_per_task=x2", "inference_demand", 1),
        ("api_overlap=+10pp", "tokens", -1),
        ("active_parameters@2028=x1.5", "inference_demand", 1),
        ("serving_efficiency_growth=+0.2", "inference_demand", -1),
        ("embedded_growth@2028=+0.2", "inference_demand", 1),
        ("final_run_share=x1.5", "training_demand", -1),
        ("training_utilisation=+5pp", "training_demand", -1),
        ("memory_supply@2027=x0.4", "compute_sold", -1),
        ("facility_peak_factor=x1.3", "compute_stock", -1),
        ("power_additions@2027=x0.5", "ai_power_capacity", -1),
        ("inference_priority=95%", "inference_share", 1),
        ("power_usage_effectiveness=x1.1", "ai_power_mean", 1),
        ("electricity_price=x2", "cost_per_h100e_hour", 1),
        ("required_margin=+10pp", "required_ai_revenue", 1),
        ("us_share_of_compute=+5pp", "us_grid_share", 1),
    ],
)
def test_a_change_moves_its_output_the_way_an_expert_expects(
    text: str, metric: str, sign: int, run: Runner
) -> None:
    change = sign * (run([metric], text)[metric] - run([metric])[metric])[:, END]
    assert np.median(change) >= 0.0
    assert np.mean(change > 0.0) > 0.1
    # a draw may answer the other way where a second effect (cost, lag, what binds) is larger
    assert np.mean(change >= 0.0) > 0.9


@pytest.mark.parametrize(
    ("text", "metric", "sign"),
    [
        ("agent_cache_hit=99%", "computed_tokens", -1),
        ("rubin_price=x1.3", "compute_sold", -1),
        ("custom_asic_price@2028=x0.7", "compute_sold", 1),
        ("other_gpu_to_amd_revenue@2028=x1.3", "chip_spend", 1),
        ("nvidia_compute_share@2028=+5pp", "ai_capex", 1),
        ("accelerator_share@2028=+5pp", "ai_capex", -1),
        ("retirement_rate=x2", "compute_stock", -1),
        ("deployment_lag=+1", "compute_stock", -1),
        ("blackwell_it_watts=x1.2", "ai_power_capacity", 1),
        ("china_share_of_compute=+5pp", "compute_stock", 0),
    ],
)
def test_where_money_alone_limits_the_answer_is_the_same_in_every_draw(
    text: str, metric: str, sign: int, run: Runner
) -> None:
    before, after = run([metric], **MONEY_ALONE), run([metric], text, **MONEY_ALONE)
    change = (after[metric] - before[metric])[:, END]
    assert np.all(np.sign(change) == sign)


def at_quantile(assumption: Assumption, z: float, timeline: Timeline) -> np.ndarray:
    """Return an assumption with every knot at one quantile, for every draw."""
    normals = [np.full(DRAWS, z) for _ in assumption.knots]
    return realise(assumption, normals, timeline.year_fraction[0])


def test_every_assumption_moves_some_metric_or_target(
    base_case: Case, base_grid: Timeline, run: Runner
) -> None:
    nodes = model_graph().nodes
    wanted = [name for name, node in nodes.items() if node.meaning.metric]
    wanted += [name for name, node in nodes.items() if node.meaning.breakdown]
    wanted += sorted({target.quantity for target in base_case.inputs.targets} - set(wanted))
    wanted += ["counted_share"]
    still = []
    for name, assumption in base_case.inputs.assumptions.items():
        ends = [
            run(wanted, **{name: at_quantile(assumption, z, base_grid)})
            for z in (-NORMAL_P90, NORMAL_P90)
        ]
        if not any(moved(ends[0][metric], ends[1][metric]) for metric in wanted):
            still.append(name)
    assert still == []


def moved(low: Any, high: Any) -> bool:
    """Return whether two values, arrays or records of arrays, differ."""
    if isinstance(low, tuple):
        return any(moved(first, second) for first, second in zip(low, high, strict=True))
    return not np.array_equal(low, high)
