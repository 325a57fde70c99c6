"""Arrays that carry their unit, so that the model's equations can be run on units.

A unit is a mapping from base units to exponents. Years, quarters, days, hours and seconds are units
of their own here, so that a forgotten conversion shows; things that are merely counted (people,
requests, tasks, runs) and shares have none. A parameter is worth two FLOP for each token, so it is
FLOP per token. A flow is per quarter, and a running total of quarters multiplies by quarters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from forecast.model.quarters import running_sum

Exponents = dict[str, int]

BASE = {
    "W": {"W": 1},
    "MW": {"W": 1},
    "Wh": {"W": 1, "hour": 1},
    "J": {"W": 1, "second": 1},
    "s": {"second": 1},
    "hours": {"hour": 1},
    "years": {"year": 1},
    "quarters": {"quarter": 1},
    "chip": {"chips": 1},
    "wafer": {"wafers": 1},
    "parameters": {"FLOP": 1, "tokens": -1},
}
COUNTED = {
    *("ratio", "share", "log", "count", "date", "deviations", "users", "user", "people"),
    *("agent", "requests", "messages", "tasks", "runs", "units"),
}


class UnitError(TypeError):
    """Units that do not go together."""


def exponents(unit: str, flow: bool = False) -> Exponents:
    """Return the base units of a unit's name: `USD/H100e-hour` is USD, per H100e and per hour."""
    above, *below = unit.split("/")
    found: Exponents = {}
    for sign, part in [(1, above), *((-1, part) for part in below)]:
        for word in re.split(r"-(?=[a-z])", part):
            if word not in COUNTED:
                found = combined(found, BASE.get(word, {word: 1}), sign)
    return combined(found, {"quarter": 1}, -1) if flow else found


def combined(first: Mapping[str, int], second: Mapping[str, int], sign: int = 1) -> Exponents:
    """Return the units of a product, or of a quotient where `sign` is minus one."""
    total = {name: first.get(name, 0) + sign * second.get(name, 0) for name in {*first, *second}}
    return {name: power for name, power in total.items() if power}


class Measured(NDArrayOperatorsMixin):
    """An array with a unit."""

    def __init__(self, value: Any, unit: Mapping[str, int]) -> None:
        self.value, self.unit = np.asarray(value, dtype=float), dict(unit)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            raise UnitError(f"{ufunc.__name__}.{method} carries no units")
        result = ufunc(*(plain(each) for each in inputs))
        if ufunc in {np.multiply, np.divide}:
            sign = 1 if ufunc is np.multiply else -1
            return Measured(result, combined(unit_of(inputs[0]), unit_of(inputs[1]), sign))
        if ufunc in {np.add, np.subtract, np.maximum, np.minimum}:
            return Measured(result, shared(ufunc.__name__, *inputs))
        if ufunc in {np.greater, np.greater_equal, np.less, np.less_equal, np.equal}:
            shared(ufunc.__name__, *inputs)
            return result
        if ufunc is np.negative:
            return Measured(result, unit_of(inputs[0]))
        if ufunc in {np.exp, np.expm1, np.log, np.power} and not any(
            unit_of(each) for each in inputs
        ):
            return Measured(result, {})
        raise UnitError(f"{ufunc.__name__} of {[unit_of(each) for each in inputs]}")

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        if function is np.where:
            unit = shared("where", *inputs[1:])
        elif function is np.clip:
            unit = shared("clip", *inputs)
        elif function is np.concatenate:
            unit = shared("concatenate", *inputs[0])
            return Measured(np.concatenate([plain(each) for each in inputs[0]], **options), unit)
        else:
            raise UnitError(f"{function.__name__} carries no units")
        return Measured(function(*(plain(each) for each in inputs), **options), unit)

    def __getitem__(self, where: Any) -> Measured:
        return Measured(self.value[where], self.unit)

    def __setitem__(self, where: Any, new: Any) -> None:
        shared("assignment", self, new)
        self.value[where] = plain(new)

    def mean(self, **options: Any) -> Measured:
        return Measured(self.value.mean(**options), self.unit)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


def measured_sum(values: Any) -> Any:
    """Return the running sum of quarters of an array, which multiplies a unit by quarters."""
    unit = combined(unit_of(values), {"quarter": 1})
    return Measured(running_sum(plain(values)), unit)


def plain(value: Any) -> Any:
    """Return the number or array without its unit."""
    return value.value if isinstance(value, Measured) else value


def unit_of(value: Any) -> Exponents:
    """Return the unit; a plain number has none."""
    return value.unit if isinstance(value, Measured) else {}


def shared(what: str, *values: Any) -> Exponents:
    """Return the one unit of all values; a plain zero is a zero of any unit."""
    units = [
        unit_of(value) for value in values if isinstance(value, Measured) or np.any(value != 0)
    ]
    if any(unit != units[0] for unit in units):
        raise UnitError(f"{what} of different units: {units}")
    return units[0]
