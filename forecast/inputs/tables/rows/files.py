"""A person's file, whatever its format and layout, as rows by role: the one reader of them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote

from forecast.errors import Problem, did_you_mean
from forecast.inputs.bounds import STANDARD_INPUT, read_bounded
from forecast.inputs.tables.formats.formats import read_sheets
from forecast.inputs.tables.formats.lines import Sheet
from forecast.inputs.tables.layout.around import without_surroundings
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.cycles import with_days
from forecast.inputs.tables.layout.described import with_descriptions
from forecast.inputs.tables.layout.layouts import Layout, describe
from forecast.inputs.tables.layout.recognise import recognise
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.long_rows import Reader, Reading, file_source
from forecast.inputs.tables.tables import Row
from forecast.inputs.yaml.blocks import listed

_ASIDE = re.compile(
    r"standard error|margin|notes?|meta|dates|read ?me|overview|about|contents", re.I
)
_MUCH_LARGER = 3  # times as many figures make one sheet of several the one that is meant


@dataclass(frozen=True)
class ReadFile:
    """What a file holds: its rows, in words what it was taken for, and by series how many cells
    hold no figure; no layout where it could not be read."""

    name: str
    rows: list[Row]
    layout: Layout | None = None
    said: str = ""
    without_figure: Mapping[str, int] = field(default_factory=dict)


def read_file(
    file: str, table: Table, known: Known, kind: str, problems: list[Problem], flawed: list[Problem]
) -> ReadFile:
    """Return what a file (`-` is standard input) holds, with defaults in cells that are empty.

    What is wrong with the file, or not plain, is added to `problems`; rows add theirs to `flawed`.
    """
    name = "standard input" if file == STANDARD_INPUT else file
    content = read_bounded(file, name, problems)
    if content is None:
        return ReadFile(name, [])
    return read_content(name, content, table, known, kind, problems, flawed)


def read_content(
    name: str,
    content: bytes,
    table: Table,
    known: Known,
    kind: str,
    problems: list[Problem],
    flawed: list[Problem],
) -> ReadFile:
    """Return what the bytes of a file hold, as `read_file` does."""
    before = len(problems)
    sheets = read_sheets(name, content, table.sheet, problems)
    if len(problems) > before:
        return ReadFile(name, [])
    layout, others = _chosen(name, sheets, table, problems)
    if layout is None or not _check_where(layout, table, problems):
        return ReadFile(name, [])
    if not table.columns.is_observed:
        return ReadFile(name, _named_rows(layout, table, flawed), layout, "")
    reading = Reader(layout, table, known, kind, problems, flawed).read()
    if len(problems) > before:
        return ReadFile(name, [], layout)  # what is asked changes what its rows mean
    if not reading.rows and not flawed:
        found = f"no figures in {reading.without_figure.total()} cells"
        problems.append(Problem(layout.place, "value", found, "a figure"))
    said = _said(layout, reading)
    if others:
        said = f"{layout.sheet.name} of {others + 1} tables, {said}"
    return ReadFile(name, reading.rows, layout, said, dict(reading.without_figure))


def _chosen(
    name: str, sheets: Sequence[Sheet], table: Table, problems: list[Problem]
) -> tuple[Layout | None, int]:
    """Return the one table that can be read, or much the largest, and how many others could be;
    else it is asked for."""
    sheets = [without_surroundings(sheet) for sheet in with_descriptions(with_days(sheets))]
    if not sheets:
        problems.append(Problem(name, "file", "nothing in any sheet", "a table"))
        return None, 0
    tried = []
    for sheet in sheets:
        own: list[Problem] = []
        tried.append((recognise(sheet, table, own), own))
    found = [layout for layout, own in tried if layout and not own]
    found = [each for each in found if not _ASIDE.search(each.sheet.name)] or found
    if not found:
        problems.extend(max(tried, key=lambda each: _rank_of_failure(each[1]))[1])
        return None, 0
    found.sort(key=lambda each: (-len(each.roles), -_size(each)))
    first, *others = found
    rivals = [each for each in others if _is_rival(each, first)]
    if rivals:
        names = ", ".join(each.sheet.name for each in found)
        hint = f"Say which: --sheet {quote(first.sheet.name)}."
        text = f"{len(found)} sheets that may be meant: {names}"
        problems.append(Problem(name, "file", text, "one table", hint))
        return None, len(others)
    return first, len(sheets) - 1 if first.sheet.part else len(others)


def _rank_of_failure(problems: Sequence[Problem]) -> int:
    """Return how far a sheet was understood: one whose header was found says most."""
    return sum(problem.subject == "header" for problem in problems)


def _size(layout: Layout) -> int:
    return len(layout.body) * max(1, len(layout.figures))


def _is_rival(other: Layout, first: Layout) -> bool:
    is_large = len(other.roles) == len(first.roles) and _MUCH_LARGER * _size(other) > _size(first)
    return is_large or other.sheet.part > 0


def _check_where(layout: Layout, table: Table, problems: list[Problem]) -> bool:
    """Return whether every column of `where` stands in the table."""
    names = {name.casefold() for name in layout.names}
    missing = [name for name in table.where if name.casefold() not in names]
    for name in missing:
        expected = f"one of {', '.join(each for each in layout.names if each)}"
        hint = did_you_mean(name, layout.names)
        problems.append(Problem(layout.place, f"--where {name}", "no such column", expected, hint))
    return not missing


def _named_rows(layout: Layout, table: Table, flawed: list[Problem]) -> list[Row]:
    """Return the rows of a table whose columns go by their names."""
    names, rows = layout.names, []
    heads = {
        role: f'{role}, column "{names[at]}"'
        for role, at in layout.roles.items()
        if names[at] != role
    }
    for line, cells in layout.body:
        whole = (*cells, *[""] * (len(names) - len(cells)))
        if layout.sheet.delimiter and len(cells) != len(names):
            expected = f"{len(names)}, as in the header"
            place = f"{layout.sheet.file}:{line}"
            flawed.append(Problem(place, "row", f"{len(cells)} cells", expected))
            continue
        values = {role: whole[at] for role, at in layout.roles.items()}
        for role, text in table.defaults.items():
            values[role] = values.get(role, "").strip() or text
        values.setdefault("source", file_source(layout.sheet.file))
        rows.append(Row(layout.sheet.file, line, values, flawed, heads))
    return rows


def check_names(
    names: Mapping[str, str], read: Sequence[ReadFile], problems: list[Problem]
) -> None:
    """Add a problem for each name of which a person says the series, and which no file has."""
    found = {row.values.get("series_id", "") for each in read for row in each.rows}
    found.update(name for each in read for name in each.without_figure)
    for name, series in names.items():
        if found and series not in found and not problems:
            hint = did_you_mean(name, found) or f"Found: {listed(sorted(found))}."
            expected = "a name, or the id of a series, that stands in a file"
            subject = f"--series {name}={series}"
            problems.append(Problem("command line", subject, "no such name", expected, hint))


def unread_columns(read: ReadFile) -> list[str]:
    """Return the names of columns that no row is made of."""
    layout = read.layout
    if layout is None:
        return []
    used = {*layout.roles.values(), *layout.figures, *layout.labels, layout.second, layout.power}
    return [name for index, name in enumerate(layout.names) if name and index not in used]


def _said(layout: Layout, reading: Reading) -> str:
    """Return in one line what a table was taken for."""
    said = describe(layout)
    units = {row.values["unit"] for row in reading.rows}
    if len(units) == 1 and "" not in units:
        said.append(units.pop())
    elif len(units) > 1:
        said.append(f"{len(units)} units")
    said.extend(reading.said)
    signs = {";": "semicolons", "\t": "tabs", "|": "bars"}
    if layout.sheet.delimiter in signs:
        said.append(signs[layout.sheet.delimiter])
    if layout.sheet.encoding != "UTF-8":
        said.append(layout.sheet.encoding)
    if missing := reading.without_figure.total():
        said.append(f"{missing} {'cell' if missing == 1 else 'cells'} without a figure passed over")
    return ", ".join(said)
