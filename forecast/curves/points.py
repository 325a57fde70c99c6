"""Observations of a curve, and what makes one impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.errors import Problem
from forecast.units import Qualifier

_HAIR = 1e-5  # below any figure's rounding; nearer to the ceiling a link is too steep to filter


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


def magnitude(point: Point) -> float:
    """Return the level that the saturation must exceed: an upper bound only halfway."""
    if point.qualifier == "range" and point.high is not None:
        return float(np.sqrt(point.value * point.high))
    return 0.5 * point.value if point.qualifier == "lt" else point.value


def last_observed(points: Sequence[Point]) -> float:
    """Return the time of the last point that is not assumed; of the first if all are."""
    return max((point.time for point in points if not point.assumed), default=points[0].time)


def without_zeros(points: Sequence[Point]) -> list[Point]:
    """Return the points with each zero read as below the least figure above zero.

    No growth curve is ever zero; a figure of zero was too small for its source to see.
    """
    above = [point.value for point in points if point.value > 0.0]
    return [
        replace(point, value=min(above), qualifier="lt") if point.value == 0.0 and above else point
        for point in points
    ]


def below_ceiling(points: Sequence[Point], ceiling: float | None) -> list[Point]:
    """Return the points with each figure at a ceiling read as a hair below it, where curves are."""
    if ceiling is None:
        return list(points)
    highest = ceiling * (1.0 - _HAIR)
    return [
        point
        if point.qualifier == "lt"
        else replace(
            point,
            value=min(point.value, highest),
            high=None if point.high is None else min(point.high, highest),
        )
        for point in points
    ]


def point_problems(points: Sequence[Point], ceiling: float | None) -> list[Problem]:
    """Return what is wrong with the points of a positive quantity below `ceiling`."""
    if not points:
        return [Problem("curve", "points", "none", "at least one point")]
    problems = []
    for point in points:
        place = f"point at {point.time:g}"
        ends = (point.value,) if point.high is None else (point.value, point.high)
        if not all(np.isfinite(end) and end > 0.0 for end in ends) or not np.isfinite(point.time):
            problems.append(Problem(place, "value", f"{point.value:g}", "a number above zero"))
        elif ceiling is not None and point.qualifier != "lt" and point.value > ceiling:
            expected = f"at most the ceiling, {ceiling:g}"
            problems.append(Problem(place, "value", f"{point.value:g}", expected))
    return problems
