"""Ingested rows looked at one by one, and taken back: a forgotten row stays, with when and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from forecast.periods import EVENT
from forecast.store.events import dated_anew, event_name
from forecast.store.tables import create, gone, has_table
from forecast.store.vintages import KINDS, Stored, StoredGuidance, StoredRow, record


@dataclass(frozen=True)
class Chosen:
    """Which ingested rows are meant: all that every part which is not empty allows.

    `numbers` are first and last of ranges, by the mark that stands before them; `file` is the name
    of a file, in whatever folder, without the sheet of a workbook.
    """

    numbers: tuple[tuple[str, int, int], ...] = ()
    series: str = ""
    file: str = ""


@dataclass(frozen=True)
class Listed:
    """An ingested row with what became of it.

    `id` names it; `ingested` is the moment it arrived, "" where an older program stored it;
    `superseded_by` is the row that stands in its place; `forgotten` and `reason` are when and why
    it was taken back. Each is "" where it does not apply.
    """

    id: str
    ingested: str
    superseded_by: str
    forgotten: str
    reason: str
    row: StoredRow | StoredGuidance


def listed(connection: sqlite3.Connection, chosen: Chosen, most: int) -> tuple[list[Listed], int]:
    """Return the rows chosen, forgotten ones too, the newest first and `most` at the most, and how
    many there are."""
    found: list[Listed] = []
    total = 0
    for kind in KINDS:
        if not has_table(connection, kind.table):
            continue
        condition, values = _where(connection, kind, chosen)
        counted = f"SELECT count(*) FROM {kind.table} WHERE {condition}"
        total += connection.execute(counted, values).fetchone()[0]
        rows = connection.execute(
            f"SELECT vintage, {', '.join(kind.columns)} FROM {kind.table} WHERE {condition} "
            "ORDER BY vintage DESC LIMIT ?",
            (*values, most - len(found)),
        ).fetchall()
        for number, *cells in rows:
            found.append(_listed(connection, number, record(kind, cells)))
    return found, total


def forget(connection: sqlite3.Connection, chosen: Chosen, moment: str, reason: str) -> int:
    """Take the rows chosen back and return how many were not before."""
    create(connection, "forgotten")
    count = 0
    for kind in _tables(connection):
        condition, values = _where(connection, kind, chosen)
        if query := gone(connection, kind.table):
            condition += f" AND vintage NOT IN ({query})"
        count += connection.execute(
            "INSERT INTO forgotten (of, vintage, moment, reason) "
            f"SELECT ?, vintage, ?, ? FROM {kind.table} WHERE {condition}",
            (kind.table, moment, reason, *values),
        ).rowcount
    return count


def restore(connection: sqlite3.Connection, chosen: Chosen, moment: str) -> int:
    """Undo `forget` for the rows chosen and return how many had been forgotten."""
    create(connection, "forgotten")
    count = 0
    for kind in _tables(connection):
        condition, values = _where(connection, kind, chosen)
        count += connection.execute(
            "UPDATE forgotten SET restored = ? WHERE of = ? AND restored IS NULL "
            f"AND vintage IN (SELECT vintage FROM {kind.table} WHERE {condition})",
            (moment, kind.table, *values),
        ).rowcount
    return count


def _tables(connection: sqlite3.Connection) -> Iterator[type[StoredRow] | type[StoredGuidance]]:
    return (kind for kind in KINDS if has_table(connection, kind.table))


def _where(
    connection: sqlite3.Connection, kind: type[Stored], chosen: Chosen
) -> tuple[str, list[object]]:
    """Return the condition for the rows of a kind that are chosen, and its values."""
    conditions, values = ["1"], list[object]()
    if chosen.numbers:
        mine = [(first, last) for mark, first, last in chosen.numbers if mark == kind.mark]
        ranges = " OR ".join("vintage BETWEEN ? AND ?" for _ in mine) or "0"
        conditions.append(f"({ranges})")
        values += [end for ends in mine for end in ends]
    if chosen.series:
        conditions.append("series_id = ?")
        values.append(chosen.series)
    if chosen.file:
        files = connection.execute(f"SELECT DISTINCT file FROM {kind.table}")
        named = [file for (file,) in files if _is_file(file, chosen.file)]
        conditions.append(f"file IN ({', '.join('?' * len(named))})")
        values += named
    return " AND ".join(conditions), values


def _is_file(file: str, name: str) -> bool:
    """Return whether a stored place lies in the file of a name; a workbook's has its sheet too."""
    path = file.partition(" [")[0]
    return name in {file, path} or path.endswith(f"/{name}")


def _listed(connection: sqlite3.Connection, number: int, row: StoredRow | StoredGuidance) -> Listed:
    arrival, taken_back = None, None
    if has_table(connection, "arrivals"):
        arrival = connection.execute(
            "SELECT moment FROM arrivals WHERE of = ? AND first <= ? AND last >= ?",
            (row.table, number, number),
        ).fetchone()
    if has_table(connection, "forgotten"):
        taken_back = connection.execute(
            "SELECT moment, reason FROM forgotten WHERE of = ? AND vintage = ? "
            "AND restored IS NULL",
            (row.table, number),
        ).fetchone()
    moment, reason = taken_back or ("", "")
    later = None if taken_back else _superseding(connection, number, row)
    return Listed(
        id=f"{row.mark}{number}",
        ingested=arrival[0] if arrival else "",
        superseded_by=f"{row.mark}{later}" if later else "",
        forgotten=moment,
        reason=reason,
        row=row,
    )


def _superseding(
    connection: sqlite3.Connection, number: int, row: StoredRow | StoredGuidance
) -> int | None:
    """Return the number of the row that stands in a row's place, None where it stands itself.

    Of observations of one figure the last published counts, and of one day the last to arrive; of
    guidance every day's word counts.
    """
    same = " AND ".join(f"{name} = ?" for name in row.figure_columns)
    is_later = "published = ? AND vintage > ?"
    if isinstance(row, StoredRow):
        is_later = "(published, vintage) > (?, ?)"
    query = gone(connection, row.table)
    is_live = f"AND vintage NOT IN ({query})" if query else ""
    found = connection.execute(
        f"SELECT vintage FROM {row.table} WHERE {same} AND {is_later} {is_live} "
        "ORDER BY published DESC, vintage DESC LIMIT 1",
        (*row.figure, row.published, number),
    ).fetchone()
    if found is None and isinstance(row, StoredRow) and row.frequency == EVENT:
        return _dated_anew(connection, number, row, is_live)
    return found[0] if found else None


def _dated_anew(
    connection: sqlite3.Connection, number: int, row: StoredRow, is_live: str
) -> int | None:
    """Return the number of the last row that says that an event is not of this row's day."""
    rows = connection.execute(
        "SELECT vintage, note FROM observations WHERE series_id = ? AND instr(note, ?) > 0 "
        f"AND (published, vintage) > (?, ?) {is_live} ORDER BY published DESC, vintage DESC",
        (row.series_id, dated_anew("", row.period_end), row.published, number),
    )
    name = event_name(row.note)
    return next((each for each, note in rows if event_name(note) == name), None)
