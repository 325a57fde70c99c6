"""A series upside down: what falls is seen as a rise, and so has families of its own.

The reciprocal of a level, or what is left of a share, rises as the series falls, and a fall that
levels off is then a rise that saturates. Every series that falls is fitted both ways, and this
module says how to turn it and how much each way counts; `ensemble` does so for points with errors
and bounds, `fit` for many series at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecast.curves.families import Array
from forecast.curves.filter.filtering import normal_lower
from forecast.curves.filter.member_grid import CurveScale
from forecast.curves.points import Point
from forecast.units import Qualifier

_UNSURE, _SURE = 0.5, 0.9  # probabilities of a fall from which it is, and fully is, turned
_MOST = {"log": 0.3, "logit": 0.5}  # the most that a series counts turned, before evidence
_FARTHEST = 30.0  # log evidence that is as good as certain
_LEAST_REST = 1e-6  # of a share, so that its logit can be taken
_TURNED_BOUND: dict[Qualifier, Qualifier] = {"lt": "gt", "gt": "lt"}


def turned_levels(levels: Array, scale: CurveScale) -> Array:
    """Return reciprocals of levels, or what shares leave of the whole: the same shape, and the
    levels again if done twice.
    """
    if scale == "log":
        return np.asarray(1.0 / levels)
    return np.maximum(1.0 - levels, _LEAST_REST)


def turned_points(points: Sequence[Point], scale: CurveScale) -> tuple[Point, ...]:
    """Return the points upside down: bounds change sides; errors in logs or logits stay."""
    return tuple(_turned_point(point, scale) for point in points)


def _turned_point(point: Point, scale: CurveScale) -> Point:
    value = _turned(point.value, scale)
    if point.high is not None:
        return replace(point, value=_turned(point.high, scale), high=value)
    return replace(
        point, value=value, qualifier=_TURNED_BOUND.get(point.qualifier, point.qualifier)
    )


def _turned(level: float, scale: CurveScale) -> float:
    return float(turned_levels(np.array(level), scale))


def chance_of_fall(weights: Array, slope: Array, variance: Array) -> Array:
    """Return the probability that growth is downward, (…), for members' weights, and means and
    variances of their slopes, (…, members).
    """
    below = normal_lower(-slope / (np.sqrt(variance) + 1e-300))
    return np.asarray(np.sum(weights * below, axis=-1) / weights.sum(axis=-1))


def believed_weight(falls: Array, last: Array, scale: CurveScale) -> Array:
    """Return how much series count upside down before it is fitted, for the probabilities that they
    fall and their last levels: the more, the surer the fall is and the larger a share still is.
    """
    sure = np.clip((falls - _UNSURE) / (_SURE - _UNSURE), 0.0, 1.0)
    most = _MOST[scale] * (last if scale == "logit" else 1.0)
    return np.asarray(most * sure)


def earned_weight(believed: Array, gain: Array) -> Array:
    """Return what weights become when the log evidence is larger by `gain` upside down (Bayes)."""
    odds = np.exp(np.clip(gain, -_FARTHEST, _FARTHEST))
    return np.asarray(believed * odds / (1.0 - believed + believed * odds))
