"""A weighted ensemble of growth curves for one short series, and the paths it implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.coordinates import coordinates
from forecast.curves.families import FAMILIES, Array
from forecast.curves.family_summary import MemberSummary, summarise_members
from forecast.curves.filter.filtering import Dynamics, History, predict, transition, wandering
from forecast.curves.filter.member_grid import (
    LIKELIHOOD_MEMORY,
    CurveScale,
    Grid,
    build_grid,
    families_averaged,
    forgetting_rate,
    member_weights,
    saturation_levels,
    usual_steps,
)
from forecast.curves.filter.updating import (
    absorb_growth,
    absorb_point,
    falling_of_late,
    first_state,
)
from forecast.curves.filtered_fit import SEASONAL_WEIGHT, FilteredFit
from forecast.curves.paths import joint_paths
from forecast.curves.points import (
    Point,
    below_ceiling,
    last_observed,
    magnitude,
    point_problems,
    without_zeros,
)
from forecast.curves.upside_down import (
    believed_weight,
    chance_of_fall,
    earned_weight,
    turned_levels,
    turned_points,
)
from forecast.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from numpy.random import SeedSequence

    from forecast.inputs.schema import Distribution

__all__ = ["DEFAULT_FAMILIES", "CurveFit", "Point", "fit_curve_ensemble"]

DEFAULT_FAMILIES = ("exponential", "damped_trend", "logistic", "gompertz")
_DRAWS_FOR_QUANTILES = 4096
_KEPT = 1e-5  # members with less than this share of the heaviest weight are dropped


@dataclass(frozen=True)
class CurveFit(FilteredFit):
    """A fitted ensemble, and what it implies.

    `evidence` is its log density of what was observed, `turned` the fit of the series upside down,
    where it falls, and `turned_weight` how much that counts.
    """

    evidence: float = 0.0
    turned: CurveFit | None = None
    turned_weight: float = 0.0

    def paths(self, times: Array, draws: int, seed: int | SeedSequence) -> Array:
        """Return joint sample paths of the level, (draws, times), in natural units.

        `times` are year fractions in any order: before the first observation the paths run
        backward, between observations they pass through them within their errors, and after the
        last one they run on. The same seed gives the same paths.
        """
        rng = np.random.default_rng(seed)
        times = np.asarray(times, dtype=float)
        result = self._upright(times, draws, rng)
        if self.turned is not None:
            other = turned_levels(self.turned._upright(times, draws, rng), self.scale)
            # Upside down the saturation is out of sight: no path may cross the highest there is.
            result = self._joined(result, np.minimum(other, self.grid.saturation.max()), rng)
        if self.seasonal is not None:
            mine = rng.permutation(draws)[: round(SEASONAL_WEIGHT * draws)]
            result[mine] = self.seasonal.paths(times, len(mine), rng)
        return result

    def _upright(self, times: Array, draws: int, rng: np.random.Generator) -> Array:
        """Return paths of the families as the series stands."""
        result = joint_paths(self, times, draws, rng)
        names = [name for name in self.grid.family_names if self.grid.members_of(name).size]
        if self.scale == "log" or len(names) == 1:
            return result
        alone = [joint_paths(self.only(name), times, draws, rng) for name in names]
        shares = np.array([self.weights[self.grid.members_of(name)].sum() for name in names])
        return _averaged(result, alone, shares)

    def _joined(self, paths: Array, turned: Array, rng: np.random.Generator) -> Array:
        """Return paths with those of `turned` among them: as some of the draws of a level, as a
        part of the average of a share.
        """
        weight = self.turned_weight
        if self.scale == "logit":
            return _averaged(paths, [paths, turned], np.array([1.0 - weight, weight]))
        mine = rng.permutation(len(paths))[: round(weight * len(paths))]
        paths[mine] = turned[mine]
        return paths

    def quantiles(self, times: Array, probabilities: Sequence[float]) -> Array:
        """Return quantiles of the level at each time: (probabilities, times), natural units."""
        paths = self.paths(times, _DRAWS_FOR_QUANTILES, seed=0)
        return np.asarray(np.quantile(paths, probabilities, axis=0))

    def only(self, family: str) -> CurveFit:
        """Return the fit with one family alone."""
        at = self.grid.members_of(family)
        return replace(
            self,
            grid=self.grid.take(at),
            weights=self.weights[at] / self.weights[at].sum(),
            history=self.history.take(at),
            dynamics=self.dynamics.take(at),
            seasonal=None,
            turned=None,
        )

    @property
    def members(self) -> tuple[MemberSummary, ...]:
        """The families with their weights, parameters (p10, p50, p90) and diagnostics."""
        return summarise_members(self)


def _averaged(paths: Array, alone: Sequence[Array], shares: Array) -> Array:
    """Return paths of a share whose values at each time are the average of `alone`.

    The ranks, and so the way in which times hang together, stay those of `paths` (ensemble copula
    coupling, Schefzik, Thorarinsdottir and Gneiting 2013).
    """
    target = families_averaged([np.sort(each, axis=0) for each in alone], shares)
    found = np.empty_like(target)
    np.put_along_axis(found, np.argsort(paths, axis=0, kind="stable"), target, axis=0)
    return found


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
    of quarterly seasons. A zero counts as below the least figure above zero. Raises InputError,
    with every problem, for points that no curve can have.
    """
    bound = 1.0 if scale == "logit" and ceiling is None else ceiling
    points = without_zeros(points)
    problems = [*_family_problems(families, bound), *point_problems(points, bound)]
    if problems:
        raise InputError(problems)
    ordered = tuple(sorted(below_ceiling(points, bound), key=lambda point: point.time))
    fit = _fit(ordered, families, scale, bound, saturation, growth)
    if growth is None and len(families) > 1:
        fit = _turned_too(fit, families)
    if not seasonal:
        return fit
    from forecast.curves.single.seasonal import fit_seasonal

    return replace(fit, seasonal=fit_seasonal(ordered, bound, saturation))


def _fit(
    points: tuple[Point, ...],
    families: Sequence[str],
    scale: CurveScale,
    bound: float | None,
    saturation: Distribution | None,
    growth: Distribution | None,
) -> CurveFit:
    """Return the fit of points in order of time."""
    largest = max(magnitude(point) for point in points)
    if bound is not None:
        largest = min(largest, bound * (1.0 - 1e-6))
    levels = saturation_levels(largest, scale, bound, saturation)
    least = min(0.9 * largest, *(magnitude(point) for point in points))
    grid = build_grid(families, levels, scale, bound, least)
    return _pruned(_filter_points(points, grid, scale, growth))


def _turned_too(fit: CurveFit, families: Sequence[str]) -> CurveFit:
    """Return the fit with that of the series upside down beside it, as far as it falls."""
    time = last_observed(fit.points)
    state = fit.history.states[fit.history.times.index(time)]
    falls = chance_of_fall(fit.weights, state.mean[1], state.covariance[1, 1])
    last = max(magnitude(point) for point in fit.points if point.time == time)
    believed = believed_weight(falls, np.array(min(last, 1.0)), fit.scale)
    if believed == 0.0:
        return fit
    bound = 1.0 if fit.scale == "logit" else None
    turned = _fit(turned_points(fit.points, fit.scale), families, fit.scale, bound, None, None)
    weight = earned_weight(believed, np.array(turned.evidence - fit.evidence))
    return replace(fit, turned=turned, turned_weight=float(weight))


def _family_problems(families: Sequence[str], ceiling: float | None) -> list[Problem]:
    problems = []
    for name in families:
        if name not in FAMILIES:
            hint = did_you_mean(name, FAMILIES)
            problems.append(Problem("curve", "family", name, "a growth-curve family", hint))
        elif FAMILIES[name].needs_ceiling and ceiling is None:
            problems.append(Problem("curve", "family", name, "a ceiling to grow towards"))
    return problems


def _variants(points: Sequence[Point]) -> tuple[str, ...]:
    """Return the variants that need a shift: all but the plain wording, or else but the first."""
    named = tuple(sorted({point.variant for point in points} - {""}))
    return named[1:] if all(point.variant for point in points) else named


def _filter_points(
    points: tuple[Point, ...], grid: Grid, scale: CurveScale, growth: Distribution | None
) -> CurveFit:
    """Run every member through the points and weigh it by what it predicted."""
    variants, last = _variants(points), last_observed(points)
    times = np.unique([point.time for point in points if not point.assumed])
    step = usual_steps(np.diff(times)[None])[0]
    state = first_state(points[0], grid, scale, len(variants), few=len(points) < 3)
    wander = wandering(grid.noise**2, grid.damping, forgetting_rate(step, scale))
    dynamics = Dynamics(grid.noise**2, wander, grid.damping, grid.drifts)
    history, evidence = History(), np.zeros(len(grid.prior))
    time = points[0].time
    for index, point in enumerate(points):
        if (lapse := point.time - time) > 0.0:
            move = transition(dynamics, lapse)
            history.keep(time, state, move)
            predict(state, move)
            evidence *= LIKELIHOOD_MEMORY ** (lapse / step)
        time = point.time
        predicted = absorb_point(state, point, grid, scale, variants)
        if index > 0 or point.qualifier in {"lt", "gt", "range"}:
            evidence += predicted
        is_last = index + 1 == len(points) or points[index + 1].time > last
        if time == last and is_last:
            evidence += absorb_growth(state, grid, scale, growth, _falling(points, scale))
    history.end(time, state)
    weights, total = member_weights(grid, evidence, scale)
    return CurveFit(points, scale, grid, weights, history, dynamics, evidence=total)


def _falling(points: tuple[Point, ...], scale: CurveScale) -> float:
    """Return how far plain figures in the latest wording have earned a fall."""
    plain = [each for each in points if each.qualifier in {"eq", "approx"} and not each.assumed]
    alike = [each for each in plain if each.variant == plain[-1].variant]
    if len(alike) < 2:
        return 0.0
    times, levels = np.array([[each.time, each.value] for each in alike]).T
    return float(falling_of_late(times[None], coordinates(levels[None], scale))[0, 0])


def _pruned(fit: CurveFit) -> CurveFit:
    """Return the fit without its negligible members. Raises InputError where no member is left."""
    if not np.isfinite(fit.weights).all():
        found = f"{len(fit.points)} figures that no curve of these families goes through"
        raise InputError(Problem("curve", "points", found, "figures of one growing quantity"))
    kept = np.flatnonzero(fit.weights > _KEPT * fit.weights.max())
    return replace(
        fit,
        grid=fit.grid.take(kept),
        weights=fit.weights[kept] / fit.weights[kept].sum(),
        history=fit.history.take(kept),
        dynamics=fit.dynamics.take(kept),
    )
