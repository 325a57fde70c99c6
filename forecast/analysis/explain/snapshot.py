"""Draws of anything in the model at one period, and what changed a number since another.

Everything is evaluated in blocks of draws and reduced to the period at once, so that a whole tree
of quantities needs no more memory than a few blocks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.attribution.divisia import decompose
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.model.equations import model_graph
from forecast.money.joint import own_name
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.case import LAST_HORIZON
from forecast.world.ensemble import REFERENCES, TIME
from forecast.world.metrics import MetricAt
from forecast.world.values import at_period, with_parts
from forecast.world.world import World

Snapshot = dict[tuple[str, str], Array]  # (draws,) by name and field
Reader = Callable[[Mapping[str, Any]], Snapshot]
_WITHOUT_DRAWS = {*REFERENCES, *TIME}


@dataclass(frozen=True)
class Movement:
    """Draws of a number at an earlier period and at its own, (draws,), and what each link did to it
    in between, by name, for each way to take it apart."""

    since: str
    before: Array
    after: Array
    views: tuple[Mapping[str, Array], ...]


def snapshots(world: World, names: Iterable[str], readers: Sequence[Reader]) -> list[Snapshot]:
    """Return what each reader takes from the values of names, (draws,) each, evaluated once.

    A reader is given the values, (draws, quarters) or (draws, 1), of a block of draws at a time.
    """

    def read(values: Mapping[str, Any]) -> dict[tuple[int, str, str], Array]:
        return {
            (place, *key): draws
            for place, reader in enumerate(readers)
            for key, draws in reader(values).items()
        }

    taken: list[Snapshot] = [{} for _ in readers]
    blocks = [block for (block,) in world.blocks(set(names) - _WITHOUT_DRAWS, read)]
    for (place, name, field), draws in _joined(blocks).items():
        taken[place][name, field] = draws
    return taken


def _joined(
    blocks: Sequence[Mapping[tuple[int, str, str], Array]],
) -> dict[tuple[int, str, str], Array]:
    """Return blocks as one; what is found in some of them only is zero in the others, and what no
    draw enters, a quarter's place in time, is the same in all draws."""
    sizes = [max(draws.size for draws in block.values()) for block in blocks]
    pairs = list(zip(blocks, sizes, strict=True))
    return {
        key: np.concatenate(
            [np.broadcast_to(block.get(key, np.zeros(1)), (size,)) for block, size in pairs]
        )
        for key in dict.fromkeys(key for block in blocks for key in block)
    }


def at(inputs: Inputs, names: Iterable[str], period: str) -> Reader:
    """Return a reader of names at a period: by name and field of a record (the empty field of what
    is no record; fields that hold codes are left out).

    A year of a flow is its sum, of a rate its mean, of a share that of its parts; stocks and
    assumptions stand at its end.
    """
    wanted = sorted(set(names) - _WITHOUT_DRAWS)

    def reader(values: Mapping[str, Any]) -> Snapshot:
        return {
            (name, field): draws
            for name in wanted
            for field, draws in _at(inputs, values, name, period).items()
        }

    return reader


def by_link(asked: MetricAt, since: str, view: int) -> Reader:
    """Return a reader of what each link of the chain did to a metric since a period; in every draw
    the amounts add up to the change (see `divisia`)."""
    metric, kind = asked.metric, asked.meaning.kind

    def reader(values: Mapping[str, Any]) -> Snapshot:
        parts = decompose(metric, asked.period, values, values, since=since, view=view, kind=kind)
        return {(part.name, ""): part.amount for part in parts}

    return reader


def _at(inputs: Inputs, values: Mapping[str, Any], name: str, period: str) -> dict[str, Array]:
    node = model_graph().nodes.get(name)
    if node is None:
        driver = inputs.drivers.get(own_name(name))
        kind: Kind = driver.kind if driver else "stock"
        return {"": _column(values[name], kind, period)}
    if not isinstance(values[name], tuple):
        if not _reaches(values[name], period):
            return {}
        parts = {each: _by_quarter(values[each]) for each in with_parts([name])}
        return {"": at_period(parts, name, period)}
    taken = {}
    for field, draws in members(values[name]):
        kind = node.meaning.fields.get(field, ("", node.meaning.kind))[1]
        if kind != "event" and _reaches(draws, period):
            taken[field] = _column(draws, kind, period)
    return taken


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
