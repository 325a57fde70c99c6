"""The store of a workspace: ingested rows with vintages, kept runs, cached results."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from forecast.errors import InputError
from forecast.processors.timing import started
from forecast.store.arrivals import Counts, add_rows
from forecast.store.cache import (
    cache_limit,
    cached,
    is_long_unused,
    note_use,
    put_into_cache,
)
from forecast.store.database import Answer, Database
from forecast.store.forgotten import Chosen, Listed, forget, listed, restore
from forecast.store.runs import Gone, StoredRun, all_runs, insert_run, payload
from forecast.store.sizes import Sizes, sizes
from forecast.store.vintages import (
    Figure,
    Kept,
    Stored,
    StoredGuidance,
    StoredRow,
    first_rows,
    live_rows,
)

STORE_FILE = Path(".forecast") / "store.sqlite"
_CACHE_SECONDS = 10.0  # to wait for another process with what is only cached
_MOST_FREE = 64 * 10**6  # bytes of the file that may lie idle for what is cached next


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
    """One SQLite file with ingested observations, cached results and kept runs.

    What reads raises InputError if the file is there but is no store of this version, what writes
    also if it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path)

    def kept(self, kind: type[Stored], series: Collection[str] | None = None) -> list[Kept[Stored]]:
        """Return the rows of a kind that are not forgotten, with their numbers, all vintages, in
        order of arrival; with `series` only theirs, and every assumed point."""
        if not self._database.is_there():
            return []
        with self._database.reading() as connection:
            return list(live_rows(connection, kind, series))

    def observations(self, series: Collection[str] | None = None) -> list[StoredRow]:
        """Return the observations of `kept`."""
        return [each.row for each in self.kept(StoredRow, series)]

    def guidance(self) -> list[StoredGuidance]:
        """Return the guidance of `kept`."""
        return [each.row for each in self.kept(StoredGuidance)]

    def first_rows(self, series: Iterable[str]) -> dict[str, StoredRow]:
        """Return one observation of each series that the store holds, the first to arrive."""
        if not self._database.is_there():
            return {}
        with self._database.reading() as connection:
            return first_rows(connection, series)

    def preview(self, rows: Sequence[Stored], elsewhere: Collection[Figure] = ()) -> Counts:
        """Return what adding would do, and do nothing."""
        if not rows:
            return Counts()
        kind, cells = type(rows[0]), (row.cells for row in rows)
        return self.preview_cells(kind, cells, elsewhere)

    def preview_cells(
        self,
        kind: type[Stored],
        cells: Iterable[tuple[object, ...]],
        elsewhere: Collection[Figure] = (),
    ) -> Counts:
        """Return what `add_cells` would do, and do nothing."""
        return self._database.rehearse(
            lambda connection: add_rows(connection, kind, cells, elsewhere, started())
        )

    def add_observations(
        self, rows: Iterable[StoredRow], elsewhere: Collection[Figure] = ()
    ) -> Counts:
        """Add what the store does not know yet, all of it or nothing, and return the counts.

        A row revises if its figure is in the store already, or among those known `elsewhere`.
        """
        return self.add_cells(StoredRow, (row.cells for row in rows), elsewhere)

    def add_guidance(
        self, rows: Iterable[StoredGuidance], elsewhere: Collection[Figure] = ()
    ) -> Counts:
        """Add what the store does not know yet, as `add_observations` does."""
        return self.add_cells(StoredGuidance, (row.cells for row in rows), elsewhere)

    def add_cells(
        self,
        kind: type[Stored],
        cells: Iterable[tuple[object, ...]],
        elsewhere: Collection[Figure] = (),
    ) -> Counts:
        """Add rows given as their cells in the order of the columns, as `add_observations` does;
        they are taken one by one, so that many need no memory."""
        return self._database.write(
            lambda connection: add_rows(connection, kind, cells, elsewhere, started())
        )

    def look_up(self, work: Callable[[sqlite3.Connection], Answer], empty: Answer) -> Answer:
        """Return what `work` finds, `empty` where there is no store yet."""
        if not self._database.is_there():
            return empty
        with self._database.reading() as connection:
            return work(connection)

    def change(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Do `work` in one transaction."""
        return self._database.write(work)

    def listed(self, chosen: Chosen, most: int) -> tuple[list[Listed], int]:
        """Return the rows chosen, forgotten ones too, the newest first and `most` at the most, and
        how many there are."""
        if not self._database.is_there():
            return [], 0
        with self._database.reading() as connection:
            return listed(connection, chosen, most)

    def forget(self, chosen: Chosen, reason: str) -> int:
        """Take the rows chosen back, with a trace, and return how many were not before."""
        return self._database.write(
            lambda connection: forget(connection, chosen, started(), reason)
        )

    def restore(self, chosen: Chosen) -> int:
        """Undo `forget` for the rows chosen, and return how many had been forgotten."""
        return self._database.write(lambda connection: restore(connection, chosen, started()))

    def runs(self) -> list[StoredRun]:
        """Return every kept run in the order of arrival."""
        if not self._database.is_there():
            return []
        with self._database.reading() as connection:
            return all_runs(connection)

    def payload(self, key: str) -> bytes | None:
        """Return what a run refers to by a key, None if it is kept no longer."""
        if not self._database.is_there():
            return None
        with self._database.reading() as connection:
            return payload(connection, key)

    def keep_run(self, run: StoredRun, contents: Mapping[str, bytes]) -> Gone:
        """Keep a run under the next number, with what it refers to, by key; return what of the
        oldest went for it."""
        return self._database.write(lambda connection: insert_run(connection, run, contents))

    def sizes(self) -> Sizes:
        """Return how large the parts of the store are."""
        return self.look_up(sizes, Sizes())

    def cache_get(self, key: str) -> bytes | None:
        """Return what is cached under a key, None if there is nothing, or nothing whole."""
        if not self._database.is_there():
            return None
        try:
            with self._database.reading() as connection:
                found = cached(connection, key)
                is_used = found is not None and is_long_unused(connection, key)
        except InputError:
            return None
        if is_used:
            with suppress(InputError):  # a use is not worth a wait, and no store is read-only
                self._database.write(lambda connection: note_use(connection, key), 0.0)
        return found

    def cache_put(self, key: str, value: bytes) -> None:
        """Cache a value; what was used least recently goes, as far as `cache_limit` asks.

        A place that cannot be written keeps none. Raises InputError for a limit that is none.
        """
        cache_limit()
        with suppress(InputError):
            free = self._database.write(
                lambda connection: put_into_cache(connection, key, value), _CACHE_SECONDS
            )
            if free > _MOST_FREE:
                self._database.shrink()
