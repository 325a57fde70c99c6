"""Conditioning on history: the ensemble smoother with multiple data assimilation (ES-MDA).

Emerick and Reynolds, Ensemble smoother with multiple data assimilation, Computers & Geosciences 55
(2013) 3-15. Every parameter and path is a row of one state matrix; each of the assimilations moves
it along its covariance with the predicted data, with data errors inflated so that together they
count once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array

ASSIMILATIONS = 4
NOISE_LEVEL = 2.0  # standard errors of a correlation below which it is taken for noise
TINY = 1e-300
COLLAPSE = 0.05  # conditioned over prior spread below which a variable is said to have collapsed


@dataclass(frozen=True)
class Conditioned:
    """State (variables, draws) after conditioning, and predicted data (data, draws) before it."""

    state: Array
    predicted_before: Array


def condition(
    state: Array,
    predict: Callable[[Array], Array],
    observed: Array,
    error_covariance: Array,
    rng: np.random.Generator,
    assimilations: int = ASSIMILATIONS,
    noise_level: float = NOISE_LEVEL,
    *,
    predicted: Array | None = None,
    included: Sequence[int] | None = None,
) -> Conditioned:
    """Return the state conditioned on `observed`.

    `state` has shape (variables, draws), `observed` (data,), `error_covariance` (data, data), all
    in transformed space; `predict` maps a state to predicted data of shape (data, draws);
    `predicted` is what it makes of `state`, if that is known. The inflation is the number of
    assimilations at each of them. Observations are perturbed with the inflated errors, centred so
    that their mean is exactly the observation. Only data at the positions `included` are used, all
    of them if it is None; noise is drawn for all, so that leaving one out changes no other's.
    """
    used = list(range(observed.size) if included is None else included)
    chol = np.linalg.cholesky(error_covariance)
    inflated = assimilations * error_covariance[np.ix_(used, used)]
    first = predict(state) if predicted is None else predicted
    for number in range(assimilations):
        now = (predict(state) if number else first)[used]
        noise = rng.standard_normal((observed.size, state.shape[1]))
        noise -= noise.mean(axis=1, keepdims=True)
        perturbation = np.sqrt(assimilations) * np.einsum("pq,qd->pd", chol, noise)[used]
        innovation = observed[used, np.newaxis] + perturbation - now
        kalman_gain = gain(state, now, inflated, noise_level)
        state = state + np.einsum("vp,pd->vd", kalman_gain, innovation)
    return Conditioned(state, first)


def gain(
    state: Array, predicted: Array, error_covariance: Array, noise_level: float = NOISE_LEVEL
) -> Array:
    """Return the ensemble Kalman gain C_md (C_dd + C_e)⁻¹, shape (variables, data).

    A correlation r of a variable with a datum is shrunk by max(0, 1 − (level / √draws / r)²): what
    is within sampling noise of zero says nothing, and hundreds of such nothings would move the
    ensemble (adaptive localisation, Luo and Bhakta 2020, with the positive-part James-Stein rule).
    Covariances are summed without threads, so that the result does not depend on their number.
    """
    draws = state.shape[1]
    state_anomaly = state - state.mean(axis=1, keepdims=True)
    data_anomaly = predicted - predicted.mean(axis=1, keepdims=True)
    cross = np.einsum("vd,pd->vp", state_anomaly, data_anomaly) / (draws - 1)
    data = np.einsum("pd,qd->pq", data_anomaly, data_anomaly) / (draws - 1)
    variance = np.einsum("vd,vd->v", state_anomaly, state_anomaly) / (draws - 1)
    noise = np.outer(variance, np.diag(data)) * noise_level**2 / draws
    cross = cross * np.maximum(0.0, 1.0 - noise / np.maximum(cross**2, TINY))
    return np.linalg.solve(data + error_covariance, cross.T).T


def collapsed(prior: Array, conditioned: Array) -> Array:
    """Return which rows (variables,) lost nearly all of their spread, a sign of too few draws."""
    return np.asarray(conditioned.std(axis=1) < COLLAPSE * prior.std(axis=1))
