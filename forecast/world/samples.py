"""Draws of a metric for a quarter, a year or several years: what claims and risks compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.draws import Ensemble
from forecast.world.evaluate import (
    at_period,
    evaluate,
    evaluate_both,
    evaluate_moved,
    model_graph,
    with_parts,
)
from forecast.world.metrics import breakdowns
from forecast.world.timeline import Timeline

CONSTRAINT = "binding_constraint"
Taken = dict[tuple[str, str], Array]


@dataclass(frozen=True)
class Samples:
    """Draws of metrics, drivers and breakdowns of one case: (draws, quarters), or for a breakdown a
    record of such arrays. `drivers` holds each driver's kind."""

    values: Mapping[str, Any]
    drivers: Mapping[str, Kind]

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

    def take(self, keys: Iterable[tuple[str, str]]) -> Taken:
        """Return draws by (metric, period): of what binds in the quarters of the period, (draws,
        quarters); of an event, whose period is empty, the quarter at which it happens, (draws,);
        and of anything else its value at the period, (draws,)."""
        return {key: self._taken(*key) for key in keys}

    def _taken(self, metric: str, period: str) -> Array:
        if not period:
            return np.asarray(self.values[metric][:, 0])
        if metric != CONSTRAINT:
            return self.at(metric, period)
        last = quarter(period) - FIRST_QUARTER
        first = last - 3 if is_year(period) else last
        return np.asarray(self.values[metric][:, first : last + 1])

    def _single(self, metric: str, period: str, dimension: str, member: str) -> Array:
        if not member and metric not in self.drivers:
            return at_period(self.values, metric, period)
        if member:
            record = records()[metric, dimension]
            values = getattr(self.values[record], member)
            kind = model_graph().nodes[record].meaning.kind
        else:
            values, kind = self.values[metric], self.drivers[metric]
        column = quarter(period) - FIRST_QUARTER
        if not is_year(period):
            return np.asarray(values[:, column])
        return year_value(values, kind, column - 3)


def records() -> dict[tuple[str, str], str]:
    """Return the quantity that holds the parts of each metric by each dimension."""
    return {(whole, by): name for name, (by, whole) in breakdowns(None).items()}


def sample_both(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    metrics: Iterable[str],
    *,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
) -> tuple[Samples, Samples]:
    """Return what `sample` does with `before` and with `after` as changed, which has every key of
    `before`; what both have in common is computed once."""
    move = {name: values for name, values in after.items() if values is not before.get(name)}
    pair = evaluate_both(inputs, ensemble, timeline, with_parts(metrics), move, changed=before)
    kinds = driver_kinds(inputs)
    return Samples(pair[0], kinds), Samples(pair[1], kinds)


def sample(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    metrics: Iterable[str],
    *,
    parts: Iterable[tuple[str, str]] = (),
    changed: Mapping[str, Array],
) -> Samples:
    """Return the draws of metrics and drivers, and of (metric, dimension) breakdowns in `parts`;
    `changed` holds what settings changed, as `apply_settings` returns it."""
    wanted = with_parts(metrics) | {records()[each] for each in parts}
    values = evaluate(inputs, ensemble, timeline, wanted, changed=changed)
    return Samples(values, driver_kinds(inputs))


def take_moved(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    keys: Sequence[tuple[str, str]],
    moves: Sequence[Mapping[str, Array]],
    *,
    changed: Mapping[str, Array],
) -> list[Taken]:
    """Return what `Samples.take` returns for keys: as things stand, and after each move alone; see
    `evaluate_moved`."""
    kinds = driver_kinds(inputs)
    return evaluate_moved(
        inputs,
        ensemble,
        timeline,
        with_parts(metric for metric, _ in keys),
        moves,
        lambda values: Samples(values, kinds).take(keys),
        changed=changed,
    )


def driver_kinds(inputs: Inputs) -> dict[str, Kind]:
    """Return each driver's kind, which says how quarters make a year of it."""
    return {name: driver.kind for name, driver in inputs.drivers.items()}
