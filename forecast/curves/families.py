"""Growth-curve families. A family is a link in which growth is a straight line.

With y the level, K the saturation level and x the link, dx/dt is constant while the curve holds.
Noise of constant size in x then shrinks with growth as y nears K, and no path ever crosses K: both
follow from the link and need no rule of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Members = NDArray[np.intp]  # indices of an ensemble's members
Link = Callable[[Array, Array, Array], Array]

_TINY = 1e-12


@dataclass(frozen=True)
class Family:
    """A family: `link(y, saturation, shape)`, its `inverse(x, saturation, shape)`, and
    `stretch(y, saturation, shape)`, the derivative of the link by log y.

    `shapes` are the values of the family's shape parameter that are averaged over, `damping` the
    factors by which growth decays in a year, `saturates` whether a saturation level is averaged
    over. `inflection(shape)` is the share of saturation at which growth is fastest. `drifts` lets
    the slope wander on after the data as it did within them; `needs_ceiling` says that the curve
    runs to the series' own ceiling and makes no sense without. `plunges` says that the curve, run
    backward, falls faster than any exponential; the others end as one.
    """

    name: str
    link: Link
    inverse: Link
    stretch: Link
    inflection: Callable[[Array], Array]
    saturates: bool = True
    shapes: tuple[float, ...] = (1.0,)
    damping: tuple[float, ...] = (1.0,)
    drifts: bool = False
    needs_ceiling: bool = False
    plunges: bool = False


def _logistic_link(y: Array, saturation: Array, shape: Array) -> Array:
    """log(y / (1 − y/K)); with K infinite, log y. Inverse: y = eˣ / (1 + eˣ/K)."""
    return np.asarray(np.log(y) - np.log1p(-y / saturation))


def _logistic_inverse(x: Array, saturation: Array, shape: Array) -> Array:
    growth = np.exp(np.clip(x, -700.0, 700.0))
    return np.asarray(growth / (1.0 + growth / saturation))


def _logistic_stretch(y: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(1.0 / (1.0 - y / saturation))


def _gompertz_link(y: Array, saturation: Array, shape: Array) -> Array:
    """−log(log(K/y)), from y = K exp(−exp(−x)) (Winsor 1932)."""
    return np.asarray(-np.log(np.log(saturation / y)))


def _gompertz_inverse(x: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(saturation * np.exp(-np.exp(np.clip(-x, -700.0, 6.5))))


def _gompertz_stretch(y: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(1.0 / np.log(saturation / y))


def _richards_link(y: Array, saturation: Array, shape: Array) -> Array:
    """logit((y/K)^ν), from y = K (1 + e⁻ˣ)^(−1/ν) (Richards 1959)."""
    power = (y / saturation) ** shape
    return np.asarray(np.log(power) - np.log1p(-power))


def _richards_inverse(x: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(saturation * np.exp(-np.logaddexp(0.0, -x) / shape))


def _richards_stretch(y: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(shape / (1.0 - (y / saturation) ** shape))


def _bass_link(y: Array, saturation: Array, shape: Array) -> Array:
    """log((1 + (q/p)F) / (1 − F)), F = y/K, shape q/p: grows by p + q a year (Bass 1969)."""
    part = y / saturation
    return np.asarray(np.log1p(shape * part) - np.log1p(-part))


def _bass_inverse(x: Array, saturation: Array, shape: Array) -> Array:
    growth = np.exp(np.clip(x, _TINY, 700.0))
    return np.asarray(saturation * (growth - 1.0) / (growth + shape))


def _bass_stretch(y: Array, saturation: Array, shape: Array) -> Array:
    part = y / saturation
    return np.asarray(part * (shape / (1.0 + shape * part) + 1.0 / (1.0 - part)))


def _saturating_link(y: Array, saturation: Array, shape: Array) -> Array:
    """−log(1 − y/K), from y = K (1 − e⁻ˣ)."""
    return np.asarray(-np.log1p(-y / saturation))


def _saturating_inverse(x: Array, saturation: Array, shape: Array) -> Array:
    return np.asarray(-saturation * np.expm1(-np.maximum(x, _TINY)))


def _saturating_stretch(y: Array, saturation: Array, shape: Array) -> Array:
    part = y / saturation
    return np.asarray(part / (1.0 - part))


def _half(shape: Array) -> Array:
    return np.full_like(shape, 0.5)


def _start(shape: Array) -> Array:
    return np.full_like(shape, 0.0)


_LOGISTIC = (_logistic_link, _logistic_inverse, _logistic_stretch)
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("exponential", *_LOGISTIC, inflection=_half, saturates=False),
        Family(
            "damped_trend", *_LOGISTIC, inflection=_half, saturates=False, damping=(0.5, 0.7, 0.85)
        ),
        Family("local_trend", *_LOGISTIC, inflection=_half, saturates=False, drifts=True),
        Family("fisher_pry", *_LOGISTIC, inflection=_half, saturates=False, needs_ceiling=True),
        Family("logistic", *_LOGISTIC, inflection=_half),
        Family(
            "gompertz",
            _gompertz_link,
            _gompertz_inverse,
            _gompertz_stretch,
            inflection=lambda shape: np.full_like(shape, np.exp(-1.0)),
            plunges=True,
        ),
        Family(
            "richards",
            _richards_link,
            _richards_inverse,
            _richards_stretch,
            inflection=lambda shape: (1.0 + shape) ** (-1.0 / shape),
            shapes=(0.3, 0.6, 1.7, 3.0),
        ),
        Family(
            "bass",
            _bass_link,
            _bass_inverse,
            _bass_stretch,
            inflection=lambda shape: np.maximum(0.5 - 0.5 / shape, 0.0),
            shapes=(3.0, 10.0, 30.0, 100.0),
            plunges=True,
        ),
        Family(
            "saturating_exponential",
            _saturating_link,
            _saturating_inverse,
            _saturating_stretch,
            inflection=_start,
            plunges=True,
        ),
    )
}
