"""The SQLite file behind the store: opening, creating, and what to do when it is broken.

Several processes may use it at once: readers never wait (write-ahead log), writers wait for each
other, and each write is one transaction.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from forecast.errors import InputError, Problem
from forecast.store.runs import StoredRun, all_runs, insert_run, payload
from forecast.store.vintages import (
    Counts,
    Figure,
    Stored,
    StoredGuidance,
    StoredRow,
    all_vintages,
    insert,
    sort_out,
)

Answer = TypeVar("Answer")
STORE_FILE = Path(".forecast") / "store.sqlite"
SCHEMA_VERSION = 1
CACHE_ENTRIES = 24
CACHE_BYTES = 256 * 2**20
_BUSY_SECONDS = 10.0
_CREATE_CACHE = """
CREATE TABLE IF NOT EXISTS cache (
    entry INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL
)"""


def open_store(workspace: Path | None) -> Store:
    """Return the store of a workspace, or the user's cache outside of one.

    Nothing is created or opened before the first use. A user without a home has a store that is
    empty and keeps nothing.
    """
    if workspace is not None:
        return Store(workspace / STORE_FILE)
    from platformdirs import user_cache_path

    folder = user_cache_path("forecast")
    return Store(folder / STORE_FILE.name if folder.is_absolute() else Path(os.devnull) / "store")


class Store:
    """One SQLite file with ingested observations, cached results and kept runs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def observations(self) -> list[StoredRow]:
        """Return every ingested observation, all vintages, in order of arrival.

        Raises InputError if the file is there but is no store of this version.
        """
        return self._vintages(StoredRow)

    def guidance(self) -> list[StoredGuidance]:
        """Return all ingested guidance, all vintages, in order of arrival.

        Raises InputError as `observations` does.
        """
        return self._vintages(StoredGuidance)

    def preview(self, rows: Sequence[Stored], elsewhere: Collection[Figure] = ()) -> Counts:
        """Return what adding would do, and do nothing."""
        stored = self._vintages(type(rows[0])) if rows else []
        return sort_out(rows, stored, elsewhere)[1]

    def add_observations(
        self, rows: Sequence[StoredRow], elsewhere: Collection[Figure] = ()
    ) -> Counts:
        """Add what the store does not know yet, all of it or nothing, and return the counts.

        A row revises if its figure is in the store already, or among those known `elsewhere`.
        Raises InputError if the store cannot be written or is broken.
        """
        return self._add(StoredRow, rows, elsewhere)

    def add_guidance(
        self, rows: Sequence[StoredGuidance], elsewhere: Collection[Figure] = ()
    ) -> Counts:
        """Add what the store does not know yet, as `add_observations` does."""
        return self._add(StoredGuidance, rows, elsewhere)

    def _vintages(self, kind: type[Stored]) -> list[Stored]:
        if not self._is_there():
            return []
        with self._connected(writable=False) as connection:
            return all_vintages(connection, kind)

    def _add(
        self, kind: type[Stored], rows: Sequence[Stored], elsewhere: Collection[Figure]
    ) -> Counts:
        def write(connection: sqlite3.Connection) -> Counts:
            fresh, counts = sort_out(rows, all_vintages(connection, kind), elsewhere)
            insert(connection, kind, fresh)
            return counts

        return self._write(write)

    def runs(self) -> list[StoredRun]:
        """Return every kept run in the order of arrival.

        Raises InputError if the file is there but is no store of this version.
        """
        if not self._is_there():
            return []
        with self._connected(writable=False) as connection:
            return all_runs(connection)

    def payload(self, key: str) -> bytes | None:
        """Return what a run refers to by a key, None if it is kept no longer.

        Raises InputError as `runs` does.
        """
        if not self._is_there():
            return None
        with self._connected(writable=False) as connection:
            return payload(connection, key)

    def keep_run(self, run: StoredRun, contents: Mapping[str, bytes]) -> None:
        """Keep a run under the next number, with what it refers to, by key; the oldest may go.

        Raises InputError if the store cannot be written or is broken.
        """
        self._write(lambda connection: insert_run(connection, run, contents))

    def look_up(self, work: Callable[[sqlite3.Connection], Answer], empty: Answer) -> Answer:
        """Return what `work` finds, `empty` where there is no store yet. Raises InputError."""
        if not self._is_there():
            return empty
        with self._connected(writable=False) as connection:
            return work(connection)

    def change(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do `work` in one transaction. Raises InputError if the store cannot be written."""
        return self._write(work)

    def cache_get(self, key: str) -> bytes | None:
        """Return what is cached under a key, None if there is nothing, or nothing whole."""
        if not self._is_there():
            return None
        try:
            with self._connected(writable=False) as connection:
                row = connection.execute("SELECT value FROM cache WHERE key = ?", (key,)).fetchone()
        except InputError:
            return None
        return None if row is None else _checked(bytes(row[0]))

    def cache_put(self, key: str, value: bytes) -> None:
        """Cache a value; the oldest beyond 24 entries or 256 MiB go, the new one stays.

        A place that cannot be written keeps none.
        """

        def write(connection: sqlite3.Connection) -> None:
            sealed = _checksum(value) + value
            connection.execute(
                "INSERT OR REPLACE INTO cache (key, value) VALUES (?, ?)", (key, sealed)
            )
            connection.execute(
                "DELETE FROM cache WHERE entry IN (SELECT entry FROM (SELECT entry, "
                "row_number() OVER newest AS rank, sum(length(value)) OVER newest AS bytes "
                "FROM cache WINDOW newest AS (ORDER BY entry DESC)) "
                "WHERE rank > ? OR (bytes > ? AND rank > 1))",
                (CACHE_ENTRIES, CACHE_BYTES),
            )

        try:
            self._write(write)
        except InputError:
            return

    def _is_there(self) -> bool:
        """Whether there is a file with something in it; one just being created is still empty."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def _write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do `work` in one transaction that no other writer can come between."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(self._problem(str(error.strerror or error))) from error
        with self._connected(writable=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                answer = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has undone it already
                    connection.execute("ROLLBACK")
                raise
        return answer

    @contextmanager
    def _connected(self, writable: bool) -> Iterator[sqlite3.Connection]:
        """Yield a connection to a checked store; what SQLite objects to becomes an InputError."""
        connection = None
        try:
            connection = self._connect(writable)
            yield connection
        except sqlite3.Error as error:
            broken = not isinstance(error, sqlite3.OperationalError)
            raise InputError(self._problem(str(error), broken)) from error
        finally:
            if connection is not None:
                connection.close()

    def _connect(self, writable: bool) -> sqlite3.Connection:
        """Return a connection; in a read-only place, one that does not need a write-ahead log."""
        name = quote(os.fsencode(self.path.resolve()))  # the path may not be UTF-8
        if writable:
            connection = _opened(f"file:{name}?mode=rwc")
            self._create(connection)
            return connection
        connection = _opened(f"file:{name}?mode=ro")
        try:
            self._check_version(connection)
        except sqlite3.OperationalError:
            connection.close()
            connection = _opened(f"file:{name}?mode=ro&immutable=1")
            self._check_version(connection)
        return connection

    def _create(self, connection: sqlite3.Connection) -> None:
        """Make a store of a file that is new, in one transaction: no reader sees half of it."""
        if self._version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_CREATE_CACHE)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            with suppress(sqlite3.OperationalError):  # another process is switching it just now
                connection.execute("PRAGMA journal_mode = WAL")
        self._check_version(connection)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        version = self._version(connection)
        if version != SCHEMA_VERSION:
            found = f"schema version {version}, not {SCHEMA_VERSION}"
            raise InputError(self._problem(found, broken=True))

    @staticmethod
    def _version(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def _problem(self, found: str, broken: bool = False) -> Problem:
        """Return what is wrong with the store, and how to rebuild it if it is broken."""
        hint = (
            "It holds ingested observations, kept runs and caches. To rebuild it, move "
            f"{self.path} away and repeat your `forecast ingest` commands; kept runs start anew."
        )
        expected = "a store that can be used"
        return Problem(str(self.path), "store", found, expected, hint if broken else "")


def _checksum(value: bytes) -> bytes:
    """Return four bytes by which damage shows, which SQLite itself does not look for."""
    return zlib.crc32(value).to_bytes(4, "big")


def _checked(sealed: bytes) -> bytes | None:
    """Return a value without its checksum, None if the two do not agree."""
    return sealed[4:] if sealed[:4] == _checksum(sealed[4:]) else None


def _opened(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
