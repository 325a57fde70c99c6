"""What a person ingested, with its vintages: a revision is kept beside what it revises."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from forecast.periods import EVENT
from forecast.store.events import event_name, former_days
from forecast.store.tables import has_table, live

Figure = tuple[object, ...]  # what a row is about, whoever said when how much


class Vintage:
    """A row of a table of the store, its fields in the order of the columns.

    `mark` stands before its number in what a person sees; `figure_columns` say what it is about.
    """

    table: ClassVar[str]
    mark: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    figure_columns: ClassVar[tuple[str, ...]]

    @property
    def cells(self) -> tuple[object, ...]:
        """The fields in their order."""
        return tuple(vars(self).values())

    @property
    def content(self) -> tuple[object, ...]:
        """All that the row says, wherever it was read: its file and line are the last fields."""
        return self.cells[:-2]

    @property
    def figure(self) -> Figure:
        """What the row is about."""
        return tuple(getattr(self, name) for name in self.figure_columns)


@dataclass(frozen=True)
class StoredRow(Vintage):
    """One ingested observation, dates in ISO 8601; `kind` is what it was ingested as.

    It is about a series, a period end, and whether the point is assumed.
    """

    table = "observations"
    mark = ""
    columns = (
        "series_id", "period_end", "published", "frequency", "value", "high", "unit", "qualifier",
        "source", "source_url", "status", "note", "error", "assumed", "kind", "file", "line",
    )  # fmt: skip
    figure_columns = ("series_id", "period_end", "assumed")

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


@dataclass(frozen=True)
class StoredGuidance(Vintage):
    """What a company said of a period, dates in ISO 8601; `kind` is what it was ingested as.

    It is about a series, a company and a period.
    """

    table = "guidance"
    mark = "g"
    columns = (
        "series_id", "period_end", "months", "low", "mid", "high", "words", "unit", "published",
        "company", "definition", "source", "source_url", "status", "note", "kind", "file", "line",
    )  # fmt: skip
    figure_columns = ("series_id", "period_end", "company", "months")

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


Stored = TypeVar("Stored", bound=StoredRow | StoredGuidance)
KINDS: tuple[type[StoredRow] | type[StoredGuidance], ...] = (StoredRow, StoredGuidance)


@dataclass(frozen=True)
class Kept(Generic[Stored]):
    """A row of the store with the number by which it can be named."""

    number: int
    row: Stored

    @property
    def id(self) -> str:
        """The number as a person sees it: 17 for an observation, g17 for guidance."""
        return f"{self.row.mark}{self.number}"


def live_rows(
    connection: sqlite3.Connection, kind: type[Stored], series: Collection[str] | None = None
) -> Iterator[Kept[Stored]]:
    """Yield the rows of a kind that are not forgotten, in the order of arrival.

    With `series` only theirs, and every assumed point; an index finds them. None where there is no
    such table yet.
    """
    if not has_table(connection, kind.table):
        return
    wanted = [live(connection, kind.table)]
    values = tuple(series or ())
    if series is not None:
        assumed = " OR assumed = 1" if kind is StoredRow else ""
        wanted.append(f"(series_id IN ({', '.join('?' * len(values))}){assumed})")
    rows = connection.execute(
        f"SELECT vintage, {', '.join(kind.columns)} FROM {kind.table} "
        f"WHERE {' AND '.join(wanted)} ORDER BY vintage",
        values,
    )
    for number, *cells in rows:
        yield Kept(number, record(kind, cells))


def first_rows(connection: sqlite3.Connection, series: Iterable[str]) -> dict[str, StoredRow]:
    """Return the first observation of each series of which there is one that is not forgotten."""
    if not has_table(connection, StoredRow.table):
        return {}
    query = (
        f"SELECT {', '.join(StoredRow.columns)} FROM observations WHERE series_id = ? "
        f"AND assumed = 0 AND {live(connection, StoredRow.table)} LIMIT 1"
    )
    found = {name: connection.execute(query, (name,)).fetchone() for name in series}
    return {name: record(StoredRow, cells) for name, cells in found.items() if cells}


def record(kind: type[Stored], cells: Iterable[object]) -> Stored:
    """Return the row that a table's cells hold."""
    values: dict[str, Any] = dict(zip(kind.columns, cells, strict=True))
    if "assumed" in values:
        values["assumed"] = bool(values["assumed"])
    return kind(**values)


def latest_vintages(rows: Iterable[StoredRow]) -> list[StoredRow]:
    """Return one row for each figure: the last published, and of those the last to arrive. An event
    that was dated anew stands at its last day alone."""
    latest: dict[Figure, StoredRow] = {}
    events: list[StoredRow] = []
    for row in rows:
        if row.frequency == EVENT:
            events.append(row)
            continue
        before = latest.get(row.figure)
        if before is None or row.published >= before.published:
            latest[row.figure] = row
    for row in sorted(events, key=attrgetter("published")):
        for day in former_days(row.frequency, row.note):
            place = row.series_id, day, row.assumed
            former = latest.get(place)
            if former is not None and event_name(former.note) == event_name(row.note):
                del latest[place]
        latest[row.figure] = row
    return [latest[figure] for figure in sorted(latest)]
