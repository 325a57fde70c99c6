"""What a person believes of a number, read as a quantile function."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.curves.families import Array

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

Space = Literal["log", "logit", "linear"]
_Z90 = NormalDist().inv_cdf(0.9)
_SYMMETRIC = 1e-6


def normal_quantile(probability: Array) -> Array:
    """Return standard normal quantiles of an array of probabilities."""
    inverse = NormalDist().inv_cdf
    flat = [inverse(p) for p in np.ravel(probability).tolist()]
    return np.reshape(np.array(flat), np.shape(probability))


def belief_quantile(belief: Distribution, probability: Array, space: Space) -> Array:
    """Return the quantiles of a belief at `probability` (any shape), in the belief's unit.

    Two or three stated quantiles make a normal distribution in `space`, or Tukey's g distribution
    there where the median is off centre: T(z) = median + A (e^{gz} − 1)/g (Hoaglin 1985).
    """
    if belief.kind == "scipy":
        import scipy.stats

        distribution = getattr(scipy.stats, belief.name)(**dict(belief.parameters))
        return np.asarray(distribution.ppf(probability), dtype=float)
    stated = dict(belief.quantiles)
    if belief.kind == "point":
        return np.full(np.shape(probability), next(iter(stated.values())))
    low, high = _into(stated[0.1], space), _into(stated[0.9], space)
    middle = _into(stated[0.5], space) if 0.5 in stated else 0.5 * (low + high)
    z = normal_quantile(probability)
    below, above = middle - low, high - middle
    if below <= 0.0 or above <= 0.0 or abs(np.log(above / below)) < _SYMMETRIC:
        return _outof(middle + z * (high - low) / (2.0 * _Z90), space)
    skew = np.log(above / below) / _Z90
    scale = above * skew / np.expm1(skew * _Z90)
    return _outof(middle + scale * np.expm1(skew * z) / skew, space)


def _into(value: float, space: Space) -> float:
    if space == "log":
        return float(np.log(value))
    return float(np.log(value / (1.0 - value))) if space == "logit" else value


def _outof(value: Array, space: Space) -> Array:
    if space == "log":
        return np.exp(value)
    return np.asarray(1.0 / (1.0 + np.exp(-value))) if space == "logit" else value
