"""Power: what the fleet draws, the United States' grid, and energy per token."""

from __future__ import annotations

from forecast.model.arrays import (
    HOURS_PER_YEAR,
    QUARTERS_PER_YEAR,
    Array,
)
from forecast.model.graph import quantity


@quantity("W", "rate", "AI power, mean draw", metric=True)
def ai_power_mean(
    ai_power_capacity: Array,
    facility_peak_factor: Array,
    load_factor: Array,
    power_usage_effectiveness: Array,
) -> Array:
    """Mean electrical draw of the running fleet: its IT peak × load factor × annual PUE."""
    it_peak = ai_power_capacity / facility_peak_factor
    return it_peak * load_factor * power_usage_effectiveness


@quantity("Wh", "flow", "Electricity of US data centres")
def us_data_centre_energy(
    ai_power_mean: Array, us_share_of_compute: Array, other_us_data_centre_energy: Array
) -> Array:
    """Electricity of all data centres in the United States: AI there, and everything else."""
    ai = ai_power_mean * us_share_of_compute * HOURS_PER_YEAR
    return (ai + other_us_data_centre_energy) / QUARTERS_PER_YEAR


@quantity("Wh", "flow", "Electricity generated in the United States")
def us_electricity_generated(us_electricity: Array) -> Array:
    """Net generation of the United States."""
    return us_electricity / QUARTERS_PER_YEAR


@quantity(
    "share",
    "share",
    "Data centres' share of US electricity",
    metric=True,
    aggregate=("us_data_centre_energy", "us_electricity_generated"),
)
def us_grid_share(us_data_centre_energy: Array, us_electricity_generated: Array) -> Array:
    """All data centres' share of United States electricity."""
    return us_data_centre_energy / us_electricity_generated


@quantity("W", "rate", "Power that serves tokens")
def serving_power(
    ai_power_mean: Array, language_model_compute: Array, compute_stock: Array
) -> Array:
    """Mean draw of the fleet that serves language models: their share of running compute."""
    return ai_power_mean * (language_model_compute / compute_stock)


@quantity(
    "tokens/J",
    "ratio",
    "Tokens per joule",
    metric=True,
    aggregate=("tokens_per_second", "serving_power"),
)
def tokens_per_joule(tokens_per_second: Array, serving_power: Array) -> Array:
    """Reported tokens per joule that the serving fleet draws, cached input included."""
    return tokens_per_second / serving_power
