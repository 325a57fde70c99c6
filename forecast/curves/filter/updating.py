"""How one point, or one belief, changes the state of every member of a grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from forecast.beliefs import NORMAL_P90, belief_in_scale
from forecast.curves.coordinates import coordinates
from forecast.curves.families import Array
from forecast.curves.filter.filtering import (
    State,
    observe,
    observe_between,
    observe_direction,
)
from forecast.curves.filter.member_grid import (
    CurveScale,
    Grid,
    coordinate_stretch,
    level_values,
    link_values,
    usual_steps,
)
from forecast.curves.points import Point, magnitude

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

GROWTH_CENTRE = 0.2  # prior mean of growth at the first point, log or logit a year
GROWTH_WIDTH = 2.0  # its standard deviation, wide because the next points decide
GROWTH_WIDTH_FEW = 0.6  # the same where there are fewer than three points
SLOW = 0.1  # growth or decline, log or logit a year, that passes for either
DOUBTED = 0.15  # prior probability that a series may as well fall, at any rate
FALL = 0.1  # net fall, log or logit, that weighs as much as the prior of direction
DIRECTION_MEMORY = 0.9  # share of a rise or fall that still counts after a step
SHIFT_WIDTH = 1.0  # prior standard deviation of a change of wording, log or logit
LEVEL_WIDTH = 2.0  # prior standard deviation of the first level, log or logit
APPROXIMATE = 0.05  # standard error that the word "about" adds, log or logit
_EXACT = 1e-6  # standard error of a figure that states none
_NEWTON_STEPS, _NEWTON_TIGHT = 20, 1e-4


def first_state(point: Point, grid: Grid, scale: CurveScale, shifts: int, few: bool) -> State:
    """Return the prior state at the first point; `few` says that little evidence follows."""
    link, stretch = link_values(grid, np.array(magnitude(point)))
    size = per_scale(stretch, magnitude(point), scale)
    width = GROWTH_WIDTH_FEW if few else GROWTH_WIDTH
    mean = np.zeros((2 + shifts, len(size)))
    covariance = np.zeros((2 + shifts, 2 + shifts, len(size)))
    mean[0], mean[1] = link, GROWTH_CENTRE * size
    covariance[0, 0], covariance[1, 1] = (LEVEL_WIDTH * size) ** 2, (width * size) ** 2
    for shift in range(2, 2 + shifts):
        covariance[shift, shift] = (SHIFT_WIDTH * size) ** 2
    return State(mean, covariance)


def per_scale(stretch: Array, level: float, scale: CurveScale) -> Array:
    """Return the derivative of the link by log or logit, from that by log y."""
    return stretch * (1.0 - min(level, 1.0 - 1e-6)) if scale == "logit" else stretch


def absorb_point(
    state: State, point: Point, grid: Grid, scale: CurveScale, variants: tuple[str, ...]
) -> Array:
    """Absorb one point, in place; return its log density in log or logit as it was predicted."""
    row = (0, 2 + variants.index(point.variant)) if point.variant in variants else (0,)
    error = math.hypot(point.error, APPROXIMATE if point.qualifier == "approx" else 0.0)
    error = max(error, _EXACT)
    if point.qualifier in {"eq", "approx"}:
        link, size = _linear_near(state, row, point.value, error, grid, scale)
        return observe(state, row, link, (error * size) ** 2) + np.log(size)
    link, stretch = link_values(grid, np.array(point.value))
    variance = (error * per_scale(stretch, point.value, scale)) ** 2
    if point.qualifier == "lt":
        return observe_between(state, row, None, link, variance)
    if point.qualifier == "gt":
        return observe_between(state, row, link, None, variance)
    high = link_values(grid, np.array(magnitude(point) if point.high is None else point.high))[0]
    return observe_between(state, row, link, high, variance)


def _linear_near(
    state: State, row: tuple[int, ...], value: float, error: float, grid: Grid, scale: CurveScale
) -> tuple[Array, Array]:
    """Return a figure in link space, and the link's derivative by log or logit, where the figure
    and what was known before agree best.

    At the figure itself the link is as good as linear if the figure is exact. With an error it is
    not: just below the saturation of a member the link is so steep that the figure would say
    nothing, while it does rule out the levels well below. So the link is made linear where the
    state comes to stand (iterated Kalman filter, Bell and Cathey 1993), found between the state
    before and the figure by Newton's method, kept between the two by halving.
    """
    members = np.arange(len(grid.family))
    centre = np.asarray(sum(state.mean[index] for index in row))
    spread = np.asarray(sum(state.covariance[i, j] for i in row for j in row)) + _EXACT**2
    goal = float(coordinates(np.array(value), scale))
    at = link_values(grid, np.array(value))[0]
    low, high = np.minimum(centre, at), np.maximum(centre, at)
    for _ in range(_NEWTON_STEPS):
        level = level_values(grid, members, at)
        size = coordinate_stretch(grid, members, level, scale)
        miss = goal - coordinates(level, scale)
        pull = (at - centre) / spread - miss / (size * error**2)
        low, high = np.where(pull < 0.0, at, low), np.where(pull > 0.0, at, high)
        step = pull / (1.0 / spread + 1.0 / (size * error) ** 2)
        following = at - step
        outside = (following < low) | (following > high)
        following = np.where(outside, 0.5 * (low + high), following)
        if np.all(np.abs(following - at) < _NEWTON_TIGHT * np.sqrt(spread)):
            break
        at = following
    return at + miss * size, size


def absorb_growth(
    state: State,
    grid: Grid,
    scale: CurveScale,
    growth: Distribution | None,
    falling: Array | float,
) -> Array:
    """Absorb what is believed of growth where the state stands, in place; return its log density.

    A stated belief counts as a normal with its median and spread. Without one see
    `absorb_direction`.
    """
    members = np.arange(len(grid.family))
    level = level_values(grid, members, state.mean[0])
    size = coordinate_stretch(grid, members, level, scale)
    if growth is None:
        return absorb_direction(state, 1, size, falling)
    z = np.array([-NORMAL_P90, 0.0, NORMAL_P90])
    low, middle, high = belief_in_scale(growth, z, "linear")
    width = max((high - low) / (2.0 * NORMAL_P90), 1e-3)
    return observe(state, (1,), middle * size, (width * size) ** 2) + np.log(size)


def absorb_direction(state: State, slope: int, size: Array, falling: Array | float) -> Array:
    """Absorb which way growth is likelier to go on, in place; return its log probability.

    `slope` is the index of that state, `size` the derivative of the link by log or logit, `falling`
    what `falling_of_late` says: growth goes on upward or, by that much, downward. With probability
    `DOUBTED` it is anything, so a turn costs no more than the logarithm of that.
    """
    sure = 1.0 - DOUBTED
    down = sure * np.asarray(falling)
    return observe_direction(state, slope, (SLOW * size) ** 2, sure - down, down)


def falling_of_late(times: Array, places: Array) -> Array:
    """Return how far a series has earned that it falls, 0 to 1: (series, 1).

    `times` in years and `places`, logs or logits, are (series, points) in order of time. The net
    fall is weighed against `FALL`; a net rise counts as none. A movement counts the less the longer
    ago it was, and is taken to be even between two points, so that thinning them changes little.
    """
    lapses = np.diff(times, axis=1)
    step, rate = usual_steps(lapses), -math.log(DIRECTION_MEMORY)
    faded = rate * np.maximum(lapses / step, 1e-9)
    counted = np.exp(-rate * (times[:, -1:] - times[:, 1:]) / step) * -np.expm1(-faded) / faded
    fallen = np.maximum(-np.sum(np.diff(places, axis=1) * counted, axis=1, keepdims=True), 0.0)
    return np.asarray(fallen / (fallen + FALL))
