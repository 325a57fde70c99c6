"""What clearing gives each workload, what idles or waits, and who leads, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import holds, made, numbers, row, run

from forecast.model.clearing import Demands, Elasticities
from forecast.model.equations.market.steps import MarketPath

DEMANDS = made(Demands, 40.0, 10.0, 30.0)
ELASTICITIES = made(Elasticities, 2.0, 0.5, 1.0, 0.5, np.log(0.25))
AT_FLOOR = {"rent_elasticities": ELASTICITIES}


def path(**fields: float) -> MarketPath:
    """Return a market path of one quarter, zero but for some fields."""
    return MarketPath(*(row(fields.get(field, 0.0)) for field in MarketPath._fields))


CASES: list[tuple[str, dict[str, Any], float]] = [
    ("rent_over_cost", {"market_path": path(log_rent=np.log(1.5))}, 1.5),
    ("rent", {"rent_over_cost": 1.5, "cost_per_h100e_hour": 2.0}, 3.0),
    ("finance_of_research", {"market_path": path(finance_of_research=1.2)}, 1.2),
    # above its floor all that runs is used, whatever the last bit of demand says
    ("compute_used", {**AT_FLOOR, "demands_at_rent": DEMANDS, "compute_stock": 80.0000001,
                      "market_path": path(log_rent=-1.0)}, 80.0000001),
    ("compute_used", {**AT_FLOOR, "demands_at_rent": DEMANDS, "compute_stock": 100.0,
                      "market_path": path(log_rent=np.log(0.25))}, 80.0),
    ("utilised_share", {"compute_used": 80.0, "compute_stock": 100.0}, 0.8),
    ("idle_compute", {"compute_used": 80.0, "compute_stock": 100.0}, 20.0),
    ("inference_share", {"demands_at_rent": DEMANDS}, 0.625),
    ("inference_compute", {"compute_stock": 100.0, "inference_share": 0.625}, 62.5),
    ("training_compute", {"compute_stock": 100.0, "inference_compute": 62.5}, 37.5),
    # a fifth of what serves
    ("embedded_inference_compute", {"inference_compute": 62.5, "demands_at_rent": DEMANDS}, 12.5),
    ("training_to_inference_ratio", {"training_compute": 2.0, "inference_compute": 8.0}, 0.25),
    ("total_demand", {"training_demand": 30.0, "inference_demand": 50.0}, 80.0),
    ("demand_pressure", {"total_demand": 30.0, "compute_stock": 20.0}, 1.5),
    ("unserved_demand", {"total_demand": 30.0, "compute_stock": 20.0}, 10.0),
    ("unserved_demand", {"total_demand": 30.0, "compute_stock": 40.0}, 0.0),
    ("inference_chip_spend", {"chip_spend": 5e10, "inference_spend_share": 0.7}, 3.5e10),
    ("training_chip_spend", {"chip_spend": 5e10, "inference_chip_spend": 3.5e10}, 1.5e10),
    ("inference_discrepancy", {"model_discrepancy": 0.2, "inference_shock": -1.5}, -0.3),
    ("training_discrepancy", {"model_discrepancy": 0.2, "training_shock": 2.0}, 0.4),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_demands_fall_with_rent_each_in_its_way() -> None:
    found = run(
        "demands_at_rent",
        generative_demand=40.0,
        embedded_demand=10.0,
        training_demand=30.0,
        rent_elasticities=ELASTICITIES,
        market_path=path(log_rent=np.log(4.0)),
    )
    # services cost 1 + 0.5 × 3 as much, squared; the root of four, and four
    assert numbers(found) == pytest.approx([6.4, 5.0, 7.5])


def test_elasticities_and_the_floor_of_rent() -> None:
    found = run(
        "rent_elasticities",
        service_price_elasticity=2.0,
        embedded_rent_elasticity=0.5,
        training_rent_elasticity=1.0,
        serving_cost_share=0.5,
        rent_floor=0.25,
    )
    assert numbers(found) == pytest.approx(numbers(ELASTICITIES))


ADDED = row(10, 10, 10, 10, 20, 20, 20, 20)


@pytest.mark.parametrize(
    ("lag", "history", "expected"),
    [
        # 20 less 9 that survive, over that and 10 less 9
        (0.0, 8, [0.5] * 4 + [11 / 12] * 4),
        # a quarter later, where the last quarter stands for all after it
        (1.0, 4, [0.5] * 4 + [11 / 12] * 3 + [11 / 12]),
    ],
)
def test_the_split_of_spend_is_what_each_workload_adds_in_a_year(
    lag: float, history: int, expected: list[float]
) -> None:
    training = np.full((1, 8), 10.0)
    found = run(
        "inference_spend_share",
        inference_compute=ADDED,
        training_compute=training,
        inference_share=ADDED / (ADDED + training),
        deployment_lag=lag,
        retirement_rate=0.1,
        history_quarters=history,
    )
    assert found == pytest.approx(row(*expected))


def test_the_history_of_the_split_looks_no_further_than_its_end() -> None:
    training = np.full((1, 7), 10.0)

    def split(inference: np.ndarray, history: int) -> Any:
        return run(
            "inference_spend_share",
            inference_compute=inference,
            training_compute=training,
            inference_share=row(*[0.5] * 7),
            deployment_lag=0.5,
            retirement_rate=0.0,
            history_quarters=history,
        )

    grows = row(10, 10, 10, 10, 10, 14, 18)
    # the fifth quarter sees half of the 4 that the sixth adds, and training adds nothing
    assert split(grows, 4) == pytest.approx(row(0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0))
    assert split(grows, 5) == pytest.approx(row(0.5, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0))


def test_crossover_is_where_inference_first_leads_for_four_quarters_running() -> None:
    inference = row(3.0, 3.0, 3.0, 1.0, 3.0, 3.0, 3.0, 3.0, 1.0)
    training = np.full((1, 9), 2.0)
    parts = {"inference": inference, "training": training}
    compute = run("inference_ahead", **{f"{name}_compute": x for name, x in parts.items()})
    spend = run("inference_spend_ahead", **{f"{name}_chip_spend": x for name, x in parts.items()})
    assert compute.tolist() == spend.tolist() == [[1, 1, 1, 0, 1, 1, 1, 1, 0]]
    first = 8100
    for horizon, expected in ((4, np.inf), (5, first + 4.0), (6, first + 4.0), (9, first + 4.0)):
        window = {"first_quarter": first, "horizon_quarters": horizon}
        assert run("crossover", inference_ahead=compute, **window) == expected
        assert run("spend_crossover", inference_spend_ahead=spend, **window) == expected
    level = run("inference_ahead", inference_compute=training, training_compute=training)
    assert not level.any()  # who is level is not ahead
