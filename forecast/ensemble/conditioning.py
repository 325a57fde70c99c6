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
from forecast.processors.threads import spread

ASSIMILATIONS = 4
COLLAPSE = 0.05  # conditioned over prior spread below which a variable is said to have collapsed


@dataclass(frozen=True)
class Smoother:
    """How data move draws: their coordinates, and for each assimilation how far a unit of
    innovation moves these in each replicate, (replicates, coordinates, data)."""

    known: Coordinates
    gains: tuple[Array, ...]


@dataclass(frozen=True)
class Conditioned:
    """State (variables, draws) after conditioning, the smoother that found it, and what the state
    predicted before, (data, draws)."""

    state: Array
    smoother: Smoother
    predicted: Array


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
    root = _root(error_covariance)[used]
    covariance, gains = known.covariance, []
    before = predict(state) if predicted is None else predicted
    for number in range(ASSIMILATIONS):
        now = (predict(state) if number else before)[used]
        with one_thread():
            found = gain(covariance, known.of(state), now, inflated)
        gains.append(found.by_replicate)
        covariance = found.covariance
        state = _assimilated(state, known, gains[-1], now, observed[used], root, rng)
    return Conditioned(state, Smoother(known, tuple(gains)), before)


def condition_as(
    smoother: Smoother,
    state: Array,
    predict: Callable[[Array], Array],
    observed: Array,
    error_covariance: Array,
    rng: np.random.Generator,
    included: Sequence[int] | None = None,
) -> Array:
    """Return the state of other draws, (rows, draws), moved as a smoother moved those from which it
    was learnt: what `condition` does of the same data, but for the estimate of the gains."""
    used = list(range(observed.size) if included is None else included)
    root = _root(error_covariance)[used]
    for gains in smoother.gains:
        now = predict(state)[used]
        state = _assimilated(state, smoother.known, gains, now, observed[used], root, rng)
    return state


def _root(error_covariance: Array) -> Array:
    """Return what makes errors of independent noise, (data, data)."""
    with one_thread():
        return np.asarray(np.linalg.cholesky(error_covariance))


def _assimilated(
    state: Array,
    known: Coordinates,
    gains: Array,
    predicted: Array,
    observed: Array,
    root: Array,
    rng: np.random.Generator,
) -> Array:
    """Return a state after one assimilation of the data `predicted`, (data, draws); `root` makes
    their errors of noise for all data."""
    noise = np.sqrt(ASSIMILATIONS) * rng.standard_normal((root.shape[1], state.shape[1]))
    with one_thread():
        change = np.empty((gains.shape[1], state.shape[1]))

        def work_out(each: tuple[slice, Array]) -> None:
            mine, kalman_gain = each
            innovation = observed[:, np.newaxis] + root @ anomaly(noise[:, mine])
            change[:, mine] = kalman_gain @ (innovation - predicted[:, mine])

        spread(work_out, zip(replicates(state.shape[1]), gains, strict=True))
        return known.moved(state, change)


def collapsed(prior: Array, conditioned: Array) -> Array:
    """Return which rows (variables,) lost nearly all of their spread, a sign of too few draws."""
    return np.asarray(conditioned.std(axis=1) < COLLAPSE * prior.std(axis=1))
