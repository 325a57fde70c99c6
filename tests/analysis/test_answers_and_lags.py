"""What answers what, and when: usage answers cost, money answers demand, chips wait to be deployed;
nothing happens before its cause."""

from __future__ import annotations

import numpy as np
import pytest
from forecast.model.equations.supply import SupplyPath
from forecast.model.equations.usage import LARGEST_INDEX
from what_ifs import DRAWS, MONEY_ALONE, Runner, runner

from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.timeline import Timeline
from forecast.world.world import World

SPLIT_LOOKS_AHEAD = {
    *("inference_spend_share", "inference_chip_spend", "training_chip_spend", "spend_crossover"),
}
CHEAPER = "serving_efficiency_growth=+0.3"


@pytest.fixture(scope="module")
def run(base_world: World) -> Runner:
    return runner(base_world)


def column(period: str) -> int:
    return quarter(period) - FIRST_QUARTER


@pytest.mark.parametrize("elasticity", [0.4, 1.5])
def test_cheaper_serving_raises_tokens_a_quarter_later_by_the_elasticity(
    elasticity: float, run: Runner, base_grid: Timeline
) -> None:
    wanted = ["tokens", "cost_of_computed_tokens", "usage_response"]
    before = run(wanted, usage_elasticity=elasticity)
    after = run(wanted, CHEAPER, usage_elasticity=elasticity)
    cheaper = after["cost_of_computed_tokens"] / before["cost_of_computed_tokens"]
    more = after["tokens"] / before["tokens"]
    now = base_grid.history
    assert np.all(cheaper[:, :now] == 1.0)
    assert np.all(cheaper[:, now:] < 1.0)
    # not in the history, nor in the quarter in which it gets cheaper
    assert np.all(more[:, : now + 1] == 1.0)
    bound = LARGEST_INDEX**elasticity * (1.0 - 1e-9)
    answered = [each["usage_response"][:, now + 1 :] for each in (before, after)]
    free = np.all([(each < bound) & (each > 1.0 / bound) for each in answered], axis=0)
    assert np.mean(free) > 0.75
    expected = cheaper[:, now:-1] ** -elasticity
    assert more[:, now + 1 :][free] == pytest.approx(expected[free], rel=1e-9)


@pytest.mark.parametrize("elasticity", [0.4, 0.9])
def test_an_efficiency_gain_does_not_kill_demand(
    elasticity: float, run: Runner, base_grid: Timeline
) -> None:
    """A token takes less compute; the answer of usage gives back some of what demand loses."""
    wanted = ["tokens", "language_model_demand", "inference_demand", "usage_response"]
    before = run(wanted, usage_elasticity=elasticity)
    answered = run(wanted, CHEAPER, usage_elasticity=elasticity)
    unanswered = run(wanted, CHEAPER, usage_response=before["usage_response"])
    later = np.s_[:, base_grid.history + 1 : base_grid.horizon]
    assert np.array_equal(unanswered["tokens"], before["tokens"])
    assert np.mean(answered["tokens"][later] > before["tokens"][later]) > 0.9
    for name in ("language_model_demand", "inference_demand"):
        assert np.all(unanswered[name][later] < before[name][later])
        assert np.all(answered[name][later] < before[name][later])
        # usage answers nothing more where its index is at its bound
        assert np.all(answered[name][later] >= unanswered[name][later])
        assert np.mean(answered[name][later] > unanswered[name][later]) > 0.9


def test_power_cut_from_2027_leaves_2026_alone(run: Runner) -> None:
    nodes = model_graph().nodes
    wanted = [
        name
        for name, node in nodes.items()
        if node.meaning.metric and node.meaning.kind != "event" and name not in SPLIT_LOOKS_AHEAD
    ]
    before = run(wanted)
    after = run(wanted, "power_additions@2026=x1", "power_additions@2027=x0.2")
    last = column("2026Q4")
    for name in wanted:
        # found by bisection, x1 is one to rounding
        assert after[name][:, : last + 1] == pytest.approx(before[name][:, : last + 1], rel=1e-6)
    for name in ("compute_stock", "compute_sold", "ai_power_capacity"):
        assert np.mean(after[name][:, column("2028Q2")] < before[name][:, column("2028Q2")]) > 0.9
    assert np.all(after["compute_stock"] <= before["compute_stock"] * (1.0 + 1e-6))


def test_training_demand_moves_capex_after_its_lag_and_not_before(run: Runner) -> None:
    limits = {name: value for name, value in MONEY_ALONE.items() if name != "capex_response"}
    limits["capex_response_lag"] = lag = np.linspace(2.0, 6.0, DRAWS)[:, np.newaxis]
    before = run(["training_demand", "ai_capex"], **limits)
    raised_at = column("2027Q1")
    raised = before["training_demand"].copy()
    raised[:, raised_at:] *= 2.0
    after = run(["ai_capex"], **limits, training_demand=raised)
    more = after["ai_capex"] / before["ai_capex"]
    quarters = np.arange(more.shape[1])[np.newaxis]
    # demand of two quarters is interpolated: its first effect is less than one quarter early
    assert np.all(more[quarters <= raised_at - 1 + lag] == 1.0)
    in_time = (quarters >= raised_at + lag) & (quarters < raised_at + lag + 1.0)
    assert np.all(more[in_time] >= 1.0)
    assert np.mean(more[in_time] > 1.01) > 0.8


@pytest.mark.parametrize("lag", [1.0, 1.6])
def test_a_longer_deployment_lag_delays_what_runs_by_as_much(lag: float, run: Runner) -> None:
    kept = {**MONEY_ALONE, "retirement_rate": 0.0, "scarcity_retirement": 0.0}
    soon = run(["compute_stock", "compute_sold"], **kept, deployment_lag=lag)
    late = run(["compute_stock", "compute_sold"], **kept, deployment_lag=lag + 1.0)
    assert np.array_equal(late["compute_sold"], soon["compute_sold"])
    assert late["compute_stock"][:, 1:] == pytest.approx(soon["compute_stock"][:, :-1], rel=1e-9)


def test_a_deployment_lag_that_lengthens_pauses_deployment_and_then_follows(
    run: Runner, base_grid: Timeline
) -> None:
    before = run(["compute_stock", "supply_path"], **MONEY_ALONE)
    after = run(["compute_stock", "supply_path"], "deployment_lag=+1", **MONEY_ALONE)
    now = base_grid.history
    paths: list[SupplyPath] = [before["supply_path"], after["supply_path"]]
    assert np.array_equal(paths[0].sold, paths[1].sold)
    ran, runs = before["compute_stock"], after["compute_stock"]
    assert np.array_equal(ran[:, :now], runs[:, :now])
    assert np.all(runs[:, now:] < ran[:, now:])
    # a quarter behind, and older by what has retired
    assert np.all(runs[:, now + 1 :] > 0.9 * ran[:, now:-1])
    assert np.all(runs[:, now + 1 :] <= ran[:, now:-1] * (1.0 + 1e-9))
