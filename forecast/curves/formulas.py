"""Growth curves in their textbook form, for plain least squares: value, gradient, first guess.

Parameters are arrays (series, parameters), x is (points,), values are (series, points) and
gradients (parameters, series, points). The first parameter multiplies the rest of the formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from forecast.curves.families import FAMILIES, Array

_ROOMS = (1.02, 1.1, 1.3, 2.0, 4.0, 10.0)  # saturation over the largest value, tried as a guess
_LARGEST = 700.0


@dataclass(frozen=True)
class Formula:
    """A growth curve: its formula in words, the names of its parameters, and what a fit needs.

    `shapes` are tried in the guess, which reads the parameters off a straight line in the link of
    the family of the same name: `from_line(saturation, shape, intercept, slope)`.
    """

    name: str
    text: str
    parameters: tuple[str, ...]
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    from_line: Callable[[Array, float, Array, Array], tuple[Array, ...]]
    link: str
    shapes: tuple[float, ...] = (1.0,)
    rooms: tuple[float, ...] = _ROOMS
    starts_at_zero: bool = False


def _columns(parameters: Array) -> list[Array]:
    return [parameters[..., index, None] for index in range(parameters.shape[-1])]


def _exp(value: Array) -> Array:
    return np.asarray(np.exp(np.minimum(value, _LARGEST)))


def _exponential(x: Array, parameters: Array) -> Array:
    a, b = _columns(parameters)
    return np.asarray(a * _exp(b * x))


def _exponential_gradient(x: Array, parameters: Array) -> Array:
    a, b = _columns(parameters)
    growth = _exp(b * x)
    return np.stack([growth, a * growth * x], axis=0)


def _logistic(x: Array, parameters: Array) -> Array:
    b1, b2, b3 = _columns(parameters)
    return np.asarray(b1 / (1.0 + _exp(b2 - b3 * x)))


def _logistic_gradient(x: Array, parameters: Array) -> Array:
    b1, b2, b3 = _columns(parameters)
    part = 1.0 / (1.0 + _exp(b2 - b3 * x))
    steep = b1 * part * (1.0 - part)
    return np.stack([part, -steep, steep * x], axis=0)


def _gompertz(x: Array, parameters: Array) -> Array:
    b1, b2, b3 = _columns(parameters)
    return np.asarray(b1 * _exp(-_exp(b2 - b3 * x)))


def _gompertz_gradient(x: Array, parameters: Array) -> Array:
    b1, b2, b3 = _columns(parameters)
    inner = _exp(b2 - b3 * x)
    part = _exp(-inner)
    steep = b1 * part * inner
    return np.stack([part, -steep, steep * x], axis=0)


def _richards(x: Array, parameters: Array) -> Array:
    b1, b2, b3, b4 = _columns(parameters)
    return np.asarray(b1 * _exp(-np.log1p(_exp(b2 - b3 * x)) / b4))


def _richards_gradient(x: Array, parameters: Array) -> Array:
    b1, b2, b3, b4 = _columns(parameters)
    inner = _exp(b2 - b3 * x)
    whole = np.log1p(inner)
    part = _exp(-whole / b4)
    steep = b1 * part * inner / ((1.0 + inner) * b4)
    return np.stack([part, -steep, steep * x, b1 * part * whole / b4**2], axis=0)


def _saturating(x: Array, parameters: Array) -> Array:
    b1, b2 = _columns(parameters)
    return np.asarray(b1 * (1.0 - _exp(-b2 * x)))


def _saturating_gradient(x: Array, parameters: Array) -> Array:
    b1, b2 = _columns(parameters)
    left = _exp(-b2 * x)
    return np.stack([1.0 - left, b1 * x * left], axis=0)


def _bass(x: Array, parameters: Array) -> Array:
    m, p, q = _columns(parameters)
    left = _exp(-(p + q) * x)
    return np.asarray(m * p * (1.0 - left) / (p + q * left))


def _bass_gradient(x: Array, parameters: Array) -> Array:
    m, p, q = _columns(parameters)
    left = _exp(-(p + q) * x)
    below = p + q * left
    part = p * (1.0 - left) / below
    change = x * left  # minus the derivative of `left` by p and by q
    by_p = (1.0 - left + p * change) / below - part / below * (1.0 - q * change)
    by_q = p * change / below - part / below * (left - q * change)
    return np.stack([part, m * by_p, m * by_q], axis=0)


FORMULAS: dict[str, Formula] = {
    formula.name: formula
    for formula in (
        Formula(
            "exponential",
            "y = a exp(b x)",
            ("a", "b"),
            _exponential,
            _exponential_gradient,
            lambda k, shape, intercept, slope: (_exp(intercept), slope),
            link="exponential",
            rooms=(np.inf,),
        ),
        Formula(
            "logistic",
            "y = b1 / (1 + exp(b2 − b3 x))",
            ("b1", "b2", "b3"),
            _logistic,
            _logistic_gradient,
            lambda k, shape, intercept, slope: (k, np.log(k) - intercept, slope),
            link="logistic",
        ),
        Formula(
            "gompertz",
            "y = b1 exp(−exp(b2 − b3 x))",
            ("b1", "b2", "b3"),
            _gompertz,
            _gompertz_gradient,
            lambda k, shape, intercept, slope: (k, -intercept, slope),
            link="gompertz",
        ),
        Formula(
            "richards",
            "y = b1 / (1 + exp(b2 − b3 x))^(1/b4)",
            ("b1", "b2", "b3", "b4"),
            _richards,
            _richards_gradient,
            lambda k, shape, intercept, slope: (k, -intercept, slope, np.full_like(k, shape)),
            link="richards",
            shapes=(0.3, 0.6, 1.0, 1.7, 3.0),
        ),
        Formula(
            "saturating_exponential",
            "y = b1 (1 − exp(−b2 x))",
            ("b1", "b2"),
            _saturating,
            _saturating_gradient,
            lambda k, shape, intercept, slope: (k, slope),
            link="saturating_exponential",
            starts_at_zero=True,
        ),
        Formula(
            "bass",
            "y = m (1 − exp(−(p+q) x)) / (1 + (q/p) exp(−(p+q) x))",
            ("m", "p", "q"),
            _bass,
            _bass_gradient,
            lambda k, shape, intercept, slope: (
                k,
                slope / (1.0 + shape),
                slope * shape / (1.0 + shape),
            ),
            link="bass",
            starts_at_zero=True,
            shapes=(3.0, 10.0, 30.0, 100.0),
        ),
    )
}


def first_guess(formula: Formula, x: Array, y: Array) -> Array:
    """Return starting parameters (series, parameters) for `y` (series, points).

    In the link the curve is a straight line; of the saturation levels and shapes tried, the one
    whose line comes nearest to the figures is taken.
    """
    family = FAMILIES[formula.link]
    largest = np.maximum(y.max(axis=1), 1e-300)
    positive = np.maximum(y, 1e-6 * largest[:, None])
    best, best_loss = np.empty((len(y), len(formula.parameters))), np.full(len(y), np.inf)
    for room, shape in product(formula.rooms, formula.shapes):
        level = room * largest
        link = family.link(positive, level[:, None], np.array(shape))
        intercept, slope = _line(x, link, through_origin=formula.starts_at_zero)
        guess = np.stack(formula.from_line(level, shape, intercept, slope), axis=-1)
        loss = np.sum((y - formula.value(x, guess)) ** 2, axis=1)
        better = loss < best_loss
        best[better], best_loss[better] = guess[better], loss[better]
    return best


def _line(x: Array, link: Array, *, through_origin: bool) -> tuple[Array, Array]:
    """Return intercept and slope of the least-squares line through (x, link), (series,)."""
    if through_origin:
        return np.zeros(len(link)), link @ x / (x @ x)
    centred = x - x.mean()
    slope = link @ centred / (centred @ centred)
    return link.mean(axis=1) - slope * x.mean(), slope
