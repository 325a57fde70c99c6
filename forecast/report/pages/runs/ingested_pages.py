"""Ingested rows as a page: a line for each, and one by itself with all it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import PurePath
from typing import TYPE_CHECKING

from forecast.report.blocks import Block, Prose, Table, rows_of, text_columns
from forecast.report.numbers import MISSING, quantity

if TYPE_CHECKING:
    from forecast.analysis.ingested_rows import IngestedRow, Taken

HEAD = ("ROW", "series", "period to", "value", "published", "file", "ingested", "now")
SIGNS = {"gt": ">", "lt": "<", "approx": "~"}
NOTHING = "Nothing was ingested here. `forecast ingest KIND FILE` does."


def ingested_page(rows: Sequence[IngestedRow], total: int) -> list[Block]:
    """Return the page: a line for each of `rows`, of `total` in all, or all of a single one."""
    if not rows:
        return [Prose(NOTHING)]
    if total == 1:
        return [Prose(f"Ingested row {rows[0].row}.", "strong"), _whole(rows[0])]
    shown = f"{total:,} ingested rows"
    if len(rows) < total:
        shown += f", of which the last {len(rows):,}; --limit shows more"
    return [Prose(f"{shown}, newest first.", "strong"), rows_table(rows)]


def forgotten_page(taken: Taken, restored: bool) -> list[Block]:
    """Return the page: how many rows were taken back, or restored, and which."""
    done = "restored" if restored else "forgotten"
    text = f"{_count(taken.changed)} {done}"
    if before := taken.chosen - taken.changed:
        text += f", {before:,} {'had not been forgotten' if restored else 'forgotten before'}"
    blocks: list[Block] = [Prose(f"{text}.", "strong"), rows_table(taken.rows)]
    if len(taken.rows) < taken.chosen:
        blocks.append(Prose(f"The last {len(taken.rows):,} are shown.", "quiet"))
    return blocks


def _count(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def rows_table(rows: Sequence[IngestedRow]) -> Table:
    """Return a line for each row."""
    lines = tuple(
        (
            row.row,
            row.series_id,
            row.period_end,
            amount(row),
            row.published,
            f"{PurePath(row.file).name}:{row.line}",
            (row.ingested or MISSING)[:10],
            _state(row),
        )
        for row in rows
    )
    return Table("ingested", "Ingested rows", text_columns(*HEAD), rows_of(lines))


def amount(row: IngestedRow) -> str:
    """Return what a row says in short: $52B, >5%, 180–190B, up."""
    if row.words:
        return row.words
    if row.value is None:
        ends = [each for each in (row.low, row.mid, row.high) if each is not None]
        return "–".join(quantity(each, row.unit, 3) for each in ends)
    if row.high is not None:
        return f"{quantity(row.value, row.unit, 3)}–{quantity(row.high, row.unit, 3)}"
    return SIGNS.get(row.qualifier or "", "") + quantity(row.value, row.unit, 3)


def _state(row: IngestedRow) -> str:
    if row.state == "superseded":
        return f"superseded by {row.superseded_by}"
    if row.state == "forgotten":
        reason = f": {row.reason}" if row.reason else ""
        return f"forgotten {(row.forgotten or '')[:10]}{reason}"
    return row.state


def _whole(row: IngestedRow) -> Table:
    """Return everything that a row says, a line for each column that is not empty."""
    cells = ((each.name, getattr(row, each.name)) for each in fields(row))
    said = tuple((name, _cell(value)) for name, value in cells if value not in {None, ""})
    return Table("row", "Ingested row", text_columns("column", "says"), rows_of(said))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
