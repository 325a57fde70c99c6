"""A weighted ensemble of growth curves for one short series, and the paths it implies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

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
from forecast.curves.filter.updating import absorb_growth, absorb_point, first_state
from forecast.curves.filtered_fit import SEASONAL_WEIGHT, FilteredFit
from forecast.curves.paths import joint_paths
from forecast.curves.points import Point, last_observed, magnitude, point_problems, without_zeros
from forecast.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from numpy.random import SeedSequence

    from forecast.inputs.schema import Distribution

__all__ = ["DEFAULT_FAMILIES", "CurveFit", "Point", "fit_curve_ensemble"]

DEFAULT_FAMILIES = ("exponential", "damped_trend", "logistic", "gompertz")
_DRAWS_FOR_QUANTILES = 4096
_KEPT = 1e-5  # members with less than this share of the heaviest weight are dropped


class CurveFit(FilteredFit):
    """A fitted ensemble, and what it implies."""

    def paths(self, times: Array, draws: int, seed: int | SeedSequence) -> Array:
        """Return joint sample paths of the level, (draws, times), in natural units.

        `times` are year fractions in any order: before the first observation the paths run
        backward, between observations they pass through them within their errors, and after the
        last one they run on. The same seed gives the same paths.
        """
        rng = np.random.default_rng(seed)
        result = joint_paths(self, np.asarray(times, dtype=float), draws, rng)
        names = [name for name in self.grid.family_names if self.grid.members_of(name).size]
        if self.scale == "logit" and len(names) > 1:
            result = self._averaged(result, names, np.asarray(times, dtype=float), rng)
        if self.seasonal is not None:
            mine = rng.permutation(draws)[: round(SEASONAL_WEIGHT * draws)]
            result[mine] = self.seasonal.paths(np.asarray(times, dtype=float), len(mine), rng)
        return result

    def _averaged(
        self, paths: Array, names: Sequence[str], times: Array, rng: np.random.Generator
    ) -> Array:
        """Return paths of a share whose values at each time are those of averaged families.

        The ranks, and so the way in which times hang together, stay those of the pooled paths
        (ensemble copula coupling, Schefzik, Thorarinsdottir and Gneiting 2013).
        """
        alone = [joint_paths(self.only(name), times, len(paths), rng) for name in names]
        shares = np.array([self.weights[self.grid.members_of(name)].sum() for name in names])
        target = families_averaged([np.sort(each, axis=0) for each in alone], shares)
        ranks = np.argsort(np.argsort(paths, axis=0, kind="stable"), axis=0, kind="stable")
        return np.take_along_axis(target, ranks, axis=0)

    def quantiles(self, times: Array, probabilities: Sequence[float], seed: int = 0) -> Array:
        """Return quantiles of the level at each time: (probabilities, times), natural units."""
        paths = self.paths(times, _DRAWS_FOR_QUANTILES, seed)
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
        )

    @property
    def members(self) -> tuple[MemberSummary, ...]:
        """The families with their weights, parameters (p10, p50, p90) and diagnostics."""
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
    of quarterly seasons. A zero counts as below the least figure above zero. Raises InputError,
    with every problem, for points that no curve can have.
    """
    bound = 1.0 if scale == "logit" and ceiling is None else ceiling
    points = without_zeros(points)
    problems = [*_family_problems(families, bound), *point_problems(points, bound)]
    if problems:
        raise InputError(problems)
    ordered = tuple(sorted(points, key=lambda point: point.time))
    largest = max(magnitude(point) for point in ordered)
    if bound is not None:
        largest = min(largest, bound * (1.0 - 1e-6))
    levels = saturation_levels(largest, scale, bound, saturation)
    least = min(0.9 * largest, *(magnitude(point) for point in ordered))
    grid = build_grid(families, levels, scale, bound, least)
    fit = _pruned(_filter_points(ordered, grid, scale, growth))
    if not seasonal:
        return fit
    from forecast.curves.single.seasonal import fit_seasonal

    return replace(fit, seasonal=fit_seasonal(ordered, bound, saturation))


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
            evidence += absorb_growth(state, grid, scale, growth)
    history.end(time, state)
    return CurveFit(points, scale, grid, member_weights(grid, evidence, scale), history, dynamics)


def _pruned(fit: CurveFit) -> CurveFit:
    """Return the fit without its negligible members."""
    kept = np.flatnonzero(fit.weights > _KEPT * fit.weights.max())
    return replace(
        fit,
        grid=fit.grid.take(kept),
        weights=fit.weights[kept] / fit.weights[kept].sum(),
        history=fit.history.take(kept),
        dynamics=fit.dynamics.take(kept),
    )
