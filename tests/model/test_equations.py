"""Equations against examples worked by hand in plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import PEAK, row, run, with_history
from forecast.model.equations.inference import OccupiedTokens
from forecast.model.equations.supply import SupplyPath
from forecast.model.equations.training import TrainingComponents

from forecast.model.equations.hardware import ClassShares, Generations
from forecast.periods import quarter

SCALAR_CASES: list[tuple[str, dict[str, Any], float]] = [
    # 1 − 0.8^(2 × 0.5)
    ("worker_adoption", {"business_adoption": 0.2, "employment_weighting": 2.0,
                         "world_adoption_factor": 0.5}, 0.2),
    ("worker_adoption", {"business_adoption": 0.5, "employment_weighting": 2.0,
                         "world_adoption_factor": 1.0}, 0.75),
    ("consumer_requests", {"weekly_users": 8e8, "requests_per_user_day": 3.0}, 2.4e9),
    ("consumer_tokens", {"consumer_requests": 2e9, "other_assistants_factor": 1.5,
                         "tokens_per_request": 1000.0, "reasoning_index": 2.0,
                         "usage_response": 0.5}, 3e12),
    ("active_agent_seats", {"knowledge_workers": 1e9, "worker_adoption": 0.3,
                            "agent_penetration": 0.2, "seats_active_given_apps": 0.1}, 6e6),
    # half a year of growth at 2 ln 3 a year triples tokens per task
    ("enterprise_agent_tokens", {"active_agent_seats": 1e6, "tasks_per_seat_day": 4.0,
                                 "tokens_per_task": 1e5, "reasoning_index": 1.0,
                                 "tokens_per_task_growth": 2.0 * np.log(3.0),
                                 "usage_response": 1.0, "year_fraction": 2027.0}, 1.2e12),
    ("autonomous_agent_tokens", {"knowledge_workers": 1e9, "worker_adoption": 0.5,
                                 "agent_penetration": 0.2, "always_on_agents_per_worker": 0.01,
                                 "agent_duty_hours": 4.0, "tokens_per_agent_hour": 5e5,
                                 "reasoning_index": 1.0, "usage_response": 1.0}, 2e12),
    # (4 + 6) × 1.5 × 0.8 × (1 + 0.5 × (3 − 1))
    ("developer_api_tokens", {"google_api_tokens": 4.0, "openai_api_tokens": 6.0,
                              "other_api_vendors_factor": 1.5, "api_overlap": 0.2,
                              "agentic_share_of_api": 0.5, "agent_index": 3.0,
                              "usage_response": 1.0}, 24.0),
    ("product_surface_tokens", {"google_tokens": 10.0, "google_api_tokens": 4.0,
                                "doubao_tokens": 3.0, "usage_response": 2.0}, 18.0),
    ("product_surface_tokens", {"google_tokens": 10.0, "google_api_tokens": 40.0,
                                "doubao_tokens": 3.0, "usage_response": 1.0}, 4.0),
    # 0.75 of tokens are input, of which half is cached at a tenth of the cost
    ("chat_computed_input", {"chat_output_share": 0.25, "chat_cache_hit": 0.5,
                             "cached_cost": 0.1}, 0.4125),
    ("agent_computed_input", {"agent_output_share": 0.05, "agent_cache_hit": 0.8,
                              "cached_cost": 0.1}, 0.266),
    ("chat_peak_per_operation", {"chat_computed_input": 0.4, "chat_output_share": 0.2,
                                 "prefill_utilisation": 0.2, "decode_utilisation": 0.05}, 6.0),
    # 2 × 1e11 FLOP a token, 8.64e13 tokens a day, on a peak of 1.979e15
    ("counted_inference_compute", {"occupied_tokens": OccupiedTokens(*[row(1.728e13)] * 5),
                                   "active_parameters": 1e11, "context_overhead": 1.0,
                                   "serving_efficiency_growth": 0.4,
                                   "year_fraction": 2025.5}, 2e11 * 1e9 / PEAK),
    ("language_model_demand", {"inference_scale": 5.0, "counted_inference_compute": 1e6,
                               "inference_effectiveness": 0.8}, 6.25e6),
    ("counted_share", {"inference_scale": 4.0}, 0.25),
    # 1e27 FLOP at 4 a year over the operations that a fifth of a peak delivers in 31.536 million
    # seconds
    ("frontier_run_compute", {"frontier_run_flop": 1e27, "frontier_runs_per_year": 4.0,
                              "training_utilisation": 0.2}, 4e27 / (PEAK * 31.536e6 * 0.2)),
    ("training_multiple", {"training_scale": 6.0, "training_breadth_growth": -np.log(2.0),
                           "training_discrepancy": np.log(1.5), "training_effectiveness": 0.9,
                           "year_fraction": 2026.5}, 5.0),
    ("demand_pressure", {"total_demand": 30.0, "compute_stock": 20.0}, 1.5),
    # enough: 60 of 80 wanted, of 100
    ("inference_compute", {"compute_stock": 100.0, "total_demand": 80.0, "training_demand": 20.0,
                           "inference_demand": 60.0, "inference_priority": 0.5,
                           "research_floor": 0.1}, 75.0),
    # short: halfway between 60 in proportion and 90, all but research's floor
    ("inference_compute", {"compute_stock": 100.0, "total_demand": 200.0, "training_demand": 80.0,
                           "inference_demand": 120.0, "inference_priority": 0.5,
                           "research_floor": 0.1}, 75.0),
    # training wants less than its floor and gets all of it
    ("inference_compute", {"compute_stock": 100.0, "total_demand": 200.0, "training_demand": 5.0,
                           "inference_demand": 195.0, "inference_priority": 0.5,
                           "research_floor": 0.1}, 95.0),
    ("idle_compute", {"compute_stock": 100.0, "total_demand": 80.0}, 20.0),
    ("unserved_demand", {"training_demand": 80.0, "inference_demand": 120.0,
                         "training_compute": 25.0, "inference_compute": 75.0}, 100.0),
    # a quarter has 2,190 hours
    ("lab_training_spend", {"training_compute": 1e6, "lab_share_of_training": 0.2,
                            "lab_price_per_h100e_hour": 2.0}, 8.76e8),
    ("lab_inference_spend", {"inference_compute": 1e6, "language_model_demand": 3.0,
                             "embedded_demand": 1.0, "lab_share_of_llm_inference": 0.2,
                             "lab_price_per_h100e_hour": 2.0}, 6.57e8),
    ("ai_capex", {"chip_spend": 5e10, "accelerator_share": 0.5}, 1e11),
    # 1.4 W of facility for each IT watt at peak, of which 0.7 is drawn, at a PUE of 1.2
    ("ai_power_mean", {"ai_power_capacity": 1.4e10, "facility_peak_factor": 1.4,
                       "load_factor": 0.7, "power_usage_effectiveness": 1.2}, 8.4e9),
    # 40 GW at half in the US is 175.2 TWh a year, with 150 TWh of others 81.3 TWh a quarter
    ("us_data_centre_energy", {"ai_power_mean": 4e10, "us_share_of_compute": 0.5,
                               "other_us_data_centre_energy": 1.5e14}, 8.13e13),
    ("required_ai_revenue", {"fleet_cost": 3e10, "required_margin": 0.4}, 5e10),
    ("ai_revenue", {"openai_revenue": 3e10, "anthropic_revenue": 5e10,
                    "other_ai_revenue_factor": 1.5}, 3e10),
    ("edge_compute", {"edge_devices": 1e9, "edge_device_operations": PEAK / 100.0,
                      "edge_device_duty": 0.01, "robots": 1e6, "robot_operations": PEAK / 10.0,
                      "robot_duty": 0.5}, 150_000.0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), SCALAR_CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    result = run(name, **arguments)
    assert result.shape == (1, 1)
    assert result[0, 0] == pytest.approx(expected, rel=1e-9)


def test_an_index_is_growth_since_the_history_over_its_reference() -> None:
    found = run(
        "agent_index",
        agent_penetration=row(0.05, 0.1, 0.2, 0.3, 0.9),
        reference_agent_penetration=row(0.1, 0.2, 0.2, 0.8, 0.2),
        history_quarters=2,
    )
    # 2 over 1, then 3 over 4, then 9 over 1, bounded at 5
    assert found == pytest.approx(row(1.0, 1.0, 2.0, 0.75, 5.0))


def test_usage_answers_cost_a_quarter_later() -> None:
    found = run(
        "usage_response",
        cost_of_computed_tokens=row(4.0, 4.0, 1.0, 4.0),
        reference_cost_of_computed_tokens=row(2.0, 2.0, 2.0, 2.0),
        usage_elasticity=0.5,
        history_quarters=2,
    )
    # a quarter of the cost doubles usage at an elasticity of a half
    assert found == pytest.approx(row(1.0, 1.0, 1.0, 2.0))


def test_training_components_by_hand() -> None:
    parts: TrainingComponents = run(
        "training_components_needed",
        frontier_run_compute=10.0,
        training_multiple=3.0,
        reinforcement_learning_share=0.25,
        final_run_share=0.2,
        synthetic_data_share=0.25,
        adaptation_ratio=0.1,
        embedded_training_ratio=0.5,
        embedded_demand=8.0,
    )
    # 30 of pre-training is three quarters of a final run of 40, a fifth of 200 with 160 of research
    found = [float(part[0, 0]) for part in parts]
    assert found == pytest.approx([30.0, 10.0, 120.0, 40.0, 20.0, 4.0])


def test_embedded_demand_grows_from_its_level_at_the_end_of_2025() -> None:
    first = quarter("2025Q3")
    found = run(
        "embedded_demand",
        embedded_share_of_running=0.25,
        funded_fleet=row(60.0, 80.0, 100.0),
        embedded_growth=np.full((1, 3), 4.0 * np.log(2.0)),
        first_quarter=first,
    )
    assert found == pytest.approx(row(10.0, 20.0, 40.0))


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
    assert [float(part[0, 0]) for part in sold] == pytest.approx([0.2, 0.0, 0.8, 0.0])


def test_the_split_of_spend_is_what_each_workload_adds_in_a_year() -> None:
    inference = row(10, 10, 10, 10, 20, 20, 20, 20)
    training = np.full((1, 8), 10.0)
    found = run(
        "inference_spend_share",
        inference_compute=inference,
        training_compute=training,
        inference_share=inference / (inference + training),
        deployment_lag=0.0,
        retirement_rate=0.1,
    )
    # 20 less 9 that survive, over that and 10 less 9
    assert found == pytest.approx(row(0.5, 0.5, 0.5, 0.5, *[11 / 12] * 4))


PLENTY = 1e15
SUPPLY = {
    "funded_sales": np.full((1, 5), 100.0),
    "facility_watts_per_h100e": 1000.0,
    "total_demand": 1e9,
    "reference_pressure": 1.0,
    "capex_response": 0.0,
    "capex_response_lag": 4.0,
    "chip_supply": PLENTY,
    "power_additions": PLENTY,
    "flexible_load": 0.0,
    "inventory_limit": 0.0,
    "deployment_lag": 1.0,
    "retirement_rate": 0.0,
    "scarcity_retirement": 0.0,
    "fleet_start": 1000.0,
    "vendor_quarters": 2,
}


@pytest.mark.parametrize(
    ("changes", "sold", "running", "binding"),
    [
        # money: what is sold runs a quarter later
        ({}, [100] * 5, [1000, 1100, 1200, 1300, 1400], [-1, -1, 1, 1, 1]),
        ({"total_demand": 1250.0}, [100] * 5, [1000, 1100, 1200, 1300, 1400], [-1, -1, 1, 0, 0]),
        # chips: 160 a year
        ({"chip_supply": 160.0}, [100, 100, 40, 40, 40], [1000, 1100, 1200, 1240, 1280],
         [-1, -1, 2, 2, 2]),
        # power: sites for what was sold, then 20 a quarter. Third quarter: room for 120, usual
        # purchases of 100, 100 on their way: 120 may be sold. Fourth: room 40, so 40. Fifth: room
        # 20, usual 85, 100 waiting: 5.
        ({"power_additions": 80_000.0}, [100, 100, 100, 40, 5], [1000, 1100, 1200, 1240, 1260],
         [-1, -1, 1, 3, 3]),
        ({"power_additions": 64_000.0, "flexible_load": 0.25}, [100, 100, 100, 40, 5],
         [1000, 1100, 1200, 1240, 1260], [-1, -1, 1, 3, 3]),
        # a tenth retires each quarter
        ({"retirement_rate": 1.0 - 0.9**4}, [100] * 5, [900, 910, 919, 927.1, 934.39],
         [-1, -1, 1, 1, 1]),
        # half a quarter more of lag: half of a quarter's sales wait longer
        ({"deployment_lag": 1.5}, [100] * 5, [1000, 1050, 1150, 1250, 1350], [-1, -1, 1, 1, 1]),
    ],
)  # fmt: skip
def test_supply_quarter_by_quarter(
    changes: dict[str, float], sold: list[float], running: list[float], binding: list[float]
) -> None:
    path: SupplyPath = run("supply_path", **with_history(**(SUPPLY | changes)))
    assert path.sold == pytest.approx(row(*sold))
    assert path.running == pytest.approx(row(*running))
    assert path.sold_to_date == pytest.approx(row(*(1000.0 + np.cumsum(sold))))
    assert path.binding.tolist() == [binding]
    if "retirement_rate" not in changes:
        assert path.watts == pytest.approx(1000.0 * path.running)
        fleet = {key: SUPPLY[key] for key in ("funded_sales", "retirement_rate", "fleet_start")}
        lag = changes.get("deployment_lag", 1.0)
        funded = run("funded_fleet", **fleet, deployment_lag=lag)
        assert np.all(funded >= path.running * (1.0 - 1e-12))
