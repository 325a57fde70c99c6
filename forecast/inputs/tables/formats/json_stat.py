"""JSON-stat: the cubes that Eurostat and the national offices behind PxWeb answer with.

A cube lists its dimensions, the categories of each in order, and one row of values over all of
them, or only those that there are, by their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from forecast.inputs.tables.layout.columns import is_called
from forecast.inputs.tables.layout.headers import names_period

Record = Mapping[str, Any]
_UNIT_WORDS = ("base", "label", "symbol")  # where an office says the unit of a measure


@dataclass(frozen=True)
class _Dimension:
    """A dimension: its name as a column, the text of each category, and the units of those that
    are measures."""

    name: str
    texts: Sequence[str]
    units: Sequence[Mapping[str, Any]]


def cube_records(found: Mapping[str, Any]) -> list[Record] | None:
    """Return a record for each value of a cube, with a text for each dimension; None for what is no
    whole cube."""
    cube = found.get("dataset", found)
    if not isinstance(cube, Mapping) or not isinstance(cube.get("dimension"), Mapping):
        return None
    described = cube["dimension"]
    ids, sizes = (cube.get(key, described.get(key)) for key in ("id", "size"))
    role = cube.get("role", described.get("role", {}))
    if not isinstance(ids, list) or not isinstance(sizes, list) or len(ids) != len(sizes):
        return None
    dimensions = [_dimension(name, described.get(name), role) for name in ids]
    whole = [each for each in dimensions if each is not None]
    if [len(each.texts) for each in whole] != sizes:
        return None
    return list(_records(cube, whole))


def _dimension(name: Any, described: Any, role: Any) -> _Dimension | None:
    """Return a dimension, None if its categories are not told."""
    category = described.get("category") if isinstance(described, Mapping) else None
    if not isinstance(name, str) or not isinstance(category, Mapping):
        return None
    index, labels, units = (category.get(key) or {} for key in ("index", "label", "unit"))
    codes = list(index or labels)
    if isinstance(index, Mapping) and all(isinstance(place, int) for place in index.values()):
        codes.sort(key=lambda code: index.get(code, 0))
    has_labels = isinstance(labels, Mapping)
    texts = [str(labels.get(code, code)) if has_labels else str(code) for code in codes]
    roles = role if isinstance(role, Mapping) else {}
    if name in roles.get("time", ()) or is_called("period_end", name):
        are_periods = all(names_period(str(code)) for code in codes)
        return _Dimension("time_period", list(map(str, codes)) if are_periods else texts, ())
    if name not in roles.get("metric", ()):
        return _Dimension(name, texts, ())
    stated = [units.get(code) if isinstance(units, Mapping) else None for code in codes]
    return _Dimension("measure", texts, [each if isinstance(each, dict) else {} for each in stated])


def _records(cube: Record, dimensions: Sequence[_Dimension]) -> Iterator[Record]:
    """Yield the values that there are, each with its place told in texts."""
    count = prod(len(each.texts) for each in dimensions)
    flags = dict(_by_place(cube.get("status")))
    for place, value in _by_place(cube.get("value")):
        if value is None or not 0 <= place < count:
            continue
        record: dict[str, Any] = {}
        left = place
        for each in reversed(dimensions):
            left, at = divmod(left, len(each.texts))
            record[each.name] = each.texts[at]
            if each.units:
                unit = each.units[at]
                record["unit"] = next((unit[key] for key in _UNIT_WORDS if unit.get(key)), "")
                record["unit_mult"] = unit.get("multiplier", "")
        yield {**record, "value": value, "note": flags.get(place) or ""}


def _by_place(values: Any) -> Iterator[tuple[int, Any]]:
    """Yield what stands in a list, or in an object by its place."""
    if isinstance(values, list):
        yield from enumerate(values)
    elif isinstance(values, Mapping):
        yield from ((int(place), each) for place, each in values.items() if place.isdecimal())
