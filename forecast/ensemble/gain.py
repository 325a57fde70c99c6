"""The gain of the ensemble smoother, from what is known of a state and what draws say of data.

Covariances of draws alone would carry the noise of chance correlations among hundreds of rows. So
the covariance Σ of coordinates z is known, predicted data are regressed on them, d = B z + rest,
and

    K = Σ Bᵀ (B Σ Bᵀ + C_rest + C_e)⁻¹,   Σ ← Σ − K B Σ

which is the smoother's C_md (C_dd + C_e)⁻¹ in the limit of many draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array
from forecast.ensemble.coordinates import TINY, anomaly, products, winsorised
from forecast.ensemble.replicates import replicates

NOISE_LEVEL = 4.0  # standard errors of a correlation below which it is taken for noise
_RIDGE = 1e-12


@dataclass(frozen=True)
class Gain:
    """How far a unit of innovation moves coordinates: by all draws, (coordinates, data), and as
    each replicate has it, (replicates, coordinates, data); and their covariance thereafter."""

    whole: Array
    by_replicate: Array
    covariance: Array


def gain(covariance: Array, values: Array, predicted: Array, errors: Array) -> Gain:
    """Return the gain from coordinates (coordinates, draws), of known `covariance`, and the data
    predicted from them, (data, draws), whose `errors` have covariance (data, data).

    Only coordinates that some datum correlates with by more than noise enter the regression. A
    replicate's gain is its jackknife pseudo-value (Miller 1974): of R replicates, R times the gain
    of all draws less R − 1 times the gain without its own.
    """
    values, data = anomaly(values), anomaly(winsorised(predicted))
    used = _related(values, data)
    rows = np.concatenate([values[used], data])
    parts = [np.ascontiguousarray(rows[:, mine]) for mine in replicates(rows.shape[1])]
    sums = [products(part, part) for part in parts]
    total, draws, count = np.sum(sums, axis=0), rows.shape[1], len(parts)
    known = covariance[:, used]
    whole, cross = _gain_of(total / (draws - 1), known, used, errors)
    others = [
        _gain_of((total - mine) / (draws - part.shape[1] - 1), known, used, errors)[0]
        for part, mine in zip(parts, sums, strict=True)
    ]
    return Gain(
        whole,
        count * whole - (count - 1) * np.stack(others),
        covariance - np.einsum("cp,ep->ce", whole, cross),
    )


def _gain_of(
    sample: Array, known: Array, used: NDArray[np.intp], errors: Array
) -> tuple[Array, Array]:
    """Return the gain, and the covariance of coordinates with data, each (coordinates, data).

    `sample` is the draws' covariance of the coordinates `used` and, after them, the data; `known`,
    (coordinates, used), is that of all coordinates with these.
    """
    size = used.size
    among, seen, spread = sample[:size, :size], sample[:size, size:], sample[size:, size:]
    slopes = solved(among, seen)
    cross = np.einsum("cu,up->cp", known, slopes)
    rest = spread - np.einsum("up,uq->pq", slopes, seen)
    explained = np.einsum("up,uq->pq", slopes, cross[used])
    return np.linalg.solve(explained + rest + errors, cross.T).T, cross


def _related(values: Array, data: Array) -> NDArray[np.intp]:
    """Return the positions of rows of `values` that correlate with some row of `data`; both are
    anomalies, (rows, draws)."""
    draws = values.shape[1]
    scale = draws * np.outer(values.std(axis=1), data.std(axis=1))
    correlations = products(values, data) / np.maximum(scale, TINY)
    return np.flatnonzero(np.abs(correlations).max(axis=1) > NOISE_LEVEL / np.sqrt(draws))


def solved(matrix: Array, right: Array) -> Array:
    """Return the solution of symmetric positive definite equations, by Gauss and Jordan: a threaded
    library routine would make the last digits depend on the number of threads."""
    size = len(matrix)
    rows = np.concatenate([matrix + _RIDGE * np.diag(np.diag(matrix)), right], axis=1)
    for at in range(size):
        pivot = rows[at] / rows[at, at]
        rows -= np.outer(rows[:, at], pivot)
        rows[at] = pivot
    return np.asarray(rows[:, size:])
