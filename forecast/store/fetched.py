"""What was fetched from public sources: validators of addresses, each source's last good day, and
proposals that a person accepts or refuses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from forecast.processors.timing import started
from forecast.store.arrivals import Counts, add_rows
from forecast.store.tables import has_table
from forecast.store.vintages import StoredRow

State = Literal["open", "accepted", "refused"]
_CREATE = """
CREATE TABLE IF NOT EXISTS addresses (
    url TEXT PRIMARY KEY, day TEXT NOT NULL, sha256 TEXT NOT NULL, etag TEXT NOT NULL,
    last_modified TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, day TEXT NOT NULL, digest TEXT NOT NULL, figures TEXT NOT NULL,
    remarks TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS proposals (
    proposal INTEGER PRIMARY KEY AUTOINCREMENT,
    source_name TEXT NOT NULL, series_id TEXT NOT NULL, period_end TEXT NOT NULL,
    published TEXT NOT NULL, frequency TEXT NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL,
    qualifier TEXT NOT NULL, source TEXT NOT NULL, source_url TEXT NOT NULL, note TEXT NOT NULL,
    kind TEXT NOT NULL, plan INTEGER NOT NULL, remark TEXT NOT NULL,
    state TEXT NOT NULL, decided TEXT NOT NULL,
    UNIQUE (series_id, period_end, published, value)
);
"""
_TABLE = "sources"  # made together with the others


@dataclass(frozen=True)
class Address:
    """What is known of an address: when its body was first fetched, its hash, and validators."""

    url: str
    day: str
    sha256: str
    etag: str
    last_modified: str


@dataclass(frozen=True)
class SourceState:
    """The last good day of a source: a digest of what was read and how, the last days of all
    periods by series, and what was remarked."""

    name: str
    day: str
    digest: str
    figures: Mapping[str, Sequence[str]]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A statement for a person to judge, dates in ISO 8601; `remark` says what is odd of it.

    `number` is 0 until the store gives it one.
    """

    number: int
    source_name: str
    series_id: str
    period_end: str
    published: str
    frequency: str
    value: float
    unit: str
    qualifier: str
    source: str
    source_url: str
    note: str
    kind: str
    plan: bool
    remark: str
    state: State = "open"
    decided: str = ""

    @property
    def key(self) -> tuple[str, str, str, float]:
        """What makes it the same statement when it is met again."""
        return self.series_id, self.period_end, self.published, self.value


@dataclass(frozen=True)
class Fetched:
    """All that a refresh writes of one source, in one transaction."""

    state: SourceState
    addresses: tuple[Address, ...]
    rows: tuple[StoredRow, ...]
    proposals: tuple[Proposal, ...]


def addresses(connection: sqlite3.Connection) -> dict[str, Address]:
    """Return what is known of each address."""
    if not has_table(connection, _TABLE):
        return {}
    rows = connection.execute("SELECT url, day, sha256, etag, last_modified FROM addresses")
    return {row[0]: Address(*row) for row in rows}


def source_states(connection: sqlite3.Connection) -> dict[str, SourceState]:
    """Return the last good day of each source."""
    if not has_table(connection, _TABLE):
        return {}
    rows = connection.execute("SELECT name, day, digest, figures, remarks FROM sources")
    return {
        name: SourceState(name, day, digest, json.loads(figures), tuple(json.loads(remarks)))
        for name, day, digest, figures, remarks in rows
    }


def proposals(connection: sqlite3.Connection) -> list[Proposal]:
    """Return all proposals, whatever became of them, in the order of arrival."""
    if not has_table(connection, _TABLE):
        return []
    columns = ["proposal", *(field.name for field in fields(Proposal)[1:])]
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM proposals ORDER BY proposal")
    found = [Proposal(*row) for row in rows]
    return [replace(each, plan=bool(each.plan)) for each in found]


def keep(connection: sqlite3.Connection, fetched: Fetched) -> Counts:
    """Write what a refresh found of one source; rows are added as an ingest adds them."""
    keep_states(connection, [(fetched.state, fetched.addresses)])
    names = [field.name for field in fields(Proposal)[1:]]
    connection.executemany(
        f"INSERT OR IGNORE INTO proposals ({', '.join(names)}) "
        f"VALUES ({', '.join('?' * len(names))})",
        [tuple(vars(each).values())[1:] for each in fetched.proposals],
    )
    return _add(connection, fetched.rows)


def keep_states(
    connection: sqlite3.Connection, states: Iterable[tuple[SourceState, Sequence[Address]]]
) -> None:
    """Write the last good day of sources, and what is known of their addresses now."""
    _create(connection)
    for state, known in states:
        connection.executemany(
            "INSERT OR REPLACE INTO addresses VALUES (?, ?, ?, ?, ?)",
            [tuple(vars(each).values()) for each in known],
        )
        texts = json.dumps(state.figures), json.dumps(state.remarks)
        connection.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            (state.name, state.day, state.digest, *texts),
        )


def decide(
    connection: sqlite3.Connection,
    numbers: Iterable[int],
    state: State,
    day: str,
    rows: Sequence[StoredRow] = (),
) -> None:
    """Note what became of proposals; the rows of those accepted are added."""
    connection.executemany(
        "UPDATE proposals SET state = ?, decided = ? WHERE proposal = ?",
        [(state, day, number) for number in numbers],
    )
    _add(connection, rows)


def _add(connection: sqlite3.Connection, rows: Sequence[StoredRow]) -> Counts:
    return add_rows(connection, StoredRow, (row.cells for row in rows), (), started())


def _create(connection: sqlite3.Connection) -> None:
    for statement in _CREATE.split(";"):
        connection.execute(statement)
