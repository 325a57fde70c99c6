"""Lines that differ in what names no series: which are meant is asked once, by the column that
tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from forecast.errors import Problem
from forecast.inputs.tables.cells.figures import is_missing
from forecast.inputs.tables.cells.kinds import kind_of
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.layouts import Layout
from forecast.inputs.tables.tables import Row
from forecast.inputs.yaml.blocks import listed

_KEY = ("series_id", "period_end", "published", "assumed")
_MOST = 100  # texts of a column that tells lines apart


def ask_for_lines(layout: Layout, rows: Sequence[Row], problems: list[Problem]) -> None:
    """Ask which lines are meant where several state one figure of one series and a column, such as
    one of units, tells them apart."""
    lines = dict(layout.body)
    first: dict[tuple[str, ...], Row] = {}
    pairs: list[tuple[Cells, Cells]] = []
    for row in rows:
        other = first.setdefault(tuple(row.values.get(each, "") for each in _KEY), row)
        if other.line != row.line and other.values["value"] != row.values["value"]:
            pairs.append((lines[other.line], lines[row.line]))
    columns = _telling(layout, pairs)
    if not columns:
        return
    at = columns[0]
    name, texts = layout.names[at], list(dict.fromkeys(cell.strip() for cell in layout.column(at)))
    found = f"lines of one series that differ in {name}: {listed(texts)}"
    hint = f"Say which lines are meant: --where {quote(f'{name}={texts[0]}')}."
    problems.append(Problem(layout.place, "lines", found, "one line for each figure", hint))


def _telling(layout: Layout, pairs: Sequence[tuple[Cells, Cells]]) -> list[int]:
    """Return the columns of names in which the lines of every pair differ, the one of units
    first."""
    roles = {layout.roles.get(role) for role in ("period_end", "published", "value", "note")}
    taken = {*roles, *layout.figures, layout.second, layout.power}
    free = [at for at, name in enumerate(layout.names) if name and at not in taken]
    found = [
        at
        for at in free
        if pairs and all(_at(a, at) and _at(b, at) and _at(a, at) != _at(b, at) for a, b in pairs)
    ]
    found = [at for at in found if len(set(layout.column(at))) <= _MOST]
    return sorted(found, key=lambda at: (at != layout.roles.get("unit"), _is_number(layout, at)))


def _at(cells: Cells, at: int) -> str:
    text = cells[at].strip() if at < len(cells) else ""
    return "" if is_missing(text) else text


def _is_number(layout: Layout, at: int) -> bool:
    return all(kind_of(cell) in {"figure", "year", ""} for cell in layout.column(at))
