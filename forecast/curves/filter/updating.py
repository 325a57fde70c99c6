"""How one point, or one belief, changes the state of every member of a grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from forecast.beliefs import NORMAL_P90, belief_in_scale
from forecast.curves.families import Array
from forecast.curves.filter.filtering import (
    State,
    observe,
    observe_between,
    observe_mostly_positive,
)
from forecast.curves.filter.member_grid import CurveScale, Grid, link_values
from forecast.curves.points import Point, magnitude

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

GROWTH_CENTRE = 0.2  # prior mean of growth at the first point, log or logit a year
GROWTH_WIDTH = 2.0  # its standard deviation, wide because the next points decide
GROWTH_WIDTH_FEW = 0.6  # the same where there are fewer than three points
DECLINE = 0.1  # rate of decline, log or logit a year, that still passes for growth
DECLINING = 0.15  # prior probability that a series may as well fall, at any rate
SHIFT_WIDTH = 1.0  # prior standard deviation of a change of wording, log or logit
LEVEL_WIDTH = 2.0  # prior standard deviation of the first level, log or logit
APPROXIMATE = 0.05  # standard error that the word "about" adds, log or logit
_EXACT = 1e-6  # standard error of a figure that states none


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
    link, stretch = link_values(grid, np.array(point.value))
    size = per_scale(stretch, point.value, scale)
    variance = (max(error, _EXACT) * size) ** 2
    if point.qualifier == "lt":
        return observe_between(state, row, None, link, variance)
    if point.qualifier == "gt":
        return observe_between(state, row, link, None, variance)
    if point.qualifier == "range" and point.high is not None:
        high = link_values(grid, np.array(point.high))[0]
        return observe_between(state, row, link, high, variance)
    return observe(state, row, link, variance) + np.log(size)


def absorb_growth(
    state: State, point: Point, grid: Grid, scale: CurveScale, growth: Distribution | None
) -> Array:
    """Absorb what is believed of growth at a point, in place; return its log density.

    A stated belief counts as a normal with its median and spread. Without one see `lean_upward`.
    """
    level = magnitude(point)
    size = per_scale(link_values(grid, np.array(level))[1], level, scale)
    if growth is None:
        return lean_upward(state, 1, size)
    z = np.array([-NORMAL_P90, 0.0, NORMAL_P90])
    low, middle, high = belief_in_scale(growth, z, "linear")
    width = max((high - low) / (2.0 * NORMAL_P90), 1e-3)
    return observe(state, (1,), middle * size, (width * size) ** 2) + np.log(size)


def lean_upward(state: State, slope: int, size: Array) -> Array:
    """Absorb that growth is likelier upward, in place; return its log probability.

    `slope` is the index of that state, `size` the derivative of the link by log or logit. A fall
    may have any rate and costs no more than the logarithm of `DECLINING`, which a handful of
    points earn.
    """
    return observe_mostly_positive(state, slope, (DECLINE * size) ** 2, DECLINING)
