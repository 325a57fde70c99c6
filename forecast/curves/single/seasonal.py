"""The structural member: a local linear trend with quarterly seasons, in logs (Harvey 1989).

Fitted by statsmodels, which is imported here and only here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.beliefs import belief_in_scale
from forecast.curves.families import Array
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.curves.points import Point
    from forecast.inputs.schema import Distribution

FEWEST_QUARTERS = 12
LEAST_HEADROOM = 0.05  # log; a level above the believed saturation still has this much to go
_PROPOSALS = 4  # simulated paths for each path kept, where vague points choose among them
_normal_lower = np.frompyfunc(lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)), 1, 1)


@dataclass(frozen=True)
class SeasonalFit:
    """A fitted structural model: `origin` is the first quarter's time, `results` statsmodels'."""

    origin: float
    observed: Array
    error: float
    vague: tuple[Point, ...]
    ceiling: float | None
    saturation: Distribution | None
    results: Any
    diagnostics: dict[str, float] = field(default_factory=dict)

    def paths(self, times: Array, draws: int, rng: np.random.Generator) -> Array:
        """Return joint sample paths of the level, (draws, times), in natural units."""
        position = (times - self.origin) * 4.0
        ahead = max(math.ceil(position.max()), self._last_vague()) - len(self.observed) + 2
        proposals = _PROPOSALS * draws if self.vague else draws
        past = self._past(proposals, rng)
        future = self._future(max(ahead, 1), proposals, rng)
        path = np.concatenate([past, self._bent(future, past[-1], rng)])
        if self.vague:
            path = path[:, self._chosen(path, draws, rng)]
        result = np.exp(_interpolate(path, position))
        if self.ceiling is not None:
            result = np.minimum(result, self.ceiling)
        return np.asarray(result.T)

    def _bent(self, future: Array, last: Array, rng: np.random.Generator) -> Array:
        """Return log levels (quarters, draws) whose rise above the last one nears saturation.

        The saturation level is drawn from the belief; the rise becomes c (1 − e^{−rise / c}) with c
        the headroom, which keeps the first growth.
        """
        if self.saturation is None:
            return future
        believed = belief_in_scale(self.saturation, rng.standard_normal(last.size), "log")
        headroom = np.maximum(believed - last, LEAST_HEADROOM)
        rise = future - last
        bent = headroom * -np.expm1(-np.maximum(rise, 0.0) / headroom)
        return np.asarray(last + np.where(rise > 0.0, bent, rise))

    def _last_vague(self) -> int:
        ends = [(point.time - self.origin) * 4.0 for point in self.vague]
        return math.ceil(max(ends)) if ends else 0

    def _past(self, draws: int, rng: np.random.Generator) -> Array:
        """Return the observed quarters within their errors, gaps filled from the smoother."""
        state = self.results.smoother_results
        design = self.results.model.ssm["design"][0]
        mean = design @ state.smoothed_state
        variance = np.einsum("i,ijt,j->t", design, state.smoothed_state_cov, design)
        missing = np.isnan(self.observed)
        centre = np.where(missing, mean, self.observed)
        spread = np.where(missing, np.sqrt(np.maximum(variance, 0.0)), self.error)
        return np.asarray(
            centre[:, None] + spread[:, None] * rng.standard_normal((len(centre), draws))
        )

    def _future(self, ahead: int, draws: int, rng: np.random.Generator) -> Array:
        """Run the fitted state space on from its last filtered state: (quarters, draws)."""
        space = self.results.model.ssm
        design, move, select = space["design"][0], space["transition"], space["selection"]
        shock = np.sqrt(np.maximum(np.diag(space["state_cov"]), 0.0))
        noise = math.sqrt(max(float(space["obs_cov"][0, 0]), 0.0))
        end = self.results.filter_results
        root = _root(end.filtered_state_cov[:, :, -1])
        state = end.filtered_state[:, -1, None] + root @ rng.standard_normal((len(root), draws))
        result = np.empty((ahead, draws))
        for quarter in range(ahead):
            shocks = shock[:, None] * rng.standard_normal((len(shock), draws))
            state = move @ state + select @ shocks
            result[quarter] = design @ state + noise * rng.standard_normal(draws)
        return result

    def _chosen(self, path: Array, draws: int, rng: np.random.Generator) -> Array:
        """Return the paths that the vague points choose, by importance resampling."""
        position = np.array([(point.time - self.origin) * 4.0 for point in self.vague])
        level = _interpolate(path, position)
        score = sum(
            _log_likelihood(point, row) for point, row in zip(self.vague, level, strict=True)
        )
        weights = np.exp(score - np.max(score))
        positions = (np.arange(draws) + rng.random()) / draws * weights.sum()
        return rng.permutation(
            np.minimum(np.searchsorted(np.cumsum(weights), positions), path.shape[1] - 1)
        )


def exact_points(points: Sequence[Point]) -> list[Point]:
    """Return the observations that the structural model is fitted to: no bounds, no assumptions."""
    exact = [p for p in points if p.qualifier in {"eq", "approx"} and not p.assumed]
    return [p for p in exact if not p.variant]


def fit_seasonal(
    points: Sequence[Point], ceiling: float | None, saturation: Distribution | None = None
) -> SeasonalFit:
    """Return the structural model of the quarterly observations among `points`.

    Bounds, ranges and assumed points do not enter the fit; they choose among its paths, which near
    a `saturation` level if one is believed in. Raises InputError with fewer than `FEWEST_QUARTERS`
    observed quarters.
    """
    import warnings

    from statsmodels.tsa.statespace.structural import UnobservedComponents

    exact = exact_points(points)
    if len(exact) < FEWEST_QUARTERS:
        found, wanted = f"{len(exact)} points", f"at least {FEWEST_QUARTERS} quarters"
        raise InputError(Problem("curve", "seasonal", found, wanted))
    origin = exact[0].time
    index = np.round([(point.time - origin) * 4.0 for point in exact]).astype(int)
    observed = np.full(index[-1] + 1, np.nan)
    observed[index] = np.log([point.value for point in exact])
    model = UnobservedComponents(observed, level="lltrend", seasonal=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is reported in the diagnostics
        results = model.fit(disp=False, maxiter=200)
    chosen = set(exact)
    return SeasonalFit(
        origin=origin,
        observed=observed,
        error=float(np.mean([point.error for point in exact])),
        vague=tuple(point for point in points if point not in chosen and not point.variant),
        ceiling=ceiling,
        saturation=saturation,
        results=results,
        diagnostics={
            "log_likelihood": float(results.llf),
            "quarters": float(len(exact)),
            "converged": float(results.mle_retvals["converged"]),
        },
    )


def _interpolate(path: Array, position: Array) -> Array:
    """Return log levels at fractional positions; before the first, at the first year's growth."""
    below = np.clip(np.floor(position).astype(int), 0, len(path) - 2)
    part = np.clip(position - below, 0.0, 1.0)[:, None]
    inside = path[below] * (1.0 - part) + path[below + 1] * part
    growth = (path[8] - path[0]) / 8.0
    return np.asarray(inside + np.minimum(position, 0.0)[:, None] * growth)


def _root(covariance: Array) -> Array:
    """Return a square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _log_likelihood(point: Point, level: Array) -> Array:
    error = max(point.error, 0.01)
    low, high = np.log(point.value), np.log(point.high or point.value)
    if point.qualifier in {"eq", "approx"}:
        return np.asarray(-0.5 * ((level - low) / error) ** 2)
    above = np.ones_like(level) if point.qualifier == "lt" else _normal((level - low) / error)
    below = np.ones_like(level) if point.qualifier == "gt" else _normal((high - level) / error)
    return np.asarray(np.log(np.maximum(np.minimum(above, below), 1e-300)))


def _normal(z: Array) -> Array:
    return np.asarray(_normal_lower(np.clip(z, -35.0, 35.0)), dtype=float)
