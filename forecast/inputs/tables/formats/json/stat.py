"""JSON-stat: the cubes that Eurostat and the national offices behind PxWeb answer with.

A cube lists its dimensions, the categories of each in order, and one row of values over all of
them, or only those that there are, by their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from forecast.inputs.tables.cells.heads import is_called
from forecast.inputs.tables.cells.kinds import names_period

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
    role = _object(cube.get("role", described.get("role")))
    if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
        return None
    dimensions = [_dimension(name, _object(described.get(name)), role) for name in ids]
    return list(_records(cube, dimensions)) if _sizes(dimensions) == sizes else None


def table_records(found: Mapping[str, Any]) -> list[Record] | None:
    """Return the rows of PxWeb's other answer, texts of keys and values below columns; None for
    what is none."""
    columns, rows = found.get("columns"), found.get("data")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    if not all(isinstance(each, Mapping) and "text" in each for each in columns) or not all(
        isinstance(each, Mapping) and {"key", "values"} <= each.keys() for each in rows
    ):
        return None
    names = ["time_period" if each.get("type") == "t" else str(each["text"]) for each in columns]
    cells = [[*_list(each["key"]), *_list(each["values"])] for each in rows]
    return [dict(zip(names, each, strict=False)) for each in cells]


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _object(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _sizes(dimensions: Sequence[_Dimension]) -> list[int]:
    return [len(each.texts) for each in dimensions]


def _dimension(name: str, described: Mapping[str, Any], role: Mapping[str, Any]) -> _Dimension:
    """Return a dimension; one without categories is empty."""
    category = _object(described.get("category"))
    labels, units = _object(category.get("label")), _object(category.get("unit"))
    codes = _codes(category.get("index") or labels)
    texts = [str(labels.get(code, code)) for code in codes]
    if _plays("time", name, role) or is_called("period_end", name):
        are_periods = all(map(names_period, codes))
        return _Dimension("time_period", codes if are_periods else texts, ())
    if not _plays("metric", name, role):
        return _Dimension(name, texts, ())
    return _Dimension("measure", texts, [_object(units.get(code)) for code in codes])


def _plays(part: str, name: str, role: Mapping[str, Any]) -> bool:
    names = role.get(part)
    return isinstance(names, list) and name in names


def _codes(index: Any) -> list[str]:
    """Return the codes of categories in order: those of a list, or of an object by their places."""
    if isinstance(index, Mapping) and all(isinstance(place, int) for place in index.values()):
        return sorted(index, key=lambda code: index[code])
    return [str(code) for code in index] if isinstance(index, list | Mapping) else []


def _records(cube: Record, dimensions: Sequence[_Dimension]) -> Iterator[Record]:
    """Yield the values that there are, each with its place told in texts."""
    count = prod(_sizes(dimensions))
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
