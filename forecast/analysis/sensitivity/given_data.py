"""What knowing an assumption would explain, read off draws that hang together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.sensitivity.factors import Factor, factors, value_at
from forecast.analysis.sensitivity.rows import IndexRow, Interval, MovesRow
from forecast.analysis.sensitivity.subject import about, in_scale_of_variance, shortened
from forecast.beliefs import Array
from forecast.ensemble.prior import stream
from forecast.world.metrics import MetricAt
from forecast.world.rows import plain
from forecast.world.world import World

RESAMPLES = 100
LEVEL = (2.5, 97.5)  # percentiles of resampled estimates: a 95% interval


def given_data(
    world: World, at: MetricAt, chosen: Sequence[Factor], seed: int
) -> tuple[list[IndexRow], Array]:
    """Return a row for each single factor, the one that explains most first, and all draws of the
    metric, (draws,).

    `first_order` is the share of the metric's variance that goes when the factor's value at the
    period is known, with whatever hangs together with it in the conditioned draws, so that the
    shares of dependent factors overlap and may add up to more than one.
    """
    world = shortened(world, [at])
    metric = world.at(*at.key)
    output, variance_of = in_scale_of_variance(at, metric)
    weights = resampling_weights(world.draws, RESAMPLES, stream(seed, "given data"))
    rows = [
        IndexRow(
            assumption=factor.name,
            first_order=plain(estimate),
            first_order_interval=(plain(low), plain(high)),
            total_order=None,
            total_order_interval=None,
            title=factor.title,
            group=factor.group,
            about=about(at, "given-data"),
            variance_of=variance_of,
            is_noise=low <= 0.0,
        )
        for factor, estimate, (low, high) in _explained(world, at, chosen, output, weights)
    ]
    return sorted(rows, key=lambda row: -row.main), metric


def ranking(
    world: World, at: MetricAt, chosen: Sequence[Factor], *, draws: Array | None = None
) -> list[tuple[Factor, float]]:
    """Return single factors with their `first_order` as `given_data` has it, the one that explains
    most first; without intervals, which take most of the time. `draws` are those of the metric,
    (draws,), if they are known."""
    world = shortened(world, [at])
    output, _ = in_scale_of_variance(at, world.at(*at.key) if draws is None else draws)
    none = np.empty((0, world.draws))
    found = [
        (factor, plain(estimate))
        for factor, estimate, _ in _explained(world, at, chosen, output, none)
    ]
    return sorted(found, key=lambda each: -each[1])


def strongest(
    world: World, at: MetricAt, count: int, *, draws: Array | None = None
) -> tuple[MovesRow, ...]:
    """Return so many of the assumptions and drivers that explain most of a metric: what every page
    means by what moves it most. `draws` are those of the metric, (draws,), if they are known."""
    ranked = ranking(world, at, factors(world.inputs), draws=draws)[:count]
    return tuple(MovesRow(each.name, each.title, *at.key, part) for each, part in ranked)


def _explained(
    world: World, at: MetricAt, chosen: Sequence[Factor], output: Array, weights: Array
) -> Iterator[tuple[Factor, float, Interval]]:
    """Yield each factor with the share of the variance of `output` that its value at the period
    explains, and the interval of it."""
    values = world.held()
    for factor in chosen:
        (key,) = factor.keys
        own = np.asarray(value_at(world, key, at.period, values[key]))
        yield factor, *explained_variance(own, output, weights)


def in_order(values: Array) -> NDArray[np.intp]:
    """Return the places of values, (draws,), from the least on, equal ones as they stand: a sort
    that keeps these as they stand takes six times as long, and few values are equal."""
    order = np.argsort(values)
    ordered = values[order]
    is_plain = bool((ordered[1:] > ordered[:-1]).all())
    return order if is_plain else np.argsort(values, kind="stable")


def resampling_weights(draws: int, resamples: int, rng: np.random.Generator) -> Array:
    """Return how often each draw stands in each bootstrap sample, (resamples, draws)."""
    return rng.multinomial(draws, np.full(draws, 1.0 / draws), resamples).astype(np.float64)


def explained_variance(own: Array, output: Array, weights: Array) -> tuple[float, Interval]:
    """Return the share of the variance of `output` that `own`, both (draws,), explains, with its
    95% interval from bootstrap `weights`, (resamples, draws); without any, it stands alone.

    Var(E[output | own]) / Var(output), the first-order index given data (Plischke, Borgonovo and
    Smith 2013), with the conditional mean taken in equally filled bins of `own`, as many as the
    square root of the draws. What bins of unrelated draws explain, (bins − 1) / (draws − 1) in the
    mean over all permutations, is taken off as in Kelley's (1935) ε².
    """
    draws = own.size
    if draws < 4 or own.min() == own.max() or output.min() == output.max():
        return 0.0, (0.0, 0.0)
    bins = max(2, round(draws**0.5))
    order = in_order(own)
    starts = np.arange(bins) * draws // bins
    chance = (bins - 1.0) / (draws - 1.0)
    centred = (output - output.mean())[order]

    def ratios(counts: Array) -> Array:
        """Return the corrected ratio for counts (resamples, draws) in the order of `own`."""
        size = np.add.reduceat(counts, starts, axis=1)
        total = np.add.reduceat(counts * centred, starts, axis=1)
        mean = total.sum(axis=1) / draws
        variance = np.einsum("rd,d->r", counts, centred**2) / draws - mean**2
        between = (total**2 / np.maximum(size, 1.0)).sum(axis=1) / draws - mean**2
        corrected: Array = (between / variance - chance) / (1.0 - chance)
        return corrected

    estimate = float(ratios(np.ones((1, draws)))[0])
    if not len(weights):
        return estimate, (estimate, estimate)
    resampled = ratios(weights[:, order])
    # Bins take the repeated draws of a bootstrap sample for structure: only its spread counts.
    low, high = estimate + np.percentile(resampled, LEVEL) - resampled.mean()
    return estimate, (float(low), float(high))
