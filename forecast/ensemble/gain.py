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
from forecast.ensemble.coordinates import anomaly, unit_of, winsorised
from forecast.ensemble.replicates import replicates
from forecast.processors.threads import spread

# Correlations below it are left aside: four standard errors of 8,192 draws. It is the same for any
# number of draws, or fewer of them would let fewer coordinates learn, and bias what they say.
LEAST_CORRELATION = 0.044
_RIDGE = 1e-12  # part of its own variance by which that of a coordinate is raised


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

    Only coordinates that correlate with some datum enter the regression. A
    replicate's gain is its jackknife pseudo-value (Miller 1974): of R replicates, R times the gain
    of all draws less R − 1 times the gain without its own.
    """
    data = anomaly(winsorised(predicted))
    used = related(values, data)
    rows = np.concatenate([anomaly(values[used]), data])
    draws = rows.shape[1]
    parts = replicates(draws)

    def sum_of(mine: slice) -> Array:
        part = np.ascontiguousarray(rows[:, mine])
        return np.asarray(part @ part.T)

    sums = spread(sum_of, parts)
    total, count = np.sum(sums, axis=0), len(parts)
    known = covariance[:, used]
    whole, cross = _gain_of(total / (draws - 1), known, used, errors)

    def gain_without(number: int) -> Array:
        left = draws - len(range(draws)[parts[number]]) - 1
        return _gain_of((total - sums[number]) / left, known, used, errors)[0]

    others = spread(gain_without, range(count))
    return Gain(
        whole,
        count * whole - (count - 1) * np.stack(others),
        covariance - whole @ cross.T,
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
    slopes = np.linalg.solve(among + _RIDGE * np.diag(np.diag(among)), seen)
    cross = known @ slopes
    rest = spread - slopes.T @ seen
    explained = slopes.T @ cross[used]
    return np.asarray(np.linalg.solve(explained + rest + errors, cross.T).T), cross


def related(values: Array, data: Array) -> NDArray[np.intp]:
    """Return the positions of rows of `values` that correlate with some row of `data`, anomalies;
    both are (rows, draws)."""
    covariances = values @ data.T / values.shape[1]
    correlations = covariances * np.outer(unit_of(values), unit_of(data))
    return np.flatnonzero(np.abs(correlations).max(axis=1) > LEAST_CORRELATION)
