"""Draws of quantities by name, and their values at quarters, years and spans of years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import aggregated, year_value
from forecast.model.equations import model_graph
from forecast.money.joint import as_planned
from forecast.periods import FIRST_QUARTER, is_year, quarter

CONSTRAINT = "binding_constraint"
# A metric and a period, and of a member of the metric's breakdown the dimension and the member.
Key = tuple[str, str] | tuple[str, str, str, str]
Keys = Sequence[Key]
Taken = Mapping[Key, Array]


@dataclass(frozen=True)
class Values(Mapping[str, Any]):
    """Draws by name, (draws, quarters) or (draws, 1), of a breakdown a record of such arrays; and
    their values at periods. `drivers` holds each driver's kind."""

    arrays: Mapping[str, Any]
    drivers: Mapping[str, Kind]

    def __getitem__(self, name: str) -> Any:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def at(self, metric: str, period: str, dimension: str = "", member: str = "") -> Array:
        """Return a metric, or a member of its breakdown, at a period, (draws,), in its unit.

        `period` is a quarter, a year, or years of a flow to be added up (2026-2030).
        """
        first, _, last = period.partition("-")
        if not last:
            return self._single(metric, period, dimension, member)
        years = range(int(first), int(last) + 1)
        single = [self._single(metric, str(year), dimension, member) for year in years]
        return np.asarray(np.sum(single, axis=0))

    def take(self, keys: Keys) -> dict[Key, Array]:
        """Return draws by key: of what binds in the quarters of the period, (draws, quarters); of
        an event, whose period is empty, the quarter at which it happens, (draws,); and of anything
        else its value at the period, (draws,)."""
        return {key: self._taken(*key) for key in keys}

    def _taken(self, metric: str, period: str, dimension: str = "", member: str = "") -> Array:
        if member:
            return self.at(metric, period, dimension, member)
        if not period:
            return np.asarray(self.arrays[metric][:, 0])
        if metric != CONSTRAINT:
            return self.at(metric, period)
        last = quarter(period) - FIRST_QUARTER
        first = last - 3 if is_year(period) else last
        return np.asarray(self.arrays[metric][:, first : last + 1])

    def _single(self, metric: str, period: str, dimension: str, member: str) -> Array:
        if not member and metric not in self.drivers:
            return at_period(self.arrays, metric, period)
        if member:
            record = model_graph().record_of(metric, dimension)
            values = getattr(self.arrays[record], member)
            kind = model_graph().nodes[record].meaning.kind
        else:
            values, kind = self.arrays[metric], self.drivers[metric]
        column = quarter(period) - FIRST_QUARTER
        if not is_year(period):
            return np.asarray(values[:, column])
        return year_value(values, kind, column - 3)


def at_period(values: Mapping[str, Array], name: str, period: str) -> Array:
    """Return a quantity at a quarter or for a whole year, (draws,), from draws × quarters.

    For a year of a share or ratio `values` must hold the parts that it is recomputed from.
    """
    nodes = model_graph().nodes
    column = quarter(period) - FIRST_QUARTER
    if not is_year(period):
        return values[name][:, column]

    def part(wanted: str) -> tuple[Array, Kind]:
        return values[wanted], nodes[wanted].meaning.kind

    return aggregated(nodes[name].meaning, part, column - 3)


def name_in(key: Key) -> str:
    """Return the quantity that a key is read from: the metric, or what holds its breakdown."""
    metric, _, *place = key
    return model_graph().record_of(metric, place[0]) if place else metric


def with_parts(names: Iterable[str]) -> set[str]:
    """Return quantities together with the parts that a year of them is recomputed from; a driver
    has none."""
    nodes, found = model_graph().nodes, set(names)
    return found.union(*(nodes[name].meaning.aggregate or () for name in found if name in nodes))


def driver_kinds(inputs: Inputs) -> dict[str, Kind]:
    """Return the kind of each driver and plan, which says how quarters make a year of it; not of a
    driver whose name is an equation's."""
    kinds = {name: driver.kind for name, driver in inputs.drivers.items()}
    return as_planned(inputs, kinds) | {
        name: kind for name, kind in kinds.items() if name not in model_graph().nodes
    }
