"""Splits of a whole by silicon, tier, layer and region, whose parts always sum to the whole; and
what vendors of each silicon sold, which is observed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.equations.fleet.hardware import ClassShares
from forecast.model.graph import quantity
from forecast.model.quarters import running_sum

_BALANCING_ROUNDS = 12


class WorkloadSilicon(NamedTuple):
    """Chip spend by silicon class within training and within inference."""

    training: ClassShares
    inference: ClassShares


class Tiers(NamedTuple):
    """Where chips stand: clouds and shared sites, or an enterprise's own."""

    cloud: Array
    enterprise_on_premises: Array


class Layers(NamedTuple):
    """What AI capex buys; the parts sum to AI capex."""

    accelerator: Array
    memory_and_server: Array
    network: Array
    building: Array
    power_and_cooling: Array


class Regions(NamedTuple):
    """Where compute runs; the parts sum to running compute."""

    united_states: Array
    china: Array
    other: Array


@quantity("USD", "flow", "Chip spend by workload and silicon")
def workload_silicon(
    training_chip_spend: Array,
    inference_chip_spend: Array,
    class_shares: ClassShares,
    asic_inference_tilt: Array,
    specialist_inference_tilt: Array,
) -> WorkloadSilicon:
    """Chip spend by silicon class within each workload. Both margins are kept, spend by workload
    and by class; custom ASICs and inference specialists lean to inference by the stated odds
    (biproportional fitting, Deming and Stephan 1940)."""
    spend = np.stack([training_chip_spend, inference_chip_spend])
    whole = spend.sum(axis=0)
    classes = np.stack([share * whole for share in class_shares])
    even = np.ones_like(asic_inference_tilt)
    tilts = np.stack(
        np.broadcast_arrays(even, even, asic_inference_tilt, specialist_inference_tilt)
    )
    table = np.stack([classes / np.maximum(tilts, 1e-12), classes])
    for _ in range(_BALANCING_ROUNDS):
        table = table * (classes / np.maximum(table.sum(axis=0), 1e-300))[np.newaxis]
        table = table * (spend / np.maximum(table.sum(axis=1), 1e-300))[:, np.newaxis]
    return WorkloadSilicon(ClassShares(*table[0]), ClassShares(*table[1]))


@quantity(
    "USD", "flow", "Training chip spend by silicon", breakdown=("silicon", "training_chip_spend")
)
def training_silicon(workload_silicon: WorkloadSilicon) -> ClassShares:
    """Training chip spend by silicon class."""
    return workload_silicon.training


@quantity(
    "USD", "flow", "Inference chip spend by silicon", breakdown=("silicon", "inference_chip_spend")
)
def inference_silicon(workload_silicon: WorkloadSilicon) -> ClassShares:
    """Inference chip spend by silicon class."""
    return workload_silicon.inference


@quantity("USD", "flow", "Chip spend by silicon", breakdown=("silicon", "chip_spend"))
def silicon(workload_silicon: WorkloadSilicon) -> ClassShares:
    """Chip spend by silicon class: the sum over workloads."""
    pairs = zip(workload_silicon.training, workload_silicon.inference, strict=True)
    return ClassShares(*(training + inference for training, inference in pairs))


@quantity("H100e", "cumulative", "NVIDIA compute sold since 2022")
def nvidia_compute_sold(
    chip_spend: Array, class_shares: ClassShares, nvidia_price: Array, chip_price_premium: Array
) -> Array:
    """H100e that NVIDIA sold from 2022 on."""
    price = nvidia_price * chip_price_premium
    return running_sum(chip_spend * class_shares.nvidia_gpu / price)


@quantity("H100e", "cumulative", "Custom ASIC compute sold since 2022")
def custom_asic_compute_sold(
    chip_spend: Array,
    class_shares: ClassShares,
    custom_asic_price: Array,
    chip_price_premium: Array,
) -> Array:
    """H100e of custom ASICs (TPU, Trainium) sold from 2022 on."""
    price = custom_asic_price * chip_price_premium
    return running_sum(chip_spend * class_shares.custom_asic / price)


@quantity("H100e", "cumulative", "Other GPU compute sold since 2022")
def other_gpu_compute_sold(
    chip_spend: Array, class_shares: ClassShares, other_gpu_price: Array, chip_price_premium: Array
) -> Array:
    """H100e of other GPUs (AMD, Huawei, Cambricon) sold from 2022 on."""
    price = other_gpu_price * chip_price_premium
    return running_sum(chip_spend * class_shares.other_gpu / price)


@quantity("USD", "flow", "Chip spend by tier", breakdown=("tier", "chip_spend"))
def tiers(chip_spend: Array, enterprise_share_of_spend: Array) -> Tiers:
    """Chip spend of clouds and shared sites against enterprises' own sites."""
    return Tiers(
        chip_spend * (1.0 - enterprise_share_of_spend), chip_spend * enterprise_share_of_spend
    )


@quantity("USD", "flow", "AI capex by layer", breakdown=("layer", "ai_capex"))
def layers(
    ai_capex: Array,
    chip_spend: Array,
    memory_server_weight: Array,
    network_weight: Array,
    building_weight: Array,
    power_cooling_weight: Array,
) -> Layers:
    """What AI capex buys: accelerators, and the rest by weights that are made to sum to it."""
    rest = ai_capex - chip_spend
    weights = (memory_server_weight, network_weight, building_weight, power_cooling_weight)
    whole = sum(weights)
    return Layers(chip_spend, *(rest * weight / whole for weight in weights))


@quantity("share", "share", "Buildings, power and cooling as a share of AI capex")
def shell_share_of_capex(
    accelerator_share: Array,
    memory_server_weight: Array,
    network_weight: Array,
    building_weight: Array,
    power_cooling_weight: Array,
) -> Array:
    """Share of AI capex in buildings, power and cooling, which outlive the chips."""
    shell = building_weight + power_cooling_weight
    return (1.0 - accelerator_share) * shell / (shell + memory_server_weight + network_weight)


@quantity("H100e", "stock", "Running compute by region", breakdown=("region", "compute_stock"))
def regions(
    compute_stock: Array, us_share_of_compute: Array, china_share_of_compute: Array
) -> Regions:
    """Where compute runs. Should the two stated shares exceed one they are scaled back."""
    stated = us_share_of_compute + china_share_of_compute
    scaled = compute_stock / np.maximum(stated, 1.0)
    return Regions(
        scaled * us_share_of_compute,
        scaled * china_share_of_compute,
        compute_stock * np.maximum(1.0 - stated, 0.0),
    )


@quantity(
    "share",
    "share",
    "Inference share of chip spend, first use",
    metric=True,
    aggregate=("first_use_inference_spend", "chip_spend"),
)
def first_use_inference_spend_share(first_use_inference_spend: Array, chip_spend: Array) -> Array:
    """Inference share of chip spend if new chips train first and serve later (the cascade): an
    alternative view of the split, to be read beside the net-added one."""
    result: Array = np.where(
        chip_spend > 0.0, first_use_inference_spend / np.maximum(chip_spend, 1.0), 0.0
    )
    return result


@quantity("USD", "flow", "Chip spend first used for inference")
def first_use_inference_spend(
    chip_spend: Array,
    price_per_h100e: Array,
    chip_price_premium: Array,
    training_compute: Array,
    training_tenure: Array,
) -> Array:
    """Chip spend whose chips serve from the start: what training does not take when it renews its
    fleet every tenure and grows it."""
    price = price_per_h100e * chip_price_premium
    sold = chip_spend / price
    growth = np.diff(training_compute, axis=1, prepend=training_compute[:, :1])
    renewal = training_compute / (training_tenure * QUARTERS_PER_YEAR)
    taken = np.clip(renewal + np.maximum(growth, 0.0), 0.0, sold)
    return (sold - taken) * price
