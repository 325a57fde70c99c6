"""Linear state spaces whose variances all scale with one unknown variance, and their filter.

    y = h·x + e,  e ~ N(0, σ²)        x′ = F x + u,  u ~ N(0, σ² Q)

The filter is Kalman's (Durbin and Koopman 2012, chapter 4), for several values of σ² at once. An
innovation beyond `limit` standard errors moves the level whole, and the rest of the state no more
than one at the limit would: a jump of the level is no news of growth or season.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array

VARIANCES = 16  # equally likely values of σ² that the filter runs with
_DIFFUSE = 4.0  # variance of the first level about the first figure, in σ²


@dataclass(frozen=True)
class StateSpace:
    """A state space of `size` components, the level first and lasting growth last.

    `transition` is F, `shocks` the diagonal of Q, `loading` h; `start` and `start_spread` are mean
    and standard deviation of the state before the first figure (the level's mean is that figure).
    `noise` is the believed standard deviation σ, worth `worth` figures.
    """

    transition: Array
    shocks: Array
    loading: Array
    start: Array
    start_covariance: Array
    noise: float
    worth: float
    limit: float

    @property
    def size(self) -> int:
        """How many components the state has."""
        return len(self.loading)


@dataclass(frozen=True)
class Filtered:
    """The state at the last figure, for each of `variances` (VARIANCES,) of σ²: `means` (VARIANCES,
    size) and `covariances` (VARIANCES, size, size)."""

    variances: Array
    means: Array
    covariances: Array


def fit(space: StateSpace, figures: Array) -> Filtered:
    """Return the filtered state at the last of `figures`, (quarters,), NaN where there is none.

    σ² is inverse gamma about `noise`² worth `worth` figures, updated by the squared innovations in
    standard errors at the believed noise; outliers count at the limit.
    """
    from scipy.special import gammainccinv  # scipy.stats takes a second to import

    _, _, innovations = run_filter(space, figures, np.array([space.noise**2]))
    squares = np.minimum(np.abs(innovations[1:, 0]), space.limit) ** 2
    shape = 0.5 * (space.worth + len(squares))
    scale = 0.5 * space.noise**2 * (space.worth + float(np.sum(squares)))
    strata = (np.arange(VARIANCES) + 0.5) / VARIANCES
    variances = np.asarray(scale * (1.0 / gammainccinv(shape, strata)), dtype=np.float64)
    means, covariances, _ = run_filter(space, figures, variances)
    return Filtered(variances, means, covariances)


def run_filter(space: StateSpace, figures: Array, variances: Array) -> tuple[Array, Array, Array]:
    """Return means (variances, size), covariances (variances, size, size) and innovations in
    standard errors (figures, variances) at the last of `figures`, for each of `variances` of σ²."""
    h, transition = space.loading, space.transition
    start = space.start.copy()
    start[0] = figures[np.isfinite(figures)][0]
    level = np.zeros_like(space.start_covariance)
    level[0, 0] = _DIFFUSE
    scaled = variances[:, None, None]
    means = np.repeat(start[None], len(variances), axis=0)
    covariances = space.start_covariance[None] + scaled * level
    shocks = scaled * np.diag(space.shocks)
    innovations = []
    for index, figure in enumerate(figures):
        if index:
            means = means @ transition.T
            covariances = transition @ covariances @ transition.T + shocks
        if not np.isfinite(figure):
            continue
        reach = covariances @ h
        variance = reach @ h + variances
        miss = figure - means @ h
        innovation = miss / np.sqrt(variance)
        innovations.append(innovation)
        damped = np.clip(innovation, -space.limit, space.limit) * np.sqrt(variance)
        felt = np.concatenate([miss[:, None], np.repeat(damped[:, None], space.size - 1, 1)], 1)
        gain = reach / variance[:, None]
        means = means + gain * felt
        covariances = covariances - gain[:, :, None] * reach[:, None, :]
    return means, covariances, np.array(innovations)


def draw_states(
    found: Filtered, strata: Array, lasting: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return states (draws, size) at the last figure and the noise of each, (draws,).

    `strata` holds each draw's index into the variances; `lasting`, (draws,), the standard normal
    variable behind its lasting growth, the last component, which draws may share.
    """
    order = np.arange(found.means.shape[1])[::-1]  # lasting growth first, then the rest given it
    mixed = found.covariances[:, order][:, :, order]
    root = np.linalg.cholesky(mixed + 1e-14 * np.eye(len(order)))
    normals = rng.standard_normal((len(lasting), len(order)))
    normals[:, 0] = lasting
    moved = np.einsum("dij,dj->di", root[strata], normals)
    return found.means[strata] + moved[:, order], np.sqrt(found.variances[strata])
