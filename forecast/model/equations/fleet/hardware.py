"""Silicon: NVIDIA by generation, other classes; price and watts per H100e come in steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import Array
from forecast.model.graph import quantity
from forecast.model.quarters import running_sum

TENTH_TO_NINE_TENTHS = 2.0 * np.log(9.0)


class Generations(NamedTuple):
    """One value for each NVIDIA generation."""

    ampere: Array
    hopper: Array
    blackwell: Array
    rubin: Array
    following: Array


class ClassShares(NamedTuple):
    """One value for each silicon class: shares of chip spend, which sum to one, or amounts."""

    nvidia_gpu: Array
    other_gpu: Array
    custom_asic: Array
    inference_specialist: Array


@quantity("share", "share", "NVIDIA generations", formula=())
def generation_shares(
    hopper_takeover: Array,
    blackwell_takeover: Array,
    rubin_takeover: Array,
    next_takeover: Array,
    generation_changeover: Array,
    year_fraction: Array,
) -> Generations:
    """Share of NVIDIA's compute revenue by generation, summing to one: successive Fisher-Pry
    substitutions, each logistic in time around the date at which a generation passes the one before
    (Fisher and Pry 1971; nested as in Norton and Bass 1987)."""
    rate = TENTH_TO_NINE_TENTHS / generation_changeover

    def passed(takeover: Array) -> Array:
        result: Array = 1.0 / (1.0 + np.exp(-rate * (year_fraction - takeover)))
        return result

    hopper_on = passed(hopper_takeover)
    blackwell_on = hopper_on * passed(blackwell_takeover)
    rubin_on = blackwell_on * passed(rubin_takeover)
    following_on = rubin_on * passed(next_takeover)
    return Generations(
        1.0 - hopper_on,
        hopper_on - blackwell_on,
        blackwell_on - rubin_on,
        rubin_on - following_on,
        following_on,
    )


@quantity(
    "USD/H100e", "ratio", "NVIDIA system prices by generation", members={"rubin": "rubin_price"}
)
def generation_prices(
    systems_factor: Array,
    ampere_list_price: Array,
    hopper_list_price: Array,
    blackwell_list_price: Array,
    rubin_price: Array,
    next_price_ratio: Array,
) -> Generations:
    """System price per H100e of each NVIDIA generation: list prices carried to systems up to
    Blackwell, system prices from Rubin on."""
    return Generations(
        ampere_list_price * systems_factor,
        hopper_list_price * systems_factor,
        blackwell_list_price * systems_factor,
        rubin_price,
        rubin_price * next_price_ratio,
    )


@quantity("USD/H100e", "ratio", "NVIDIA price per H100e")
def nvidia_price(generation_shares: Generations, generation_prices: Generations) -> Array:
    """Revenue per H100e that NVIDIA sells: the harmonic mean of generations' system prices,
    weighted by their shares of revenue."""
    pairs = zip(generation_shares, generation_prices, strict=True)
    per_dollar: Array = sum(share / price for share, price in pairs)  # type: ignore[assignment]
    return 1.0 / per_dollar


@quantity("share", "share", "NVIDIA H100e sold by generation")
def generation_shares_of_compute(
    generation_shares: Generations, generation_prices: Generations, nvidia_price: Array
) -> Generations:
    """Share of NVIDIA's H100e by generation: revenue over price."""
    pairs = zip(generation_shares, generation_prices, strict=True)
    return Generations(*(share * nvidia_price / price for share, price in pairs))


@quantity("W/H100e", "ratio", "IT watts per H100e that NVIDIA sells")
def nvidia_it_watts(
    generation_shares_of_compute: Generations,
    ampere_it_watts: Array,
    hopper_it_watts: Array,
    blackwell_it_watts: Array,
    rubin_it_watts: Array,
    next_watts_ratio: Array,
) -> Array:
    """IT watts per H100e sold by NVIDIA: generations' watts weighted by the H100e they sell."""
    sold = generation_shares_of_compute
    return (
        sold.ampere * ampere_it_watts
        + sold.hopper * hopper_it_watts
        + sold.blackwell * blackwell_it_watts
        + (sold.rubin + sold.following * next_watts_ratio) * rubin_it_watts
    )


@quantity("USD", "flow", "Planned chip spend by silicon class")
def planned_spend(
    planned_nvidia_datacenter_revenue: Array,
    nvidia_compute_share: Array,
    planned_amd_datacenter_revenue: Array,
    other_gpu_to_amd_revenue: Array,
    planned_broadcom_ai_revenue: Array,
    broadcom_share_of_asic_spend: Array,
    inference_specialist_to_nvidia_spend: Array,
) -> ClassShares:
    """Spending on accelerators by silicon class, from what their vendors sell: NVIDIA's compute,
    other GPUs by AMD's data centre, custom ASICs by Broadcom's AI revenue."""
    nvidia = planned_nvidia_datacenter_revenue * nvidia_compute_share
    return ClassShares(
        nvidia,
        planned_amd_datacenter_revenue * other_gpu_to_amd_revenue,
        planned_broadcom_ai_revenue / broadcom_share_of_asic_spend,
        nvidia * inference_specialist_to_nvidia_spend,
    )


@quantity("USD", "flow", "Planned chip spend")
def planned_chip_spend(planned_spend: ClassShares) -> Array:
    """Spending on accelerators that vendors' revenue implies, before limits of chips and power."""
    return (
        planned_spend.nvidia_gpu
        + planned_spend.other_gpu
        + planned_spend.custom_asic
        + planned_spend.inference_specialist
    )


@quantity("share", "share", "Chip spend by silicon class")
def class_shares(planned_spend: ClassShares, planned_chip_spend: Array) -> ClassShares:
    """Share of chip spend by silicon class."""
    return ClassShares(*(each / planned_chip_spend for each in planned_spend))


@quantity("USD/H100e", "ratio", "Price per H100e sold")
def price_per_h100e(
    class_shares: ClassShares,
    nvidia_price: Array,
    other_gpu_price: Array,
    custom_asic_price: Array,
    inference_specialist_price: Array,
) -> Array:
    """Chip spend per H100e sold, all silicon: the harmonic mean of class prices by spend."""
    prices = (nvidia_price, other_gpu_price, custom_asic_price, inference_specialist_price)
    pairs = zip(class_shares, prices, strict=True)
    per_dollar: Array = sum(share / price for share, price in pairs)  # type: ignore[assignment]
    return 1.0 / per_dollar


@quantity("share", "share", "H100e sold by silicon class")
def class_shares_of_compute(
    class_shares: ClassShares,
    price_per_h100e: Array,
    nvidia_price: Array,
    other_gpu_price: Array,
    custom_asic_price: Array,
    inference_specialist_price: Array,
) -> ClassShares:
    """Share of H100e sold by silicon class: spending over price."""
    prices = (nvidia_price, other_gpu_price, custom_asic_price, inference_specialist_price)
    pairs = zip(class_shares, prices, strict=True)
    return ClassShares(*(share * price_per_h100e / price for share, price in pairs))


@quantity("W/H100e", "ratio", "Facility watts per H100e sold")
def facility_watts_per_h100e(
    class_shares_of_compute: ClassShares,
    nvidia_it_watts: Array,
    other_gpu_it_watts: Array,
    custom_asic_it_watts: Array,
    inference_specialist_it_watts: Array,
    facility_peak_factor: Array,
) -> Array:
    """Facility watts of peak capacity per H100e sold: class watts weighted by the H100e they sell,
    times the peak facility factor."""
    watts = (
        nvidia_it_watts,
        other_gpu_it_watts,
        custom_asic_it_watts,
        inference_specialist_it_watts,
    )
    pairs = zip(class_shares_of_compute, watts, strict=True)
    return facility_peak_factor * sum(share * each for share, each in pairs)


@quantity("ratio", "ratio", "Effectiveness in training per rated H100e")
def training_effectiveness(
    planned_sales: Array,
    class_shares_of_compute: ClassShares,
    generation_shares_of_compute: Generations,
    rubin_training_effectiveness: Array,
    next_effectiveness_ratio: Array,
) -> Array:
    """What the fleet does in training per H100e of its 8-bit rating, H100 = 1: from Rubin on, 8-bit
    ratings outgrow the BF16 and FP8 arithmetic of training. Weighted by all H100e sold to date."""
    loss = _loss(
        generation_shares_of_compute, rubin_training_effectiveness, next_effectiveness_ratio
    )
    return _fleet_mean(planned_sales, 1.0 - class_shares_of_compute.nvidia_gpu * loss)


@quantity("ratio", "ratio", "Effectiveness in inference per rated H100e")
def inference_effectiveness(
    planned_sales: Array,
    class_shares_of_compute: ClassShares,
    generation_shares_of_compute: Generations,
    rubin_inference_effectiveness: Array,
    next_effectiveness_ratio: Array,
) -> Array:
    """What the fleet does in inference per H100e of its 8-bit rating, H100 = 1: decoding follows
    memory bandwidth, FP4 makes up for part. Weighted by all H100e sold to date."""
    loss = _loss(
        generation_shares_of_compute, rubin_inference_effectiveness, next_effectiveness_ratio
    )
    return _fleet_mean(planned_sales, 1.0 - class_shares_of_compute.nvidia_gpu * loss)


def _loss(generations: Generations, rubin: Array, following_ratio: Array) -> Array:
    """Return what NVIDIA's mix loses against its rating; chips before Rubin count as rated."""
    following = generations.following * (1.0 - rubin * following_ratio)
    return generations.rubin * (1.0 - rubin) + following


def _fleet_mean(sales: Array, effectiveness: Array) -> Array:
    """Return the mean effectiveness of all H100e sold to date."""
    return running_sum(sales * effectiveness) / running_sum(sales)


@quantity("bytes/H100e", "ratio", "Memory per H100e sold", formula=())
def memory_per_h100e(
    class_shares_of_compute: ClassShares,
    generation_shares_of_compute: Generations,
    hopper_memory: Array,
    blackwell_memory: Array,
    rubin_memory: Array,
    next_memory_ratio: Array,
    other_silicon_memory: Array,
) -> Array:
    """High-bandwidth memory per H100e sold, by generation and class; Ampere is taken as Hopper."""
    generations = generation_shares_of_compute
    nvidia = (
        (generations.ampere + generations.hopper) * hopper_memory
        + generations.blackwell * blackwell_memory
        + (generations.rubin + generations.following * next_memory_ratio) * rubin_memory
    )
    share = class_shares_of_compute.nvidia_gpu
    return share * nvidia + (1.0 - share) * other_silicon_memory


@quantity("H100e/year", "rate", "Accelerators that memory and packaging allow")
def chip_supply(
    memory_supply: Array, memory_per_h100e: Array, packaging_supply: Array, h100e_per_wafer: Array
) -> Array:
    """H100e a year that high-bandwidth memory and advanced packaging allow, whichever is less."""
    return np.minimum(memory_supply / memory_per_h100e, packaging_supply * h100e_per_wafer)
