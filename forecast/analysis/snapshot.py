"""Draws of anything in the model at one period, and what changed it since another.

Everything is evaluated in chunks of draws and reduced to the period at once, so that a whole tree
of quantities needs no more memory than a chunk of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.analysis.case import LAST_HORIZON
from forecast.analysis.divisia import decompose, wanted_for
from forecast.analysis.draws import Ensemble
from forecast.analysis.ensemble import REFERENCES, TIME
from forecast.analysis.evaluate import at_period, evaluate, model_graph, with_parts
from forecast.analysis.grid import Grid
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter

CHUNK = 4096
_WITHOUT_DRAWS = {*REFERENCES, *TIME}


@dataclass(frozen=True)
class World:
    """What a case computes: inputs, ensemble, quarters, and the draws that settings changed."""

    inputs: Inputs
    ensemble: Ensemble
    grid: Grid
    changed: Mapping[str, Array]

    def chunks(self, wanted: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield wanted names, (draws, quarters) or (draws, 1), for some draws after the others."""
        names = set(wanted)
        for start in range(0, self.ensemble.normals.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            some = replace(
                self.ensemble,
                normals=self.ensemble.normals[:, part],
                paths={name: values[part] for name, values in self.ensemble.paths.items()},
                shocks={name: values[part] for name, values in self.ensemble.shocks.items()},
            )
            changed = {name: values[part] for name, values in self.changed.items()}
            yield evaluate(self.inputs, some, self.grid, names, changed=changed)


def snapshot(world: World, names: Iterable[str], period: str) -> dict[str, dict[str, Array]]:
    """Return the draws of names at a period, (draws,), by name and by field of a record (the empty
    field of what is no record; fields that hold codes are left out).

    A year of a flow is its sum, of a rate its mean, of a share that of its parts; stocks and
    assumptions stand at its end. What has no draws (references, time) is left out.
    """
    wanted = {name for name in names if name not in _WITHOUT_DRAWS}
    quantities = wanted & set(model_graph().nodes)
    pieces = [
        {name: _at(world.inputs, values, name, period) for name in wanted}
        for values in world.chunks(with_parts(quantities) | wanted)
    ]
    return {
        name: {
            field: np.concatenate([piece[name][field] for piece in pieces])
            for field in pieces[0][name]
        }
        for name in wanted
    }


def _at(inputs: Inputs, values: Mapping[str, Any], name: str, period: str) -> dict[str, Array]:
    node = model_graph().nodes.get(name)
    if node is None:
        kind: Kind = inputs.drivers[name].kind if name in inputs.drivers else "stock"
        return {"": _column(values[name], kind, period)}
    if not isinstance(values[name], tuple):
        parts = {each: _by_quarter(values[each]) for each in with_parts([name])}
        return {"": at_period(parts, name, period)}
    found = {}
    for field, draws in members(values[name]):
        kind = node.meaning.fields.get(field, ("", node.meaning.kind))[1]
        if kind != "event":
            found[field] = _column(draws, kind, period)
    return found


def _by_quarter(values: Array) -> Array:
    """Return values, (draws, quarters), of which one stands for every quarter if there is one."""
    if values.shape[1] > 1:
        return values
    return np.broadcast_to(values, (len(values), quarter(LAST_HORIZON) - FIRST_QUARTER + 1))


def members(record: Any, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """Yield a record's arrays with their names, those of a record within it as `outer.inner`."""
    for field, value in zip(record._fields, record, strict=True):
        if isinstance(value, tuple):
            yield from members(value, f"{prefix}{field}.")
        else:
            yield f"{prefix}{field}", value


def _column(values: Array, kind: Kind, period: str) -> Array:
    """Return values, (draws, quarters) or (draws, 1), at a period, (draws,)."""
    last, values = quarter(period) - FIRST_QUARTER, _by_quarter(values)
    if not is_year(period):
        return np.asarray(values[:, last])
    return year_value(values, kind, last - 3)


def attribution(
    world: World, metric: str, period: str, since: str, kind: Kind, view: int = 0
) -> dict[str, Array]:
    """Return what each link of the chain did to a metric between two periods, (draws,) by name; in
    every draw the amounts add up to the change (see `divisia`)."""
    found: list[dict[str, Array]] = []
    for values in world.chunks(wanted_for(metric, view)):
        parts = decompose(metric, period, values, values, since=since, view=view, kind=kind)
        nothing = np.zeros(values[metric].shape[0])
        found.append({part.name: part.amount for part in parts} | {"": nothing})
    names = dict.fromkeys(name for piece in found for name in piece if name)
    return {name: np.concatenate([piece.get(name, piece[""]) for piece in found]) for name in names}
