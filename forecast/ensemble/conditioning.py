"""Conditioning on history: the ensemble smoother with multiple data assimilation (ES-MDA).

Emerick and Reynolds, Ensemble smoother with multiple data assimilation, Computers & Geosciences 55
(2013) 3-15. Every parameter and path is a row of one state matrix; each of the assimilations moves
its coordinates along their covariance with the predicted data (`gain`), with data errors inflated
so that together they count once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.coordinates import Coordinates, anomaly
from forecast.ensemble.gain import gain
from forecast.ensemble.one_thread import one_thread
from forecast.ensemble.replicates import replicates

ASSIMILATIONS = 4
COLLAPSE = 0.05  # conditioned over prior spread below which a variable is said to have collapsed


@dataclass(frozen=True)
class Conditioned:
    """State (variables, draws) after conditioning, and predicted data (data, draws) before it."""

    state: Array
    predicted_before: Array


def condition(
    state: Array,
    known: Coordinates,
    predict: Callable[[Array], Array],
    observed: Array,
    error_covariance: Array,
    rng: np.random.Generator,
    *,
    predicted: Array | None = None,
    included: Sequence[int] | None = None,
) -> Conditioned:
    """Return the state conditioned on `observed`.

    `state` has shape (rows, draws), `observed` (data,), `error_covariance` (data, data), all in
    transformed space; `known` are the coordinates of the state; `predict` maps a state to predicted
    data of shape (data, draws); `predicted` is what it makes of `state`, if that is known. The
    inflation is the number of assimilations at each of them. Observations are perturbed with the
    inflated errors, centred so that the mean of each replicate is exactly the observation, and each
    replicate is moved by its own gain. Only data at the positions `included` are used, all of them
    if it is None; noise is drawn for all, so that leaving one out changes no other's.
    """
    used = list(range(observed.size) if included is None else included)
    inflated = ASSIMILATIONS * error_covariance[np.ix_(used, used)]
    first = predict(state) if predicted is None else predicted
    covariance = known.covariance
    for number in range(ASSIMILATIONS):
        now = (predict(state) if number else first)[used]
        noise = np.sqrt(ASSIMILATIONS) * rng.standard_normal((observed.size, state.shape[1]))
        with one_thread():
            found = gain(covariance, known.of(state), now, inflated)
            root = np.linalg.cholesky(error_covariance)[used]
            change = np.empty((len(covariance), state.shape[1]))
            for mine, kalman_gain in zip(
                replicates(state.shape[1]), found.by_replicate, strict=True
            ):
                innovation = observed[used, np.newaxis] + root @ anomaly(noise[:, mine])
                change[:, mine] = kalman_gain @ (innovation - now[:, mine])
            state, covariance = known.moved(state, change), found.covariance
    return Conditioned(state, first)


def collapsed(prior: Array, conditioned: Array) -> Array:
    """Return which rows (variables,) lost nearly all of their spread, a sign of too few draws."""
    return np.asarray(conditioned.std(axis=1) < COLLAPSE * prior.std(axis=1))
