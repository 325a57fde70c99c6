"""What a refresh found, row by row, and rows as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from forecast.analysis.refresh.due import DueRow
from forecast.analysis.refresh.judging import News, is_same
from forecast.inputs.ingest.feeds import SeriesNote
from forecast.inputs.schema import Inputs
from forecast.sources.declared import Recipe, Source
from forecast.sources.figures import Figure
from forecast.store import StoredRow
from forecast.store.events import dated_anew
from forecast.store.fetched import Proposal


@dataclass(frozen=True)
class RefreshRow:
    """A figure that is new or revised, or a statement that is proposed: `old` is the value that was
    known, `old_period_end` the day of an event that has another one now, empty for all else."""

    status: Literal["new", "revised", "proposed"]
    source: str
    series_id: str
    period_end: str
    value: float
    unit: str
    old: float | None
    old_period_end: str
    published: str
    note: str


@dataclass(frozen=True)
class SourceRow:
    """What became of a source: how many figures are new, revised and unchanged, how many
    statements proposed, and what was remarked."""

    source: str
    title: str
    status: Literal["read", "unchanged", "failed"]
    new: int
    revised: int
    unchanged: int
    proposed: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class FailedRow:
    """A source of which nothing was stored: what was found, what expected, and the last good day
    (empty if there was none)."""

    source: str
    title: str
    found: str
    expected: str
    last_good: str
    hint: str

    def sentence(self) -> str:
        """Return it on one line."""
        good = f"last good on {self.last_good}" if self.last_good else "never good before"
        return f"{self.source} ({self.title}): {self.reason(good)}"

    def reason(self, good: str = "") -> str:
        """Return what is wrong, without the name of the source."""
        when = f"; {good}" if good else ""
        reason = f"found {self.found}; expected {self.expected}{when}; nothing was stored"
        return f"{reason}. {self.hint}" if self.hint else reason


@dataclass(frozen=True)
class Refresh:
    """What a refresh found: news and what it feeds, each source, what is overdue, what failed."""

    rows: tuple[RefreshRow, ...]
    sources: tuple[SourceRow, ...]
    due: tuple[DueRow, ...]
    failed: tuple[FailedRow, ...]
    notes: tuple[SeriesNote, ...]
    store: Path
    dry_run: bool

    def count(self, status: str) -> int:
        """Return how many rows have a status."""
        return sum(row.status == status for row in self.rows)


def news_row(source: Source, news: News) -> RefreshRow:
    each = news.figure
    return RefreshRow(
        "new" if news.old is None else "revised",
        source.name,
        each.series_id,
        each.period_end.isoformat(),
        each.value,
        news.recipe.unit,
        news.old,
        news.moved.period_end.isoformat() if news.moved else "",
        each.published.isoformat(),
        each.note,
    )


def proposed_row(each: Proposal) -> RefreshRow:
    return RefreshRow(
        "proposed",
        each.source_name,
        each.series_id,
        each.period_end,
        each.value,
        each.unit,
        None,
        "",
        each.published,
        each.remark,
    )


def stored_row(source: Source, news: News, place: int, inputs: Inputs) -> StoredRow:
    each, recipe, note = news.figure, news.recipe, news.figure.note
    if news.moved is not None:
        note += dated_anew(news.moved.note, news.moved.period_end.isoformat())
    if news.old is not None and not (news.moved and is_same(news.old, each.value, recipe)):
        note = f"{note}; was {news.old:.10g}".removeprefix("; ")
    return StoredRow(
        series_id=each.series_id,
        period_end=each.period_end.isoformat(),
        published=each.published.isoformat(),
        frequency=recipe.frequency,
        value=each.value,
        high=None,
        unit=recipe.unit,
        qualifier=each.qualifier,
        source=source.title,
        source_url=each.url,
        status="primary",
        note=note,
        error=None,
        assumed=False,
        kind=subject_of(recipe, inputs),
        file=f"refresh of {source.name}",
        line=place,
    )


def proposal(source: Source, recipe: Recipe, each: Figure, remark: str, inputs: Inputs) -> Proposal:
    return Proposal(
        number=0,
        source_name=source.name,
        series_id=each.series_id,
        period_end=each.period_end.isoformat(),
        published=each.published.isoformat(),
        frequency=recipe.frequency,
        value=each.value,
        unit=recipe.unit,
        qualifier=each.qualifier,
        source=source.title,
        source_url=each.url,
        note=each.note,
        kind=subject_of(recipe, inputs),
        plan=each.plan,
        remark=remark,
    )


def subject_of(recipe: Recipe, inputs: Inputs) -> str:
    """Return the subject of a series; one that nothing else knows is called after its source."""
    known = inputs.series.get(recipe.series_id)
    return known.subject if known else "refresh"
