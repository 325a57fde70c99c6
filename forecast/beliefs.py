"""A belief about one number as a function of a standard normal variable."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.units import Scale

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

Array = NDArray[np.float64]

NORMAL_P90 = 1.2815515655446004
_SYMMETRIC = 1e-9


def into_scale(value: Any, scale: Scale) -> Any:
    """Return a number or array in the space where its kind lives: log, logit or as it is."""
    if scale == "log":
        return np.log(value)
    return np.log(value / (1.0 - value)) if scale == "logit" else value


def out_of_scale(value: Any, scale: Scale) -> Any:
    """Return a number or array from its log or logit space to natural units."""
    if scale == "log":
        return np.exp(value)
    return 1.0 / (1.0 + np.exp(-value)) if scale == "logit" else value


def belief_in_scale(belief: Distribution, z: Array, scale: Scale) -> Array:
    """Return the belief's value, in `scale`, where a standard normal variable is `z` (any shape).

    Two stated quantiles make a normal distribution in `scale`; three whose median is off centre
    make Tukey's g distribution, T(z) = median + A (e^{gz} − 1) / g (Hoaglin 1985), which meets all
    three exactly. A named SciPy distribution is read through its quantile function.
    """
    if belief.kind == "scipy":
        import scipy.special
        import scipy.stats

        named = getattr(scipy.stats, belief.name)(**dict(belief.parameters))
        return np.asarray(into_scale(named.ppf(scipy.special.ndtr(z)), scale), dtype=np.float64)
    if belief.kind == "point":
        return np.full(np.shape(z), into_scale(belief.quantiles[0][1], scale))
    middle, width, skew, spread = _shape(belief, scale)
    if skew == 0.0:
        return middle + z * width / (2.0 * NORMAL_P90)
    return np.asarray(middle + spread * np.expm1(skew * z) / skew, dtype=np.float64)


@lru_cache(maxsize=4096)
def _shape(belief: Distribution, scale: Scale) -> tuple[float, float, float, float]:
    """Return a belief's median, P90 less P10, skew g and spread A, in `scale`; no skew where two
    quantiles are stated, or the median is on centre."""
    stated = {probability: into_scale(value, scale) for probability, value in belief.quantiles}
    low, high = float(stated[0.1]), float(stated[0.9])
    middle = float(stated.get(0.5, 0.5 * (low + high)))
    below, above = middle - low, high - middle
    if below <= 0.0 or above <= 0.0 or abs(np.log(above / below)) < _SYMMETRIC:
        return middle, high - low, 0.0, 0.0
    skew = float(np.log(above / below) / NORMAL_P90)
    spread = float(above * skew / np.expm1(skew * NORMAL_P90))
    return middle, high - low, skew, spread
