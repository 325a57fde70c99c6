"""Quarters into years, by kind: flows sum, stocks end, rates average, shares are recomputed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecast.inputs.schema import Kind
from forecast.model.arrays import Array
from forecast.model.graph import Meaning

Part = Callable[[str], tuple[Array, Kind]]


def year_value(values: Array, kind: Kind, start: int) -> Array:
    """Return the year whose first quarter is column `start`, (draws,), from (draws, quarters).

    Flows sum, rates average, everything else stands at the last quarter of the year.
    """
    year = values[:, start : start + 4]
    if kind == "flow":
        return np.asarray(year.sum(axis=1))
    if kind == "rate":
        return np.asarray(year.mean(axis=1))
    return np.asarray(year[:, 3])


def aggregated(meaning: Meaning, part: Part, start: int) -> Array:
    """Return a quantity's value for a year, (draws,); `part` gives a quantity's values and kind.

    Shares and ratios are recomputed from their aggregated numerator and denominator, never
    averaged, but in draws where the denominator is zero all year: those have no parts to add. An
    indicator is worked out anew from the year's parts.
    """
    if meaning.aggregate is None:
        values, kind = part(meaning.name)
        return year_value(values, kind, start)
    above, below = (year_value(*part(name), start) for name in meaning.aggregate)
    if meaning.is_indicator:
        return np.where(above > below, 1.0, 0.0)
    empty = below == 0.0
    if not empty.any():
        return above / below
    mean = part(meaning.name)[0][:, start : start + 4].mean(axis=1)
    return np.where(empty, mean, above / np.where(empty, 1.0, below))
