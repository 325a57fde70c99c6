"""Splits, power and economics, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import PEAK, holds, numbers, row, run

from forecast.model.equations.fleet.hardware import ClassShares
from forecast.model.equations.fleet.splits import WorkloadSilicon
from forecast.periods import quarter

CLASSES = ClassShares(row(0.5), row(0.1), row(0.3), row(0.1))
WEIGHTS = {
    "memory_server_weight": 0.2,
    "network_weight": 0.3,
    "building_weight": 0.2,
    "power_cooling_weight": 0.3,
}
SILICON = WorkloadSilicon(
    ClassShares(row(30.0), row(5.0), row(4.0), row(1.0)),
    ClassShares(row(20.0), row(5.0), row(26.0), row(9.0)),
)
# one dollar a year for two years at 10%: 1 ÷ 1.1 + 1 ÷ 1.21 buys 21 ÷ 12.1
TWO_YEARS = 12.1 / 21.0
# A shell is paid over 18 years; at a rate of 2^(1/18) − 1 its annuity is twice the rate.
EVEN_RATE = 2.0 ** (1.0 / 18.0) - 1.0

CASES: list[tuple[str, dict[str, Any], float]] = [
    ("shell_share_of_capex", {"accelerator_share": 0.6, **WEIGHTS}, 0.2),
    ("first_use_inference_spend_share", {"first_use_inference_spend": 3e10, "chip_spend": 4e10},
     0.75),
    ("first_use_inference_spend_share", {"first_use_inference_spend": 0.0, "chip_spend": 0.0}, 0.0),
    ("us_electricity_generated", {"us_electricity": 4.4e15}, 1.1e15),
    ("us_grid_share", {"us_data_centre_energy": 1.1e14, "us_electricity_generated": 1.1e15}, 0.1),
    ("serving_power", {"ai_power_mean": 1e10, "compute_stock": 8e6,
                       "language_model_compute": 4.8e6}, 6e9),
    ("tokens_per_joule", {"tokens_per_second": 1e10, "serving_power": 5e9}, 2.0),
    # 40,000 of capital, all of it chips for two years at 10%, a twentieth a year for operations,
    # half the hours used
    ("cost_per_h100e_hour", {"price_per_h100e": 20_000.0, "accelerator_share": 0.5,
                             "shell_share_of_capex": 0.0, "chip_life": 2.0, "cost_of_capital": 0.1,
                             "operations_share": 0.05, "facility_watts_per_h100e": 0.0,
                             "facility_peak_factor": 1.4, "power_usage_effectiveness": 1.2,
                             "load_factor": 0.7, "electricity_price": 1e-4, "duty": 0.5},
     40_000.0 * (TWO_YEARS + 0.05) / 4380.0),
    # all of it shell: twice the rate a year; 1,400 W of facility are 1,000 of IT, of which 700 are
    # drawn at a PUE of 1.2: 840 Wh an hour at a tenth of a dollar a kWh
    ("cost_per_h100e_hour", {"price_per_h100e": 20_000.0, "accelerator_share": 0.5,
                             "shell_share_of_capex": 1.0, "chip_life": 2.0,
                             "cost_of_capital": EVEN_RATE, "operations_share": 0.0,
                             "facility_watts_per_h100e": 1400.0, "facility_peak_factor": 1.4,
                             "power_usage_effectiveness": 1.2, "load_factor": 0.7,
                             "electricity_price": 1e-4, "duty": 1.0},
     40_000.0 * 2.0 * EVEN_RATE / 8760.0 + 0.084),
    # 1.4 W of facility for each IT watt at peak, of which 0.7 is drawn, at a PUE of 1.2
    ("ai_power_mean", {"ai_power_capacity": 1.4e10, "facility_peak_factor": 1.4,
                       "load_factor": 0.7, "power_usage_effectiveness": 1.2}, 8.4e9),
    # 40 GW at half in the US is 175.2 TWh a year, with 150 TWh of others 81.3 TWh a quarter
    ("us_data_centre_energy", {"ai_power_mean": 4e10, "us_share_of_compute": 0.5,
                               "other_us_data_centre_energy": 1.5e14}, 8.13e13),
    ("required_ai_revenue", {"fleet_cost": 3e10, "required_margin": 0.4}, 5e10),
    ("revenue_gap", {"required_ai_revenue": 5e10, "ai_revenue": 2e10}, 2.5),
    ("edge_compute", {"edge_devices": 1e9, "edge_device_operations": PEAK / 100.0,
                      "edge_device_duty": 0.01, "robots": 1e6, "robot_operations": PEAK / 10.0,
                      "robot_duty": 0.5}, 150_000.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_layers_divide_what_chips_leave_by_their_weights() -> None:
    found = run("layers", ai_capex=100.0, chip_spend=60.0, **WEIGHTS)
    assert numbers(found) == pytest.approx([60.0, 8.0, 12.0, 8.0, 12.0])
    doubled = {name: 2.0 * weight for name, weight in WEIGHTS.items()}
    assert numbers(run("layers", ai_capex=100.0, chip_spend=60.0, **doubled)) == numbers(found)


def test_tiers_and_regions_are_their_shares() -> None:
    tiers = run("tiers", chip_spend=50.0, enterprise_share_of_spend=0.2)
    assert numbers(tiers) == pytest.approx([40.0, 10.0])
    stock = {"compute_stock": 80.0, "us_share_of_compute": 0.7}
    regions = run("regions", **stock, china_share_of_compute=0.1)
    assert numbers(regions) == pytest.approx([56.0, 8.0, 16.0])
    # 0.7 and 0.7 cannot both be: half each, nothing elsewhere
    crowded = run("regions", **stock, china_share_of_compute=0.7)
    assert numbers(crowded) == pytest.approx([40.0, 40.0, 0.0])


def test_silicon_keeps_both_margins_and_the_stated_odds() -> None:
    found: WorkloadSilicon = run(
        "workload_silicon",
        training_chip_spend=50.0,
        inference_chip_spend=50.0,
        class_shares=ClassShares(row(0.5), row(0.0), row(0.5), row(0.0)),
        asic_inference_tilt=4.0,
        specialist_inference_tilt=20.0,
    )
    # half and half both ways, and odds of inference four times as high for ASICs as for GPUs:
    # with a third of GPUs at inference odds are 1 to 2, with two thirds of ASICs 2 to 1
    assert numbers(found.training) == pytest.approx([100 / 3, 0.0, 50 / 3, 0.0], rel=1e-6)
    assert numbers(found.inference) == pytest.approx([50 / 3, 0.0, 100 / 3, 0.0], rel=1e-6)


def test_silicon_without_a_tilt_is_the_same_for_both_workloads() -> None:
    found: WorkloadSilicon = run(
        "workload_silicon",
        training_chip_spend=20.0,
        inference_chip_spend=80.0,
        class_shares=CLASSES,
        asic_inference_tilt=1.0,
        specialist_inference_tilt=1.0,
    )
    assert numbers(found.training) == pytest.approx([10.0, 2.0, 6.0, 2.0])
    assert numbers(found.inference) == pytest.approx([40.0, 8.0, 24.0, 8.0])


def test_silicon_by_workload_and_over_both() -> None:
    assert numbers(run("training_silicon", workload_silicon=SILICON)) == [30.0, 5.0, 4.0, 1.0]
    assert numbers(run("inference_silicon", workload_silicon=SILICON)) == [20.0, 5.0, 26.0, 9.0]
    assert numbers(run("silicon", workload_silicon=SILICON)) == [50.0, 10.0, 30.0, 10.0]


def test_new_chips_train_first() -> None:
    found = run(
        "first_use_inference_spend",
        chip_spend=row(1000.0, 1000.0, 1000.0, 100.0),
        price_per_h100e=8.0,
        chip_price_premium=1.25,
        training_compute=row(80.0, 120.0, 100.0, 100.0),
        training_tenure=1.0,
    )
    # a quarter of training's fleet is renewed each quarter: 20, then 30 and 40 more, then 25 of
    # 100 sold, then all of the last 10
    assert found == pytest.approx(row(800.0, 300.0, 750.0, 0.0))


def test_the_fleet_costs_what_is_still_in_service() -> None:
    found = run(
        "fleet_cost",
        ai_capex=row(10.0, 20.0, 40.0, 80.0, 0.0),
        chip_life=0.625,
        operations_share=0.4,
        ai_power_mean=row(0.0, 0.0, 1.0, 0.0, 0.0),
        electricity_price=0.01,
    )
    # A life of two and a half quarters: the quarter's own, the one before, and half of the third.
    # A tenth a quarter for operations, and 2,190 hours of one watt at a cent.
    in_service = np.array([10.0, 30.0, 65.0, 130.0, 100.0])
    expected = in_service / 2.5 + in_service / 10.0 + np.array([0.0, 0.0, 21.9, 0.0, 0.0])
    assert found == pytest.approx(row(*expected))


def test_a_life_that_changes_counts_from_then_on() -> None:
    found = run(
        "fleet_cost",
        ai_capex=row(10.0, 20.0, 40.0, 80.0),
        chip_life=row(0.5, 0.5, 0.25, 0.75),
        operations_share=0.0,
        ai_power_mean=0.0,
        electricity_price=0.0,
    )
    # two quarters' capex over two quarters, then one over one, then three over three
    assert found == pytest.approx(row(5.0, 15.0, 40.0, 140.0 / 3.0))


def test_nvidia_counts_from_2025() -> None:
    found = run(
        "nvidia_cumulative",
        nvidia_datacenter_revenue=row(90.0, 90.0, 15.0, 32.0),
        first_quarter=quarter("2024Q3"),
    )
    assert found == pytest.approx(row(0.0, 0.0, 15.0, 47.0))
