"""The reference model as this program has a model: equations of a graph, and beliefs."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
from model import RATE

from forecast.beliefs import Array
from forecast.inputs.schema import Assumption, Distribution, Knot, Source
from forecast.model.graph import Graph, quantity
from forecast.model.quarters import running_sum

FILE = "inputs.csv"


@quantity("USD", "flow", "Spending on chips", metric=True)
def chip_spend(
    spend_start: Array, chip_part: Array, spend_growth: Array, spend_fading: Array, year: Array
) -> Array:
    """Spending on data centres, growing ever more slowly, times the part that buys chips."""
    return spend_start * chip_part * np.exp(faded(spend_growth, spend_fading, year))


@quantity("USD/H100e", "rate", "Price of a chip")
def chip_price(chip_price_start: Array, chip_price_decline: Array, year: Array) -> Array:
    """A steady fall."""
    return chip_price_start * np.exp(-chip_price_decline * year)


@quantity("H100e", "stock", "Chips that run", metric=True)
def compute_stock(
    stock_start: Array, chip_spend: Array, chip_price: Array, chip_life: Array, year: Array
) -> Array:
    """What was there and what was bought, less what has failed."""
    kept = np.exp(-year / chip_life)
    return kept * (stock_start + running_sum(chip_spend / chip_price / kept))


@quantity("tokens", "flow", "Tokens served", metric=True)
def tokens(tokens_start: Array, token_growth: Array, token_fading: Array, year: Array) -> Array:
    """Growing ever more slowly."""
    return tokens_start * np.exp(faded(token_growth, token_fading, year))


@quantity("H100e", "stock", "Chips that serving asks for")
def inference_wanted(
    tokens: Array, compute_per_token: Array, efficiency_gain: Array, utilisation: Array, year: Array
) -> Array:
    """Tokens times operations for one, over what a chip does in a quarter."""
    at_start = compute_per_token / (RATE * utilisation)
    return tokens * (at_start * np.exp(-efficiency_gain * year))


@quantity("H100e", "stock", "Chips that serve", metric=True)
def inference_compute(
    inference_wanted: Array, inference_ceiling: Array, compute_stock: Array
) -> Array:
    """What is asked for, up to a part of what runs."""
    return np.minimum(inference_wanted, inference_ceiling * compute_stock)


@quantity("H100e", "stock", "Chips that train", metric=True)
def training_compute(compute_stock: Array, inference_compute: Array) -> Array:
    """The rest."""
    return compute_stock - inference_compute


@quantity("share", "share", "Share of chips that serve", metric=True)
def inference_share(inference_compute: Array, compute_stock: Array) -> Array:
    """Of all that run."""
    return inference_compute / compute_stock


@quantity("USD", "flow", "Revenue of serving", metric=True)
def revenue(
    tokens: Array, token_price_start: Array, token_price_decline: Array, year: Array
) -> Array:
    """Tokens times a price that falls steadily."""
    return tokens * (token_price_start * np.exp(-token_price_decline * year))


@quantity("W", "stock", "Power of sites", metric=True)
def power(
    compute_stock: Array, watts_start: Array, watts_decline: Array, overhead: Array, year: Array
) -> Array:
    """Chips times watts, which fall steadily, times what a site adds."""
    return compute_stock * (watts_start * overhead * np.exp(-watts_decline * year))


def faded(growth: Array, fading: Array, year: Array) -> Array:
    """Return growth in logarithms since the start, at a rate that fades exponentially."""
    return growth / fading * (1.0 - np.exp(-fading * year))


EQUATIONS = (
    chip_spend, chip_price, compute_stock, tokens, inference_wanted, inference_compute,
    training_compute, inference_share, revenue, power,
)  # fmt: skip


GRAPH = Graph(EQUATIONS)


def assumptions() -> dict[str, Assumption]:
    """Return the inputs as the program holds them."""
    day = date(2026, 11, 28)
    source = Source("reference model", "", "judgement", day, day)
    with (Path(__file__).parent / FILE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for line, row in enumerate(rows, 2):
        name, title, unit, ends = row["name"], row["title"], row["unit"], (row["low"], row["high"])
        belief = Distribution("quantiles", tuple(zip((0.1, 0.9), map(float, ends), strict=True)))
        found[name] = Assumption(
            name, title, unit, (Knot(None, belief),), source, "reference", FILE, line
        )
    return found
