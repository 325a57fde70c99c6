"""Economics: what an hour, a token, a query and a task cost, and the revenue that would pay."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import (
    HOURS_PER_YEAR,
    PEAK_OPERATIONS,
    QUARTERS_PER_YEAR,
    Array,
)
from forecast.model.equations.inference import EFFICIENCY_REFERENCE_YEAR
from forecast.model.equations.usage import AGENT_REFERENCE_YEAR
from forecast.model.graph import quantity
from forecast.periods import quarter

SHELL_LIFE_YEARS = 18.0
"""Life of buildings and power systems, years (accounting lives of 15 to 25)."""
VISIBILITY_START = "2025Q1"
"""First quarter of the window to which NVIDIA's disclosed visibility refers."""
MILLION = 1e6
HOURS_PER_DAY = 24.0
SECONDS_PER_HOUR = 3_600.0


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


@quantity(
    "H100e-hour/tokens",
    "ratio",
    "H100e-hours per token of the chat model's size",
    formula=(
        "2 * active_parameters * context_overhead * rest / (PEAK_OPERATIONS * "
        "SECONDS_PER_HOUR * inference_effectiveness)"
    ),
    rest=("serving_efficiency", "Batching and quantisation"),
)
def hours_per_occupied_token(
    active_parameters: Array,
    context_overhead: Array,
    serving_efficiency_growth: Array,
    inference_effectiveness: Array,
    year_fraction: Array,
) -> Array:
    """H100e-hours that one token occupies at full utilisation: 2 FLOP per active parameter with
    attention, over the peak and its effectiveness; batching and quantisation improve it."""
    efficiency = np.exp(serving_efficiency_growth * (year_fraction - EFFICIENCY_REFERENCE_YEAR))
    operations = 2.0 * active_parameters * context_overhead
    peak = PEAK_OPERATIONS * SECONDS_PER_HOUR * efficiency * inference_effectiveness
    result: Array = operations / peak
    return result


@quantity("USD/tokens", "ratio", "Cost of a fixed basket of tokens")
def cost_of_computed_tokens(
    cost_per_h100e_hour: Array,
    hours_per_occupied_token: Array,
    chat_peak_per_operation: Array,
    agent_peak_per_operation: Array,
) -> Array:
    """Serving cost of one token, half chat and half agent traffic: what usage answers to."""
    basket = (chat_peak_per_operation + agent_peak_per_operation) / 2.0
    return cost_per_h100e_hour * hours_per_occupied_token * basket


@quantity("USD", "ratio", "Cost per million tokens", metric=True)
def cost_per_million_tokens(
    cost_per_h100e_hour: Array,
    counted_inference_compute: Array,
    inference_effectiveness: Array,
    tokens: Array,
) -> Array:
    """Serving cost of a million reported tokens at the mix of traffic, cached input included, on
    new hardware; what the counted tokens need, without the scale that history puts on top."""
    hours = counted_inference_compute / inference_effectiveness * HOURS_PER_DAY
    return cost_per_h100e_hour * hours / tokens * MILLION


@quantity("USD", "ratio", "Cost per query", metric=True)
def cost_per_query(
    cost_per_h100e_hour: Array,
    hours_per_occupied_token: Array,
    chat_peak_per_operation: Array,
    tokens_per_request: Array,
    reasoning_index: Array,
) -> Array:
    """Serving cost of one consumer request on new hardware."""
    tokens_each = tokens_per_request * reasoning_index
    return cost_per_h100e_hour * hours_per_occupied_token * chat_peak_per_operation * tokens_each


@quantity(
    "USD",
    "ratio",
    "Cost per agent task",
    metric=True,
    formula=(
        "cost_per_h100e_hour * hours_per_occupied_token * "
        "agent_peak_per_operation * tokens_per_task * rest * reasoning_index"
    ),
    rest=("growth_of_tokens_per_task", "Growth of tokens per task"),
)
def cost_per_agent_task(
    cost_per_h100e_hour: Array,
    hours_per_occupied_token: Array,
    agent_peak_per_operation: Array,
    tokens_per_task: Array,
    tokens_per_task_growth: Array,
    reasoning_index: Array,
    year_fraction: Array,
) -> Array:
    """Serving cost of one enterprise agent task on new hardware."""
    growth = np.exp(tokens_per_task_growth * (year_fraction - AGENT_REFERENCE_YEAR))
    tokens_each = tokens_per_task * growth * reasoning_index
    return cost_per_h100e_hour * hours_per_occupied_token * agent_peak_per_operation * tokens_each


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
    to_date = np.cumsum(ai_capex, axis=1)
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


@quantity("USD", "flow", "AI revenue", metric=True)
def ai_revenue(
    openai_revenue: Array, anthropic_revenue: Array, other_ai_revenue_factor: Array
) -> Array:
    """Revenue from AI services that its drivers imply: OpenAI's and Anthropic's fitted run-rates,
    carried to all sellers net of what they sell each other."""
    return (openai_revenue + anthropic_revenue) * other_ai_revenue_factor / QUARTERS_PER_YEAR


@quantity("USD", "cumulative", "NVIDIA data-centre revenue since 2025", metric=True)
def nvidia_cumulative(
    chip_spend: Array,
    nvidia_spend_share: Array,
    nvidia_compute_share: Array,
    first_quarter: int,
) -> Array:
    """NVIDIA's data-centre revenue, compute and networking, from 2025Q1 on, to hold against its
    disclosed visibility."""
    start = quarter(VISIBILITY_START) - first_quarter
    revenue = chip_spend * nvidia_spend_share / nvidia_compute_share
    revenue = np.where(np.arange(revenue.shape[1]) < start, 0.0, revenue)
    return np.cumsum(revenue, axis=1)
