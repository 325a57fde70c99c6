"""A refresh and the inbox as pages: what is new, what waits, what is overdue and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forecast.report.blocks import (
    Block,
    Branch,
    Note,
    Outline,
    Prose,
    Table,
    grid_columns,
    rows_of,
    text_columns,
)
from forecast.report.numbers import quantity

if TYPE_CHECKING:
    from forecast.analysis.refresh.due import DueRow
    from forecast.analysis.refresh.inbox import Inbox, Proposal
    from forecast.analysis.refresh.rows import Refresh, RefreshRow

WORDS_SHOWN = 160  # signs of what was said; machine formats carry all
FIGURES = 5  # significant ones of a value
SIGNS = {"gt": ">", "lt": "<", "approx": "~"}


def refresh_page(result: Refresh) -> list[Block]:
    """Return the page: news, remarks, what is due, and the counts last."""
    blocks: list[Block] = []
    news = [row for row in result.rows if row.status != "proposed"]
    if news:
        lines = tuple(_news_line(row) for row in news)
        head = ("NEWS", "period", "value", "was", "published")
        blocks.append(Table("news", "News", grid_columns(*head), rows_of(lines)))
        blocks += [Prose(f"{each.sentence()}.", "quiet") for each in result.notes]
    proposed = [row for row in result.rows if row.status == "proposed"]
    if proposed:
        lines = tuple(
            (row.series_id, row.period_end, quantity(row.value, row.unit, FIGURES), row.note)
            for row in proposed
        )
        heads = text_columns("PROPOSED", "period", "value", "remark")
        blocks.append(Table("proposed", "Proposed", heads, rows_of(lines)))
        blocks.append(
            Prose("forecast inbox lists proposals, and accepts or refuses them.", "quiet")
        )
    remarks = [f"{row.source}: {remark}" for row in result.sources for remark in row.remarks]
    blocks += [Prose(f"{remark}.", "quiet") for remark in remarks]
    if result.due:
        blocks.append(_due_table(result.due))
        blocks.append(Prose("forecast inbox says where to look reminders up.", "quiet"))
    blocks.append(Prose(counts(result), "strong", label="REFRESH"))
    return blocks


def counts(result: Refresh) -> str:
    """Return the last line: how many of each."""
    unchanged = sum(row.unchanged for row in result.sources)
    parts = (
        (result.count("new"), "new"),
        (result.count("revised"), "revised"),
        (unchanged, "unchanged"),
        (result.count("proposed"), "proposed"),
        (len(result.due), "due"),
        (len(result.failed), "failed"),
    )
    said = ", ".join(f"{count} {name}" for count, name in parts)
    return f"{said}{'; dry run: nothing was written' if result.dry_run else ''}"


def _news_line(row: RefreshRow) -> tuple[str, ...]:
    was = "new" if row.old is None else quantity(row.old, row.unit, FIGURES)
    value = quantity(row.value, row.unit, FIGURES)
    period = f"{row.old_period_end} → {row.period_end}" if row.old_period_end else row.period_end
    return row.series_id, period, value, was, row.published


def _due_table(rows: Sequence[DueRow]) -> Table:
    lines = tuple(
        (row.series_id, row.period, row.expected, f"{row.days} days", row.kind) for row in rows
    )
    heads = text_columns("DUE", "period", "expected", "overdue", "class")
    return Table("due", "Due", heads, rows_of(lines))


def inbox_page(result: Inbox) -> list[Block]:
    """Return the page: what was decided, what waits, and what to look up."""
    blocks: list[Block] = []
    for verb, decided in (("Accepted", result.accepted), ("Refused", result.refused)):
        blocks += [Prose(f"{verb} {_named(each)}.", "strong") for each in decided]
    blocks += [Prose(f"{each.sentence()}.", "quiet") for each in result.notes]
    if result.rows:
        blocks.append(Outline(tuple(_proposal_branch(each) for each in result.rows)))
        text = "forecast inbox --accept ID stores one, --refuse ID drops it for good."
        blocks.append(Prose(text, "quiet"))
    if result.reminders:
        blocks.append(Prose("To look up by hand:", "strong"))
        blocks.append(Outline(tuple(_reminder_branch(row) for row in result.reminders)))
    count, due = len(result.rows), len(result.reminders)
    text = f"{count} proposal{'' if count == 1 else 's'} open, {due} to look up by hand"
    blocks.append(Prose(text, "strong", label="INBOX"))
    return blocks


def _named(each: Proposal) -> str:
    return f"{each.number}: {each.series_id} of {each.period_end}, {_value(each)}"


def _value(each: Proposal) -> str:
    return f"{SIGNS.get(each.qualifier, '')}{quantity(each.value, each.unit, FIGURES)}"


def _proposal_branch(each: Proposal) -> Branch:
    notes = [Note(f"{each.remark}.")] if each.remark else []
    notes.append(Note(_shortened(each.note) or "no words of its own", each.source_url))
    when = (_value(each), each.period_end, f"said {each.published}")
    return Branch(0, f"{each.number}  {each.series_id}", when, tuple(notes))


def _reminder_branch(row: DueRow) -> Branch:
    when = (row.period, f"expected {row.expected}", f"{row.days} days ago")
    return Branch(0, row.series_id, when, (Note(row.where),))


def _shortened(text: str) -> str:
    return text if len(text) <= WORDS_SHOWN else f"{text[: WORDS_SHOWN - 1]}…"
