"""Where a function crosses zero between two values of opposite sign."""

from __future__ import annotations

from collections.abc import Callable

_ROUNDS = 60
Point = tuple[float, float]


def crossing(
    function: Callable[[float], float], first: Point, second: Point, precision: float
) -> float:
    """Return where a function crosses zero between two points (x, f(x)) of opposite sign.

    Inverse quadratic interpolation where it can be trusted, bisection elsewhere: Chandrupatla, A
    new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without
    using derivatives, Advances in Engineering Software 28 (1997) 145-149. The zero lies within
    `precision`. Raises ValueError if both points lie on one side of zero.
    """
    (a, fa), (b, fb) = second, first
    if fa == 0.0 or fb == 0.0:
        return a if fa == 0.0 else b
    if (fa > 0.0) == (fb > 0.0):
        raise ValueError("the function has one sign at both ends")
    along = 0.5
    for _ in range(_ROUNDS):
        x = a + along * (b - a)
        fx = function(x)
        if (fx > 0.0) == (fa > 0.0):
            c, fc = a, fa
        else:
            c, fc = b, fb
            b, fb = a, fa
        a, fa = x, fx
        nearest = a if abs(fa) < abs(fb) else b
        least = precision / abs(b - a)
        if fa == 0.0 or least > 0.5:
            return nearest
        along = _next_step(a, fa, b, fb, c, fc)
        along = min(1.0 - least, max(least, along))
    return nearest


def _next_step(a: float, fa: float, b: float, fb: float, c: float, fc: float) -> float:
    """Return how far from a towards b to look next, 0 to 1."""
    xi = (a - b) / (c - b)
    phi = (fa - fb) / (fc - fb)
    if not (phi**2 < xi and (1.0 - phi) ** 2 < 1.0 - xi):
        return 0.5
    first = fa / (fb - fa) * fc / (fb - fc)
    return first + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
