"""JSON as services answer it: facts of SEC EDGAR, and records with objects in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from forecast.inputs.tables.cells.figures import is_figure
from forecast.inputs.tables.cells.kinds import names_period
from forecast.inputs.tables.formats.json.stat import cube_records, table_records

Record = Mapping[str, Any]
# What may be said of a list beside it, or in an object beside it.
_SHARED = ("unit", "units", "frequency", "series_id", "series", "name", "title", "source")
# Days of a period, from and to, and the length that filings mean by it.
_LENGTHS = ((80, 100, "Q"), (170, 190, "H"), (260, 285, "9M"), (350, 380, "FY"))


def records_of(found: Mapping[str, Any] | list[Any]) -> list[Record] | None:
    """Return the records of JSON that a service or a program shapes in a way of its own, None for
    plain records: facts of EDGAR, cubes of JSON-stat, columns in place of rows, records behind a
    page's description.
    """
    if isinstance(found, list):
        is_page = len(found) == 2 and isinstance(found[0], Mapping) and isinstance(found[1], list)
        return found[1] if is_page else _of_lines(found)
    if isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
        return table_records(found) or _of_lines([found["columns"], *found["data"]])
    if isinstance(found.get("facts"), Mapping) and "entityName" in found:
        name = str(found["entityName"])
        return [
            record
            for taxonomy in found["facts"].values()
            if isinstance(taxonomy, Mapping)
            for concept, fact in taxonomy.items()
            for record in _of_concept(name, concept, fact)
        ]
    if "tag" in found and isinstance(found.get("units"), Mapping):
        return list(_of_concept(str(found.get("entityName")), str(found["tag"]), found))
    if "tag" in found and "uom" in found and isinstance(found.get("data"), list):
        return list(_of_frame(found))
    return cube_records(found) or _of_columns(found)


def nested_records(found: Any) -> list[Record] | None:
    """Return the records that stand deeper in an object, each with what is said of its list, as
    statistical services answer; None where several lists may be meant, or none."""
    if isinstance(found, Mapping):
        lists = [records for each in found.values() if (records := nested_records(each))]
        beside = [each for each in found.values() if isinstance(each, Mapping)]
        shared = {
            key: each[key]
            for each in (*beside, found)
            for key in _SHARED
            if isinstance(each.get(key), str)
        }
        return [{**shared, **record} for record in lists[0]] if len(lists) == 1 else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        return None
    deeper: list[Record] = [
        {**_members(each), **record} for each in found for record in nested_records(each) or ()
    ]
    if deeper:
        return deeper
    has_figures = any(_is_number(value) for each in found for value in each.values())
    return [_members(each) for each in found] if has_figures else None


def _members(found: Record) -> dict[str, Any]:
    """Return the texts and numbers of an object; those in lists, such as footnotes, as one text."""
    members: dict[str, Any] = {}
    for key, value in found.items():
        if not isinstance(value, list):
            members[key] = value
        elif not any(_is_number(part) for each in value for part in _parts(each)):
            members[key] = "; ".join(str(part) for each in value for part in _parts(each) if part)
    return members


def _parts(each: Any) -> list[Any]:
    return list(each.values()) if isinstance(each, Mapping) else [each]


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int | float) or (isinstance(value, str) and is_figure(value))
    )


def _of_lines(found: list[Any]) -> list[Record] | None:
    """Return the rows below a list of their heads, as the US Census Bureau and pandas write them;
    None where the lists are none, or of several lengths."""
    if len(found) < 2 or not all(isinstance(each, list) for each in found):
        return None
    heads, *rows = found
    if any(len(row) != len(heads) for row in rows) or len(set(map(str, heads))) < len(heads):
        return None
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def _of_columns(found: Mapping[str, Any]) -> list[Record] | None:
    """Return the rows of columns that are lists, or objects by the number of the row."""
    columns = list(found.values())
    if len(columns) > 1 and all(isinstance(each, list) for each in columns):
        cells = [each for column in columns for each in column]
        if len({len(each) for each in columns}) == 1 and not any(
            isinstance(each, list | Mapping) for each in cells
        ):
            return [dict(zip(found, row, strict=True)) for row in zip(*columns, strict=True)]
    if len(columns) > 1 and all(isinstance(each, Mapping) for each in columns):
        keys = list(columns[0])
        if keys and all(names_period(key) for key in keys):
            return [{"name": name, **column} for name, column in found.items()]
        if all(names_period(name) for name in found):
            return [{"period": name, **column} for name, column in found.items()]
        if keys and keys[0] == "0" and all(list(each) == keys for each in columns):
            return [{name: column[key] for name, column in found.items()} for key in keys]
    return None


def _of_frame(frame: Mapping[str, Any]) -> Iterator[Record]:
    """Yield what all companies reported of one concept and one period."""
    for each in frame["data"]:
        length = _length(each.get("start"), each.get("end"))
        yield {
            "company": each.get("entityName"),
            "concept": _apart(str(frame["tag"])),
            "period_end": each.get("end"),
            "frequency": length or "",
            "value": each.get("val"),
            "unit": frame["uom"],
            "note": each.get("accn"),
        }


def _apart(concept: str) -> str:
    """Return the words of a concept's name, which has no blanks between them."""
    return re.sub("(?<=[a-z])(?=[A-Z])", " ", concept)


def _of_concept(company: str, concept: str, fact: Any) -> Iterator[Record]:
    """Yield the figures of one concept, each with the length of its period."""
    units = fact.get("units") if isinstance(fact, Mapping) else None
    for unit, facts in units.items() if isinstance(units, Mapping) else ():
        said: set[tuple[Any, ...]] = set()
        ordered = sorted(
            (each for each in facts if isinstance(each, Mapping)),
            key=lambda each: str(each.get("filed")),
        )
        for each in ordered:
            figure = (each.get("start"), each.get("end"), each.get("val"))
            length = _length(each.get("start"), each.get("end"))
            if length is None or figure in said:
                continue
            said.add(figure)
            yield {
                "company": company,
                "concept": _apart(concept),
                "period_end": each.get("end"),
                "frequency": length,
                "value": each.get("val"),
                "unit": unit,
                "published": each.get("filed"),
                "note": " ".join(filter(None, (each.get("form"), each.get("accn")))),
            }


def _length(start: object, end: object) -> str | None:
    """Return the length of a period, `point` for a moment, None for one without a name."""
    if start is None:
        return "point"
    try:
        days = (date.fromisoformat(str(end)) - date.fromisoformat(str(start))).days + 1
    except ValueError:
        return None
    return next((name for least, most, name in _LENGTHS if least <= days <= most), None)


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record in which the members of an object stand beside it, as `object.member`."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            found.update({f"{key}.{name}": each for name, each in value.items()})
        else:
            found[key] = value
    return found
