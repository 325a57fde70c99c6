"""The walk through quarters, worked by hand: what answers, what limits, what runs and waits.

Two quarters are reported, the first of them history. Buyers want 100 dollars of chips a quarter,
an H100e costs one dollar, half of capex is chips, and nothing is short unless a case says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import made, row, run

from forecast.model.clearing import Elasticities
from forecast.model.equations.demand.research import Owners
from forecast.model.equations.market.steps import MarketPath
from forecast.model.reference import KNOTS, MEDIANS, Reference

PLENTY = 1e15
QUARTERS = 6
NEVER = 20.0
AS_WANTED = np.linspace(-50.0, 50.0, len(KNOTS))[:, np.newaxis] * np.ones((1, QUARTERS))
FLEET = {
    "facility_watts_per_h100e": 1000.0,
    "deployment_lag": 1.0,
    "inventory_limit": 0.0,
    "retirement_rate": 0.0,
    "scarcity_retirement": 0.0,
    "fleet_start": 1000.0,
}
SPENDING = {
    "planned_chip_spend": row(*[100.0] * QUARTERS),
    "outside_view": 0.0,
    "capability": 0.0,
    "capability_in_spending": 0.0,
    "years_since_history": 0.0,
    "revenue_surprise": 0.0,
    "spending_response": 0.0,
    "spending_response_to_revenue": 1.0,
    "spending_response_lag": 1.0,
    "bust_hazard": 0.0,
    "bust_uniform": 0.5,
    "bust_depth": 0.0,
    "bust_gap_elasticity": 0.0,
    "chip_life": 5.0,
}
FINANCE = {
    "planned_hyperscaler_capex": 0.0,
    "planned_hyperscaler_ai_capex": 0.0,
    "log_operating_cash_flow": 0.0,
    "capex_propensity": 0.5,
    "outside_money_limit": PLENTY,
    "lenders_response": 0.0,
}
LIMITS = {
    "chip_supply": PLENTY,
    "new_sites": PLENTY,
    "limits_follow_spending": 0.0,
    "price_pass": 0.0,
    "delay_share": 0.0,
    "onsite_share": 0.0,
}
DEMAND = {
    "generative_demand": 0.0,
    "embedded_demand": 0.0,
    "embedded_training": 500.0,
    "research_finance_elasticity": 0.0,
    "log_revenue": 0.0,
}


def soft(wanted: float, limit: float) -> float:
    """Return what a soft limit leaves."""
    return float(wanted * (1.0 + (wanted / limit) ** 6.0) ** (-1.0 / 6.0))


def walk(**changes: Any) -> MarketPath:
    """Return the market of one draw; wanted money is carried to itself, medians are zero."""
    given = {**FLEET, **SPENDING, **FINANCE, **LIMITS, **DEMAND, **changes}

    def of(name: str, known: dict[str, Any]) -> Any:
        return run(name, **{key: given[key] for key in known})

    fleet = of("fleet", FLEET)
    reference = Reference(
        {
            **{name: np.zeros((1, QUARTERS)) for name in MEDIANS},
            "wanted": AS_WANTED,
            "planned": AS_WANTED,
        }
    )
    history = run(
        "supply_history",
        planned_sales=np.full((1, QUARTERS), 100.0),
        fleet=fleet,
        vendor_quarters=2,
    )
    path: MarketPath = run(
        "market_path",
        supply_history=history,
        spending=of("spending", SPENDING),
        finance=of("finance", FINANCE),
        physical_limits=of("physical_limits", LIMITS),
        fleet=fleet,
        sites_at_start=(history.watts + history.waiting_watts)[:, -1:],
        price_per_h100e=np.ones((1, QUARTERS)),
        accelerator_share=0.5,
        **{key: given[key] for key in DEMAND},
        research_at_cost=made(Owners, 500.0, *[0.0] * 7)._replace(
            google=row(given.get("others", 0.0))
        ),
        rent_elasticities=made(Elasticities, 1.0, 1.0, 0.5, 0.5, np.log(0.01)),
        market_reference=reference,
        history_quarters=1,
    )
    return path


def test_money_buys_and_what_is_sold_runs_a_quarter_later() -> None:
    path = walk()
    assert path.chip_spend == pytest.approx(row(*[100.0] * 6))
    assert path.sold == pytest.approx(path.chip_spend)
    assert path.sold_to_date == pytest.approx(row(1100, 1200, 1300, 1400, 1500, 1600))
    running = row(1000, 1100, 1200, 1300, 1400, 1500)
    assert path.running == pytest.approx(running)
    assert path.watts == pytest.approx(1000.0 * running)
    # a thousand are asked for at cost: at an elasticity of a half rent falls with the square
    assert path.log_rent == pytest.approx(2.0 * np.log(1000.0 / running))
    for nothing in (path.gap, path.finance, path.chips, path.power, path.bust, path.to_revenue):
        assert np.abs(nothing).max() < 1e-9


@pytest.mark.parametrize(
    ("changes", "running"),
    [
        # a tenth retires each quarter
        ({"retirement_rate": 1.0 - 0.9**4}, [900, 910, 919, 927.1, 934.39, 940.951]),
        # half a quarter more of lag: half of a quarter's sales wait longer
        ({"deployment_lag": 1.5}, [1000, 1050, 1150, 1250, 1350, 1450]),
    ],
)
def test_the_fleet_retires_and_waits(changes: dict[str, float], running: list[float]) -> None:
    assert walk(**changes).running == pytest.approx(row(*running))


def test_spending_answers_revenue_its_lag_later() -> None:
    path = walk(
        revenue_surprise=row(0.0, 0.0, np.log(4.0), np.log(4.0), 0.0, 0.0),
        spending_response=0.5,
        spending_response_lag=2.0,
    )
    assert path.to_revenue == pytest.approx(row(0, 0, 0, 0, np.log(2.0), np.log(2.0)))
    assert path.chip_spend == pytest.approx(row(100, 100, 100, 100, 200, 200))


def test_spending_answers_what_is_asked_for_and_its_rent() -> None:
    path = walk(
        embedded_training=row(500, 500, 1500, 1500, 1500, 1500),
        spending_response=1.0,
        spending_response_to_revenue=0.5,
    )
    # a quarter each: twice as much is asked for from the third quarter on, where 1,200 run instead
    # of the thousand of the history
    rent = 2.0 * np.log(2000.0 / path.running[0])
    assert path.log_rent[0, 2:] == pytest.approx(rent[2:])
    answer = 0.25 * (np.log(2.0) + rent[2])
    assert path.to_demand[0, :4] == pytest.approx([0.0, 0.0, 0.25 * 2.0 * np.log(10 / 11), answer])
    assert path.chip_spend[0, 3] == pytest.approx(100.0 * np.exp(answer))


def test_capability_lifts_the_trend() -> None:
    years = row(0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
    path = walk(
        capability=2.0,
        capability_in_spending=np.log(4.0),
        years_since_history=years,
        outside_view=-np.log(1.5),
    )
    # plans without what finance and busts took off them, and sixteenfold in a year
    expected = 150.0 * 16.0 ** years[0, 2:]
    assert path.chip_spend[0] == pytest.approx([100.0, 100.0, *expected])


def test_a_bust_strikes_once_and_deepens_for_a_year() -> None:
    path = walk(bust_hazard=row(0, 0, 1, 0, 1, 1), bust_depth=np.log(16.0))
    assert path.bust.tolist() == [[0, 0, 1, 1, 1, 1]]
    assert path.chip_spend == pytest.approx(row(100, 100, 50, 25, 12.5, 6.25))


def test_a_gap_of_revenue_tilts_towards_a_bust() -> None:
    bust = {"bust_hazard": row(0, 0, 0.3, 0.3, 0.3, 0.3), "bust_depth": np.log(16.0)}
    # A chance of 0.3 is below the draw of 0.5; 0.7 of four quarters survives each.
    calm = walk(**bust, bust_gap_elasticity=0.0)
    assert calm.chip_spend == pytest.approx(row(*[100] * 6))
    assert calm.bust == pytest.approx(1.0 - 0.7 ** row(0, 0, 1, 2, 3, 4))
    # Capital in use has doubled since the history by the third quarter, and so has the chance.
    struck = walk(**bust, bust_gap_elasticity=1.0, chip_life=1e9)
    assert struck.chip_spend == pytest.approx(row(100, 100, 50, 25, 12.5, 6.25))
    assert struck.bust[0, 2] == pytest.approx(0.6)
    # not where revenue has kept pace, nor where chips last a quarter and capital stays what it was
    revenue = np.log(row(1, 2, 3, 4, 5, 6))
    for life, log_revenue in ((1e9, revenue), (0.25, 0.0)):
        calm = walk(**bust, bust_gap_elasticity=1.0, chip_life=life, log_revenue=log_revenue)
        assert calm.chip_spend == pytest.approx(row(*[100] * 6))


def test_finance_takes_hold_over_a_year() -> None:
    # a year of capex is 600 and then 800, of which 400 would be lent and 400 are cash
    path = walk(outside_money_limit=400.0, log_operating_cash_flow=np.log(800.0))
    years = ((0.25, 600.0), (0.5, 800.0), (0.75, 800.0), (1.0, 800.0))
    left = [1.0 + ramp * (soft(year, 800.0) / year - 1.0) for ramp, year in years]
    assert path.chip_spend == pytest.approx(row(100, 100, *(100.0 * each for each in left)))
    assert path.finance[0, 2:] == pytest.approx(-np.log(left))


def test_lenders_answer_revenue_of_the_quarter_before() -> None:
    surprise = row(0.0, 0.0, 0.0, 0.0, np.log(2.0), 0.0)
    path = walk(outside_money_limit=400.0, lenders_response=1.0, revenue_surprise=surprise)
    kept = [soft(800.0, 400.5) / 800.0, soft(800.0, 800.5) / 800.0]
    assert path.chip_spend[0, 4] == pytest.approx(100.0 * (1.0 + 0.75 * (kept[0] - 1.0)))
    assert path.chip_spend[0, 5] == pytest.approx(100.0 * kept[1])


def test_chips_that_are_short_cost_more_or_are_not_bought() -> None:
    path = walk(chip_supply=160.0, price_pass=0.5, delay_share=0.6)
    kept = soft(100.0, 40.0) / 100.0
    assert path.sold[0, 2:] == pytest.approx(100.0 * kept)
    assert path.premium[0, 2:] == pytest.approx(kept**-0.5)
    assert path.chip_spend[0, 2:] == pytest.approx(100.0 * kept**0.5)
    assert path.chips[0, 2:] == pytest.approx(-0.5 * np.log(kept))


def test_money_that_power_blocks_waits() -> None:
    path = walk(new_sites=20_000.0, delay_share=0.6)
    # of what was not spent three fifths wait, and a quarter of what waits is spent each quarter
    waiting = 0.6 * (100.0 - path.chip_spend[0, 2])
    asked = 100.0 + 0.25 * waiting
    assert path.power[0, 3] == pytest.approx(np.log(asked / path.sold[0, 3]))
    waiting = 0.75 * waiting + 0.6 * (asked - path.chip_spend[0, 3])
    asked = 100.0 + 0.25 * waiting
    assert path.power[0, 4] == pytest.approx(np.log(asked / path.sold[0, 4]))


def test_suppliers_follow_spending_three_quarters_later() -> None:
    path = walk(
        capability=1.0,
        capability_in_spending=1.0,
        years_since_history=row(0.0, 0.0, *[np.log(4.0)] * 4),
        chip_supply=400.0,
        limits_follow_spending=0.5,
    )
    assert path.sold[0, 2:5] == pytest.approx([soft(400.0, 100.0)] * 3)
    # the mean of three quarters' capex over that of the history, three quarters before the sixth
    spent = (200.0 + path.chip_spend[0, 2]) / 300.0
    assert path.sold[0, 5] == pytest.approx(soft(400.0, 100.0 * spent**0.5))


@pytest.mark.parametrize("onsite", [0.0, 0.46])
def test_power_that_is_short_leaves_a_gap_that_sites_partly_close(onsite: float) -> None:
    path = walk(new_sites=20_000.0, onsite_share=onsite)
    # sites for the 1,200 sold and 20 more: room for 120 where 1,100 run, usual purchases of a
    # quarter, and a hundred on their way
    powered = soft(100.0, 120.0)
    own = onsite / 1.15 * (100.0 - powered)
    assert path.sold[0, 2] == pytest.approx(powered + own)
    assert path.power[0, 2] == pytest.approx(-np.log((powered + own) / 100.0))
    assert path.gap[0, 2] == pytest.approx(1000.0 * (100.0 - powered - own))
    # then room for 20 more and what sites made themselves, and all the last sales waiting
    usual = (200.0 + path.sold[0, 2]) / 3.0
    powered = soft(100.0, 40.0 + own + usual - path.sold[0, 2])
    assert path.sold[0, 3] == pytest.approx(powered + onsite / 1.15 * (100.0 - powered))
    assert path.gap[0, 5] > path.gap[0, 4] > path.gap[0, 3] > path.gap[0, 2]
    assert path.chip_spend == pytest.approx(path.sold)


def test_research_of_others_follows_spending() -> None:
    doubled = {
        "capability": 1.0,
        "capability_in_spending": np.log(2.0),
        "years_since_history": row(0.0, 0.0, *[1.0] * 4),
        "research_finance_elasticity": 0.5,
    }
    path = walk(**doubled, others=300.0)
    # the last year's mean of capex over the history's: 400 of three, 600 of four, 700 of four
    means = np.array([400.0 / 300.0, 600.0 / 400.0, 700.0 / 400.0, 2.0])
    assert path.finance_of_research[0] == pytest.approx([1.0, 1.0, *np.sqrt(means)])
    asked = 1000.0 + 300.0 * np.sqrt(means)
    assert path.log_rent[0, 2:] == pytest.approx(2.0 * np.log(asked / path.running[0, 2:]))
