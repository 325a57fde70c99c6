"""Soft limits: what stays below a limit, and bends before it."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array

SOFTNESS = 6.0
"""x (1 + (x/l)⁶)^(−1/6): 2% below x at 0.7 of a limit, 11% below it at the limit."""
FURTHEST = 1e40  # beyond a limit: further on its sixth power overflows, and nothing would be kept


def soft_minimum(wanted: Array, limit: Array) -> Array:
    """Return what a soft limit leaves of what is wanted; both positive, of any shapes."""
    result: Array = wanted * kept_by(wanted / limit)
    return result


def kept_by(relative: Array) -> Array:
    """Return the part that a soft limit keeps of what is `relative` to it."""
    result: Array = (1.0 + np.minimum(relative, FURTHEST) ** SOFTNESS) ** (-1.0 / SOFTNESS)
    return result
