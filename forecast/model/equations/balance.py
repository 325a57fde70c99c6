"""Balance: demand against running compute, who gets it, what waits or idles, and who pays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.model.arrays import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Array
from forecast.model.graph import quantity


@quantity(
    "ratio",
    "ratio",
    "Demand pressure",
    metric=True,
    headline=True,
    aggregate=("total_demand", "compute_stock"),
)
def demand_pressure(total_demand: Array, compute_stock: Array) -> Array:
    """Total demand over running compute: below one compute idles, above one demand waits."""
    return total_demand / compute_stock


@quantity(
    "H100e",
    "stock",
    "Inference compute",
    metric=True,
    headline=True,
    formula="compute_stock * inference_share",
)
def inference_compute(
    compute_stock: Array,
    total_demand: Array,
    training_demand: Array,
    inference_demand: Array,
    inference_priority: Array,
    research_floor: Array,
) -> Array:
    """Running compute allocated to inference. With enough compute, in proportion to demand (the
    rest idles, shared alike); when short, between proportional and inference first, and research
    keeps its floor."""
    proportional = compute_stock * inference_demand / total_demand
    most = compute_stock - np.minimum(training_demand, research_floor * compute_stock)
    least = np.minimum(proportional, most)
    first = np.minimum(inference_demand, most)
    rationed = least + inference_priority * (first - least)
    return np.where(total_demand > compute_stock, rationed, proportional)


@quantity(
    "H100e",
    "stock",
    "Training compute",
    metric=True,
    headline=True,
    formula="compute_stock * (1 - inference_share)",
)
def training_compute(compute_stock: Array, inference_compute: Array) -> Array:
    """Running compute allocated to training: what inference does not get."""
    return compute_stock - inference_compute


@quantity(
    "share",
    "share",
    "Inference share of compute",
    metric=True,
    headline=True,
    aggregate=("inference_compute", "compute_stock"),
    formula="inference_demand / total_demand * rest",
    rest=("precedence", "Who goes first when compute is short"),
)
def inference_share(inference_compute: Array, compute_stock: Array) -> Array:
    """Inference compute over running compute, a share of a stock."""
    return inference_compute / compute_stock


@quantity(
    "ratio",
    "ratio",
    "Training over inference compute",
    metric=True,
    aggregate=("training_compute", "inference_compute"),
    formula="(1 - inference_share) / inference_share",
)
def training_to_inference_ratio(training_compute: Array, inference_compute: Array) -> Array:
    """Training compute over inference compute."""
    return training_compute / inference_compute


@quantity("H100e", "stock", "Idle compute", metric=True)
def idle_compute(compute_stock: Array, total_demand: Array) -> Array:
    """Running compute that no demand uses."""
    return np.maximum(compute_stock - total_demand, 0.0)


@quantity("H100e", "stock", "Unserved demand", metric=True)
def unserved_demand(
    training_demand: Array,
    inference_demand: Array,
    training_compute: Array,
    inference_compute: Array,
) -> Array:
    """Demand of both workloads beyond what is allocated to them."""
    training = np.maximum(training_demand - training_compute, 0.0)
    return training + np.maximum(inference_demand - inference_compute, 0.0)


@quantity(
    "share",
    "share",
    "Inference share of chip spend",
    metric=True,
    headline=True,
    aggregate=("inference_chip_spend", "chip_spend"),
)
def inference_spend_share(
    inference_compute: Array,
    training_compute: Array,
    inference_share: Array,
    deployment_lag: Array,
    retirement_rate: Array,
) -> Array:
    """Inference share of chip spend, a share of a flow (net added): each workload's compute one
    deployment lag later, less what survives of a year before, over both workloads. In the first
    year, and where nothing is added, the share of the stock."""
    survival = 1.0 - retirement_rate
    added_inference = _added(inference_compute, deployment_lag, survival)
    added_training = _added(training_compute, deployment_lag, survival)
    added = added_inference + added_training
    share = np.where(added > 0.0, added_inference / np.maximum(added, 1.0), inference_share)
    share[:, : int(QUARTERS_PER_YEAR)] = inference_share[:, : int(QUARTERS_PER_YEAR)]
    return share


def _added(allocated: Array, lag: Array, survival: Array) -> Array:
    """Return compute added over the rolling year that ends one lag after each quarter; lags lie
    between quarters, and the last quarter stands for all after it."""
    draws, quarters = allocated.shape
    whole = np.floor(lag)
    below = np.minimum(np.arange(quarters) + whole.astype(np.int64), quarters - 1)
    above = np.minimum(below + 1, quarters - 1)
    fraction = lag - whole
    values = allocated.ravel()
    first = quarters * np.arange(draws)[:, np.newaxis]  # where each draw begins

    def between(low: NDArray[np.int64], high: NDArray[np.int64]) -> Array:
        return np.asarray(
            values.take(first + low) * (1.0 - fraction) + values.take(first + high) * fraction
        )

    year = int(QUARTERS_PER_YEAR)
    year_before = between(np.maximum(below - year, 0), np.maximum(above - year, 0))
    return np.maximum(between(below, above) - year_before * survival, 0.0)


@quantity("USD", "flow", "Chip spend for inference", metric=True, headline=True)
def inference_chip_spend(chip_spend: Array, inference_spend_share: Array) -> Array:
    """Chip spend that goes to inference, by the net-added split."""
    return chip_spend * inference_spend_share


@quantity(
    "USD",
    "flow",
    "Chip spend for training",
    metric=True,
    headline=True,
    formula="chip_spend * (1 - inference_spend_share)",
)
def training_chip_spend(chip_spend: Array, inference_chip_spend: Array) -> Array:
    """Chip spend that goes to training: what inference does not take."""
    return chip_spend - inference_chip_spend


@quantity("USD", "flow", "Laboratories' training spend")
def lab_training_spend(
    training_compute: Array, lab_share_of_training: Array, lab_price_per_h100e_hour: Array
) -> Array:
    """What OpenAI and Anthropic pay for research and training compute."""
    hours = HOURS_PER_YEAR / QUARTERS_PER_YEAR
    return training_compute * lab_share_of_training * lab_price_per_h100e_hour * hours


@quantity("USD", "flow", "Laboratories' inference spend")
def lab_inference_spend(
    inference_compute: Array,
    language_model_demand: Array,
    embedded_demand: Array,
    lab_share_of_llm_inference: Array,
    lab_price_per_h100e_hour: Array,
) -> Array:
    """What OpenAI and Anthropic pay to serve their models."""
    language_models = language_model_demand / (language_model_demand + embedded_demand)
    hours = HOURS_PER_YEAR / QUARTERS_PER_YEAR
    served = inference_compute * language_models * lab_share_of_llm_inference
    return served * lab_price_per_h100e_hour * hours


@quantity("date", "event", "Crossover", metric=True, headline=True)
def crossover(
    inference_compute: Array, training_compute: Array, first_quarter: int, horizon_quarters: int
) -> Array:
    """First quarter after which inference compute stays above training compute; never in a draw
    where it does not by the end of the horizon."""
    ahead = (inference_compute - training_compute)[:, :horizon_quarters]
    return _stays_above(ahead, first_quarter)


@quantity("date", "event", "Spend crossover", metric=True, headline=True)
def spend_crossover(
    inference_chip_spend: Array,
    training_chip_spend: Array,
    first_quarter: int,
    horizon_quarters: int,
) -> Array:
    """First quarter after which inference chip spend stays above training chip spend; never in a
    draw where it does not by the end of the horizon."""
    ahead = (inference_chip_spend - training_chip_spend)[:, :horizon_quarters]
    return _stays_above(ahead, first_quarter)


def _stays_above(difference: Array, first_quarter: int) -> Array:
    """Return the quarter after the last one at or below zero, (draws, 1); infinite if that is the
    last one."""
    below = difference <= 0.0
    quarters = difference.shape[1]
    last_below = quarters - 1 - np.argmax(below[:, ::-1], axis=1)
    start = np.where(below.any(axis=1), last_below + 1, 0)
    return np.where(start < quarters, first_quarter + start, np.inf)[:, np.newaxis]


@quantity("log", "ratio", "Discrepancy of inference demand", formula=())
def inference_discrepancy(model_discrepancy: Array, inference_shock: Array) -> Array:
    """What the model does not know about inference demand, growing with the square root of the time
    after the history."""
    return model_discrepancy * inference_shock


@quantity("log", "ratio", "Discrepancy of training demand", formula=())
def training_discrepancy(model_discrepancy: Array, training_shock: Array) -> Array:
    """What the model does not know about training demand, growing with the square root of the time
    after the history."""
    return model_discrepancy * training_shock
