"""How large a store is, and of what."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from forecast.store.tables import has_table

_TABLES = ("observations", "guidance", "runs", "proposals")


@dataclass(frozen=True)
class Sizes:
    """Bytes of the cache and of what runs rest on and found, and how much else there is."""

    cache: int = 0
    entries: int = 0
    payloads: int = 0
    runs: int = 0
    rows: int = 0
    proposals: int = 0


def sizes(connection: sqlite3.Connection) -> Sizes:
    """Return how large a store's parts are."""
    observations, guidance, runs, proposals = (_count(connection, name) for name in _TABLES)
    cache = _bytes(connection, "cache")
    entries, payloads = _count(connection, "cache"), _bytes(connection, "payloads")
    return Sizes(cache, entries, payloads, runs, observations + guidance, proposals)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return _number(connection, table, "count(*)")


def _bytes(connection: sqlite3.Connection, table: str) -> int:
    return _number(connection, table, "coalesce(sum(length(value)), 0)")


def _number(connection: sqlite3.Connection, table: str, what: str) -> int:
    if not has_table(connection, table):
        return 0
    return int(connection.execute(f"SELECT {what} FROM {table}").fetchone()[0])
