"""Draws of anything in the model at one period, and what changed it since another.

Everything is evaluated in chunks of draws and reduced to the period at once, so that a whole tree
of quantities needs no more memory than a chunk of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.analysis.attribution.divisia import decompose
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import Row
from forecast.world.case import LAST_HORIZON
from forecast.world.draws import Ensemble
from forecast.world.ensemble import REFERENCES, TIME
from forecast.world.evaluate import at_period, evaluate, model_graph, with_parts
from forecast.world.rows import plain
from forecast.world.timeline import Timeline

Found = dict[tuple[str, str], Array]  # (draws,) by name and field
Reader = Callable[[Mapping[str, Any]], Found]
CHUNK = 4096
_WITHOUT_DRAWS = {*REFERENCES, *TIME}


@dataclass(frozen=True)
class World:
    """What a case computes: inputs, ensemble, quarters, and the draws that settings changed."""

    inputs: Inputs
    ensemble: Ensemble
    timeline: Timeline
    changed: Mapping[str, Array]

    def collect(self, wanted: Iterable[str], readers: Sequence[Reader]) -> list[Found]:
        """Return what each reader finds in the wanted names, (draws,) each, evaluated once.

        A reader is given the values, (draws, quarters) or (draws, 1), of some of the draws at a
        time; what it finds in some of them only is zero in the others.
        """
        draws = self.ensemble.normals.shape[1]
        parts = [slice(start, min(start + CHUNK, draws)) for start in range(0, draws, CHUNK)]
        names = set(wanted)
        pieces: list[list[Found]] = [[] for _ in readers]
        for part in parts:
            values = self._some(names, part)
            for found, reader in zip(pieces, readers, strict=True):
                found.append(reader(values))
        sizes = [part.stop - part.start for part in parts]
        return [_joined(found, sizes) for found in pieces]

    def _some(self, names: set[str], part: slice) -> dict[str, Any]:
        """Return the values of names for a part of the draws."""
        some = replace(
            self.ensemble,
            normals=self.ensemble.normals[:, part],
            paths={name: values[part] for name, values in self.ensemble.paths.items()},
            shocks={name: values[part] for name, values in self.ensemble.shocks.items()},
        )
        changed = {name: values[part] for name, values in self.changed.items()}
        return evaluate(self.inputs, some, self.timeline, names, changed=changed)


def _joined(pieces: Sequence[Found], sizes: Sequence[int]) -> Found:
    keys = dict.fromkeys(key for piece in pieces for key in piece)
    pairs = list(zip(pieces, sizes, strict=True))
    return {
        key: np.concatenate([piece.get(key, np.zeros(size)) for piece, size in pairs])
        for key in keys
    }


def needed_at(names: Iterable[str]) -> set[str]:
    """Return what has to be evaluated to read names at a period; references and time are not."""
    wanted = set(names) - _WITHOUT_DRAWS
    return with_parts(wanted & set(model_graph().nodes)) | wanted


def at(inputs: Inputs, names: Iterable[str], period: str) -> Reader:
    """Return a reader of names at a period: by name and field of a record (the empty field of what
    is no record; fields that hold codes are left out).

    A year of a flow is its sum, of a rate its mean, of a share that of its parts; stocks and
    assumptions stand at its end.
    """
    wanted = sorted(set(names) - _WITHOUT_DRAWS)

    def reader(values: Mapping[str, Any]) -> Found:
        return {
            (name, field): draws
            for name in wanted
            for field, draws in _at(inputs, values, name, period).items()
        }

    return reader


def by_link(metric: str, period: str, since: str, kind: Kind, view: int) -> Reader:
    """Return a reader of what each link of the chain did to a metric between two periods; in every
    draw the amounts add up to the change (see `divisia`)."""

    def reader(values: Mapping[str, Any]) -> Found:
        parts = decompose(metric, period, values, values, since=since, view=view, kind=kind)
        return {(part.name, ""): part.amount for part in parts}

    return reader


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
        if kind != "event" and _reaches(draws, period):
            found[field] = _column(draws, kind, period)
    return found


def _reaches(values: Array, period: str) -> bool:
    """Whether values, (draws, quarters), go as far as a period; those of the history alone end."""
    quarters = int(values.shape[1])
    return quarters == 1 or quarter(period) - FIRST_QUARTER < quarters


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


def figures(draws: Array) -> Row:
    """Return median and band of draws, (draws,)."""
    low, middle, high = (plain(float(value)) for value in np.percentile(draws, (10.0, 50.0, 90.0)))
    return {"value": middle, "p10": low, "p50": middle, "p90": high}
