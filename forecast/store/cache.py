"""What was computed before, by its key: bounded in bytes, and a cache whose damage shows.

What was used least recently goes first. Nothing else in the store is ever touched by it.
"""

from __future__ import annotations

import os
import sqlite3
import zlib

from forecast.errors import InputError, Problem
from forecast.store.tables import has_table

LIMIT, DEFAULT_MB = "FORECAST_CACHE_MB", 512  # of a million bytes
MOST_MB = 1_000_000
# A use is written down only where so many others came since the last: reading writes hardly ever.
NEWEST = 8
CREATE_CACHE = """
CREATE TABLE IF NOT EXISTS cache (
    entry INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL
)"""
# In which turn a key was used last: turns count up with each use that is written down.
_CREATE_USES = "CREATE TABLE IF NOT EXISTS uses (key TEXT PRIMARY KEY, turn INTEGER) WITHOUT ROWID"
_LAST_TURN = "SELECT coalesce(max(turn), 0) FROM uses"
_PRUNE = """
DELETE FROM cache WHERE entry IN (
    SELECT entry FROM (
        SELECT entry, sum(length(value)) OVER (ORDER BY turn DESC, entry DESC) AS bytes
        FROM cache LEFT JOIN uses USING (key)
    ) WHERE bytes > ?
)"""


def cache_limit() -> int:
    """Return how many bytes the cache may hold. Raises InputError where the environment sets
    another limit that is none."""
    text = os.environ.get(LIMIT, "").strip() or str(DEFAULT_MB)
    if text.isascii() and text.isdigit() and int(text) <= MOST_MB:
        return int(text) * 10**6
    expected = f"a whole number of MB from 0 (nothing is kept) to {MOST_MB:,}"
    raise InputError(Problem("environment", LIMIT, repr(text), expected))


def cached(connection: sqlite3.Connection, key: str) -> bytes | None:
    """Return what is cached under a key, None if there is nothing, or nothing whole."""
    row = connection.execute("SELECT value FROM cache WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    sealed = bytes(row[0])
    return sealed[4:] if sealed[:4] == _checksum(sealed[4:]) else None


def is_long_unused(connection: sqlite3.Connection, key: str) -> bool:
    """Return whether a use of a key should be written down, which `note_use` does."""
    if not has_table(connection, "uses"):
        return False
    newer = f"SELECT 1 FROM uses WHERE key = ? AND turn > ({_LAST_TURN}) - {NEWEST}"
    return connection.execute(newer, (key,)).fetchone() is None


def note_use(connection: sqlite3.Connection, key: str) -> None:
    """Write down that a key is the one used last."""
    connection.execute(_CREATE_USES)
    connection.execute(f"INSERT OR REPLACE INTO uses VALUES (?, ({_LAST_TURN}) + 1)", (key,))


def put_into_cache(connection: sqlite3.Connection, key: str, value: bytes) -> int:
    """Cache a value, for which others go as far as the limit asks; one above the limit is not kept.
    Return how many bytes of the file are free then, which SQLite uses again.

    Raises InputError for a limit that is none.
    """
    sealed = _checksum(value) + value
    room = cache_limit() - len(sealed)
    connection.execute("DELETE FROM cache WHERE key = ?", (key,))
    connection.execute(_CREATE_USES)
    connection.execute(_PRUNE, (max(room, 0),))
    if room >= 0:
        connection.execute("INSERT INTO cache (key, value) VALUES (?, ?)", (key, sealed))
        note_use(connection, key)
    connection.execute("DELETE FROM uses WHERE key NOT IN (SELECT key FROM cache)")
    free, page = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("freelist_count", "page_size")
    )
    return free * page


def _checksum(value: bytes) -> bytes:
    """Return four bytes by which damage shows, which SQLite itself does not look for."""
    return zlib.crc32(value).to_bytes(4, "big")
