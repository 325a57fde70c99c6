"""What a person ingested, with its vintages: a revision is kept beside what it revises."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar

Figure = tuple[object, ...]  # what a row is about, whoever said when how much


class Vintage:
    """A row of a table of the store, its fields in the order of the columns."""

    table: ClassVar[str]

    @property
    def cells(self) -> tuple[object, ...]:
        """The fields in their order."""
        return tuple(vars(self).values())

    @property
    def content(self) -> tuple[object, ...]:
        """All that the row says, wherever it was read: its file and line are the last fields."""
        return self.cells[:-2]


@dataclass(frozen=True)
class StoredRow(Vintage):
    """One ingested observation, dates in ISO 8601; `kind` is what it was ingested as."""

    table = "observations"

    series_id: str
    period_end: str
    published: str
    frequency: str
    value: float
    high: float | None
    unit: str
    qualifier: str
    source: str
    source_url: str
    status: str
    note: str
    error: float | None
    assumed: bool
    kind: str
    file: str
    line: int

    @property
    def figure(self) -> Figure:
        """A series, a period end, and whether the point is assumed."""
        return self.series_id, self.period_end, self.assumed


@dataclass(frozen=True)
class StoredGuidance(Vintage):
    """What a company said of a period, dates in ISO 8601; `kind` is what it was ingested as."""

    table = "guidance"

    series_id: str
    period_end: str
    months: int
    low: float | None
    mid: float | None
    high: float | None
    words: str
    unit: str
    published: str
    company: str
    definition: str
    source: str
    source_url: str
    status: str
    note: str
    kind: str
    file: str
    line: int

    @property
    def figure(self) -> Figure:
        """A series, a company and a period."""
        return self.series_id, self.company, self.period_end, self.months


Stored = TypeVar("Stored", StoredRow, StoredGuidance)


@dataclass(frozen=True)
class Counts:
    """What became of the rows of an ingest."""

    new: int = 0
    unchanged: int = 0
    revised: int = 0


_CREATE = {
    StoredRow: """
CREATE TABLE IF NOT EXISTS observations (
    vintage INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id TEXT NOT NULL, period_end TEXT NOT NULL, published TEXT NOT NULL,
    frequency TEXT NOT NULL, value REAL NOT NULL, high REAL, unit TEXT NOT NULL,
    qualifier TEXT NOT NULL, source TEXT NOT NULL, source_url TEXT NOT NULL, status TEXT NOT NULL,
    note TEXT NOT NULL, error REAL, assumed INTEGER NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL
)""",
    StoredGuidance: """
CREATE TABLE IF NOT EXISTS guidance (
    vintage INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id TEXT NOT NULL, period_end TEXT NOT NULL, months INTEGER NOT NULL, low REAL, mid REAL,
    high REAL, words TEXT NOT NULL, unit TEXT NOT NULL, published TEXT NOT NULL,
    company TEXT NOT NULL, definition TEXT NOT NULL, source TEXT NOT NULL,
    source_url TEXT NOT NULL, status TEXT NOT NULL, note TEXT NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL
)""",
}


def all_vintages(connection: sqlite3.Connection, kind: type[Stored]) -> list[Stored]:
    """Return every row of a kind in the order of arrival; none where there was never one."""
    if not has_table(connection, kind.table):
        return []
    columns = [field.name for field in fields(kind)]
    found = []
    select = f"SELECT {', '.join(columns)} FROM {kind.table} ORDER BY vintage"
    for cells in connection.execute(select):
        values = dict(zip(columns, cells, strict=True))
        if "assumed" in values:
            values["assumed"] = bool(values["assumed"])
        found.append(kind(**values))
    return found


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Return whether a store has a table; those that came later are made when first needed."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    )
    return found.fetchone() is not None


def latest_vintages(rows: Iterable[StoredRow]) -> list[StoredRow]:
    """Return one row for each figure: the last published, and of those the last to arrive."""
    latest: dict[Figure, StoredRow] = {}
    for row in rows:
        before = latest.get(row.figure)
        if before is None or row.published >= before.published:
            latest[row.figure] = row
    return [latest[figure] for figure in sorted(latest)]


def sort_out(
    incoming: Sequence[Stored], stored: Iterable[Stored], elsewhere: Collection[Figure] = ()
) -> tuple[list[Stored], Counts]:
    """Return the rows that say something the store does not know yet, and the counts.

    A row is unchanged if the last vintage with its day of publication says the same; it revises if
    its figure is known to the store, or `elsewhere`.
    """
    known = set(elsewhere)
    said: dict[tuple[Figure, str], tuple[object, ...]] = {}
    for row in stored:
        known.add(row.figure)
        said[row.figure, row.published] = row.content
    fresh: list[Stored] = []
    for row in incoming:
        if said.get((row.figure, row.published)) != row.content:
            said[row.figure, row.published] = row.content
            fresh.append(row)
    new = len({row.figure for row in fresh} - known)
    return fresh, Counts(new, len(incoming) - len(fresh), len(fresh) - new)


def insert(connection: sqlite3.Connection, kind: type[Stored], rows: Iterable[Stored]) -> None:
    """Add rows as vintages of their own."""
    connection.execute(_CREATE[kind])
    columns = [field.name for field in fields(kind)]
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {kind.table} ({', '.join(columns)}) VALUES ({marks})",
        [row.cells for row in rows],
    )
