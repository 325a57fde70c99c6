"""Constraints bind when they are tightened, feedback lags, and every belief moves something the way
an expert expects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from built_in import INPUTS
from what_ifs import DRAWS, MONEY_ALONE, Runner, runner

from forecast.beliefs import NORMAL_P90
from forecast.ensemble.prior import realise
from forecast.inputs.schema import Assumption
from forecast.model.equations import model_graph
from forecast.model.equations.market.steps import CONSTRAINTS
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.case import Case
from forecast.world.timeline import Timeline
from forecast.world.world import World

END = quarter("2028Q4") - FIRST_QUARTER


@pytest.fixture(scope="module")
def run(base_world: World) -> Runner:
    return runner(base_world)


@pytest.mark.parametrize(
    ("texts", "member", "at"),
    [
        (("outside_money_limit@2027=x0.1", "capex_propensity=x0.3"), "finance", "2027Q4"),
        (("memory_supply@2027=x0.1",), "chips", "2027Q4"),
        (("packaging_supply@2027=x0.1",), "chips", "2027Q4"),
        (("power_additions@2027=x0.05", "power_additions@2028=x0.05"), "power", "2028Q2"),
    ],
)
def test_a_constraint_binds_when_it_is_cut(
    texts: tuple[str, ...], member: str, at: str, run: Runner
) -> None:
    falling = ("compute_sold", "compute_stock", "chip_spend", "ai_capex")
    wanted = [*falling, "binding_constraint"]
    before, cut = run(wanted), run(wanted, *texts)
    column, code = quarter(at) - FIRST_QUARTER, CONSTRAINTS.index(member)
    # money that waits for one limit may meet another: where power is cut, lenders' in 16% of draws
    assert np.mean(cut["binding_constraint"][:, column] == code) > 0.77
    assert np.mean(before["binding_constraint"][:, column] == code) < 0.5
    for name in falling:
        assert np.mean(cut[name][:, column] < before[name][:, column]) > 0.9, name
        # what binds moves money, not only compute
        assert np.median(cut[name][:, column] / before[name][:, column]) < 0.97, name


def test_research_budgets_have_a_floor(run: Runner) -> None:
    found = run(
        ["lab_research_budget", "lab_revenue"], lab_research_ratio=1e-6, lab_research_floor=0.15
    )
    assert found["lab_research_budget"] == pytest.approx(0.15 * found["lab_revenue"], rel=1e-12)


# For each driver: the date that is set, and the least elasticity at the end of 2028 of metrics that
# its path moves. A driver that stands over its own median, as an index, would have none.
ANSWERS: dict[str, tuple[str, dict[str, float]]] = {
    # Laboratories' research follows the revenue of agents, so inference gains little share. In half
    # of the draws agents have come to what employers would pay, and more of them earn little more.
    "agent_penetration": (
        "2028",
        {"agent_seats": 0.8, "ai_revenue": 0.1, "inference_demand": 0.05, "inference_share": 0.005},
    ),
    "business_adoption": ("2028", {"agent_seats": 0.3, "ai_revenue": 0.1, "tokens": 0.03}),
    "weekly_users": ("2028", {"ai_revenue": 0.05, "inference_demand": 0.04, "tokens": 0.02}),
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
        ("agent_hours_per_seat=x2", "inference_demand", 1),
        ("agent_cost_share=x1.5", "inference_demand", 1),
        ("contract_markup=x1.2", "inference_demand", -1),
        ("serving_efficiency@2028=x1.5", "inference_demand", -1),
        ("unpaid_inference_level=x2", "inference_share", 1),
        ("unpaid_inference_level=x2", "rent", 1),
        ("embedded_inference@2028=x1.5", "inference_demand", 1),
        ("research_level=x1.5", "inference_share", -1),
        ("lab_research_ratio@2028=x1.5", "lab_rd_spend", 1),
        ("final_run_share=x1.5", "largest_run_flop", 1),
        ("rollout_share=+10pp", "forward_share", 1),
        ("memory_supply@2027=x0.4", "compute_sold", -1),
        ("memory_supply@2027=x0.4", "rent", 1),
        ("memory_supply@2027=x0.4", "chip_price_premium", 1),
        ("outside_money_limit=x0.5", "ai_capex", -1),
        ("facility_peak_factor=x1.3", "compute_stock", -1),
        ("power_additions@2027=x0.5", "ai_power_capacity", -1),
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
        ("token_yield=x1.3", "tokens", 1),
        ("training_utilisation=+5pp", "training_flop", 1),
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
    still, before = [], run(wanted)
    for name, assumption in base_case.inputs.assumptions.items():
        after = run(wanted, **{name: at_quantile(assumption, NORMAL_P90, base_grid)})
        if not any(moved(before[metric], after[metric]) for metric in wanted):
            still.append(name)
    assert still == []


def moved(before: Any, after: Any) -> bool:
    """Return whether two values, arrays or records of arrays, differ."""
    if isinstance(before, tuple):
        return any(moved(first, second) for first, second in zip(before, after, strict=True))
    return not np.array_equal(before, after)
