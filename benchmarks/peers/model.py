"""The reference model as a person would write it in NumPy: 20 inputs, 24 quarters, 8 series.

It is what the peers in Python run. Ours has the same formulas as equations of a graph (`ours.py`),
Squiggle in its own language (`squiggle.mjs`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

QUARTERS = 24
YEARS = np.arange(QUARTERS)[np.newaxis] / 4.0
RATE = 1979e12 * 365.25 / 4 * 86400  # operations of an H100-equivalent in a quarter
NORMAL_P90 = 1.2815515655446004
SERIES = (
    "chip_spend",
    "compute_stock",
    "tokens",
    "inference_compute",
    "training_compute",
    "inference_share",
    "revenue",
    "power",
)


class Belief(NamedTuple):
    """What is believed of an input: P10 and P90 of a normal distribution in `scale`."""

    name: str
    scale: str
    low: float
    high: float


def beliefs() -> list[Belief]:
    """Return the inputs of the reference model."""
    with (Path(__file__).parent / "inputs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Belief(row["name"], row["scale"], float(row["low"]), float(row["high"])) for row in rows
    ]


def parameters(belief: Belief) -> tuple[float, float]:
    """Return mean and standard deviation of a belief in its scale."""
    into = {"log": np.log, "linear": float, "logit": lambda x: np.log(x / (1.0 - x))}
    low, high = (float(into[belief.scale](x)) for x in (belief.low, belief.high))
    return 0.5 * (low + high), 0.5 * (high - low) / NORMAL_P90


def natural(belief: Belief, scaled: Any) -> Any:
    """Return values of a belief's scale in natural units."""
    if belief.scale == "log":
        return np.exp(scaled)
    return 1.0 / (1.0 + np.exp(-scaled)) if belief.scale == "logit" else scaled


def series(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return each series, (draws, quarters), from inputs, (draws, 1)."""
    get = given.__getitem__
    grown = faded(get("spend_growth"), get("spend_fading"))
    chip_spend = get("spend_start") * get("chip_part") * np.exp(grown)
    chip_price = get("chip_price_start") * np.exp(-get("chip_price_decline") * YEARS)
    kept = np.exp(-YEARS / get("chip_life"))
    stock = kept * (get("stock_start") + np.cumsum(chip_spend / chip_price / kept, axis=1))
    tokens = get("tokens_start") * np.exp(faded(get("token_growth"), get("token_fading")))
    at_start = get("compute_per_token") / (RATE * get("utilisation"))
    wanted = tokens * (at_start * np.exp(-get("efficiency_gain") * YEARS))
    inference = np.minimum(wanted, get("inference_ceiling") * stock)
    price = get("token_price_start") * np.exp(-get("token_price_decline") * YEARS)
    watts = get("watts_start") * get("overhead") * np.exp(-get("watts_decline") * YEARS)
    return {
        "chip_spend": chip_spend,
        "compute_stock": stock,
        "tokens": tokens,
        "inference_compute": inference,
        "training_compute": stock - inference,
        "inference_share": inference / stock,
        "revenue": tokens * price,
        "power": stock * watts,
    }


def faded(growth: Any, fading: Any) -> Any:
    """Return growth in logarithms since the start, at a rate that fades exponentially."""
    return growth / fading * (1.0 - np.exp(-fading * YEARS))
