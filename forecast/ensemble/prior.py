"""The prior ensemble: one standard normal variable per belief, stratified, correlated by rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import permutations, product

import numpy as np

from forecast.beliefs import Array, belief_in_scale, out_of_scale
from forecast.ensemble.replicates import REPLICATES, replicates
from forecast.inputs.schema import Assumption, Correlation

REPAIR_NOTICE = 0.005  # smallest change of a correlation that is worth a warning


@dataclass(frozen=True)
class Variable:
    """One standard normal variable: an assumption's belief at one knot."""

    name: str
    assumption: str
    knot: int


def variables(assumptions: Mapping[str, Assumption]) -> tuple[Variable, ...]:
    """Return one variable for each knot of each assumption, in the order of their names."""
    return tuple(
        Variable(name if knot.time is None else f"{name}@{knot.time:g}", name, position)
        for name, assumption in sorted(assumptions.items())
        for position, knot in enumerate(assumption.knots)
    )


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of a name: adding an assumption leaves the others' draws alone."""
    key = np.frombuffer(sha256(name.encode()).digest()[:16], dtype=np.uint32)
    return np.random.default_rng([seed, *(int(word) for word in key)])


def stratified_normal(seed: int, name: str, draws: int) -> Array:
    """Return `draws` standard normal values, in each replicate one in each of as many equally
    likely strata; the last are left out where replicates do not divide the draws."""
    from scipy.special import ndtri

    rng = stream(seed, name)
    each = -(-draws // REPLICATES)
    strata = rng.permuted(np.tile(np.arange(each), (REPLICATES, 1)), axis=1)
    shares = (strata + rng.random(strata.shape)) / each
    return np.asarray(ndtri(shares.T.ravel()[:draws]), dtype=np.float64)


def prior_normals(
    assumptions: Mapping[str, Assumption],
    correlations: Sequence[Correlation],
    draws: int,
    seed: int,
) -> tuple[Array, tuple[str, ...]]:
    """Return standard normals (variables, draws) in the order of `variables`, and warnings.

    Correlated variables are mixed by a Gaussian copula and then given back their own stratified
    values by rank in each replicate (Iman and Conover 1982), so margins stay exact.
    """
    listed = variables(assumptions)
    normals = np.stack([stratified_normal(seed, variable.name, draws) for variable in listed])
    matrix = correlation_matrix(listed, assumptions, correlations)
    warnings: list[str] = []
    for group in _connected(matrix):
        target, change = nearest_correlation(matrix[np.ix_(group, group)])
        if change > REPAIR_NOTICE:
            names = ", ".join(sorted({listed[index].assumption for index in group}))
            warnings.append(
                f"correlations of {names} contradict each other; the largest was moved by "
                f"{change:.2f} to make them possible"
            )
        mixed = np.einsum("vw,wd->vd", np.linalg.cholesky(target), normals[group])
        for mine in replicates(draws):
            by_rank = np.sort(normals[group, mine], axis=1)
            given_back = np.empty_like(by_rank)
            np.put_along_axis(given_back, np.argsort(mixed[:, mine], axis=1), by_rank, axis=1)
            normals[group, mine] = given_back
    return normals, tuple(warnings)


def possible_correlations(
    assumptions: Mapping[str, Assumption], correlations: Sequence[Correlation]
) -> Array:
    """Return the correlations that `prior_normals` have, (variables, variables)."""
    matrix = correlation_matrix(variables(assumptions), assumptions, correlations)
    for group in _connected(matrix):
        chosen = np.ix_(group, group)
        matrix[chosen], _ = nearest_correlation(matrix[chosen])
    return matrix


def correlation_matrix(
    listed: Sequence[Variable],
    assumptions: Mapping[str, Assumption],
    correlations: Sequence[Correlation],
) -> Array:
    """Return the Pearson correlations of the normal variables, (variables, variables).

    Knots of a path correlate by persistence to the power of the years between them; a rank
    correlation ρ between two assumptions is 2 sin(π ρ / 6) between normals (Kruskal 1958).
    """
    matrix = np.eye(len(listed))
    rows: dict[str, list[int]] = {}
    for row, variable in enumerate(listed):
        rows.setdefault(variable.assumption, []).append(row)
    for name, mine in rows.items():
        for row, column in permutations(mine, 2):
            knots = listed[row].knot, listed[column].knot
            matrix[row, column] = _persistence(assumptions[name], *knots)
    for entry in correlations:
        value = 2.0 * np.sin(np.pi * entry.rank_correlation / 6.0)
        for row, column in product(rows[entry.first], rows[entry.second]):
            matrix[row, column] = matrix[column, row] = value
    return matrix


def _persistence(assumption: Assumption, first: int, second: int) -> float:
    times = [knot.time or 0.0 for knot in assumption.knots]
    return float(assumption.persistence ** abs(times[first] - times[second]))


def _connected(matrix: Array) -> list[list[int]]:
    """Return groups of two or more variables that correlate, directly or through others."""
    others = [np.flatnonzero(row).tolist() for row in matrix]
    groups: list[list[int]] = []
    seen: set[int] = set()
    for first in range(len(matrix)):
        found, todo = {first}, [first]
        while first not in seen and todo:
            new = set(others[todo.pop()]) - found
            found |= new
            todo.extend(new)
        seen |= found
        if len(found) > 1:
            groups.append(sorted(found))
    return groups


def nearest_correlation(matrix: Array) -> tuple[Array, float]:
    """Return a valid correlation matrix near `matrix` and the largest change of an entry.

    Negative eigenvalues are raised to a small positive value and the diagonal is restored
    (Rebonato and Jäckel 1999).
    """
    values, vectors = np.linalg.eigh(matrix)
    repaired = vectors @ np.diag(np.maximum(values, 1e-6)) @ vectors.T
    spread = np.sqrt(np.diag(repaired))
    repaired = repaired / np.outer(spread, spread)
    return repaired, float(np.max(np.abs(repaired - matrix)))


def realise(assumption: Assumption, normals: Sequence[Array], year_fraction: Array) -> Array:
    """Return an assumption's draws in its unit: (draws, 1) for a scalar, (draws, quarters) for a
    path, which is interpolated between its knots in its scale and constant beyond them.

    `normals` holds one array of shape (draws,) per knot; `year_fraction` has shape (quarters,).
    """
    scale = assumption.scale
    at_knots = [
        belief_in_scale(knot.belief, np.asarray(z, dtype=np.float64), scale)
        for knot, z in zip(assumption.knots, normals, strict=True)
    ]
    if assumption.is_path:
        times = tuple(knot.time or 0.0 for knot in assumption.knots)
        weights = _interpolation(times, tuple(year_fraction.tolist()))
        in_scale = np.einsum("kd,kq->qd", np.stack(at_knots), weights).T
    else:
        in_scale = at_knots[0][:, np.newaxis]
    values: Array = out_of_scale(in_scale, scale)
    if assumption.floor is not None or assumption.ceiling is not None:
        values = np.clip(values, assumption.floor, assumption.ceiling)
    return values


@lru_cache(maxsize=512)
def _interpolation(times: tuple[float, ...], year_fraction: tuple[float, ...]) -> Array:
    """Return weights (knots, quarters) of linear interpolation, constant beyond the ends."""
    return np.stack([np.interp(year_fraction, times, unit) for unit in np.eye(len(times))], axis=0)


def realise_all(
    assumptions: Mapping[str, Assumption],
    normals: Array,
    year_fraction: Array,
    names: Iterable[str] | None = None,
) -> dict[str, Array]:
    """Return the draws of each assumption, from normals of shape (variables, draws)."""
    rows: dict[str, list[Array]] = {}
    for variable, row in zip(variables(assumptions), normals, strict=True):
        rows.setdefault(variable.assumption, []).append(row)
    wanted = sorted(assumptions) if names is None else list(names)
    return {name: realise(assumptions[name], rows[name], year_fraction) for name in wanted}
