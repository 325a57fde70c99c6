"""Rows that arrive in the store: what it does not know yet is added, and everything is counted.

The database compares them, block by block, so that neither many rows nor a large store cost memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from operator import itemgetter
from typing import Generic

from forecast.store.tables import create, gone, live
from forecast.store.vintages import Figure, Stored

Cells = tuple[object, ...]
BLOCK, FEW = 20_000, 100  # rows of a block, and of one that is small


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
    left = iter(rows)
    while block := list(islice(left, BLOCK)):
        if len(set(map(key_of, block))) == len(block):
            yield block
        else:
            yield from _cut(block, key_of)


def _cut(block: list[Cells], key_of: Callable[[Cells], Figure]) -> Iterator[list[Cells]]:
    """Yield the parts of a block, each as long as no key stands twice in it."""
    part: list[Cells] = []
    seen: set[Figure] = set()
    for row in block:
        key = key_of(row)
        if key in seen:
            yield part
            part, seen = [], set()
        seen.add(key)
        part.append(row)
    yield part


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
        """Insert a block; what all its rows share is written once, which takes half the time."""
        shared = _shared(block)
        varying = [at for at in range(len(self.kind.columns)) if at not in shared]
        marks = ", ".join(shared.get(at, "?") for at in range(len(self.kind.columns)))
        rows = map(itemgetter(*varying), block)
        names = ", ".join(self.kind.columns)
        self.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

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


def _shared(block: list[Cells]) -> dict[int, str]:
    """Return the columns of a block that hold one and the same object, as SQL writes it."""
    first, last = block[0], block[-1]
    if len(block) < FEW:
        return {}
    return {
        at: _literal(value)
        for at, value in enumerate(first)
        if value is last[at] and _is_plain(value) and all(row[at] is value for row in block)
    }


def _is_plain(value: object) -> bool:
    return value is None or (isinstance(value, str) and "\0" not in value)


def _literal(value: object) -> str:
    return "NULL" if value is None else "'{}'".format(str(value).replace("'", "''"))


def _equal(sign: str, names: Iterable[str]) -> str:
    """Return the condition that a row of the store and one that arrives agree in columns."""
    return " AND ".join(f"said.{name} {sign} incoming.{name}" for name in names)
