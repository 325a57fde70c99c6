"""What supply is made of, worked by hand: silicon, what chips and power allow, and who sells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import numbers, row, run, with_history
from forecast.model.equations.supply import SupplyPath

from forecast.model.equations.hardware import ClassShares, Generations

GENERATIONS = Generations(row(0.1), row(0.2), row(0.4), row(0.2), row(0.1))
PRICES = Generations(row(40_000.0), row(20_000.0), row(10_000.0), row(5_000.0), row(2_500.0))
# a dollar of the mix buys 2.5 + 10 + 40 + 40 + 40 millionths
MIX_PRICE = 1e6 / 132.5
CLASSES = ClassShares(row(0.5), row(0.2), row(0.2), row(0.1))
PATH = SupplyPath(*(row(number) for number in (5.0, 90.0, 70.0, 8e9, 1.5, 3.0, 2e9)))

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
    ("funded_sales", {"ai_capex_funded": 1e11, "accelerator_share": 0.5,
                      "price_per_h100e": 20_000.0}, 2.5e6),
    ("ai_capex_funded", {"vendor_chip_spend": 4e10, "accelerator_share": 0.5}, 8e10),
    ("chip_spend", {"supply_path": PATH, "price_per_h100e": 20_000.0}, 1e5),
    ("compute_sold", {"supply_path": PATH}, 90.0),
    ("compute_stock", {"supply_path": PATH}, 70.0),
    ("ai_power_capacity", {"supply_path": PATH}, 8e9),
    ("power_gap", {"supply_path": PATH}, 2e9),
    ("binding_constraint", {"supply_path": PATH}, 3.0),
    ("inference_chip_spend", {"chip_spend": 5e10, "inference_spend_share": 0.7}, 3.5e10),
    ("training_chip_spend", {"chip_spend": 5e10, "inference_chip_spend": 3.5e10}, 1.5e10),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    result = run(name, **arguments)
    assert result.shape == (1, 1)
    assert result[0, 0] == pytest.approx(expected, rel=1e-9)


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


def test_classes_are_what_their_vendors_sell() -> None:
    spend = run(
        "vendor_spend",
        nvidia_datacenter_revenue=50.0,
        nvidia_compute_share=0.8,
        amd_datacenter_revenue=5.0,
        other_gpu_to_amd_revenue=1.2,
        broadcom_ai_revenue=11.0,
        broadcom_share_of_asic_spend=1.1,
        inference_specialist_to_nvidia_spend=0.1,
    )
    assert numbers(spend) == pytest.approx([40.0, 6.0, 10.0, 4.0])
    assert run("vendor_chip_spend", vendor_spend=spend) == pytest.approx(row(60.0))
    shares = run("class_shares", vendor_spend=spend, vendor_chip_spend=60.0)
    assert numbers(shares) == pytest.approx([40 / 60, 6 / 60, 10 / 60, 4 / 60])


def test_five_buyers_never_buy_more_than_the_world_or_than_they_spend() -> None:
    found = run(
        "buyers",
        ai_capex=row(50.0, 100.0, 100.0),
        ai_capex_funded=row(100.0, 100.0, 100.0),
        hyperscaler_capex=row(80.0, 80.0, 500.0),
        nvidia_datacenter_revenue=row(50.0, 90.0, 90.0),
        hyperscaler_ai_capex_to_nvidia_revenue=1.2,
    )
    assert found.hyperscalers == pytest.approx(row(30.0, 80.0, 100.0))
    assert found.others == pytest.approx(row(20.0, 20.0, 0.0))


def test_companies_share_the_capex_of_the_five() -> None:
    found = run(
        "companies",
        hyperscaler_capex=200.0,
        amazon_capex=40.0,
        alphabet_capex=30.0,
        microsoft_capex=20.0,
        meta_capex=8.0,
        oracle_capex=2.0,
    )
    assert numbers(found) == pytest.approx([80.0, 60.0, 40.0, 16.0, 4.0])


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
        funded_sales=row(100.0, 100.0, 200.0),
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
        ("nvidia_compute_sold", "nvidia_price", [2.5, 7.5]),
        ("other_gpu_compute_sold", "other_gpu_price", [1.0, 3.0]),
        ("custom_asic_compute_sold", "custom_asic_price", [1.0, 3.0]),
    ],
)
def test_what_a_class_has_sold_is_its_spend_over_its_price(
    name: str, price: str, expected: list[float]
) -> None:
    found = run(name, chip_spend=row(100.0, 200.0), class_shares=CLASSES, **{price: 20.0})
    assert found == pytest.approx(row(*expected))


def test_what_is_sold_waits_its_lag_and_a_tenth_retires_in_a_year() -> None:
    found = run(
        "supply_history",
        funded_sales=row(100, 200, 300),
        facility_watts_per_h100e=row(1000, 500, 250),
        deployment_lag=1.0,
        retirement_rate=1.0 - 0.9**4,
        fleet_start=1000.0,
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


def test_the_gap_is_what_money_would_fill_and_power_does_not_allow() -> None:
    arguments = with_history(
        funded_sales=np.full((1, 5), 100.0),
        facility_watts_per_h100e=1000.0,
        total_demand=1e9,
        reference_pressure=1.0,
        capex_response=0.0,
        capex_response_lag=4.0,
        chip_supply=1e15,
        power_additions=80_000.0,
        flexible_load=0.0,
        inventory_limit=0.0,
        deployment_lag=1.0,
        retirement_rate=0.0,
        scarcity_retirement=0.0,
        fleet_start=1000.0,
        vendor_quarters=2,
    )
    path: SupplyPath = run("supply_path", **arguments)
    # Sites for the 1,200 sold, then 20 a quarter. In the fourth quarter 60 of the usual 100 are not
    # bought, and of 1,300 past their lag 1,240 find power; in the fifth 95 more are not bought, and
    # of 1,340 1,260 find power.
    assert path.sold == pytest.approx(row(100, 100, 100, 40, 5))
    assert path.gap == pytest.approx(row(0.0, 0.0, 0.0, 120_000.0, 235_000.0))
