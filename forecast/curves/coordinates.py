"""Levels and shares in the space where their errors are even: logs and logits."""

from __future__ import annotations

import numpy as np

from forecast.curves.families import Array
from forecast.curves.filter.member_grid import CurveScale

INSIDE = 1.0 - 1e-6  # the largest part of its ceiling that a share is taken to reach
FARTHEST = 600.0  # logarithm of a level that stays a floating-point number


def coordinates(levels: Array, scale: CurveScale) -> Array:
    """Return logs of levels, or logits of shares, of the same shape."""
    if scale == "log":
        return np.asarray(np.log(levels))
    inside = np.minimum(levels, INSIDE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def levels_at(places: Array, scale: CurveScale) -> Array:
    """Return levels, or shares of a ceiling, at logs or logits, of the same shape."""
    inside = np.clip(places, -FARTHEST, FARTHEST)
    if scale == "log":
        return np.asarray(np.exp(inside))
    return np.asarray(1.0 / (1.0 + np.exp(-inside)))
