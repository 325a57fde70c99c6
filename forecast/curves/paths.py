"""Joint sample paths of a fitted ensemble: back before the data, through them, and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.families import Array, Members
from forecast.curves.filter.filtering import Dynamics, damped_reach, sample_backward
from forecast.curves.filter.member_grid import level_values

if TYPE_CHECKING:
    from forecast.curves.filtered_fit import FilteredFit


def systematic_members(weights: Array, draws: int, rng: np.random.Generator) -> Members:
    """Return member indices for `draws` draws, as near to the weights as integers can be."""
    positions = (np.arange(draws) + rng.random()) / draws
    members = np.searchsorted(np.cumsum(weights), positions)
    return rng.permutation(np.minimum(members, len(weights) - 1))


def joint_paths(fit: FilteredFit, times: Array, draws: int, rng: np.random.Generator) -> Array:
    """Return sample paths of the level, (draws, times), in natural units."""
    components = systematic_members(fit.weights, draws, rng)
    observed = np.array(fit.history.times)
    states = sample_backward(fit.history, components, rng)
    dynamics = fit.dynamics.take(components)
    order = np.argsort(times, kind="stable")
    ahead = order[times[order] > observed[-1]]
    behind = order[times[order] < observed[0]][::-1]
    between = order[(times[order] >= observed[0]) & (times[order] <= observed[-1])]
    link = np.empty((len(times), draws))
    drift = dynamics.slope_variance * dynamics.drifts
    link[ahead] = _run(states[-1], times[ahead] - observed[-1], dynamics, drift, rng)
    link[between] = _bridge(states[:, 0], observed, times[between], dynamics, rng)
    link[behind] = _run_back(states[0], observed[0] - times[behind], dynamics, rng)
    return level_values(fit.grid, components, link).T


def _run(
    start: Array, lapses: Array, dynamics: Dynamics, drift: Array, rng: np.random.Generator
) -> Array:
    """Return the levels (lapses, draws) at increasing lapses after a state.

    The slope a draw starts with is the one it keeps, damped, but for the variance `drift` that it
    gains in a year: zero for most families, because drift widened the band on the public series
    without bringing more of what happened into it.
    """
    level, slope = start[0].copy(), start[1].copy()
    result = np.empty((len(lapses), len(level)))
    for index, lapse in enumerate(np.diff(lapses, prepend=0.0)):
        keep, reach = damped_reach(dynamics.damping, lapse)
        slope += np.sqrt(drift * lapse) * rng.standard_normal(len(level))
        noise = np.sqrt(dynamics.level_variance * lapse)
        level += reach * slope + noise * rng.standard_normal(len(level))
        slope *= keep
        result[index] = level
    return result


def _run_back(start: Array, lapses: Array, dynamics: Dynamics, rng: np.random.Generator) -> Array:
    """Return the levels (lapses, draws) at increasing lapses before a state; undamped."""
    level = start[0].copy()
    result = np.empty((len(lapses), len(level)))
    for index, lapse in enumerate(np.diff(lapses, prepend=0.0)):
        noise = np.sqrt(dynamics.level_variance * lapse)
        level += noise * rng.standard_normal(len(level)) - lapse * start[1]
        result[index] = level
    return result


def _bridge(
    levels: Array, observed: Array, times: Array, dynamics: Dynamics, rng: np.random.Generator
) -> Array:
    """Return the levels (times, draws) between observed times, by Brownian bridges."""
    result = np.empty((len(times), levels.shape[1]))
    previous_time, previous = observed[0], levels[0]
    segment = 0
    for index, time in enumerate(times):
        while segment + 1 < len(observed) and observed[segment + 1] <= time:
            segment += 1
            previous_time, previous = observed[segment], levels[segment]
        lapse = time - previous_time
        if lapse > 0.0:
            rest = observed[segment + 1] - previous_time
            spread = np.sqrt(dynamics.level_variance * lapse * (rest - lapse) / rest)
            mean = previous + (levels[segment + 1] - previous) * (lapse / rest)
            previous = mean + spread * rng.standard_normal(len(mean))
            previous_time = time
        result[index] = previous
    return result
