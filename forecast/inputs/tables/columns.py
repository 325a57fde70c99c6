"""Which column of a person's file plays which role: by its name, or as `ROLE=NAME` says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import PurePath
from shlex import quote

from forecast.errors import Problem, did_you_mean
from forecast.inputs.tables.guidance import GUIDANCE_COLUMNS
from forecast.inputs.tables.lines import Lines
from forecast.inputs.tables.tables import OBSERVATION_COLUMNS, OPTIONAL_COLUMNS, Row

DAYS = ("period_end", "published")
_FIRST, _LAST = 20_000, 80_000  # days that a workbook counts to 1954 and to 2119: no year
# How people head a column that plays a role; for hints only, nothing is guessed.
_LIKELY = {
    "series_id": ("series", "id", "name", "company", "metric"),
    "period_end": ("date", "period", "quarter", "month", "year", "end"),
    "value": ("amount", "figure", "level", "total", "usd", "share"),
    "unit": ("units", "measure", "currency"),
    "source": ("reference", "origin", "publisher"),
}


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of table by role, those it cannot be without, and other names that
    some of them go by."""

    roles: tuple[str, ...]
    required: tuple[str, ...]
    other_names: Mapping[str, str] = field(default_factory=dict)


OBSERVED = Columns(
    (*OBSERVATION_COLUMNS, *OPTIONAL_COLUMNS), ("series_id", "period_end", "value", "unit")
)
GUIDED = Columns(GUIDANCE_COLUMNS, ("series_id", "period_end"), {"period_end": "period"})


@dataclass(frozen=True)
class Table:
    """How to read the tables of a person's files: `mapped` says which column plays a role,
    `defaults` fill cells that are empty or not there, `sheet` is a workbook's."""

    columns: Columns
    mapped: Mapping[str, str]
    defaults: Mapping[str, str]
    sheet: str = ""


def read_roles(texts: Sequence[str], columns: Columns, problems: list[Problem]) -> dict[str, str]:
    """Return the column of each role that `ROLE=NAME` texts give."""
    found: dict[str, str] = {}
    for text in texts:
        role, sign, name = (part.strip() for part in text.partition("="))
        subject = f"--column {text}"
        if not sign or not name:
            expected = "ROLE=NAME, such as period_end=Date"
            problems.append(Problem("command line", subject, repr(text), expected))
        elif role not in columns.roles:
            expected = f"one of {', '.join(columns.roles)}"
            hint = did_you_mean(role, columns.roles)
            problems.append(Problem("command line", subject, f"no role {role!r}", expected, hint))
        elif role in found:
            expected = "one column for each role"
            problems.append(Problem("command line", subject, f"{role} again", expected))
        else:
            found[role] = name
    return found


def known_names(table: Table) -> frozenset[str]:
    """Return the heads that tell a header: what is mapped, and the roles as people write them."""
    roles = {*table.columns.roles, *table.columns.other_names.values()}
    spaced = {role.replace("_", " ") for role in roles}
    plain = {*roles, *spaced, *table.mapped.values()}
    return frozenset({*plain, *(name.capitalize() for name in plain), *(n.title() for n in plain)})


def rows_of(
    lines: Lines, table: Table, problems: list[Problem], flawed: list[Problem]
) -> list[Row]:
    """Return the rows of a file by role, with defaults in cells that are empty or not there.

    A head counts as a role's name whatever its case, with blanks or hyphens for underscores. A file
    without a column of sources is itself the source that can be named. Problems of the header are
    added to `problems`; the rows add theirs to `flawed`.
    """
    place = f"{lines.file}:{lines.top}" if lines.top else lines.file
    if not any(lines.header):
        found, expected = "nothing", f"a header with {', '.join(table.columns.required)}"
        problems.append(Problem(place, "file", found, expected))
        return []
    before = len(problems)
    index = _index(place, lines.header, table, problems)
    known = {*index, *table.mapped, *(role for role, text in table.defaults.items() if text)}
    if missing := [role for role in table.columns.required if role not in known]:
        found = f"the columns {', '.join(name or '(no name)' for name in lines.header)}"
        hint = _hint(missing, lines.header)
        problems.append(Problem(place, "header", found, f"also {', '.join(missing)}", hint))
    if len(problems) > before:
        return []
    if not lines.cells:
        problems.append(Problem(lines.file, "file", "a header and no row", "at least one row"))
    heads = {
        role: f'{role}, column "{lines.header[at]}"'
        for role, at in index.items()
        if lines.header[at] != role
    }
    unread = [at for at, name in enumerate(lines.header) if name and at not in index.values()]
    rows = []
    for line, cells in lines.cells:
        values = {lines.header[at]: cells[at] for at in unread}
        values |= {role: cells[at] for role, at in index.items()}
        if lines.epoch:
            values |= _days({role: values[role] for role in DAYS if role in index}, lines.epoch)
        for role, text in table.defaults.items():
            values[role] = values.get(role, "").strip() or text
        values.setdefault("source", file_source(lines.file))
        rows.append(Row(lines.file, line, values, flawed, heads))
    return rows


def _days(cells: Mapping[str, str], epoch: date) -> dict[str, str]:
    """Return cells in which a workbook's number of days is a date."""
    found = dict(cells)
    for role, cell in cells.items():
        if cell.isascii() and cell.isdigit() and _FIRST <= int(cell) <= _LAST:
            found[role] = (epoch + timedelta(days=int(cell))).isoformat()
    return found


def file_source(file: str) -> str:
    """Return what stands for the source of a file's rows where no column does."""
    return PurePath(file).name


def _index(
    place: str, header: Sequence[str], table: Table, problems: list[Problem]
) -> dict[str, int]:
    """Return where each role's column stands; a name that stands twice is a problem."""
    plain = [_plain(name) for name in header]
    found = {}
    doubled = []
    for role in table.columns.roles:
        wanted = table.mapped.get(role)
        at = [i for i, name in enumerate(header) if name == (wanted or role)]
        if not at:
            at = [i for i, name in enumerate(plain) if name == _plain(wanted or role)]
        if not at and not wanted and role in table.columns.other_names:
            at = [i for i, name in enumerate(plain) if name == table.columns.other_names[role]]
        if len(at) > 1:
            doubled.append(header[at[0]])
        if at:
            found[role] = at[0]
        elif wanted:
            expected = f"one of {', '.join(name for name in header if name)}"
            hint = did_you_mean(wanted, header)
            subject = f"--column {role}={wanted}"
            problems.append(Problem(place, subject, "no such column", expected, hint))
    if doubled:
        text = f"{', '.join(doubled)} more than once"
        problems.append(Problem(place, "header", text, "each column once"))
    return found


def _plain(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _hint(missing: Sequence[str], header: Sequence[str]) -> str:
    """Return which options would supply what a header lacks."""
    parts = []
    for role in missing:
        likely = [
            name for name in header
            if set(re.findall("[a-z]+", name.lower())) & set(_LIKELY.get(role, ()))
        ]  # fmt: skip
        if likely:
            parts.append(f"--column {quote(f'{role}={likely[0]}')}")
        elif role in {"series_id", "unit"}:
            parts.append("--series ID" if role == "series_id" else "--unit UNIT")
    if parts:
        return f"Say it with {' '.join(parts)}."
    return did_you_mean(missing[0], header)
