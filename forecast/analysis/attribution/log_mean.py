"""The logarithmic mean, and what one unit of change of each factor does to a product.

A factor that changes between zero and a value takes the analytical limit (Ang, Zhang and Choi 1998;
Wood and Lenzen 2006): it is the cause of the whole change, and several such factors share it
evenly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array

_NEAR = 0.5  # relative changes below it take log1p


def log_mean(first: Array, second: Array) -> Array:
    """Return the logarithmic mean (b − a) / ln(b / a) of two values of one sign; a where they are
    equal, 0 where one is zero."""
    first, second = np.broadcast_arrays(first, second)
    with np.errstate(all="ignore"):
        log = _log_ratio(first, second)
        mean = np.where(log == 0.0, first, (second - first) / log)
    return np.where((first == 0.0) | (second == 0.0), 0.0, mean)


def _log_ratio(first: Array, second: Array) -> Array:
    """Return ln(second / first) without loss where the two are close."""
    relative = (second - first) / first
    return np.where(np.abs(relative) < _NEAR, np.log1p(relative), np.log(second / first))


def link_weights(
    whole: tuple[Array, Array], links: Sequence[tuple[Array, Array]], signs: Sequence[int]
) -> tuple[list[Array], NDArray[np.bool_]]:
    """Return what one unit of change of each link does to their product, and where that is defined.

    `whole` and each of `links` are values before and after, `signs` −1 for links that divide. The
    weight of a link is ± L(V) / L(x); see the module for links at zero. Not defined is a draw in
    which a link changes its sign, or one that divides is zero.
    """
    before, after = np.broadcast_arrays(*whole)
    with np.errstate(all="ignore"):
        same_sign = [np.sign(first) * np.sign(second) > 0.0 for first, second in links]
        steady = _all(same_sign, before.shape)
        dividing = [same for same, sign in zip(same_sign, signs, strict=True) if sign < 0]
        at_zero = _all(dividing, before.shape) & ((before == 0.0) | (after == 0.0))
        starting = [(first == 0.0) != (second == 0.0) for first, second in links]
        count = sum(np.broadcast_to(each, before.shape).astype(float) for each in starting)
        share = (after - before) / np.maximum(count, 1.0)
        mean = log_mean(before, after)
        weights = []
        for (first, second), sign, starts in zip(links, signs, starting, strict=True):
            inside = sign * mean / log_mean(first, second)
            limit = np.where(at_zero & starts, share / (second - first), 0.0)
            weights.append(np.where(steady, inside, limit))
    return weights, steady | at_zero


def _all(conditions: Sequence[NDArray[np.bool_]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where all conditions hold, each broadcast to a shape; everywhere if there are none."""
    hold = np.ones(shape, dtype=np.bool_)
    for each in conditions:
        hold &= each
    return hold
