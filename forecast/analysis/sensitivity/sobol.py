"""Sobol indices of first and total order on the independent prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.sensitivity.factors import Factor, value_at
from forecast.analysis.sensitivity.rows import IndexRow, Interval
from forecast.analysis.sensitivity.subject import about, in_scale_of_variance, shortened
from forecast.beliefs import Array, out_of_scale
from forecast.ensemble.prior import stream, variables
from forecast.inputs.schema import Assumption
from forecast.money.joint import LEADER
from forecast.world.draws.draws import SHOCKS, Ensemble
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.metrics import MetricAt
from forecast.world.rows import plain
from forecast.world.world import World

RESAMPLES = 200
LEVEL = (2.5, 97.5)
_NEAREST = 2.0**-40  # keeps a point off 0 and 1, where a normal variable is infinite


@dataclass(frozen=True)
class Indices:
    """First and total order of each factor, (factors,), and their 95% intervals, (factors, 2)."""

    first: Array
    total: Array
    first_interval: Array
    total_interval: Array


def sobol(
    prior: World, at: MetricAt, chosen: Sequence[Factor], seed: int
) -> tuple[list[IndexRow], Array]:
    """Return a row for each factor, the one of the largest total order first, and the metric on the
    sampled prior, (draws,).

    Half of the draws of the prior world, rounded down to a power of two, is the number of base
    points. Correlations between assumptions are off and nothing is conditioned; the knots of an
    assumption keep their persistence and move as one, a driver takes the fitted path of its rank at
    the period.
    """
    points = 1 << (prior.draws // 2).bit_length() - 1
    sampled = shortened(_sampled(prior, at.period, points, seed), [at])
    values = sampled.of_draws(slice(points, 2 * points)).held()
    every = [key for factor in chosen for key in factor.keys]
    moves = [{key: values[key] for key in keys} for keys in (every, *(f.keys for f in chosen))]
    taken = sampled.of_draws(slice(0, points)).after(moves, [at.key])
    found, variance_of = in_scale_of_variance(at, np.stack([each[at.key] for each in taken]))
    indices = sobol_indices(found[0], found[1], found[2:], stream(seed, "Sobol bootstrap"))
    rows = [
        IndexRow(
            assumption=factor.name,
            first_order=plain(float(indices.first[index])),
            first_order_interval=_interval(indices.first_interval[index]),
            total_order=plain(float(indices.total[index])),
            total_order_interval=_interval(indices.total_interval[index]),
            title=factor.title,
            group=factor.group,
            about=about(at, "sobol", "independent prior"),
            variance_of=variance_of,
            is_noise=None,
        )
        for index, factor in enumerate(chosen)
    ]
    metric = np.concatenate(found[:2])
    is_log = variance_of == "logarithm"
    return sorted(rows, key=lambda row: -row.main), np.exp(metric) if is_log else metric


def _interval(ends: Array) -> Interval:
    low, high = (plain(float(end)) for end in ends)
    return low, high


def _sampled(prior: World, period: str, points: int, seed: int) -> World:
    """Return a prior world on twice `points` draws of the independent prior: those of one half
    share nothing with those of the other. What lowers money goes with NVIDIA's revenue."""
    inputs, drawn = prior.inputs, prior.ensemble
    listed = variables(inputs.assumptions)
    paths = sorted(drawn.paths)
    uniforms = saltelli_uniforms(len(listed) + len(paths) + len(SHOCKS), points, seed)
    normals = independent_normals(inputs.assumptions, uniforms[:, : len(listed)])
    ranks = dict(zip((*paths, *SHOCKS), uniforms[:, len(listed) :].T, strict=True))

    def of_rank(name: str, values: Array) -> Array:
        """Return the draws, by position, that have the ranks of a name by its value at the
        period."""
        natural = out_of_scale(values, inputs.drivers[name].scale) if name in paths else values
        ranked = np.argsort(value_at(prior, name, period, natural), kind="stable")
        return np.asarray(ranked[(ranks[name] * len(ranked)).astype(np.int64)])

    money = of_rank(LEADER, drawn.paths[LEADER])
    ensemble = Ensemble(
        normals,
        {name: drawn.paths[name][of_rank(name, drawn.paths[name])] for name in paths},
        {name: drawn.shocks[name][of_rank(name, drawn.shocks[name])] for name in SHOCKS}
        | {name: drawn.shocks[name][money] for name in MONEY_STATE},
        drawn.references,
    )
    return prior.with_ensemble(ensemble)


def saltelli_uniforms(dimensions: int, points: int, seed: int) -> Array:
    """Return scrambled Sobol points in the open unit cube, (2 × points, dimensions): one sequence
    of twice the dimensions, whose halves are the samples A and B of Saltelli (2002)."""
    from scipy.stats import qmc

    rng = stream(seed, "Sobol points")
    drawn = qmc.Sobol(2 * dimensions, scramble=True, rng=rng).random(points)
    both = np.concatenate([drawn[:, :dimensions], drawn[:, dimensions:]])
    return np.asarray(np.clip(both, _NEAREST, 1.0 - _NEAREST))


def independent_normals(assumptions: Mapping[str, Assumption], uniforms: Array) -> Array:
    """Return standard normals (variables, draws) from uniforms (draws, variables), independent but
    for the knots of a path, each of which persists from the one before (AR(1))."""
    from scipy.special import ndtri

    normals = np.asarray(ndtri(uniforms.T), dtype=np.float64)
    for row, variable in enumerate(variables(assumptions)):
        if variable.knot:
            assumption = assumptions[variable.assumption]
            before, now = (assumption.knots[variable.knot - back].time or 0.0 for back in (1, 0))
            kept = assumption.persistence ** (now - before)
            normals[row] = kept * normals[row - 1] + np.sqrt(1.0 - kept**2) * normals[row]
    return normals


def sobol_indices(first: Array, second: Array, mixed: Array, rng: np.random.Generator) -> Indices:
    """Return the indices of each factor from a function's values at the samples A and B, (points,),
    and at A with one factor from B, (factors, points).

    First order: mean of f(B) (f(AB) − f(A)), with f centred (Saltelli et al. 2010, table 2 b);
    total order: half the mean of (f(A) − f(AB))² (Jansen 1999); both over the variance of A and B
    together. Intervals are bootstrapped over the points; those of a low-discrepancy sequence are
    more even than independent ones, so the intervals are on the wide side. All zero where the
    function does not vary.
    """
    mean = np.mean(np.concatenate([first[np.newaxis], second[np.newaxis], mixed]))
    a, b, change = first - mean, second - mean, mixed - first
    points = first.size
    drawn = rng.multinomial(points, np.full(points, 1.0 / points), RESAMPLES)
    weights = np.concatenate([np.ones((1, points)), drawn.astype(np.float64)])
    centre = np.einsum("rn,n->r", weights, a + b) / (2.0 * points)
    variance = np.einsum("rn,n->r", weights, a**2 + b**2) / (2.0 * points) - centre**2
    if not variance[0] > 0.0:
        none = np.zeros(len(mixed))
        return Indices(none, none, np.zeros((len(mixed), 2)), np.zeros((len(mixed), 2)))
    first_order = np.einsum("rn,fn->fr", weights, b * change) / points / variance
    total_order = np.einsum("rn,fn->fr", weights, change**2) / (2.0 * points) / variance
    return Indices(
        first_order[:, 0],
        total_order[:, 0],
        np.percentile(first_order[:, 1:], LEVEL, axis=1).T,
        np.percentile(total_order[:, 1:], LEVEL, axis=1).T,
    )
