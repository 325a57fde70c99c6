"""The SQLite file behind the store: opening, creating, and what to do when it is broken.

Several processes may use it at once: readers never wait (write-ahead log), writers wait for each
other, and each write is one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from forecast.errors import InputError, Problem
from forecast.store.cache import CREATE_CACHE

Answer = TypeVar("Answer")
SCHEMA_VERSION = 1
_BUSY_SECONDS = 10.0  # to wait for another process; what is cached is not worth more
LONG = 300.0  # the same for what a person asked to be kept: a million rows take some ten seconds


class Database:
    """One SQLite file, which need not be there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def is_there(self) -> bool:
        """Whether there is a file with something in it; one just being created is still empty."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def write(self, work: Callable[[sqlite3.Connection], Answer], wait: float = LONG) -> Answer:
        """Do `work` in one transaction that no other writer can come between.

        Raises InputError if the file cannot be written or is broken, and then nothing is changed.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(self._problem(str(error.strerror or error))) from error
        with self._connected(writable=True, wait=wait) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                answer = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                # A disk that is full has ended the transaction already.
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
        return answer

    def rehearse(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do `work` as `write` does, and undo it; where there is no file, on one in memory."""
        if not self.is_there():
            with closing(sqlite3.connect(":memory:")) as connection:
                return work(connection)
        answers: list[Answer] = []

        def undone(connection: sqlite3.Connection) -> None:
            answers.append(work(connection))
            raise _Rehearsed

        with suppress(_Rehearsed):
            self.write(undone)
        return answers[0]

    def shrink(self) -> None:
        """Give the free room of the file back to the system, unless another process is at it.

        It is one transaction of SQLite's own. Raises InputError if it cannot be.
        """
        with self._connected(writable=True, wait=0.0) as connection:
            connection.execute("VACUUM")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that only reads. Raises InputError if the file is no such store."""
        with self._connected(writable=False) as connection:
            yield connection

    @contextmanager
    def _connected(
        self, writable: bool, wait: float = _BUSY_SECONDS
    ) -> Iterator[sqlite3.Connection]:
        """Yield a connection to a checked store; what SQLite objects to becomes an InputError."""
        connection = None
        try:
            connection = self._connect(writable, wait)
            yield connection
        except sqlite3.Error as error:
            broken = not isinstance(error, sqlite3.OperationalError)
            raise InputError(self._problem(str(error), broken)) from error
        except UnicodeEncodeError as error:
            found = f"text with half of a character in it, {error.object[error.start]!a}"
            expected = "text that Unicode can write"
            raise InputError(Problem(str(self.path), "row", found, expected)) from error
        finally:
            if connection is not None:
                connection.close()

    def _connect(self, writable: bool, wait: float) -> sqlite3.Connection:
        """Return a connection; in a read-only place, one that does not need a write-ahead log."""
        name = quote(os.path.realpath(os.fsencode(self.path)))  # the path may not be UTF-8
        if writable:
            connection = _opened(f"file:{name}?mode=rwc", wait)
            self._create(connection)
            return connection
        connection = _opened(f"file:{name}?mode=ro", wait)
        try:
            self._check_version(connection)
        except sqlite3.OperationalError:
            connection.close()
            connection = _opened(f"file:{name}?mode=ro&immutable=1", wait)
            self._check_version(connection)
        return connection

    def _create(self, connection: sqlite3.Connection) -> None:
        """Make a store of a file that is new, in one transaction: no reader sees half of it."""
        if self._version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            is_empty = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
            if is_empty:  # and no database of another program
                connection.execute(CREATE_CACHE)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            if is_empty:
                with suppress(sqlite3.OperationalError):  # another process is switching it just now
                    connection.execute("PRAGMA journal_mode = WAL")
        self._check_version(connection)

    def _check_version(self, connection: sqlite3.Connection) -> None:
        version = self._version(connection)
        if version > SCHEMA_VERSION:
            found = f"a store of a newer forecast (schema version {version}, not {SCHEMA_VERSION})"
            expected = "a forecast as new as the store"
            hint = (
                "Upgrade the program: pip install --upgrade forecast. The store is left as it is."
            )
            raise InputError(Problem(str(self.path), "store", found, expected, hint))
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


class _Rehearsed(Exception):
    """Ends a transaction that was never meant to be kept."""


def _opened(uri: str, wait: float) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
