"""Ingested rows one by one: what each says, where it came from, and taking it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from forecast.errors import InputError, Problem
from forecast.store import Chosen, Listed, Store, open_store

State = Literal["in use", "superseded", "forgotten"]
_ROWS = re.compile(r"(g?)(\d{1,15})(?:-g?(\d{1,15}))?")
_ALL = "All of them: forecast forget --list"


def _own() -> Any:
    """Return the field of a column that only rows of one kind have."""
    return field(default=None, metadata={"optional": True})


@dataclass(frozen=True, kw_only=True)
class IngestedRow:
    """An ingested row: its id, what became of it, what it says, and its file and line.

    Moments and days are in ISO 8601, amounts in `unit`. Columns that only observations have, or
    only guidance, are left out of the other.
    """

    row: str
    state: State
    superseded_by: str | None
    ingested: str | None
    forgotten: str | None
    reason: str | None
    kind: str
    series_id: str
    period_end: str
    unit: str
    value: float | None = _own()
    high: float | None = _own()
    qualifier: str | None = _own()
    frequency: str | None = _own()
    error: float | None = _own()
    assumed: bool | None = _own()
    company: str | None = _own()
    months: int | None = _own()
    low: float | None = _own()
    mid: float | None = _own()
    words: str | None = _own()
    definition: str | None = _own()
    published: str
    status: str
    source: str
    source_url: str
    note: str
    file: str
    line: int


@dataclass(frozen=True)
class Taken:
    """Rows that were taken back or restored: how many, and how many there were to choose from."""

    changed: int
    chosen: int
    rows: tuple[IngestedRow, ...]


def read_chosen(texts: Sequence[str], series: str, file: str) -> Chosen:
    """Return which rows are meant by ids and ranges of them (17, 20-35, g3), a series and a file.

    Raises InputError for texts that name no row.
    """
    numbers, problems = [], []
    for text in texts:
        match = _ROWS.fullmatch(text.strip())
        if match is None:
            expected = "the id of a row, such as 17 or g3, or a range, such as 20-35"
            hint = "All ids: forecast forget --list"
            problems.append(Problem("command line", f"ROW {text}", repr(text), expected, hint))
        else:
            numbers.append((match[1], int(match[2]), int(match[3] or match[2])))
    if problems:
        raise InputError(problems)
    return Chosen(tuple(numbers), series, file)


def ingested_rows(folder: Path, chosen: Chosen, most: int) -> tuple[tuple[IngestedRow, ...], int]:
    """Return the rows chosen of a folder's store, the newest first and `most` at the most, and how
    many there are."""
    listed, total = open_store(folder).listed(chosen, most)
    return tuple(map(_row, listed)), total


def forget_rows(
    folder: Path, chosen: Chosen, reason: str, *, restore: bool = False, most: int = 20
) -> Taken:
    """Take the rows chosen back, or restore them, and return what was done with `most` of them.

    Raises InputError if there is no such row; then nothing is changed.
    """
    store = open_store(folder)
    _check_there(store, chosen)
    changed = store.restore(chosen) if restore else store.forget(chosen, reason)
    listed, total = store.listed(chosen, most)
    return Taken(changed, total, tuple(map(_row, listed)))


def _check_there(store: Store, chosen: Chosen) -> None:
    """Check that every id, and the whole choice, means a row that is there."""
    each = [Chosen(numbers=(one,)) for one in chosen.numbers]
    missing = [one for one in each if not store.listed(one, 0)[1]]
    problems = [
        Problem("command line", f"ROW {mark}{first}", "no such row", "an ingested row", _ALL)
        for one in missing
        for mark, first, _ in one.numbers
    ]
    if not problems and not store.listed(chosen, 0)[1]:
        named = (("--series", chosen.series), ("--file", chosen.file))
        subject = " ".join(f"{option} {text}" for option, text in named if text)
        problems = [Problem("command line", subject, "no ingested row", "at least one", _ALL)]
    if problems:
        raise InputError(problems)


def _row(listed: Listed) -> IngestedRow:
    row = listed.row
    state: State = "superseded" if listed.superseded_by else "in use"
    cells: dict[str, Any] = dict(zip(row.columns, row.cells, strict=True))
    return IngestedRow(
        row=listed.id,
        state="forgotten" if listed.forgotten else state,
        superseded_by=listed.superseded_by or None,
        ingested=listed.ingested or None,
        forgotten=listed.forgotten or None,
        reason=listed.reason or None,
        **cells,
    )
