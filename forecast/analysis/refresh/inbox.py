"""The inbox: statements that wait for a person, and figures to look up by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.analysis.refresh.due import DueRow, due_rows
from forecast.errors import InputError, Problem
from forecast.inputs.ingest.feeds import SeriesNote, notes_on_series
from forecast.inputs.ingest.ingested import read_ingested
from forecast.inputs.loading import load
from forecast.inputs.places import is_workspace
from forecast.sources.adapters import adapter_keys
from forecast.sources.declared import read_sources
from forecast.store import StoredRow, open_store
from forecast.store.fetched import Proposal, decide, proposals

__all__ = ["Inbox", "Proposal", "inbox"]


@dataclass(frozen=True)
class Inbox:
    """Open proposals, overdue figures that no source gives, and those just decided on, with what
    the accepted ones feed."""

    rows: tuple[Proposal, ...]
    reminders: tuple[DueRow, ...]
    accepted: tuple[Proposal, ...]
    refused: tuple[Proposal, ...]
    notes: tuple[SeriesNote, ...]


def inbox(
    workspace: Path | None,
    today: date,
    *,
    accept: Sequence[int] = (),
    refuse: Sequence[int] = (),
) -> Inbox:
    """Return what waits; before, `accept` some proposals, which stores their rows, and `refuse`
    others, which are never made again.

    Raises InputError, with nothing changed, for a number that is no open proposal or a plan to be
    accepted, and if the store cannot be written.
    """
    store = open_store(workspace)
    known: list[Proposal] = store.look_up(proposals, []) if workspace else []
    open_ones = {each.number: each for each in known if each.state == "open"}
    _check(open_ones, known, accept, refuse)
    taken = [open_ones[number] for number in accept]
    left = [open_ones[number] for number in refuse]
    day = today.isoformat()
    rows = [_row(each) for each in taken]
    if taken or left:

        def write(connection: sqlite3.Connection) -> None:
            decide(connection, accept, "accepted", day, rows)
            decide(connection, refuse, "refused", day)

        store.change(write)
    decided = {*accept, *refuse}
    inputs = load(workspace if workspace and is_workspace(workspace) else None)
    _, observed, _ = read_ingested(rows, inputs.series, {}, None)
    due = due_rows(inputs, read_sources(workspace, adapter_keys()), today)
    return Inbox(
        tuple(each for number, each in open_ones.items() if number not in decided),
        tuple(row for row in due if row.kind == "reminder"),
        tuple(taken),
        tuple(left),
        notes_on_series(observed, inputs),
    )


def _check(
    open_ones: dict[int, Proposal],
    known: Sequence[Proposal],
    accept: Sequence[int],
    refuse: Sequence[int],
) -> None:
    states = {each.number: each.state for each in known}
    problems = []
    for option, numbers in (("--accept", accept), ("--refuse", refuse)):
        for number in numbers:
            if number not in open_ones:
                found = f"{states[number]} already" if number in states else "no such proposal"
                expected = "an open one; forecast inbox lists them"
                problems.append(Problem("command line", f"{option} {number}", found, expected))
            elif option == "--accept" and open_ones[number].plan:
                problems.append(_plan(open_ones[number]))
    for number in {*accept} & {*refuse}:
        found = "both accepted and refused"
        problems.append(Problem("command line", f"--accept {number}", found, "one of the two"))
    if problems:
        raise InputError(problems)


def _plan(each: Proposal) -> Problem:
    return Problem(
        "command line",
        f"--accept {each.number}",
        f"a plan, said on {each.published} of a period that ended on {each.period_end}",
        "an observation",
        "Refuse it; what a company says of a period to come goes in with "
        "forecast ingest --guidance.",
    )


def _row(each: Proposal) -> StoredRow:
    """Return the row of a proposal, as an ingest would store it."""
    return StoredRow(
        series_id=each.series_id,
        period_end=each.period_end,
        published=each.published,
        frequency=each.frequency,
        value=each.value,
        high=None,
        unit=each.unit,
        qualifier=each.qualifier,
        source=each.source,
        source_url=each.source_url,
        status="secondary",
        note=each.note,
        error=None,
        assumed=False,
        kind=each.kind,
        file=f"inbox of {each.source_name}",
        line=each.number,
    )
