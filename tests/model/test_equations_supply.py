"""Silicon, what chips and power allow, and who buys and pays, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import holds, made, numbers, row, run

from forecast.model.equations.fleet.deployment import SupplyHistory
from forecast.model.equations.fleet.hardware import ClassShares, Generations
from forecast.model.equations.market.capex import Buyers, Sources
from forecast.model.equations.market.steps import Finance, MarketPath

GENERATIONS = Generations(row(0.1), row(0.2), row(0.4), row(0.2), row(0.1))
PRICES = Generations(row(40_000.0), row(20_000.0), row(10_000.0), row(5_000.0), row(2_500.0))
# a dollar of the mix buys 2.5 + 10 + 40 + 40 + 40 millionths
MIX_PRICE = 1e6 / 132.5
CLASSES = ClassShares(row(0.5), row(0.2), row(0.2), row(0.1))
PATH = MarketPath(
    chip_spend=row(1e5), premium=row(1.2), sold=row(5.0), sold_to_date=row(90.0),
    running=row(70.0), watts=row(8e9), gap=row(2e9), log_rent=row(0.1),
    finance_of_research=row(1.1), to_revenue=row(-0.1), to_demand=row(0.3),
    finance=row(np.log(2.0)), chips=row(np.log(1.25)), power=row(np.log(1.6)), bust=row(1.0),
)  # fmt: skip
MONEY = {"planned_hyperscaler_capex": 100.0, "planned_nvidia_datacenter_revenue": 40.0}
FIVE = made(Buyers, 60.0, 20.0)

CASES: list[tuple[str, dict[str, Any], float]] = [
    ("nvidia_price", {"generation_shares": GENERATIONS, "generation_prices": PRICES}, MIX_PRICE),
    # 0.1 × 3,000 + 0.2 × 1,500 + 0.4 × 800 + 0.2 × 400 + 0.1 × 200
    ("nvidia_it_watts", {"generation_shares_of_compute": GENERATIONS,
                         "ampere_it_watts": 3000.0, "hopper_it_watts": 1500.0,
                         "blackwell_it_watts": 800.0, "rubin_it_watts": 400.0,
                         "next_watts_ratio": 0.5}, 1020.0),
    # 0.5 × 800 + 0.2 × 2,000 + 0.2 × 3,000 + 0.1 × 1,000 watts at 1.4 of facility
    ("facility_watts_per_h100e", {"class_shares_of_compute": CLASSES, "nvidia_it_watts": 800.0,
                                  "other_gpu_it_watts": 2000.0, "custom_asic_it_watts": 3000.0,
                                  "inference_specialist_it_watts": 1000.0,
                                  "facility_peak_factor": 1.4}, 2100.0),
    # NVIDIA's half: 0.3 × 100 + 0.4 × 90 + (0.2 + 0.1 × 2) × 30; the other half 120
    ("memory_per_h100e", {"class_shares_of_compute": CLASSES,
                          "generation_shares_of_compute": GENERATIONS, "hopper_memory": 100.0,
                          "blackwell_memory": 90.0, "rubin_memory": 30.0, "next_memory_ratio": 2.0,
                          "other_silicon_memory": 120.0}, 99.0),
    ("chip_supply", {"memory_supply": 6e18, "memory_per_h100e": 6e10, "packaging_supply": 5e6,
                     "h100e_per_wafer": 30.0}, 1e8),
    ("chip_supply", {"memory_supply": 6e18, "memory_per_h100e": 6e10, "packaging_supply": 2e6,
                     "h100e_per_wafer": 30.0}, 6e7),
    ("new_sites", {"power_additions": 2e10, "flexible_load": 0.25, "power_shown": 1.2}, 7.5e9),
    ("planned_sales", {"planned_chip_spend": 5e10, "price_per_h100e": 20_000.0}, 2.5e6),
    ("planned_ai_capex", {"planned_chip_spend": 4e10, "accelerator_share": 0.5}, 8e10),
    ("ai_capex", {"chip_spend": 5e10, "accelerator_share": 0.5}, 1e11),
    ("chip_spend", {"market_path": PATH}, 1e5),
    ("compute_sold", {"market_path": PATH}, 90.0),
    ("compute_stock", {"market_path": PATH}, 70.0),
    ("ai_power_capacity", {"market_path": PATH}, 8e9),
    ("power_gap", {"market_path": PATH}, 2e9),
    ("chip_price_premium", {"market_path": PATH}, 1.2),
    ("bust_probability", {"market_path": PATH}, 1.0),
    ("spending_answer_to_revenue", {"market_path": PATH}, -0.1),
    ("spending_answer_to_demand", {"market_path": PATH}, 0.3),
    ("finance_limit", {"market_path": PATH}, np.log(2.0)),
    ("chip_limit", {"market_path": PATH}, np.log(1.25)),
    ("power_limit", {"market_path": PATH}, np.log(1.6)),
    # NVIDIA's revenue and a half of it, all of their capex, all that the world spends
    ("planned_hyperscaler_ai_capex", {**MONEY, "planned_ai_capex": 90.0,
                                      "hyperscaler_ai_capex_to_nvidia_revenue": 1.5}, 60.0),
    ("planned_hyperscaler_ai_capex", {**MONEY, "planned_ai_capex": 190.0,
                                      "hyperscaler_ai_capex_to_nvidia_revenue": 3.0}, 100.0),
    ("planned_hyperscaler_ai_capex", {**MONEY, "planned_ai_capex": 50.0,
                                      "hyperscaler_ai_capex_to_nvidia_revenue": 1.5}, 50.0),
    # 40 of other capex, and 70 instead of 60
    ("hyperscaler_capex", {"planned_hyperscaler_capex": 100.0,
                           "planned_hyperscaler_ai_capex": 60.0,
                           "buyers": made(Buyers, 70.0, 20.0)}, 110.0),
    ("outside_money", {"sources": made(Sources, 30.0, 50.0)}, 50.0),
    ("nvidia_datacenter_revenue", {"planned_nvidia_datacenter_revenue": 40.0, "chip_spend": 30.0,
                                   "planned_chip_spend": 60.0}, 20.0),
    # money for 80 after twice, five quarters and eight fifths were taken off
    ("wanted_ai_capex", {"ai_capex": 80.0, "market_path": PATH}, 320.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_a_generation_passes_another_at_its_date_and_has_nine_tenths_later() -> None:
    shares: Generations = run(
        "generation_shares",
        hopper_takeover=2000.0,
        blackwell_takeover=2025.0,
        rubin_takeover=2050.0,
        next_takeover=2060.0,
        generation_changeover=1.0,
        year_fraction=row(2025.0, 2024.5, 2025.5),
    )
    assert shares.blackwell == pytest.approx(row(0.5, 0.1, 0.9))
    assert shares.hopper == pytest.approx(row(0.5, 0.9, 0.1))


def test_prices_are_harmonic_means_of_what_a_dollar_buys() -> None:
    shares = ClassShares(row(0.5), row(0.0), row(0.5), row(0.0))
    prices = {
        "nvidia_price": 20_000.0,
        "other_gpu_price": 1.0,
        "custom_asic_price": 5_000.0,
        "inference_specialist_price": 1.0,
    }
    # half a dollar buys 1/40,000 and the other half 1/10,000: 8,000 for one, a fifth of it NVIDIA's
    price = run("price_per_h100e", class_shares=shares, **prices)
    assert price == pytest.approx(row(8_000.0))
    sold = run("class_shares_of_compute", class_shares=shares, price_per_h100e=price, **prices)
    assert numbers(sold) == pytest.approx([0.2, 0.0, 0.8, 0.0])


def test_systems_cost_more_than_their_chips_up_to_blackwell() -> None:
    found = run(
        "generation_prices",
        systems_factor=1.25,
        ampere_list_price=32_000.0,
        hopper_list_price=16_000.0,
        blackwell_list_price=8_000.0,
        rubin_price=5_000.0,
        next_price_ratio=0.5,
    )
    assert numbers(found) == numbers(PRICES)


def test_generations_sell_compute_by_what_a_dollar_buys() -> None:
    found = run(
        "generation_shares_of_compute",
        generation_shares=GENERATIONS,
        generation_prices=PRICES,
        nvidia_price=MIX_PRICE,
    )
    expected = [part / 132.5 for part in (2.5, 10.0, 40.0, 40.0, 40.0)]
    assert numbers(found) == pytest.approx(expected)


def test_classes_are_what_their_vendors_plan_to_sell() -> None:
    spend = run(
        "planned_spend",
        planned_nvidia_datacenter_revenue=50.0,
        nvidia_compute_share=0.8,
        planned_amd_datacenter_revenue=5.0,
        other_gpu_to_amd_revenue=1.2,
        planned_broadcom_ai_revenue=11.0,
        broadcom_share_of_asic_spend=1.1,
        inference_specialist_to_nvidia_spend=0.1,
    )
    assert numbers(spend) == pytest.approx([40.0, 6.0, 10.0, 4.0])
    assert run("planned_chip_spend", planned_spend=spend) == pytest.approx(row(60.0))
    shares = run("class_shares", planned_spend=spend, planned_chip_spend=60.0)
    assert numbers(shares) == pytest.approx([40 / 60, 6 / 60, 10 / 60, 4 / 60])


def test_buyers_keep_the_parts_that_plans_have() -> None:
    found = run("buyers", ai_capex=80.0, planned_ai_capex=100.0, planned_hyperscaler_ai_capex=75.0)
    assert numbers(found) == pytest.approx(numbers(FIVE))


@pytest.mark.parametrize(
    ("internal", "expected"),
    [
        (160.0, [40.0, 40.0]),  # a quarter of what cash flow leaves in a year
        (400.0, [60.0, 20.0]),  # no more than the five spend
    ],
)
def test_what_cash_flow_does_not_pay_comes_from_outside(
    internal: float, expected: list[float]
) -> None:
    money = made(Finance, internal, 1e12, 1.0)
    found = run("sources", ai_capex=80.0, buyers=FIVE, finance=money)
    assert numbers(found) == pytest.approx(expected)


@pytest.mark.parametrize(("cash", "left"), [(500.0, 240.0), (150.0, 0.0)])
def test_cash_flow_pays_other_capex_first(cash: float, left: float) -> None:
    found = run(
        "finance",
        planned_hyperscaler_capex=100.0,
        planned_hyperscaler_ai_capex=60.0,
        log_operating_cash_flow=np.log(cash),
        capex_propensity=0.8,
        outside_money_limit=900.0,
        lenders_response=1.5,
    )
    # four fifths of the cash, less four quarters of 40
    assert numbers(found) == pytest.approx([left, 900.0, 1.5])


def test_companies_share_the_capex_of_the_five() -> None:
    found = run(
        "companies",
        hyperscaler_capex=200.0,
        planned_amazon_capex=40.0,
        planned_alphabet_capex=30.0,
        planned_microsoft_capex=20.0,
        planned_meta_capex=8.0,
        planned_oracle_capex=2.0,
    )
    assert numbers(found) == pytest.approx([80.0, 60.0, 40.0, 16.0, 4.0])


def test_what_becomes_of_wanted_money() -> None:
    found = run("limits", wanted_ai_capex=320.0, ai_capex=80.0, market_path=PATH)
    # half to finance, a fifth of 160 to chips, three eighths of 128 to power
    assert numbers(found) == pytest.approx([80.0, 160.0, 32.0, 48.0])


def test_what_binds_is_what_blocks_the_most() -> None:
    path = PATH._replace(
        finance=row(9.0, 0.5, 0.1, 0.0, 0.049),
        chips=row(0.0, 0.4, 0.2, 0.0, 0.0),
        power=row(0.0, 0.3, 0.1, 0.06, 0.0),
    )
    found = run("binding_constraint", market_path=path, vendor_quarters=1)
    assert found.tolist() == [[-1.0, 1.0, 2.0, 3.0, 0.0]]


def test_limits_are_those_of_a_quarter() -> None:
    found = run(
        "physical_limits",
        chip_supply=4e7,
        new_sites=7.5e9,
        limits_follow_spending=0.4,
        price_pass=0.5,
        delay_share=0.6,
        onsite_share=0.3,
    )
    assert numbers(found) == pytest.approx([1e7, 7.5e9, 0.4, 0.5, 0.6, 0.3])


def test_what_a_year_has_added_can_be_added_again() -> None:
    taken = row(10.0, 20.0, 40.0, 50.0, 60.0, 90.0, 500.0)
    for believed, shown in ((28.0, 2.0), (280.0, 1.0)):
        found = run(
            "power_shown", sites_taken=taken, power_additions=row(*[believed] * 6, 1.0),
            flexible_load=0.25, history_quarters=6,
        )  # fmt: skip
        # 70 in the year to the end of the history, where 28 and a quarter more were believed
        assert found == pytest.approx(row(shown))


def test_sites_that_no_chip_took_wait_and_none_is_short_of_what_was_sold() -> None:
    empty = np.zeros((1, 7))
    watts, waiting = row(8.0, 12.0, 30.0, 35.0, 55.0, 70.0, 71.0), row(2.0, 8.0, *[10.0] * 5)
    history = SupplyHistory(empty, empty, empty, empty, watts, waiting)
    taken = run("sites_taken", supply_history=history)
    assert taken == pytest.approx(row(10.0, 20.0, 40.0, 45.0, 65.0, 80.0, 81.0))
    # From the first quarter, a year before the fifth: fifteen a quarter are never short of what is
    # taken; ten are short of 40, 65 and 80, and ten more are there in the end.
    for each, capacity in ((15.0, 100.0), (10.0, 90.0)):
        sites = row(*[each] * 7)
        found = run("sites_at_start", sites_taken=taken, new_sites=sites, history_quarters=5)
        assert found == pytest.approx(row(capacity))


def test_money_that_moves_and_a_fleet_are_what_they_are_made_of() -> None:
    spending = run(
        "spending",
        planned_chip_spend=60.0,
        outside_view=-np.log(1.5),
        capability=2.0,
        capability_in_spending=0.05,
        years_since_history=1.5,
        revenue_surprise=0.3,
        spending_response=0.6,
        spending_response_to_revenue=0.4,
        spending_response_lag=3.0,
        bust_hazard=0.02,
        bust_uniform=0.4,
        bust_depth=0.7,
        bust_gap_elasticity=0.8,
        chip_life=4.0,
    )
    # the trend is what plans are without what finance and busts took off them
    expected = [60.0, 90.0, 0.15, 0.3, 0.6, 0.4, 3.0, 0.02, 0.4, 0.7, 0.8, 4.0]
    assert numbers(spending) == pytest.approx(expected)
    fleet = run(
        "fleet",
        facility_watts_per_h100e=900.0,
        deployment_lag=1.5,
        inventory_limit=0.5,
        retirement_rate=0.1,
        scarcity_retirement=0.2,
        fleet_start=1000.0,
    )
    assert numbers(fleet) == [900.0, 1.5, 0.5, 0.1, 0.2, 1000.0]


@pytest.mark.parametrize(
    ("name", "rubin", "expected"),
    [
        ("training_effectiveness", {"rubin_training_effectiveness": 0.8}, [1.0, 0.975, 0.9125]),
        ("inference_effectiveness", {"rubin_inference_effectiveness": 1.0}, [1.0, 1.0, 0.96875]),
    ],
)
def test_the_fleet_is_as_effective_as_all_that_was_sold(
    name: str, rubin: dict[str, float], expected: list[float]
) -> None:
    half = np.full((1, 3), 0.5)
    none = np.zeros((1, 3))
    found = run(
        name,
        planned_sales=row(100.0, 100.0, 200.0),
        class_shares_of_compute=ClassShares(half, half, none, none),
        generation_shares_of_compute=Generations(
            none, none, row(1.0, 0.5, 0.0), row(0.0, 0.5, 0.5), row(0.0, 0.0, 0.5)
        ),
        next_effectiveness_ratio=0.75,
        **rubin,
    )
    # In training NVIDIA's half loses nothing, then 0.5 × 0.2, then 0.5 × 0.2 + 0.5 × 0.4, so that a
    # chip sold does 1, 0.95 and 0.85: (100 + 95) ÷ 200 and (100 + 95 + 170) ÷ 400. In inference it
    # loses nothing until the following generation: 0.5 × 0.5 × 0.25, so (200 + 200 × 0.9375) ÷ 400.
    assert found == pytest.approx(row(*expected))


@pytest.mark.parametrize(
    ("name", "price", "expected"),
    [
        ("nvidia_compute_sold", "nvidia_price", [2.5, 5.0]),
        ("other_gpu_compute_sold", "other_gpu_price", [1.0, 2.0]),
        ("custom_asic_compute_sold", "custom_asic_price", [1.0, 2.0]),
    ],
)
def test_what_a_class_has_sold_is_its_spend_over_its_price(
    name: str, price: str, expected: list[float]
) -> None:
    found = run(
        name,
        chip_spend=row(100.0, 200.0),
        class_shares=CLASSES,
        chip_price_premium=row(1.0, 2.0),
        **{price: 20.0},
    )
    assert found == pytest.approx(row(*expected))


def test_what_is_sold_waits_its_lag_and_a_tenth_retires_in_a_year() -> None:
    found = run(
        "supply_history",
        planned_sales=row(100, 200, 300),
        fleet=run(
            "fleet",
            facility_watts_per_h100e=row(1000, 500, 250),
            deployment_lag=1.0,
            inventory_limit=0.0,
            retirement_rate=1.0 - 0.9**4,
            scarcity_retirement=0.0,
            fleet_start=1000.0,
        ),
        vendor_quarters=2,
    )
    # 900 survive; a quarter later 810, and the 100 sold at 1,000 W each are deployed: of 300 that
    # wait and 200,000 W, a third.
    assert found.sold == pytest.approx(row(100, 200))
    assert found.sold_to_date == pytest.approx(row(1100, 1300))
    assert found.deployed == pytest.approx(row(1000, 1100))
    assert found.running == pytest.approx(row(900, 910))
    assert found.watts == pytest.approx(row(900_000, 810_000 + 200_000 / 3))
    assert found.waiting_watts == pytest.approx(row(100_000, 400_000 / 3))
