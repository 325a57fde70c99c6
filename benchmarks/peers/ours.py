"""The reference model by this program: its beliefs, draws, graph, blocks and quantiles.

`ours.py DRAWS SEED [THREADS [correlated]]`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from measured import Stages, run
from model import QUARTERS, RATE, SERIES

import forecast
from forecast.beliefs import Array
from forecast.ensemble.prior import prior_normals, realise_all
from forecast.inputs.schema import Assumption, Correlation, Distribution, Knot, Source
from forecast.memory import keep_freed_memory
from forecast.model.graph import Graph, quantity
from forecast.world.rows import value_row, _quantiles_of
from forecast.world.world import BLOCK, in_threads

PART = 8192  # draws that are drawn together
YEARS = np.arange(QUARTERS)[np.newaxis] / 4.0
THREADS = int(sys.argv[3]) if len(sys.argv) > 3 else 1
CORRELATED = ("spend_growth", "token_growth", "efficiency_gain", "chip_price_decline")


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
    return kept * (stock_start + np.cumsum(chip_spend / chip_price / kept, axis=1))


@quantity("tokens", "flow", "Tokens served", metric=True)
def tokens(tokens_start: Array, token_growth: Array, token_fading: Array, year: Array) -> Array:
    """Growing ever more slowly."""
    return tokens_start * np.exp(faded(token_growth, token_fading, year))


@quantity("H100e", "stock", "Chips that serving asks for")
def inference_wanted(
    tokens: Array, compute_per_token: Array, efficiency_gain: Array, utilisation: Array, year: Array
) -> Array:
    """Tokens times operations for one, over what a chip does in a quarter."""
    per_token = compute_per_token * np.exp(-efficiency_gain * year)
    return tokens * per_token / (RATE * utilisation)


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
    return compute_stock * (watts_start * np.exp(-watts_decline * year)) * overhead


def faded(growth: Array, fading: Array, year: Array) -> Array:
    """Return growth in logarithms since the start, at a rate that fades exponentially."""
    return growth * -np.expm1(-fading * year) / fading


EQUATIONS = (
    chip_spend, chip_price, compute_stock, tokens, inference_wanted, inference_compute,
    training_compute, inference_share, revenue, power,
)  # fmt: skip


def assumptions() -> dict[str, Assumption]:
    """Return the inputs as the program holds them."""
    path = Path(__file__).parent / "inputs.csv"
    day = date(2026, 11, 28)
    source = Source("reference model", "", "judgement", day, day)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for line, row in enumerate(rows, 2):
        name, title, unit, ends = row["name"], row["title"], row["unit"], (row["low"], row["high"])
        belief = Distribution("quantiles", tuple(zip((0.1, 0.9), map(float, ends), strict=True)))
        knots = (Knot(None, belief),)
        found[name] = Assumption(
            name, title, unit, knots, source, "reference", path.name, line
        )  # fmt: skip
    return found


def work(draws: int, seed: int, stages: Stages) -> Any:
    graph, inputs = Graph(EQUATIONS), assumptions()
    names = sorted(inputs)
    import os
    DT = os.environ.get("DT","f8")
    with stages.stage("draws and model"):
        parts = [slice(first, min(first + PART, draws)) for first in range(0, draws, PART)]
        store = np.empty((len(SERIES), QUARTERS, draws), dtype=DT)
        def drawn(part):
            normals = prior_normals(inputs, (), part.stop-part.start, seed * 100000 + part.start)[0]
            for i in range(0, normals.shape[1], BLOCK):
                given = realise_all(inputs, normals[:, i:i+BLOCK], YEARS[0], names)
                v = graph.evaluate(SERIES, {**given, "year": YEARS})
                for k, name in enumerate(SERIES):
                    store[k, :, part.start+i:part.start+min(i+BLOCK,normals.shape[1])] = v[name].T
        for _ in in_threads(drawn, parts, THREADS): pass
    with stages.stage("quantiles"):
        if os.environ.get("ROW"):
            def q(i):
                return [value_row(graph.nodes[SERIES[i]].meaning, "2026", store[i, j], "projected", None).quantiles for j in range(QUARTERS)]
        else:
            def q(i):
                return [_quantiles_of(np.sort(store[i,j])) for j in range(QUARTERS)]
        rows = list(in_threads(q, range(8), THREADS))
    return {n: [[r.at(5) for r in row], [r.at(50) for r in row], [r.at(95) for r in row]] for n, row in zip(SERIES, rows)}

keep_freed_memory()
run("ours", "0", work)
