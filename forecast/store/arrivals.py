"""Rows that arrive in the store: what it does not know yet is added, and everything is counted.

The database compares them, block by block, so that neither many rows nor a large store cost memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Generic

from forecast.store.tables import create, gone, live
from forecast.store.vintages import Figure, Stored

Cells = tuple[object, ...]
BLOCK = 20_000  # rows


@dataclass(frozen=True)
class Counts:
    """What became of the rows of an ingest; `forgotten` of them were taken back before, and stay
    so."""

    new: int = 0
    unchanged: int = 0
    revised: int = 0
    forgotten: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = (each.name for each in fields(Counts))
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


def add_rows(
    connection: sqlite3.Connection,
    kind: type[Stored],
    rows: Iterable[Cells],
    elsewhere: Collection[Figure],
    moment: str,
) -> Counts:
    """Add the rows, cells in the order of the columns, that say something new; return the counts.

    A row is unchanged if the last vintage with its day of publication says the same; it revises if
    its figure is in the store, or `elsewhere`.
    """
    create(connection, kind.table, "arrivals")
    last = f"SELECT coalesce(max(vintage), 0) FROM {kind.table}"
    before = connection.execute(last).fetchone()[0]
    arriving = _Arriving(connection, kind, elsewhere)
    counts = Counts()
    for block in _blocks(kind, rows):
        counts += arriving.add(block)
    after = connection.execute(last).fetchone()[0]
    if after > before:
        arrival = (kind.table, before + 1, after, moment)
        connection.execute("INSERT INTO arrivals VALUES (?, ?, ?, ?)", arrival)
    return counts


def _blocks(kind: type[Stored], rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    """Yield blocks of rows in none of which two are about one figure as published on one day."""
    key_of = itemgetter(*(kind.columns.index(name) for name in _key_columns(kind)))
    block: list[Cells] = []
    seen: set[Figure] = set()
    for row in rows:
        key = key_of(row)
        if key in seen or len(block) == BLOCK:
            yield block
            block, seen = [], set()
        seen.add(key)
        block.append(row)
    if block:
        yield block


def _key_columns(kind: type[Stored]) -> tuple[str, ...]:
    """Return the columns that say what a row is about, and when it was published."""
    return (*kind.figure_columns, "published")


class _Arriving(Generic[Stored]):
    """One transaction's rows on their way into a table, block by block."""

    def __init__(
        self, connection: sqlite3.Connection, kind: type[Stored], elsewhere: Collection[Figure]
    ) -> None:
        self.connection = connection
        self.kind = kind
        self.elsewhere = elsewhere
        self.known_series: dict[object, bool] = {}  # whether the store had any row before
        self.hashes: set[int] = set()  # of the figures that have arrived
        columns = ", ".join(kind.columns)
        for name in ("incoming", "fresh"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        connection.execute(
            f"CREATE TEMP TABLE incoming AS SELECT {columns} FROM {kind.table} WHERE 0"
        )
        connection.execute("CREATE TEMP TABLE fresh (place INTEGER PRIMARY KEY, is_known INTEGER)")

    def add(self, block: list[Cells]) -> Counts:
        """Add what a block says that is new."""
        figure_of = itemgetter(*(self.kind.columns.index(n) for n in self.kind.figure_columns))
        figures = set(map(figure_of, block))
        hashes = set(map(hash, figures))
        is_news = hashes.isdisjoint(self.hashes) and not any(
            [self._is_known(name) for name in {figure[0] for figure in figures}]
        )
        self.hashes |= hashes
        if not is_news:
            return self._compare(block)
        self._insert(self.kind.table, block)
        new = len(figures) - sum(figure in figures for figure in self.elsewhere)
        return Counts(new, 0, len(block) - new)

    def _is_known(self, series: object) -> bool:
        """Return whether the store had rows of a series before these, forgotten ones too."""
        if series not in self.known_series:
            query = f"SELECT 1 FROM {self.kind.table} WHERE series_id = ? LIMIT 1"
            found = self.connection.execute(query, (series,)).fetchone()
            self.known_series[series] = found is not None
        return self.known_series[series]

    def _insert(self, table: str, block: list[Cells]) -> None:
        names, marks = ", ".join(self.kind.columns), ", ".join("?" * len(self.kind.columns))
        self.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", block)

    def _compare(self, block: list[Cells]) -> Counts:
        """Add the rows of a block that the database does not hold yet."""
        connection, table = self.connection, self.kind.table
        connection.execute("DELETE FROM temp.incoming")
        connection.execute("DELETE FROM temp.fresh")
        self._insert("temp.incoming", block)
        same_figure = _equal("=", self.kind.figure_columns)
        same_day = _equal("=", _key_columns(self.kind))
        says = _equal("IS", self.kind.columns[:-2])
        is_live = live(connection, table, "said.")
        connection.execute(f"""
            INSERT INTO temp.fresh SELECT incoming.rowid, EXISTS (
                SELECT 1 FROM {table} AS said WHERE {same_figure} AND {is_live}
            ) FROM temp.incoming LEFT JOIN {table} AS said ON said.vintage = (
                SELECT max(vintage) FROM {table} AS said WHERE {same_day} AND {is_live}
            ) WHERE said.vintage IS NULL OR NOT ({says})""")
        forgotten = 0
        if query := gone(connection, table):
            forgotten = connection.execute(f"""
                DELETE FROM temp.fresh WHERE place IN (
                    SELECT incoming.rowid FROM temp.incoming JOIN {table} AS said
                    ON {same_day} AND {says} AND said.vintage IN ({query})
                )""").rowcount
        names = ", ".join(self.kind.columns)
        added = connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM temp.incoming "
            "JOIN temp.fresh ON place = incoming.rowid ORDER BY place"
        ).rowcount
        new = self._new_figures()
        return Counts(new, len(block) - added - forgotten, added - new, forgotten)

    def _new_figures(self) -> int:
        """Return how many figures of the block were known to nobody."""
        figures = ", ".join(self.kind.figure_columns)
        found = self.connection.execute(
            f"SELECT DISTINCT {figures} FROM temp.incoming "
            "JOIN temp.fresh ON place = incoming.rowid WHERE NOT is_known"
        )
        return sum(tuple(figure) not in self.elsewhere for figure in found)


def _equal(sign: str, names: Iterable[str]) -> str:
    """Return the condition that a row of the store and one that arrives agree in columns."""
    return " AND ".join(f"said.{name} {sign} incoming.{name}" for name in names)
