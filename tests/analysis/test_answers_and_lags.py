"""What answers what, and when: revenue answers rent, money answers demand, chips wait to be
deployed; nothing happens before its cause."""

from __future__ import annotations

import numpy as np
import pytest
from what_ifs import DRAWS, MONEY_ALONE, Runner, runner

from forecast.model.equations import model_graph
from forecast.model.equations.market.steps import MarketPath
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.timeline import Timeline
from forecast.world.values import Values
from forecast.world.world import World

SPLIT_LOOKS_AHEAD = {
    *("inference_spend_share", "inference_chip_spend", "training_chip_spend", "spend_crossover"),
}
CHEAPER = "serving_efficiency@2028=x1.5"


@pytest.fixture(scope="module")
def run(base_world: World) -> Runner:
    return runner(base_world)


def column(period: str) -> int:
    return quarter(period) - FIRST_QUARTER


def raised_from_2027(values: Values) -> np.ndarray:
    """Return embedded training, (draws, quarters), eight times as large from 2027 on."""
    raised = values["embedded_training"].copy()
    raised[:, column("2027Q1") :] *= 8.0
    return raised


@pytest.mark.parametrize("elasticity", [0.6, 1.0, 1.6])
def test_a_higher_rent_moves_revenue_by_one_less_the_elasticity_of_use(
    elasticity: float, run: Runner
) -> None:
    held = {**MONEY_ALONE, "service_price_elasticity": elasticity}
    wanted = ["ai_revenue", "log_revenue", "service_price", "demand_pressure"]
    before = run([*wanted, "embedded_training"], **held)
    after = run(wanted, **held, embedded_training=raised_from_2027(before))
    assert np.array_equal(after["log_revenue"], before["log_revenue"]), "at cost it is the same"
    dearer = after["service_price"] / before["service_price"]
    raised_at = column("2027Q1")
    assert np.all(dearer[:, :raised_at] == 1.0)
    scarce = after["demand_pressure"][:, raised_at:] > 1.0
    assert scarce.any()
    assert np.all(dearer[:, raised_at:][scarce] > 1.0), "but where machines idle in both"
    change = after["ai_revenue"] / before["ai_revenue"]
    assert change == pytest.approx(dearer ** (1.0 - elasticity), rel=1e-9)


@pytest.mark.parametrize(("rebound", "sign"), [(0.5, -1), (1.0, 0), (1.5, 1)])
def test_rebound_decides_whether_efficiency_saves_compute(
    rebound: float, sign: int, run: Runner, base_grid: Timeline
) -> None:
    """Below one a gain saves compute, at one usage takes all of it back, above it more (Jevons)."""
    wanted = ["generative_demand", "tokens_per_h100e_hour", "serving_efficiency"]
    before = run(wanted, efficiency_rebound=rebound)
    after = run(wanted, CHEAPER, efficiency_rebound=rebound)
    later = np.s_[:, base_grid.history : base_grid.horizon]
    change = after["generative_demand"] / before["generative_demand"]
    assert np.all(change[:, : base_grid.history] == 1.0)
    gain = (after["serving_efficiency"] / before["serving_efficiency"])[later]
    assert np.all(gain >= 1.0)
    assert np.all(gain[:, -1] > 1.2)
    assert change[later] == pytest.approx(gain ** (rebound - 1.0), rel=1e-9)
    assert np.all(np.sign(np.round(np.log(change[:, base_grid.horizon - 1]), 12)) == sign)


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


@pytest.mark.parametrize("lag", [1.0, 2.5, 4.0])
def test_research_asked_for_moves_capex_after_its_lag_and_not_before(
    lag: float, run: Runner
) -> None:
    held = MONEY_ALONE | {"spending_response": 0.6, "spending_response_lag": lag}
    wanted = ["ai_capex", "spending_answer_to_demand", "spending_answer_to_revenue", "rent"]
    before = run([*wanted, "embedded_training"], **held)
    raised_at = column("2027Q1")
    after = run(wanted, **held, embedded_training=raised_from_2027(before))
    # where machines stood idle, rent may stay at its floor
    assert np.all(after["rent"][:, raised_at] >= before["rent"][:, raised_at])
    assert np.mean(after["rent"][:, raised_at] > before["rent"][:, raised_at]) > 0.9
    more = after["ai_capex"] / before["ai_capex"]
    quarters = np.arange(more.shape[1])
    # demand of two quarters is interpolated: its first effect is less than one quarter early
    assert np.all(more[:, quarters <= raised_at - 1 + lag] == 1.0)
    first = int(np.ceil(raised_at + lag))
    assert np.all(more[:, first] > 1.0)
    asked = "spending_answer_to_demand"
    assert np.all(after[asked][:, first] > before[asked][:, first])
    revenue = "spending_answer_to_revenue"
    assert np.array_equal(after[revenue], before[revenue])


def test_revenue_moves_capex_by_its_part_of_the_response(run: Runner) -> None:
    held = MONEY_ALONE | {"spending_response": 0.6, "spending_response_lag": 2.0}
    wanted = ["revenue_surprise", "spending_answer_to_revenue", "log_revenue"]
    parts = np.linspace(0.0, 1.0, DRAWS)[:, np.newaxis]
    for texts in ((), ("agent_hour_price@2028=x2",)):
        found = run(wanted, *texts, **held, spending_response_to_revenue=parts)
        expected = 0.6 * parts * found["revenue_surprise"][:, :-2]
        later = slice(column("2027Q1"), None)
        answer = found["spending_answer_to_revenue"][:, 2:][:, later]
        assert answer == pytest.approx(expected[:, later], abs=1e-12)
        assert np.abs(answer).max() > 0.1


@pytest.mark.parametrize("lag", [1.0, 1.6])
def test_a_longer_deployment_lag_delays_what_runs_by_as_much(lag: float, run: Runner) -> None:
    kept = {**MONEY_ALONE, "retirement_rate": 0.0, "scarcity_retirement": 0.0}
    kept["research_finance_elasticity"] = 0.0
    soon = run(["compute_stock", "compute_sold"], **kept, deployment_lag=lag)
    late = run(["compute_stock", "compute_sold"], **kept, deployment_lag=lag + 1.0)
    assert np.array_equal(late["compute_sold"], soon["compute_sold"])
    assert late["compute_stock"][:, 1:] == pytest.approx(soon["compute_stock"][:, :-1], rel=1e-9)


def test_a_deployment_lag_that_lengthens_pauses_deployment_and_then_follows(
    run: Runner, base_grid: Timeline
) -> None:
    before = run(["compute_stock", "market_path"], **MONEY_ALONE)
    after = run(["compute_stock", "market_path"], "deployment_lag=+1", **MONEY_ALONE)
    now = base_grid.history
    paths: list[MarketPath] = [before["market_path"], after["market_path"]]
    assert np.array_equal(paths[0].sold, paths[1].sold)
    ran, runs = before["compute_stock"], after["compute_stock"]
    assert np.array_equal(ran[:, :now], runs[:, :now])
    assert np.all(runs[:, now:] < ran[:, now:])
    # a quarter behind, and older by what has retired
    assert np.all(runs[:, now + 1 :] > 0.9 * ran[:, now:-1])
    assert np.all(runs[:, now + 1 :] <= ran[:, now:-1] * (1.0 + 1e-9))
