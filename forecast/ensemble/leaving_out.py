"""What conditioning would have found without the data of one origin, by the smoother's own gain.

Conditioning anew without each origin takes as long as it took with all of them. In place of that
the data are taken as linear about the conditioned draws, d = B z + rest, so that the mean of the
coordinates z is known from what is known of them before any data (Σ and their prior mean):

    m = Σ Bᵀ (B Σ Bᵀ + C_rest + C_e)⁻¹ (d_observed − d(prior mean))

and what an origin did is m with all data less m with those of the others. It starts at the prior:
to take data off the conditioned draws would divide by what is left of their errors, next to nothing
where data are precise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.coordinates import Coordinates, anomaly, winsorised
from forecast.ensemble.gain import related
from forecast.ensemble.one_thread import one_thread

_RIDGE = 1e-9  # part of its own variance by which that of a coordinate is raised


@one_thread()
def moves_without(
    known: Coordinates,
    prior: Array,
    conditioned: Array,
    predicted: Array,
    observed: Array,
    errors: Array,
    origins: Sequence[str],
) -> dict[str, Array]:
    """Return how far each row of a state moves if the data of an origin are left out, (rows,), by
    origin.

    `prior` and `conditioned` are states, (rows, draws), whose coordinates are `known`; `predicted`,
    (data, draws), is what the conditioned one predicts of `observed`, (data,), whose errors have
    covariance `errors`, (data, data); `origins` names that of each datum.
    """
    before, after = known.of(prior).mean(axis=1), known.of(conditioned)
    slopes, rest = _regressed(after, predicted)
    expected = predicted.mean(axis=1) + slopes @ (before - after.mean(axis=1))
    cross = known.covariance @ slopes.T
    spread = slopes @ cross + np.diag(rest) + errors

    def mean_of(kept: Sequence[int]) -> Array:
        weights = np.linalg.solve(spread[np.ix_(kept, kept)], (observed - expected)[kept])
        return np.asarray(cross[:, kept] @ weights)

    whole = mean_of(range(len(origins)))
    still = np.zeros((len(prior), 1))
    found = {}
    for origin in dict.fromkeys(origins):
        kept = [place for place, each in enumerate(origins) if each != origin]
        moved = mean_of(kept) - whole
        found[origin] = known.moved(still, moved[:, np.newaxis])[:, 0]
    return found


def _regressed(values: Array, data: Array) -> tuple[Array, Array]:
    """Return the slopes of data on coordinates, (data, coordinates), zero where none correlates
    beyond noise, and the variance that they leave, (data,)."""
    rows, kept = anomaly(winsorised(data)), related(values, anomaly(winsorised(data)))
    used = anomaly(values[kept])
    among, seen = used @ used.T, used @ rows.T
    found = np.zeros((len(data), len(values)))
    found[:, kept] = np.linalg.solve(among + _RIDGE * np.diag(np.diag(among)), seen).T
    left = np.einsum("pd,pd->p", rows, rows) - np.einsum("pc,cp->p", found[:, kept], seen)
    return found, left / (data.shape[1] - 1)
