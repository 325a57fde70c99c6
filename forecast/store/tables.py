"""The tables of ingested rows, which are made when they are first needed."""

from __future__ import annotations

import sqlite3

CREATE = {
    "observations": (
        """
CREATE TABLE IF NOT EXISTS observations (
    vintage INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id TEXT NOT NULL, period_end TEXT NOT NULL, published TEXT NOT NULL,
    frequency TEXT NOT NULL, value REAL NOT NULL, high REAL, unit TEXT NOT NULL,
    qualifier TEXT NOT NULL, source TEXT NOT NULL, source_url TEXT NOT NULL, status TEXT NOT NULL,
    note TEXT NOT NULL, error REAL, assumed INTEGER NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL
)""",
        """
CREATE INDEX IF NOT EXISTS figures ON observations (series_id, period_end, assumed, published)
""",
        "CREATE INDEX IF NOT EXISTS assumed_points ON observations (assumed) WHERE assumed = 1",
    ),
    "guidance": (
        """
CREATE TABLE IF NOT EXISTS guidance (
    vintage INTEGER PRIMARY KEY AUTOINCREMENT,
    series_id TEXT NOT NULL, period_end TEXT NOT NULL, months INTEGER NOT NULL, low REAL, mid REAL,
    high REAL, words TEXT NOT NULL, unit TEXT NOT NULL, published TEXT NOT NULL,
    company TEXT NOT NULL, definition TEXT NOT NULL, source TEXT NOT NULL,
    source_url TEXT NOT NULL, status TEXT NOT NULL, note TEXT NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, line INTEGER NOT NULL
)""",
        """
CREATE INDEX IF NOT EXISTS said ON guidance (series_id, period_end, company, months, published)
""",
    ),
    # Which rows of which table arrived together, and when: those of one transaction are adjacent.
    "arrivals": (
        """
CREATE TABLE IF NOT EXISTS arrivals (
    of TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, moment TEXT NOT NULL,
    PRIMARY KEY (of, first)
) WITHOUT ROWID""",
    ),
    # Which rows were taken back, when and why; restored is when they came back, NULL while they
    # have not.
    "forgotten": (
        """
CREATE TABLE IF NOT EXISTS forgotten (
    number INTEGER PRIMARY KEY AUTOINCREMENT, of TEXT NOT NULL, vintage INTEGER NOT NULL,
    moment TEXT NOT NULL, reason TEXT NOT NULL, restored TEXT
)""",
        "CREATE INDEX IF NOT EXISTS gone ON forgotten (of, vintage) WHERE restored IS NULL",
    ),
}


def create(connection: sqlite3.Connection, *names: str) -> None:
    """Make tables, with their indices, that a store does not have yet."""
    for name in names:
        for statement in CREATE[name]:
            connection.execute(statement)


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Return whether a store has a table; those that came later are made when first needed."""
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    )
    return found.fetchone() is not None


def gone(connection: sqlite3.Connection, table: str) -> str:
    """Return a query for the vintages of a table that are forgotten, "" where none is."""
    query = f"SELECT vintage FROM forgotten WHERE of = '{table}' AND restored IS NULL"
    if not has_table(connection, "forgotten"):
        return ""
    return query if connection.execute(f"{query} LIMIT 1").fetchone() else ""


def live(connection: sqlite3.Connection, table: str, alias: str = "") -> str:
    """Return a condition for the rows of a table that are not forgotten."""
    query = gone(connection, table)
    return f"{alias}vintage NOT IN ({query})" if query else "1"
