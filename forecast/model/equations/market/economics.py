"""Economics: what an hour, a token, a query and a task cost, and the revenue that would pay."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import (
    HOURS_PER_YEAR,
    QUARTERS_PER_YEAR,
    Array,
)
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.demand.serving import InferenceComponents
from forecast.model.graph import quantity
from forecast.model.quarters import running_sum
from forecast.periods import quarter

SHELL_LIFE_YEARS = 18.0
"""Life of buildings and power systems, years (accounting lives of 15 to 25)."""
VISIBILITY_START = "2025Q1"
"""First quarter of the window to which NVIDIA's disclosed visibility refers."""
MILLION = 1e6
HOURS_PER_DAY = 24.0
WORKING_DAYS = 250.0


def _annuity(rate: Array, life: Array | float) -> Array:
    """Return the yearly payment per dollar of capital: r / (1 − (1 + r)^−life)."""
    result: Array = rate / (1.0 - (1.0 + rate) ** (-1.0 * np.asarray(life)))
    return result


@quantity(
    "USD/H100e-hour",
    "ratio",
    "Cost per H100e-hour",
    metric=True,
    formula=(
        "price_per_h100e / accelerator_share * rest + facility_watts_per_h100e "
        "/ facility_peak_factor * power_usage_effectiveness * load_factor * "
        "electricity_price / duty"
    ),
    rest=("capital_charge", "Life, cost of capital, operations and duty"),
)
def cost_per_h100e_hour(
    price_per_h100e: Array,
    accelerator_share: Array,
    shell_share_of_capex: Array,
    chip_life: Array,
    cost_of_capital: Array,
    operations_share: Array,
    facility_watts_per_h100e: Array,
    facility_peak_factor: Array,
    power_usage_effectiveness: Array,
    load_factor: Array,
    electricity_price: Array,
    duty: Array,
) -> Array:
    """Cost of one H100e of new hardware for one hour of use: chips and servers amortised over the
    chip's life and the shell over its own, at the cost of capital, operations as a share of
    capital, and power; over the hours it is used."""
    capital = price_per_h100e / accelerator_share
    hardware = capital * (1.0 - shell_share_of_capex) * _annuity(cost_of_capital, chip_life)
    shell = capital * shell_share_of_capex * _annuity(cost_of_capital, SHELL_LIFE_YEARS)
    yearly = hardware + shell + capital * operations_share
    watts = facility_watts_per_h100e / facility_peak_factor * power_usage_effectiveness
    return yearly / (HOURS_PER_YEAR * duty) + watts * load_factor * electricity_price / duty


@quantity("USD", "ratio", "Cost per million tokens", metric=True)
def cost_per_million_tokens(rent: Array, tokens_per_h100e_hour: Array) -> Array:
    """Serving cost of a million reported tokens, cached input included, at the rent that clears."""
    return rent / tokens_per_h100e_hour * MILLION


@quantity(
    "USD",
    "ratio",
    "Cost per query",
    metric=True,
    formula=(
        "lab_serving.consumer * (1 - other_labs_share) * exp(inference_discrepancy) * rest * rent "
        "* HOURS_PER_DAY / consumer_requests"
    ),
    rest=("left_by_rent", "What rent leaves of serving"),
)
def cost_per_query(
    inference_components: InferenceComponents,
    rent: Array,
    consumer_requests: Array,
    lab_serving: Segments,
    sold_serving: Segments,
    other_labs_share: Array,
) -> Array:
    """Serving cost of a consumer request: the compute of ChatGPT's consumers at the rent that
    clears, over their messages."""
    both = lab_serving.consumer + sold_serving.consumer
    own = inference_components.consumer * lab_serving.consumer * (1.0 - other_labs_share) / both
    return own * rent * HOURS_PER_DAY / consumer_requests


@quantity(
    "USD",
    "ratio",
    "Cost per agent task",
    metric=True,
    formula=(
        "(lab_serving.agents + sold_serving.agents) * exp(inference_discrepancy) * rest * rent "
        "* HOURS_PER_YEAR / (agent_seats * tasks_per_seat_day * WORKING_DAYS)"
    ),
    rest=("left_by_rent", "What rent leaves of serving"),
)
def cost_per_agent_task(
    inference_components: InferenceComponents,
    rent: Array,
    agent_seats: Array,
    tasks_per_seat_day: Array,
) -> Array:
    """Serving cost of one task of an agent with a seat: the compute of agents at the rent that
    clears, over seats and tasks a day."""
    yearly = inference_components.agents * rent * HOURS_PER_YEAR
    return yearly / (agent_seats * tasks_per_seat_day * WORKING_DAYS)


@quantity(
    "USD",
    "flow",
    "Cost of the fleet",
    formula=("rest + ai_power_mean * electricity_price * HOURS_PER_YEAR / QUARTERS_PER_YEAR"),
    rest=("depreciation_and_operations", "Depreciation and operations"),
)
def fleet_cost(
    ai_capex: Array,
    chip_life: Array,
    operations_share: Array,
    ai_power_mean: Array,
    electricity_price: Array,
) -> Array:
    """Depreciation of AI capex since 2022 over the chip's life, operations, and electricity."""
    quarters = chip_life * QUARTERS_PER_YEAR
    to_date = running_sum(ai_capex)
    in_service = to_date - _delayed(to_date, quarters)
    hours = HOURS_PER_YEAR / QUARTERS_PER_YEAR
    upkeep = in_service * operations_share / QUARTERS_PER_YEAR
    return in_service / quarters + upkeep + ai_power_mean * electricity_price * hours


def _delayed(values: Array, lag: Array) -> Array:
    """Return cumulative values (draws, quarters) `lag` quarters earlier, zero before."""
    padded = np.concatenate([np.zeros((values.shape[0], 1)), values], axis=1)
    position = np.maximum(np.arange(values.shape[1])[np.newaxis] + 1.0 - lag, 0.0)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, values.shape[1])
    fraction = position - below
    low = np.take_along_axis(padded, below, axis=1)
    high = np.take_along_axis(padded, above, axis=1)
    return np.asarray(low + (high - low) * fraction, dtype=np.float64)


@quantity("USD", "flow", "Required AI revenue", metric=True)
def required_ai_revenue(fleet_cost: Array, required_margin: Array) -> Array:
    """Revenue that would pay for the fleet at a stated margin: fleet cost over one minus margin."""
    return fleet_cost / (1.0 - required_margin)


@quantity("ratio", "ratio", "Required over implied AI revenue", metric=True,
          aggregate=("required_ai_revenue", "ai_revenue"))  # fmt: skip
def revenue_gap(required_ai_revenue: Array, ai_revenue: Array) -> Array:
    """Revenue that would pay for the fleet over the revenue that there is."""
    return required_ai_revenue / ai_revenue


@quantity("USD", "cumulative", "NVIDIA data-centre revenue since 2025", metric=True)
def nvidia_cumulative(nvidia_datacenter_revenue: Array, first_quarter: int) -> Array:
    """NVIDIA's data-centre revenue, compute and networking, from 2025Q1 on, to hold against its
    disclosed visibility."""
    start = quarter(VISIBILITY_START) - first_quarter
    later = np.arange(nvidia_datacenter_revenue.shape[1]) >= start
    return running_sum(nvidia_datacenter_revenue * later)
