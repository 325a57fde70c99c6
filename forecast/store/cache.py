"""What was computed before, by its key: a bounded cache whose damage shows."""

from __future__ import annotations

import sqlite3
import zlib

CACHE_ENTRIES = 1000  # a page takes a hundredth of what an ensemble does
CACHE_BYTES = 256 * 2**20
CREATE_CACHE = """
CREATE TABLE IF NOT EXISTS cache (
    entry INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL
)"""
# The oldest go, however large the newest is.
_PRUNE = """
DELETE FROM cache WHERE entry IN (
    SELECT entry FROM (
        SELECT entry, row_number() OVER newest AS rank, sum(length(value)) OVER newest AS bytes
        FROM cache WINDOW newest AS (ORDER BY entry DESC)
    ) WHERE rank > ? OR (bytes > ? AND rank > 1)
)"""


def cached(connection: sqlite3.Connection, key: str) -> bytes | None:
    """Return what is cached under a key, None if there is nothing, or nothing whole."""
    row = connection.execute("SELECT value FROM cache WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    sealed = bytes(row[0])
    return sealed[4:] if sealed[:4] == _checksum(sealed[4:]) else None


def put_into_cache(connection: sqlite3.Connection, key: str, value: bytes) -> None:
    """Cache a value; the oldest beyond the bounds go, the new one stays."""
    sealed = _checksum(value) + value
    connection.execute("INSERT OR REPLACE INTO cache (key, value) VALUES (?, ?)", (key, sealed))
    connection.execute(_PRUNE, (CACHE_ENTRIES, CACHE_BYTES))


def _checksum(value: bytes) -> bytes:
    """Return four bytes by which damage shows, which SQLite itself does not look for."""
    return zlib.crc32(value).to_bytes(4, "big")
