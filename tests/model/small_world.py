"""A small world made of plain numbers: all that the equations are given, for a few draws.

It is no forecast. Levels are of the right order, draws differ by a factor of each input, and what
comes after the history wanders, so that limits, idle machines and busts all occur in some draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.model.equations import model_graph
from forecast.model.reference import Reference
from forecast.periods import FIRST_QUARTER

DRAWS, QUARTERS, HISTORY, VENDORS = 48, 28, 18, 19
KNOTS = (0, 8, 17, 27)  # quarters of a path's four levels: 2022Q1, 2024Q1, 2026Q2, 2028Q4

PATHS: dict[str, tuple[float, float, float, float]] = {
    # who uses it, and what they pay
    "business_adoption": (0.03, 0.08, 0.21, 0.37),
    "weekly_users": (1e7, 1.4e8, 1e9, 1.4e9),
    "agent_penetration": (1e-4, 2e-3, 0.09, 0.45),
    "revenue_per_user": (11.0, 12.0, 19.0, 36.0),
    "agent_hours_per_seat": (390.0, 390.0, 500.0, 840.0),
    "agent_hour_price": (9.0, 9.0, 7.0, 4.8),
    "always_on_agents_per_worker": (2e-3, 2e-3, 8e-3, 0.05),
    "other_api_revenue": (1.5e9, 1.8e9, 1e10, 3.5e10),
    "lab_share_of_agents": (0.24, 0.24, 0.7, 0.64),
    "anthropic_share_of_labs": (0.12, 0.16, 0.76, 0.74),
    # what it takes to serve
    "consumer_cost_share": (0.55, 0.54, 0.34, 0.3),
    "agent_cost_share": (1.2, 1.2, 0.4, 0.34),
    "free_cost_per_user": (5.2, 5.2, 5.8, 7.0),
    "serving_efficiency": (1.0, 1.0, 1.0, 1.1),
    "edge_offload_share": (0.003, 0.003, 0.005, 0.02),
    "product_inference": (7e3, 9.5e4, 1.4e6, 7.3e6),
    "media_inference": (2.6e3, 3.6e4, 5.2e5, 2.3e6),
    "self_hosted_inference": (4e4, 2.4e5, 1.7e6, 7.5e6),
    "embedded_inference": (9e4, 5e5, 3.1e6, 1.1e7),
    "token_yield": (1.8e5, 2.3e5, 2e6, 4.3e6),
    # research
    "lab_research_ratio": (2.2, 1.7, 0.62, 0.4),
    "google_research": (1.6e4, 1.5e5, 1.4e6, 4.8e6),
    "meta_research": (1.4e4, 1.2e5, 1.2e6, 4.1e6),
    "microsoft_amazon_research": (6.7e3, 5.9e4, 5.6e5, 1.9e6),
    "cloud_customers_research": (2.5e4, 2.3e5, 2.2e6, 7.6e6),
    "china_research": (8.9e3, 8e4, 7.7e5, 2.6e6),
    "enterprise_research": (1.3e4, 1.2e5, 1.1e6, 3.8e6),
    "reinforcement_learning_share": (0.01, 0.02, 0.31, 0.47),
    # money as planned
    "planned_nvidia_datacenter_revenue": (3.8e9, 2.3e10, 8.9e10, 2.3e11),
    "planned_amd_datacenter_revenue": (1.3e9, 2.3e9, 6.7e9, 1e10),
    "planned_broadcom_ai_revenue": (3.7e8, 3.1e9, 1.7e10, 6.1e10),
    "planned_hyperscaler_capex": (3.8e10, 5e10, 1.9e11, 4.2e11),
    "planned_amazon_capex": (1.5e10, 1.5e10, 5.4e10, 1.2e11),
    "planned_alphabet_capex": (9.8e9, 1.2e10, 4.5e10, 9.3e10),
    "planned_microsoft_capex": (6.3e9, 1.4e10, 4.1e10, 7.7e10),
    "planned_meta_capex": (5.6e9, 6.7e9, 3.1e10, 7.5e10),
    "planned_oracle_capex": (1.2e9, 2e9, 2e10, 3.1e10),
    "outside_money_limit": (6e11, 6e11, 1.2e12, 1.7e12),
    "nvidia_compute_share": (0.88, 0.88, 0.81, 0.78),
    "broadcom_share_of_asic_spend": (3.5, 1.3, 1.1, 1.0),
    "other_gpu_to_amd_revenue": (0.04, 0.6, 1.2, 1.4),
    "inference_specialist_to_nvidia_spend": (1e-3, 2e-3, 9e-3, 0.03),
    "accelerator_share": (0.53, 0.51, 0.48, 0.47),
    "enterprise_share_of_spend": (0.28, 0.23, 0.13, 0.1),
    # silicon, memory, sites, power
    "hopper_list_price": (3.5e4, 2.9e4, 2.3e4, 2.3e4),
    "other_gpu_price": (3.2e4, 2e4, 1.3e4, 7.7e3),
    "custom_asic_price": (2.4e4, 1.4e4, 6.7e3, 5.7e3),
    "other_gpu_it_watts": (2400.0, 1500.0, 1070.0, 480.0),
    "custom_asic_it_watts": (3000.0, 1520.0, 800.0, 470.0),
    "other_silicon_memory": (1.1e11, 1.05e11, 9e10, 6e10),
    "memory_supply": (2.2e18, 2.2e18, 3.5e18, 8.2e18),
    "packaging_supply": (6.6e5, 6.6e5, 1.1e6, 2.2e6),
    "h100e_per_wafer": (16.0, 19.0, 33.0, 60.0),
    "power_additions": (5e9, 9.6e9, 1.9e10, 4.3e10),
    "us_share_of_compute": (0.73, 0.73, 0.72, 0.68),
    "china_share_of_compute": (0.09, 0.09, 0.07, 0.08),
    "us_electricity": (4.3e15, 4.3e15, 4.5e15, 4.7e15),
    "other_us_data_centre_energy": (1.6e14, 1.6e14, 1.8e14, 1.9e14),
    "edge_devices": (2e7, 5.8e7, 8.8e8, 2.3e9),
    "robots": (3e3, 6e3, 5.9e4, 3e5),
}
SHARES = {
    *("business_adoption", "agent_penetration", "lab_share_of_agents", "anthropic_share_of_labs"),
    *("consumer_cost_share", "edge_offload_share", "reinforcement_learning_share"),
    *("nvidia_compute_share", "accelerator_share", "enterprise_share_of_spend"),
    *("us_share_of_compute", "china_share_of_compute"),
}
LEVELS: dict[str, float] = {
    "knowledge_workers": 1e9, "employment_weighting": 1.8, "world_adoption_factor": 0.7,
    "other_consumer_revenue_ratio": 0.25, "agent_seats_per_penetration": 0.5,
    "seat_dilution": 0.35, "agent_budget_ceiling": 1e12, "always_on_revenue": 2200.0,
    "anthropic_consumer_share": 0.14, "capability_effect": 0.1, "capability_in_spending": 0.06,
    "requests_per_user_day": 3.5, "tasks_per_seat_day": 5.5,
    "other_free_use": 0.8, "other_cost_ratio": 1.0, "contract_markup": 1.15,
    "efficiency_rebound": 0.6, "unpaid_inference_level": 1.0, "google_relative_yield": 1.0,
    "china_relative_yield": 2.0, "anthropic_relative_research": 0.5,
    "doubao_share_of_china_tokens": 0.5, "inference_utilisation": 0.12,
    "lab_research_floor": 0.12, "research_revenue_elasticity": 0.6, "other_labs_share": 0.17,
    "research_level": 1.0, "research_finance_elasticity": 0.5, "embedded_training_ratio": 0.25,
    "final_run_share": 0.15, "synthetic_data_share": 0.28, "adaptation_share": 0.15,
    "training_utilisation": 0.2, "frontier_runs_per_year": 3.6, "rollout_share": 0.74,
    "forward_share_of_experiments": 0.5, "model_discrepancy": 0.15,
    "unexplained_revenue": 0.2, "serving_of_unexplained_revenue": 0.7,
    "service_price_elasticity": 1.1, "training_rent_elasticity": 0.85,
    "embedded_rent_elasticity": 0.25, "rent_floor": 0.3,
    "spending_response": 0.65, "spending_response_to_revenue": 0.35, "spending_response_lag": 3.0,
    "lenders_response": 0.9, "capex_propensity": 0.76, "bust_gap_elasticity": 0.8,
    "bust_depth": 0.7, "limits_follow_spending": 0.4, "price_pass": 0.45, "delay_share": 0.65,
    "onsite_share": 0.3, "flexible_load": 0.05,
    "hyperscaler_ai_capex_to_nvidia_revenue": 1.3, "deployment_lag": 1.1, "inventory_limit": 0.8,
    "retirement_rate": 0.05, "scarcity_retirement": 0.09, "fleet_start": 2.2e5,
    "systems_factor": 1.2, "ampere_list_price": 3.8e4, "blackwell_list_price": 1.5e4,
    "rubin_price": 1.05e4, "next_price_ratio": 0.72, "inference_specialist_price": 2e4,
    "ampere_it_watts": 2940.0, "hopper_it_watts": 1450.0, "blackwell_it_watts": 850.0,
    "rubin_it_watts": 373.0, "next_watts_ratio": 0.78, "inference_specialist_it_watts": 900.0,
    "hopper_memory": 1.05e11, "blackwell_memory": 9.8e10, "rubin_memory": 3.6e10,
    "next_memory_ratio": 1.0, "rubin_training_effectiveness": 0.68,
    "rubin_inference_effectiveness": 0.86, "next_effectiveness_ratio": 0.95,
    "facility_peak_factor": 1.4, "power_usage_effectiveness": 1.18, "load_factor": 0.72,
    "electricity_price": 7e-5, "duty": 0.72, "chip_life": 5.0, "cost_of_capital": 0.09,
    "operations_share": 0.04, "required_margin": 0.5, "generation_changeover": 0.7,
    "memory_server_weight": 0.22, "network_weight": 0.25, "building_weight": 0.23,
    "power_cooling_weight": 0.3, "asic_inference_tilt": 1.7, "specialist_inference_tilt": 25.0,
    "training_tenure": 1.8, "edge_device_operations": 4e13, "edge_device_duty": 0.005,
    "robot_operations": 7e14, "robot_duty": 0.3,
    # who runs what
    "google_consumer_weight": 0.45, "meta_consumer_weight": 0.2, "microsoft_consumer_weight": 0.08,
    "amazon_consumer_weight": 0.02, "cloud_customers_consumer_weight": 0.05,
    "china_consumer_weight": 0.2, "google_sold_weight": 0.24, "microsoft_sold_weight": 0.35,
    "amazon_sold_weight": 0.05, "cloud_customers_sold_weight": 0.22, "china_sold_weight": 0.13,
    "google_product_weight": 0.53, "meta_product_weight": 0.12, "microsoft_product_weight": 0.14,
    "amazon_product_weight": 0.04, "cloud_customers_product_weight": 0.03,
    "china_product_weight": 0.15, "labs_media_weight": 0.1, "google_media_weight": 0.2,
    "meta_media_weight": 0.12, "cloud_customers_media_weight": 0.33, "china_media_weight": 0.22,
    "cloud_customers_self_hosted_weight": 0.55, "china_self_hosted_weight": 0.08,
    "enterprise_self_hosted_weight": 0.37, "google_embedded_weight": 0.3,
    "meta_embedded_weight": 0.36, "microsoft_embedded_weight": 0.02,
    "amazon_embedded_weight": 0.08, "cloud_customers_embedded_weight": 0.05,
    "china_embedded_weight": 0.14, "enterprise_embedded_weight": 0.05,
}  # fmt: skip
TAKEOVERS = {
    "hopper_takeover": 2023.2, "blackwell_takeover": 2025.2, "rubin_takeover": 2027.0,
    "next_takeover": 2028.7,
}  # fmt: skip


def small_world() -> dict[str, Any]:
    """Return all that the equations are given, references included: arrays of (draws, quarters),
    (draws, 1) or (1, quarters), and the places of the history's end."""
    rng = np.random.default_rng(20)
    quarters = np.arange(QUARTERS)
    after = np.maximum(quarters - HISTORY + 1, 0) / 4.0  # years

    def factor(size: float) -> np.ndarray:
        return np.exp(size * rng.standard_normal((DRAWS, 1)))

    given: dict[str, Any] = {
        name: times(name, between_knots(levels), factor(0.1) * factor(0.12) ** after)
        for name, levels in PATHS.items()
    }
    given |= {name: np.full((DRAWS, 1), level) * factor(0.1) for name, level in LEVELS.items()}
    given |= {name: np.full((DRAWS, 1), date) for name, date in TAKEOVERS.items()}
    walks = rng.standard_normal((3, DRAWS, QUARTERS)) * (after > 0.0)
    chances = rng.random((DRAWS, QUARTERS))
    sold = np.random.default_rng(21).standard_normal((DRAWS, QUARTERS)) * (after > 0.0)
    cash = np.log(6e11) + 0.17 * (quarters - 14) / 4.0
    given |= {
        "capability": rng.standard_normal((DRAWS, 1)),
        "inference_shock": np.cumsum(walks[0], axis=1) / 2.0,
        "training_shock": np.cumsum(walks[1], axis=1) / 2.0,
        "revenue_shock": np.cumsum(sold, axis=1) / 2.0,
        "outside_view": -0.02 * np.abs(walks[2]),
        "log_operating_cash_flow": cash + np.log(factor(0.1)),
        "bust_hazard": np.broadcast_to(0.02 * (after > 0.0), (DRAWS, QUARTERS)),
        "bust_uniform": chances,
        "year_fraction": (2022.125 + quarters / 4.0)[np.newaxis],
        "history_quarters": HISTORY,
        "vendor_quarters": VENDORS,
        "horizon_quarters": QUARTERS,
        "first_quarter": FIRST_QUARTER,
    }
    return given | learnt(given)


def between_knots(levels: tuple[float, float, float, float]) -> np.ndarray:
    """Return a path through levels, geometric between them, (1, quarters)."""
    return np.exp(np.interp(np.arange(QUARTERS), KNOTS, np.log(levels)))[np.newaxis]


def times(name: str, values: np.ndarray, factor: np.ndarray | float) -> np.ndarray:
    """Return values times a factor; of a share the odds, so that it stays one."""
    product: np.ndarray = values * factor
    return product / (1.0 - values + product) if name in SHARES else product


def learnt(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the base case agrees on, from all draws: what what-ifs are held against."""
    graph = model_graph()
    revenue = graph.evaluate(["log_revenue"], given)["log_revenue"]
    medians = {"reference_log_revenue": np.median(revenue, axis=0, keepdims=True)}
    learning = Reference.to_learn(QUARTERS)
    graph.evaluate(["market_path"], {**given, **medians, "market_reference": learning})
    return {**medians, "market_reference": Reference(learning.known)}


def moved(given: Mapping[str, Any], name: str, factor: float, start: int) -> dict[str, Any]:
    """Return the world with one input, or the odds of a share, multiplied from a quarter on."""
    values = np.array(np.broadcast_to(given[name], (DRAWS, QUARTERS)))
    values[:, start:] = times(name, values[:, start:], factor)
    return {**given, name: values}


def block(given: Mapping[str, Any], rows: slice) -> dict[str, Any]:
    """Return the world of some draws, held against the same references."""
    return {
        name: values[rows] if getattr(values, "shape", (0,))[0] == DRAWS else values
        for name, values in given.items()
    }
