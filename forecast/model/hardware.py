"""Silicon: NVIDIA by generation, other classes; price and watts per H100e come in steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import Array
from forecast.model.graph import quantity

TENTH_TO_NINE_TENTHS = 2.0 * np.log(9.0)


class GenerationShares(NamedTuple):
    """Shares of NVIDIA's compute revenue by generation; they sum to one."""

    ampere: Array
    hopper: Array
    blackwell: Array
    rubin: Array
    following: Array


class ClassShares(NamedTuple):
    """Shares of chip spend by silicon class; they sum to one."""

    nvidia: Array
    custom_asic: Array
    other_gpu: Array


@quantity("share", "share", "NVIDIA generations")
def generation_shares(
    hopper_takeover: Array,
    blackwell_takeover: Array,
    rubin_takeover: Array,
    next_takeover: Array,
    generation_changeover: Array,
    year_fraction: Array,
) -> GenerationShares:
    """Share of NVIDIA's compute revenue by generation: successive Fisher-Pry substitutions, each
    logistic in time around the date at which a generation passes the one before (Fisher and Pry
    1971; nested as in Norton and Bass 1987)."""
    rate = TENTH_TO_NINE_TENTHS / generation_changeover

    def passed(takeover: Array) -> Array:
        result: Array = 1.0 / (1.0 + np.exp(-rate * (year_fraction - takeover)))
        return result

    hopper_on = passed(hopper_takeover)
    blackwell_on = hopper_on * passed(blackwell_takeover)
    rubin_on = blackwell_on * passed(rubin_takeover)
    following_on = rubin_on * passed(next_takeover)
    return GenerationShares(
        1.0 - hopper_on,
        hopper_on - blackwell_on,
        blackwell_on - rubin_on,
        rubin_on - following_on,
        following_on,
    )


@quantity("USD/H100e", "ratio", "NVIDIA price per H100e")
def nvidia_price(
    generation_shares: GenerationShares,
    systems_factor: Array,
    ampere_list_price: Array,
    hopper_list_price: Array,
    blackwell_list_price: Array,
    rubin_price: Array,
    next_price_ratio: Array,
) -> Array:
    """Revenue per H100e that NVIDIA sells: the harmonic mean of generations' system prices,
    weighted by their shares of revenue."""
    per_dollar = (
        generation_shares.ampere / (ampere_list_price * systems_factor)
        + generation_shares.hopper / (hopper_list_price * systems_factor)
        + generation_shares.blackwell / (blackwell_list_price * systems_factor)
        + generation_shares.rubin / rubin_price
        + generation_shares.following / (rubin_price * next_price_ratio)
    )
    return 1.0 / per_dollar


@quantity("W/H100e", "ratio", "IT watts per H100e that NVIDIA sells")
def nvidia_it_watts(
    generation_shares: GenerationShares,
    nvidia_price: Array,
    systems_factor: Array,
    ampere_list_price: Array,
    hopper_list_price: Array,
    blackwell_list_price: Array,
    rubin_price: Array,
    next_price_ratio: Array,
    ampere_it_watts: Array,
    hopper_it_watts: Array,
    blackwell_it_watts: Array,
    rubin_it_watts: Array,
    next_watts_ratio: Array,
) -> Array:
    """IT watts per H100e sold by NVIDIA: generations' watts weighted by the H100e they sell."""
    watts_per_dollar = (
        generation_shares.ampere * ampere_it_watts / (ampere_list_price * systems_factor)
        + generation_shares.hopper * hopper_it_watts / (hopper_list_price * systems_factor)
        + generation_shares.blackwell * blackwell_it_watts / (blackwell_list_price * systems_factor)
        + generation_shares.rubin * rubin_it_watts / rubin_price
        + generation_shares.following
        * (rubin_it_watts * next_watts_ratio)
        / (rubin_price * next_price_ratio)
    )
    return watts_per_dollar * nvidia_price


@quantity("share", "share", "Chip spend by silicon class")
def class_shares(
    custom_asic_to_nvidia_spend: Array, other_gpu_to_nvidia_spend: Array
) -> ClassShares:
    """Share of chip spend by silicon class, from spending relative to NVIDIA's compute revenue."""
    whole = 1.0 + custom_asic_to_nvidia_spend + other_gpu_to_nvidia_spend
    return ClassShares(
        1.0 / whole, custom_asic_to_nvidia_spend / whole, other_gpu_to_nvidia_spend / whole
    )


@quantity("USD/H100e", "ratio", "Price per H100e sold")
def price_per_h100e(
    class_shares: ClassShares, nvidia_price: Array, custom_asic_price: Array, other_gpu_price: Array
) -> Array:
    """Chip spend per H100e sold, all silicon: the harmonic mean of class prices by spend."""
    per_dollar = (
        class_shares.nvidia / nvidia_price
        + class_shares.custom_asic / custom_asic_price
        + class_shares.other_gpu / other_gpu_price
    )
    return 1.0 / per_dollar


@quantity("W/H100e", "ratio", "Facility watts per H100e sold")
def facility_watts_per_h100e(
    class_shares: ClassShares,
    price_per_h100e: Array,
    nvidia_price: Array,
    custom_asic_price: Array,
    other_gpu_price: Array,
    nvidia_it_watts: Array,
    custom_asic_it_watts: Array,
    other_gpu_it_watts: Array,
    facility_peak_factor: Array,
) -> Array:
    """Facility watts of peak capacity per H100e sold: class watts weighted by the H100e they sell,
    times the peak facility factor."""
    it_watts_per_dollar = (
        class_shares.nvidia * nvidia_it_watts / nvidia_price
        + class_shares.custom_asic * custom_asic_it_watts / custom_asic_price
        + class_shares.other_gpu * other_gpu_it_watts / other_gpu_price
    )
    return it_watts_per_dollar * price_per_h100e * facility_peak_factor
