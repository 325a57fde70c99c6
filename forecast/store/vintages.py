"""Ingested observations and their vintages: a revision is kept beside what it revises."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields

Figure = tuple[str, str, bool]  # a series, a period end, and whether the point is assumed


@dataclass(frozen=True)
class StoredRow:
    """One ingested observation, dates in ISO 8601; `kind` is what it was ingested as."""

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
        """What the row is about."""
        return self.series_id, self.period_end, self.assumed

    @property
    def content(self) -> tuple[object, ...]:
        """All that the row says, wherever it was read."""
        return self.cells[:-2]

    @property
    def cells(self) -> tuple[object, ...]:
        """The fields in their order."""
        return tuple(vars(self).values())


@dataclass(frozen=True)
class Counts:
    """What became of the rows of an ingest."""

    new: int = 0
    unchanged: int = 0
    revised: int = 0


_COLUMNS = tuple(field.name for field in fields(StoredRow))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM observations ORDER BY vintage"
_INSERT = (
    f"INSERT INTO observations ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
)
CREATE_OBSERVATIONS = """
CREATE TABLE IF NOT EXISTS observations (
    vintage INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id TEXT NOT NULL, period_end TEXT NOT NULL, published TEXT NOT NULL,
    frequency TEXT NOT NULL, value REAL NOT NULL, high REAL, unit TEXT NOT NULL,
    qualifier TEXT NOT NULL, source TEXT NOT NULL, source_url TEXT NOT NULL, status TEXT NOT NULL,
    note TEXT NOT NULL, error REAL, assumed INTEGER NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL
)"""


def all_vintages(connection: sqlite3.Connection) -> list[StoredRow]:
    """Return every row in the order of its arrival."""
    found = []
    for cells in connection.execute(_SELECT):
        values = dict(zip(_COLUMNS, cells, strict=True))
        found.append(StoredRow(**{**values, "assumed": bool(values["assumed"])}))
    return found


def latest_vintages(rows: Iterable[StoredRow]) -> list[StoredRow]:
    """Return one row for each figure: the last published, and of those the last to arrive."""
    latest: dict[Figure, StoredRow] = {}
    for row in rows:
        before = latest.get(row.figure)
        if before is None or row.published >= before.published:
            latest[row.figure] = row
    return [latest[figure] for figure in sorted(latest)]


def sort_out(
    incoming: Sequence[StoredRow], stored: Iterable[StoredRow], elsewhere: Collection[Figure] = ()
) -> tuple[list[StoredRow], Counts]:
    """Return the rows that say something the store does not know yet, and the counts.

    A row is unchanged if the last vintage with its day of publication says the same; it revises if
    its figure is known to the store, or `elsewhere`.
    """
    known = set(elsewhere)
    said: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in stored:
        known.add(row.figure)
        said[*row.figure, row.published] = row.content
    fresh = []
    for row in incoming:
        if said.get((*row.figure, row.published)) != row.content:
            said[*row.figure, row.published] = row.content
            fresh.append(row)
    new = len({row.figure for row in fresh} - known)
    return fresh, Counts(new, len(incoming) - len(fresh), len(fresh) - new)


def insert(connection: sqlite3.Connection, rows: Iterable[StoredRow]) -> None:
    """Add rows as vintages of their own."""
    connection.executemany(_INSERT, [row.cells for row in rows])
