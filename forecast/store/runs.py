"""Runs that were kept: a line each, and what they rest on and found, kept once by its hash.

A run repeated on the same inputs costs a line of some 2 kB; new figures cost some 60 kB,
changed inputs some 90 kB. The oldest go first, and whoever keeps a run is told.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from forecast.store.tables import has_table

RUNS = 1000
PAYLOADS = 50 * 10**6  # bytes of figures and inputs, compressed
_CREATE = (
    """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, run_id TEXT NOT NULL,
    started TEXT NOT NULL, about TEXT NOT NULL, figures TEXT NOT NULL, inputs TEXT NOT NULL
)""",
    "CREATE TABLE IF NOT EXISTS payloads (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
)
_FIELDS = "number, name, run_id, started, about, figures, inputs"
# Newest first: what a run refers to, and how much there is up to it.
_PRUNE = """
DELETE FROM payloads WHERE key NOT IN (
    SELECT key FROM (
        SELECT key, sum(length(value)) OVER (ORDER BY newest DESC, key) AS bytes FROM (
            SELECT payloads.key AS key, value, max(number) AS newest
            FROM payloads JOIN runs ON payloads.key IN (figures, inputs) GROUP BY payloads.key
        )
    ) WHERE bytes <= ?
)"""


@dataclass(frozen=True)
class StoredRun:
    """A run as the store keeps it.

    `number` counts runs in the order of their arrival, whatever the clock said; `name` is that of
    the report; `about` is what identifies the run, as JSON; `figures` and `inputs` are the keys of
    what it found and of what it rests on.
    """

    number: int
    name: str
    run_id: str
    started: str
    about: str
    figures: str
    inputs: str


@dataclass(frozen=True)
class Gone:
    """What went for a new run: how many of the oldest runs, and how many payloads."""

    runs: int
    payloads: int

    def sentence(self) -> str:
        """Return it in words, empty if nothing went."""
        if self.runs:
            return f"the store keeps {RUNS:,} runs: the oldest went, {self.runs:,} of them"
        if self.payloads:
            return (
                f"the store keeps {PAYLOADS / 1e6:,.0f} MB of what runs found and rest on: the "
                "oldest of it went, and its runs are only listed"
            )
        return ""


def all_runs(connection: sqlite3.Connection) -> list[StoredRun]:
    """Return the runs in the order of their arrival; none in a store from before there were any."""
    if not has_table(connection, "runs"):
        return []
    rows = connection.execute(f"SELECT {_FIELDS} FROM runs ORDER BY number")
    return [StoredRun(*cells) for cells in rows]


def payload(connection: sqlite3.Connection, key: str) -> bytes | None:
    """Return what is kept under a key, None if it is kept no longer or damaged."""
    if not has_table(connection, "runs"):
        return None
    row = connection.execute("SELECT value FROM payloads WHERE key = ?", (key,)).fetchone()
    try:
        return zlib.decompress(row[0]) if row else None
    except zlib.error:
        return None


def insert_run(
    connection: sqlite3.Connection, run: StoredRun, contents: Mapping[str, bytes]
) -> Gone:
    """Add a run under the next number, with whatever of its `contents` (by key) is not kept yet;
    return what of the oldest went for it."""
    for statement in _CREATE:
        connection.execute(statement)
    cells = (run.name, run.run_id, run.started, run.about, run.figures, run.inputs)
    names = _FIELDS.removeprefix("number, ")
    connection.execute(f"INSERT INTO runs ({names}) VALUES (?, ?, ?, ?, ?, ?)", cells)
    for key, content in contents.items():
        if not connection.execute("SELECT 1 FROM payloads WHERE key = ?", (key,)).fetchone():
            packed = zlib.compress(content, 9)
            connection.execute("INSERT INTO payloads (key, value) VALUES (?, ?)", (key, packed))
    gone = connection.execute(
        "DELETE FROM runs WHERE number <= (SELECT max(number) FROM runs) - ?", (RUNS,)
    ).rowcount
    return Gone(gone, connection.execute(_PRUNE, (PAYLOADS,)).rowcount)
