"""Growth curves in their textbook form, for plain least squares: value, gradient, first guesses.

Parameters are arrays (series, parameters), x is (points,), values are (series, points) and
gradients (parameters, series, points).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from forecast.curves.families import FAMILIES, Array

_ROOMS = (1.02, 1.1, 1.3, 2.0, 4.0, 10.0)  # saturation over the largest value, tried as a guess
# Growth across the figures and where it is halfway, tried as guesses: x spans one about zero there.
_RATES, _MIDDLES = (-20.0, -6.0, -2.0, 2.0, 6.0, 20.0), (-0.25, 0.0, 0.25)
_LARGEST = 700.0

# How a parameter changes with the units of x and y. A size goes with y and a rate with 1/x; a start
# is a size at x = 0, and an offset a number at x = 0, both moved by the rate that follows them.
Role = Literal["size", "start", "offset", "rate", "shape"]


@dataclass(frozen=True)
class Formula:
    """A growth curve: its formula in words, its parameters and their roles, and what a fit needs.

    `linear` are the indices of the parameters in which the formula is linear: the curve is the sum
    of each times its gradient. `guesses(x, y)` returns starting parameters to try, (tries, series,
    parameters). A curve `from_origin` begins at x = 0, wherever its figures stand.
    """

    name: str
    text: str
    parameters: tuple[str, ...]
    roles: tuple[Role, ...]
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    guesses: Callable[[Array, Array], Array]
    linear: tuple[int, ...] = (0,)
    from_origin: bool = False


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
    result = np.empty((3, *np.broadcast_shapes(b1.shape, x.shape)))
    result[0] = 1.0 / (1.0 + _exp(b2 - b3 * x))
    np.multiply(b1 * result[0], result[0] - 1.0, out=result[1])
    np.multiply(-x, result[1], out=result[2])
    return result


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


def _fisher_pry(x: Array, parameters: Array) -> Array:
    b2, b3 = _columns(parameters)
    return np.asarray(1.0 / (1.0 + _exp(b2 - b3 * x)))


def _fisher_pry_gradient(x: Array, parameters: Array) -> Array:
    part = _fisher_pry(x, parameters)
    steep = part * (1.0 - part)
    return np.stack([-steep, steep * x], axis=0)


def _two_logistic_waves(x: Array, parameters: Array) -> Array:
    return np.asarray(_logistic(x, parameters[..., :3]) + _logistic(x, parameters[..., 3:]))


def _two_logistic_waves_gradient(x: Array, parameters: Array) -> Array:
    first, second = parameters[..., :3], parameters[..., 3:]
    return np.concatenate([_logistic_gradient(x, first), _logistic_gradient(x, second)])


FromLine = Callable[[Array, float, Array, Array], tuple[Array, ...]]


def _by_line(
    link: str,
    from_line: FromLine,
    *,
    rooms: tuple[float, ...] = _ROOMS,
    shapes: tuple[float, ...] = (1.0,),
    through_origin: bool = False,
) -> Callable[[Array, Array], Array]:
    """Return guesses that read the parameters off straight lines.

    In the link the curve is a straight line, and `from_line(saturation, shape, intercept, slope)`
    are its parameters. The lines are those nearest to the figures, for each of the saturation
    levels and shapes tried, and besides some of given slope that are halfway at given places.
    """
    family = FAMILIES[link]

    def guesses(x: Array, y: Array) -> Array:
        largest = np.maximum(y.max(axis=1), 1e-300)
        positive = np.maximum(y, 1e-6 * largest[:, None])
        candidates = []
        for room, shape in product(rooms, shapes):
            level = room * largest if np.isfinite(room) else np.full_like(largest, np.inf)
            linked = family.link(positive, level[:, None], np.array(shape))
            line = _line(x, linked, through_origin=through_origin)
            candidates.append(np.stack(from_line(level, shape, *line), axis=-1))
        half = np.zeros(len(y))
        if not through_origin:
            half = family.link(0.5 * largest, level, np.array(shapes[0]))
        for rate, middle in product(_RATES, (0.0,) if through_origin else _MIDDLES):
            slope = np.full(len(y), rate)
            line = (half - slope * middle, slope)
            candidates.append(np.stack(from_line(level, shapes[0], *line), axis=-1))
        return np.stack(candidates)

    return guesses


def _fisher_pry_guesses(x: Array, y: Array) -> Array:
    found = []
    for edge in (1e-6, 1e-3, 0.05):
        intercept, slope = _line(x, _logit(np.clip(y, edge, 1.0 - edge)), through_origin=False)
        found.append(np.stack([-intercept, slope], axis=-1))
    return np.stack(found)


def _two_logistic_waves_guesses(x: Array, y: Array) -> Array:
    """Return several pairs of waves, each pair with its amplitudes solved for."""
    start, span = x.min(), np.ptp(x)
    candidates = []
    for first, second, steepness in product((0.1, 0.25, 0.4), (0.6, 0.75, 0.9), (6.0, 12.0, 24.0)):
        rate = steepness / span
        middles = [start + part * span for part in (first, second)]
        waves = np.stack([1.0 / (1.0 + np.exp(-rate * (x - middle))) for middle in middles])
        sizes = np.linalg.lstsq(waves.T, y.T, rcond=None)[0]
        ones = np.ones(len(y))
        columns = [
            column
            for size, middle in zip(sizes, middles, strict=True)
            for column in (size, rate * middle * ones, rate * ones)
        ]
        candidates.append(np.stack(columns, axis=-1))
    return np.stack(candidates)


def _line(x: Array, link: Array, *, through_origin: bool) -> tuple[Array, Array]:
    """Return intercept and slope of the least-squares line through (x, link), (series,)."""
    if through_origin:
        return np.zeros(len(link)), link @ x / (x @ x)
    centred = x - x.mean()
    slope = link @ centred / (centred @ centred)
    return link.mean(axis=1) - slope * x.mean(), slope


def _bass_from_line(
    level: Array, shape: float, intercept: Array, slope: Array
) -> tuple[Array, ...]:
    return level, slope / (1.0 + shape), slope * shape / (1.0 + shape)


_UNLIMITED = (np.inf,)
FORMULAS: dict[str, Formula] = {
    formula.name: formula
    for formula in (
        Formula(
            "exponential",
            "y = a exp(b x)",
            ("a", "b"),
            ("start", "rate"),
            _exponential,
            _exponential_gradient,
            _by_line(
                "exponential",
                lambda level, shape, intercept, slope: (_exp(intercept), slope),
                rooms=_UNLIMITED,
            ),
        ),
        Formula(
            "logistic",
            "y = b1 / (1 + exp(b2 − b3 x))",
            ("b1", "b2", "b3"),
            ("size", "offset", "rate"),
            _logistic,
            _logistic_gradient,
            _by_line(
                "logistic",
                lambda level, shape, intercept, slope: (level, np.log(level) - intercept, slope),
            ),
        ),
        Formula(
            "fisher_pry",
            "y = 1 / (1 + exp(b2 − b3 x))",
            ("b2", "b3"),
            ("offset", "rate"),
            _fisher_pry,
            _fisher_pry_gradient,
            _fisher_pry_guesses,
            linear=(),
        ),
        Formula(
            "gompertz",
            "y = b1 exp(−exp(b2 − b3 x))",
            ("b1", "b2", "b3"),
            ("size", "offset", "rate"),
            _gompertz,
            _gompertz_gradient,
            _by_line(
                "gompertz",
                lambda level, shape, intercept, slope: (level, -intercept, slope),
            ),
        ),
        Formula(
            "richards",
            "y = b1 / (1 + exp(b2 − b3 x))^(1/b4)",
            ("b1", "b2", "b3", "b4"),
            ("size", "offset", "rate", "shape"),
            _richards,
            _richards_gradient,
            _by_line(
                "richards",
                lambda level, shape, intercept, slope: (
                    level,
                    -intercept,
                    slope,
                    np.full_like(level, shape),
                ),
                shapes=(0.3, 0.6, 1.0, 1.7, 3.0),
            ),
        ),
        Formula(
            "saturating_exponential",
            "y = b1 (1 − exp(−b2 x))",
            ("b1", "b2"),
            ("size", "rate"),
            _saturating,
            _saturating_gradient,
            _by_line(
                "saturating_exponential",
                lambda level, shape, intercept, slope: (level, slope),
                through_origin=True,
            ),
            from_origin=True,
        ),
        Formula(
            "bass",
            "y = m (1 − exp(−(p+q) x)) / (1 + (q/p) exp(−(p+q) x))",
            ("m", "p", "q"),
            ("size", "rate", "rate"),
            _bass,
            _bass_gradient,
            _by_line("bass", _bass_from_line, shapes=(3.0, 10.0, 30.0, 100.0), through_origin=True),
            from_origin=True,
        ),
        Formula(
            "two_logistic_waves",
            "y = b1 / (1 + exp(b2 − b3 x)) + b4 / (1 + exp(b5 − b6 x))",
            ("b1", "b2", "b3", "b4", "b5", "b6"),
            ("size", "offset", "rate", "size", "offset", "rate"),
            _two_logistic_waves,
            _two_logistic_waves_gradient,
            _two_logistic_waves_guesses,
            linear=(0, 3),
        ),
    )
}


def _logit(share: Array) -> Array:
    return np.asarray(np.log(share) - np.log1p(-share))
