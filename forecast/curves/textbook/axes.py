"""Axes in which the figures of a fit are of order one, and parameters in and out of them.

Least squares then does the same whatever the units of x and y and wherever x begins: in calendar
years the parameters of a curve would all but cancel, and a level at the year 0 is no number at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.curves.families import Array
from forecast.curves.textbook.formulas import Formula


@dataclass(frozen=True)
class Axes:
    """x is counted from `origin` in units of `span`, each series in its own `size` (series,)."""

    origin: float
    span: float
    size: Array

    def x(self, x: Array) -> Array:
        """Return x on these axes."""
        return (x - self.origin) / self.span

    def inward(self, formula: Formula, parameters: Array) -> Array:
        """Return parameters (series, parameters) of the formula as they are on these axes."""
        result = parameters.copy()
        for index, role in enumerate(formula.roles):
            if role == "size":
                result[:, index] /= self.size
            elif role == "rate":
                result[:, index] *= self.span
            elif role == "offset":
                result[:, index] -= parameters[:, index + 1] * self.origin
            elif role == "start":
                growth = np.clip(parameters[:, index + 1] * self.origin, -700.0, 700.0)
                result[:, index] *= np.exp(growth) / self.size
        return result

    def outward(self, formula: Formula, found: Array) -> Array:
        """Return parameters (series, parameters) found on these axes as the formula means them."""
        result = found.copy()
        for index, role in enumerate(formula.roles):
            if role == "size":
                result[:, index] *= self.size
            elif role == "rate":
                result[:, index] /= self.span
            elif role == "offset":
                result[:, index] += found[:, index + 1] * (self.origin / self.span)
            elif role == "start":
                result[:, index] *= self._start(found[:, index + 1])
        return result

    def variances(self, formula: Formula, found: Array, covariance: Array) -> Array:
        """Return variances (series, parameters) of the formula's parameters, for the covariance
        (parameters, parameters, series) of those found on these axes.
        """
        result: Array = np.array(np.einsum("pps->sp", covariance))
        shift = self.origin / self.span
        for index, role in enumerate(formula.roles):
            if role == "size":
                result[:, index] *= self.size**2
            elif role == "rate":
                result[:, index] /= self.span**2
            elif role in {"offset", "start"}:
                by_rate = shift if role == "offset" else -shift * found[:, index]
                shared, rate = covariance[index, index + 1], covariance[index + 1, index + 1]
                result[:, index] += by_rate * (2.0 * shared + by_rate * rate)
            if role == "start":
                result[:, index] *= self._start(found[:, index + 1]) ** 2
        return result

    def _start(self, rate: Array) -> Array:
        """Return the factor from a level at the origin to one at x = 0, where y has its units."""
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(self.size * np.exp(-rate * (self.origin / self.span)))


def axes_of(formula: Formula, x: Array, y: Array) -> Axes:
    """Return axes on which x spans one and the largest of each series (series, points) is one.

    A curve that begins at x = 0 keeps its origin, one without a size the size of its figures. An
    exponential is counted from where it is largest, so that its level there is a parameter.
    """
    low, high = float(x.min()), float(x.max())
    sizes = np.ones(len(y))
    if "size" in formula.roles or "start" in formula.roles:
        sizes = np.copysign(np.abs(y).max(axis=1), y.sum(axis=1))
    if formula.from_origin:
        return Axes(0.0, max(abs(low), abs(high)), sizes)
    origin = 0.5 * (low + high)
    if "start" in formula.roles:
        origin = float(x[np.argmax(np.sum(y / sizes[:, None], axis=0))])
    return Axes(origin, high - low, sizes)
