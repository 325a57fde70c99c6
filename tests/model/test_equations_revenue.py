"""From users and workers to revenue, and who sells what, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import holds, made, numbers, row, run
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.equations.demand.revenue import Segments

# consumers 40, agents 100, always-on agents 20, the rest of the API 5
AT_COST = made(Segments, 40.0, 100.0, 20.0, 5.0)
LABS = {"lab_revenue": 200.0, "anthropic_part": 0.25, "service_price_response": 1.5}

CASES: list[tuple[str, dict[str, Any], float]] = [
    # 1 − 0.8^(2 × 0.5)
    ("worker_adoption", {"business_adoption": 0.2, "employment_weighting": 2.0,
                         "world_adoption_factor": 0.5}, 0.2),
    ("worker_adoption", {"business_adoption": 0.5, "employment_weighting": 2.0,
                         "world_adoption_factor": 1.0}, 0.75),
    ("consumer_requests", {"weekly_users": 8e8, "requests_per_user_day": 3.0}, 2.4e9),
    ("equipped_workers", {"knowledge_workers": 1e9, "worker_adoption": 0.3,
                          "agent_penetration": 0.2}, 6e7),
    ("agent_seats", {"equipped_workers": 6e7, "agent_seats_per_penetration": 0.5}, 3e7),
    ("always_on_agents", {"equipped_workers": 6e7, "always_on_agents_per_worker": 0.01}, 6e5),
    ("revenue_discrepancy", {"unexplained_revenue": 0.8, "revenue_shock": -0.5}, -0.4),
    ("lab_consumer_revenue", {"weekly_users": 8e8, "revenue_per_user": 20.0,
                              "revenue_discrepancy": np.log(1.5)}, 2.4e10),
    # 30 million seats at 500 hours of 7 dollars, far below the ceiling
    ("agent_seat_revenue", {"agent_seats": 3e7, "agent_hours": 500.0, "agent_hour_price": 7.0,
                            "agent_budget_ceiling": 1e15, "revenue_discrepancy": np.log(2.0)},
     2.1e11),
    # where seats would cost the ceiling itself, 2^(−1/6) of it is sold
    ("agent_seat_revenue", {"agent_seats": 1e8, "agent_hours": 1000.0, "agent_hour_price": 5.0,
                            "agent_budget_ceiling": 5e11, "revenue_discrepancy": 0.0},
     5e11 * 2.0 ** (-1.0 / 6.0)),
    # twice as much as the ceiling leaves: 2 × 65^(−1/6) of it
    ("agent_seat_revenue", {"agent_seats": 2e8, "agent_hours": 1000.0, "agent_hour_price": 5.0,
                            "agent_budget_ceiling": 5e11, "revenue_discrepancy": 0.0},
     1e12 * 65.0 ** (-1.0 / 6.0)),
    ("ai_revenue", {"segments": AT_COST}, 165.0),
    ("agent_revenue", {"segments": AT_COST}, 120.0),
    ("log_revenue", {"revenue_at_cost": AT_COST}, np.log(165.0)),
    ("lab_enterprise_revenue", {"revenue_at_cost": AT_COST, "lab_share_of_agents": 0.4}, 50.0),
    ("lab_revenue", {"lab_consumer_revenue": 30.0, "lab_enterprise_revenue": 50.0}, 80.0),
    # half of the laboratories' 50 from companies is Anthropic's, and that is five sixths of its own
    ("anthropic_part", {"lab_revenue": 80.0, "lab_enterprise_revenue": 50.0,
                        "anthropic_share_of_labs": 0.5, "anthropic_consumer_share": 1.0 / 6.0},
     30.0 / 80.0),
    # it is never all of them
    ("anthropic_part", {"lab_revenue": 50.0, "lab_enterprise_revenue": 50.0,
                        "anthropic_share_of_labs": 0.9, "anthropic_consumer_share": 0.2}, 0.98),
    ("anthropic_revenue", LABS, 75.0),
    ("openai_revenue", LABS, 225.0),
    # 100 a quarter are 400 a year
    ("other_sellers_revenue", {"ai_revenue": 100.0, "lab_revenue": 200.0,
                               "service_price_response": 1.5}, 100.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_years_count_from_the_end_of_the_history() -> None:
    years = row(2025.0, 2025.25, 2025.5, 2026.25)
    found = run("years_since_history", year_fraction=years, history_quarters=2)
    assert found == pytest.approx(row(0.0, 0.0, 0.25, 1.0))
    # two deviations at 0.1 a year each
    gain = run("capability_gain", capability=2.0, capability_effect=0.1, years_since_history=found)
    assert gain == pytest.approx(row(0.0, 0.0, 0.05, 0.2))


def test_later_seats_are_used_less() -> None:
    found = run(
        "agent_hours",
        agent_hours_per_seat=row(300.0, 400.0, 400.0, 400.0),
        agent_penetration=row(0.01, 0.1, 0.4, 0.025),
        seat_dilution=0.5,
        capability_gain=row(0.0, 0.0, 0.0, np.log(1.5)),
        history_quarters=2,
    )
    # four times the penetration halves the hours, a quarter of it doubles them
    assert found == pytest.approx(row(300.0, 400.0, 200.0, 1200.0))


@given(
    levels=st.lists(st.floats(1e-4, 0.95), min_size=3, max_size=3),
    more=st.floats(1.0, 50.0),
    dilution=st.floats(0.0, 0.99),
    ceiling=st.floats(1e6, 1e14),
)
def test_at_one_rent_more_penetration_never_lowers_agent_revenue(
    levels: list[float], more: float, dilution: float, ceiling: float
) -> None:
    def revenue(penetration: np.ndarray) -> float:
        seats = run(
            "agent_seats",
            equipped_workers=run(
                "equipped_workers",
                knowledge_workers=1e9,
                worker_adoption=0.3,
                agent_penetration=penetration,
            ),
            agent_seats_per_penetration=0.5,
        )
        hours = run(
            "agent_hours",
            agent_hours_per_seat=500.0,
            agent_penetration=penetration,
            seat_dilution=dilution,
            capability_gain=0.0,
            history_quarters=2,
        )
        sold = run(
            "agent_seat_revenue",
            agent_seats=seats,
            agent_hours=hours,
            agent_hour_price=7.0,
            agent_budget_ceiling=ceiling,
            revenue_discrepancy=0.0,
        )
        return float(sold[0, 2])

    after = [*levels[:2], min(levels[2] * more, 1.0)]
    assert revenue(row(*after)) >= revenue(row(*levels)) * (1.0 - 1e-12)


def test_segments_of_the_world() -> None:
    at_cost = run(
        "revenue_at_cost",
        lab_consumer_revenue=30.0,
        other_consumer_revenue_ratio=0.25,
        agent_seat_revenue=100.0,
        always_on_agents=2.0,
        always_on_revenue=10.0,
        other_api_revenue=5.0,
        revenue_discrepancy=np.log(1.5),
    )
    # users and seats bring the discrepancy with them
    assert numbers(at_cost) == pytest.approx([37.5, 100.0, 30.0, 7.5])
    # a quarter of a year, at what the price of services leaves
    sold = run("segments", revenue_at_cost=AT_COST, service_price_response=0.8)
    assert numbers(sold) == pytest.approx([8.0, 20.0, 4.0, 1.0])


def test_revenue_surprises_where_it_grows_beyond_the_median_after_the_history() -> None:
    zero = row(0.0, 0.0, 0.0)
    found = run(
        "revenue_surprise",
        revenue_at_cost=Segments(row(8.0, 16.0, 128.0), zero, zero, zero),
        reference_log_revenue=np.log(row(5.0, 8.0, 16.0)),
        history_quarters=2,
    )
    # twice the median at the end of the history, eight times it after: fourfold beyond
    assert found == pytest.approx(row(0.0, 0.0, np.log(4.0)))


def test_dearer_services_sell_less_or_cost_more() -> None:
    def found(elasticity: float) -> Any:
        return run(
            "service_price_response",
            service_price=row(1.0, 0.5, 2.0),
            service_price_elasticity=elasticity,
            history_quarters=2,
        )

    # four times the price: at an elasticity of 1.5 a half is earned, at one the same, at 0.5 twice
    assert found(1.5) == pytest.approx(row(1.0, 1.0, 0.5))
    assert found(1.0) == pytest.approx(row(1.0, 1.0, 1.0))
    assert found(0.5) == pytest.approx(row(1.0, 1.0, 2.0))
