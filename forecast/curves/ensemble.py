"""A weighted ensemble of growth curves for one short series, and the paths it implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.families import FAMILIES, Array
from forecast.curves.filtering import (
    Dynamics,
    History,
    State,
    observe,
    observe_between,
    predict,
    transition,
)
from forecast.curves.grid import (
    CurveScale,
    Grid,
    build_grid,
    link_values,
    saturation_levels,
)
from forecast.curves.paths import link_paths
from forecast.errors import InputError, Problem, did_you_mean
from forecast.units import Qualifier

if TYPE_CHECKING:
    from numpy.random import SeedSequence

    from forecast.curves.members import MemberSummary
    from forecast.curves.seasonal import SeasonalFit
    from forecast.inputs.schema import Distribution

DEFAULT_FAMILIES = ("exponential", "damped_trend", "logistic", "gompertz")
LIKELIHOOD_MEMORY = 0.7  # share of the evidence on hyperparameters that survives one step
GROWTH_CENTRE, GROWTH_WIDTH = 0.2, 0.8  # prior of growth at the first point, log or logit a year
SHIFT_WIDTH = 1.0  # prior standard deviation of a change of wording, log or logit
LEVEL_WIDTH = 2.0  # prior standard deviation of the first level, log or logit
APPROXIMATE = 0.05  # standard error that the word "about" adds, log or logit
SHORTEST_STEP = 0.25  # years; more frequent evidence is not forgotten any faster than this
SEASONAL_WEIGHT = 0.5
_DRAWS_FOR_QUANTILES = 4096
_KEPT = 1e-5  # members with less than this share of the heaviest weight are dropped


@dataclass(frozen=True)
class Point:
    """An observation of a curve.

    `time` is in years (2026.5 is mid-2026); `value` is the level, a bound (`lt`, `gt`) or the low
    end of a `range` up to `high`. `error` is the standard error in the scale (log or logit).
    Points of another `variant` measure the same thing in other words: they differ by a constant in
    link space, which is estimated. `assumed` marks a belief rather than an observation.
    """

    time: float
    value: float
    qualifier: Qualifier = "eq"
    high: float | None = None
    error: float = 0.0
    variant: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class CurveFit:
    """A fitted ensemble: members with weights, their filtered histories, and what they imply."""

    points: tuple[Point, ...]
    scale: CurveScale
    ceiling: float | None
    grid: Grid
    weights: Array
    history: History
    dynamics: Dynamics
    variants: tuple[str, ...]
    last_time: float
    diagnostics: dict[str, float] = field(default_factory=dict)
    seasonal: SeasonalFit | None = None

    def paths(self, times: Array, draws: int, seed: int | SeedSequence) -> Array:
        """Return joint sample paths of the level, (draws, times), in natural units.

        `times` are year fractions in any order: before the first observation the paths run
        backward, between observations they pass through them within their errors, and after the
        last one they run on. The same seed gives the same paths.
        """
        rng = np.random.default_rng(seed)
        result = link_paths(self, np.asarray(times, dtype=float), draws, rng)
        if self.seasonal is not None:
            mine = rng.permutation(draws)[: round(SEASONAL_WEIGHT * draws)]
            result[mine] = self.seasonal.paths(np.asarray(times, dtype=float), len(mine), rng)
        return result

    def quantiles(self, times: Array, probabilities: Sequence[float], seed: int = 0) -> Array:
        """Return quantiles of the level at each time: (probabilities, times), natural units."""
        paths = self.paths(times, _DRAWS_FOR_QUANTILES, seed)
        return np.asarray(np.quantile(paths, probabilities, axis=0))

    @property
    def members(self) -> tuple[MemberSummary, ...]:
        """The families with their weights, parameters (p10, p50, p90) and diagnostics."""
        from forecast.curves.members import summarise_members

        return summarise_members(self)


def fit_curve_ensemble(
    points: Sequence[Point],
    *,
    scale: CurveScale,
    families: Sequence[str] = DEFAULT_FAMILIES,
    saturation: Distribution | None = None,
    growth: Distribution | None = None,
    ceiling: float | None = None,
    seasonal: bool = False,
) -> CurveFit:
    """Return the ensemble of growth curves for a series.

    Families and hyperparameters are weighted by how well they predicted each next point, recent
    points counting most (Raftery, Kárný and Ettler 2010). `saturation` is a belief about the
    saturation level (natural units), `growth` about growth at the last observation (log or logit a
    year), `ceiling` a hard bound (1 for a share unless given). `seasonal` adds a structural model
    of quarterly seasons. Raises InputError, with every problem, for points that no curve can have.
    """
    bound = 1.0 if scale == "logit" and ceiling is None else ceiling
    problems = [*_family_problems(families), *_point_problems(points, scale, bound)]
    if problems:
        raise InputError(problems)
    ordered = tuple(sorted(points, key=lambda point: point.time))
    largest = max(_magnitude(point) for point in ordered)
    if bound is not None:
        largest = min(largest, bound * (1.0 - 1e-6))
    levels = saturation_levels(largest, scale, bound, saturation)
    least = min(0.9 * largest, *(_magnitude(point) for point in ordered))
    grid = build_grid(families, levels, bound, least)
    fit = _filter_points(ordered, grid, scale, bound, growth)
    if not seasonal:
        return fit
    from dataclasses import replace

    from forecast.curves.seasonal import fit_seasonal

    return replace(fit, seasonal=fit_seasonal(ordered, bound))


def _family_problems(families: Sequence[str]) -> list[Problem]:
    return [
        Problem("curve", "family", name, "a growth-curve family", did_you_mean(name, FAMILIES))
        for name in families
        if name not in FAMILIES
    ]


def _point_problems(
    points: Sequence[Point], scale: CurveScale, ceiling: float | None
) -> list[Problem]:
    problems = []
    if not points:
        problems.append(Problem("curve", "points", "none", "at least one point"))
    for point in points:
        place = f"point at {point.time:g}"
        ends = (point.value,) if point.high is None else (point.value, point.high)
        if not all(np.isfinite(end) and end > 0.0 for end in ends) or not np.isfinite(point.time):
            problems.append(Problem(place, "value", f"{point.value:g}", "a number above zero"))
        elif ceiling is not None and point.qualifier != "lt" and point.value > ceiling:
            problems.append(
                Problem(place, "value", f"{point.value:g}", f"at most the ceiling, {ceiling:g}")
            )
    return problems


def _magnitude(point: Point) -> float:
    """Return the level that the saturation must exceed: an upper bound only halfway."""
    if point.qualifier == "range" and point.high is not None:
        return float(np.sqrt(point.value * point.high))
    return 0.5 * point.value if point.qualifier == "lt" else point.value


def _per_scale(stretch: Array, level: float, scale: CurveScale) -> Array:
    """Return the derivative of the link by the scale's coordinate, from that by log y."""
    return stretch * (1.0 - min(level, 1.0 - 1e-6)) if scale == "logit" else stretch


def _median_step(points: Sequence[Point]) -> float:
    """Return the usual spacing of the observations in years, which the forgetting counts in."""
    times = np.unique([point.time for point in points if not point.assumed])
    if len(times) < 2:
        return 1.0
    return float(max(np.median(np.diff(times)), SHORTEST_STEP))


def _first_state(point: Point, grid: Grid, scale: CurveScale, shifts: int) -> State:
    link, stretch = link_values(grid, np.array(_magnitude(point)))
    size = _per_scale(stretch, _magnitude(point), scale)
    mean = np.zeros((2 + shifts, len(size)))
    covariance = np.zeros((2 + shifts, 2 + shifts, len(size)))
    mean[0], mean[1] = link, GROWTH_CENTRE * size
    covariance[0, 0], covariance[1, 1] = (LEVEL_WIDTH * size) ** 2, (GROWTH_WIDTH * size) ** 2
    for shift in range(2, 2 + shifts):
        covariance[shift, shift] = (SHIFT_WIDTH * size) ** 2
    return State(mean, covariance)


def _filter_points(
    points: tuple[Point, ...],
    grid: Grid,
    scale: CurveScale,
    ceiling: float | None,
    growth: Distribution | None,
) -> CurveFit:
    variants = tuple(sorted({point.variant for point in points} - {""}))
    if all(point.variant for point in points):
        variants = variants[1:]
    state = _first_state(points[0], grid, scale, len(variants))
    step = _median_step(points)
    dynamics = Dynamics(
        grid.noise**2, grid.discount ** (1.0 / step), state.covariance[1, 1].copy(), grid.damping
    )
    history = History()
    evidence = np.zeros(len(grid.prior))
    last_real = max((p.time for p in points if not p.assumed), default=points[0].time)
    time = points[0].time
    for index, point in enumerate(points):
        lapse = point.time - time
        if lapse > 0.0:
            history.times.append(time)
            history.states.append(state.copy())
            move = transition(dynamics, state.covariance[1, 1], lapse)
            history.transitions.append(move)
            predict(state, move)
            evidence *= LIKELIHOOD_MEMORY ** (lapse / step)
        time = point.time
        predicted = _absorb(state, point, grid, scale, variants)
        if index > 0 or point.qualifier in {"lt", "gt", "range"}:
            evidence += predicted
        following = points[index + 1].time if index + 1 < len(points) else np.inf
        if growth is not None and time == last_real and following > last_real:
            evidence += _absorb_growth(state, point, grid, scale, growth)
    history.times.append(time)
    history.states.append(state)
    weights = grid.prior * np.exp(evidence - evidence.max())
    return _pruned(
        CurveFit(
            points,
            scale,
            ceiling,
            grid,
            weights / weights.sum(),
            history,
            dynamics,
            variants,
            last_real,
        )
    )


def _absorb(
    state: State, point: Point, grid: Grid, scale: CurveScale, variants: tuple[str, ...]
) -> Array:
    """Absorb one point, in place; return its log density in the scale's coordinate."""
    row = (0, 2 + variants.index(point.variant)) if point.variant in variants else (0,)
    error = np.hypot(point.error, APPROXIMATE if point.qualifier == "approx" else 0.0)
    link, stretch = link_values(grid, np.array(point.value))
    size = _per_scale(stretch, point.value, scale)
    variance = (max(error, 1e-6) * size) ** 2
    if point.qualifier == "lt":
        return observe_between(state, row, None, link, variance)
    if point.qualifier == "gt":
        return observe_between(state, row, link, None, variance)
    if point.qualifier == "range" and point.high is not None:
        high = link_values(grid, np.array(point.high))[0]
        return observe_between(state, row, link, high, variance)
    return observe(state, row, link, variance) + np.log(size)


def _absorb_growth(
    state: State, point: Point, grid: Grid, scale: CurveScale, growth: Distribution
) -> Array:
    """Absorb a belief about growth, in place, as a normal with its median and spread."""
    from forecast.curves.beliefs import belief_quantile

    low, middle, high = belief_quantile(growth, np.array([0.1, 0.5, 0.9]), "linear")
    width = max((high - low) / 2.5631, 1e-3)
    level = _magnitude(point)
    size = _per_scale(link_values(grid, np.array(level))[1], level, scale)
    return observe(state, (1,), middle * size, (width * size) ** 2) + np.log(size)


def _pruned(fit: CurveFit) -> CurveFit:
    """Return the fit with its negligible members dropped."""
    from dataclasses import replace

    kept = np.flatnonzero(fit.weights > _KEPT * fit.weights.max())
    history = History(
        fit.history.times,
        [state.take(kept) for state in fit.history.states],
        [move.take(kept) for move in fit.history.transitions],
    )
    weights = fit.weights[kept] / fit.weights[kept].sum()
    return replace(
        fit,
        grid=fit.grid.take(kept),
        weights=weights,
        history=history,
        dynamics=fit.dynamics.take(kept),
    )
