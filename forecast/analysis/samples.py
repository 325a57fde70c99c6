"""Draws of a metric for a quarter, a year or several years: what claims and risks compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.draws import Ensemble
from forecast.analysis.evaluate import (
    at_period,
    evaluate,
    evaluate_both,
    model_graph,
    with_parts,
)
from forecast.analysis.grid import Grid
from forecast.analysis.overrides import draws_of
from forecast.analysis.project import breakdowns
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter


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
    grid: Grid,
    metrics: Iterable[str],
    *,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
) -> tuple[Samples, Samples]:
    """Return what `sample` does with `before` and with `after` as changed, which has every key of
    `before`; what both have in common is computed once."""
    names = set(metrics)
    drivers = {name: inputs.drivers[name].kind for name in names & set(inputs.drivers)}
    move = {name: values for name, values in after.items() if values is not before.get(name)}
    wanted = with_parts(names - drivers.keys())
    pair = evaluate_both(inputs, ensemble, grid, wanted, move, changed=before)
    for values, changed in zip(pair, (before, after), strict=True):
        for name in drivers:
            given = changed.get(name)
            values[name] = draws_of(inputs, ensemble, grid, name) if given is None else given
    return Samples(pair[0], drivers), Samples(pair[1], drivers)


def sample(
    inputs: Inputs,
    ensemble: Ensemble,
    grid: Grid,
    metrics: Iterable[str],
    *,
    parts: Iterable[tuple[str, str]] = (),
    changed: Mapping[str, Array],
) -> Samples:
    """Return the draws of metrics and drivers, and of (metric, dimension) breakdowns in `parts`;
    `changed` holds what settings changed, as `apply_settings` returns it."""
    names = set(metrics)
    drivers = names & set(inputs.drivers)
    splits = {records()[each] for each in parts}
    wanted = with_parts(names - drivers) | splits
    values = evaluate(inputs, ensemble, grid, wanted, changed=changed)
    for name in drivers:
        given = changed.get(name)
        values[name] = draws_of(inputs, ensemble, grid, name) if given is None else given
    return Samples(values, {name: inputs.drivers[name].kind for name in drivers})
