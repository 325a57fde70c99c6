"""One number as a page of a few lines: its band, its neighbours, who leads, and what others say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.analysis.claims.rows import ComparedClaim
from forecast.analysis.get.get import Got
from forecast.report import words
from forecast.report.blocks import Block, Prose, View
from forecast.report.layout import MEMBERS
from forecast.report.numbers import median_band, per_cent, quantity
from forecast.report.pages.beliefs.claims_words import claimed, percentile
from forecast.world.rows import (
    ConstraintRow,
    EventRow,
    MemberRow,
    MetricRow,
    ProbabilityRow,
    ValueRow,
)

BOUNDS = {"lt": "below ", "gt": "more than ", "approx": "about "}


def get_page(result: Got, view: View) -> list[Block]:
    """Return the page of one number."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    blocks.append(Prose(answer(result, view), "strong"))
    blocks.extend(Prose(words.outcome_sentence(each)) for each in result.given)
    if around := " · ".join(_around(result, view)):
        blocks.append(Prose(around))
    blocks.append(Prose(published(result), label="Published"))
    if view.verbose:
        blocks.append(Prose(result.metrics[result.first.metric].definition, label="Definition"))
    blocks.append(Prose(_ask(result), "quiet"))
    return blocks


def answer(result: Got, view: View) -> str:
    """Return the number with its band, in a line."""
    row = result.first
    title = result.metrics[row.metric].title
    if isinstance(row, EventRow):
        return words.event_sentence(title, row, result.run.through, view.bands)
    if isinstance(row, ConstraintRow):
        return f"{title}, {row.period}: {_binding(result)} of draws."
    if isinstance(row, ProbabilityRow):
        return f"{title}, {row.period}: in {100.0 * row.mean:.0f} of 100 draws."
    name = _member(row) if isinstance(row, MemberRow) else title
    text = f"{name}, {row.period}: {_banded(row, view)}"
    if isinstance(row, MemberRow) and row.share:
        band = median_band(row.share.p10, row.share.p50, row.share.p90, "share")
        text = f"{name}, {row.period}: {band.replace('(', '(P10–P90 ')} of {title}"
        text += f", {_banded(row, view)}"
    share = _beside(result, ValueRow)
    if isinstance(share, ValueRow):
        text += f", {quantity(share.quantiles.p50, 'share')} of the whole"
    return f"{text}."


def _banded(row: ValueRow, view: View) -> str:
    """Return a median with its band, which says what it is."""
    low, high = view.bands[0], view.bands[-1]
    ends = row.quantiles.at(low), row.quantiles.p50, row.quantiles.at(high)
    return median_band(*ends, row.unit).replace("(", f"(P{low}–P{high} ", 1)


def _member(row: MemberRow) -> str:
    return MEMBERS.get(row.member or "", row.member or "")


def _binding(result: Got) -> str:
    return _shares([row for row in result.rows if row.period == result.period])


def _shares(rows: Sequence[MetricRow]) -> str:
    """Return the share of draws that each constraint binds."""
    found = (row for row in rows if isinstance(row, ConstraintRow))
    return ", ".join(f"{row.member} {per_cent(row.mean)}%" for row in found)


def _beside(result: Got, kind: type[MetricRow]) -> MetricRow | None:
    """Return the row of another metric that stands beside what was asked."""
    for row in result.rows:
        if row.metric != result.first.metric and isinstance(row, kind):
            return row
    return None


def _around(result: Got, view: View) -> Iterator[str]:
    """Yield what was observed, the neighbours in time, and who leads."""
    first = result.first
    if isinstance(first, ValueRow) and first.observed is not None:
        sign = BOUNDS.get(first.observed_qualifier or "", "")
        yield f"observed {sign}{quantity(first.observed, first.unit)}"
    for period in result.neighbours:
        rows = [row for row in result.rows if (row.metric, row.period) == (first.metric, period)]
        yield f"{period} {_brief(rows)}"
    lead = _beside(result, ProbabilityRow)
    if isinstance(lead, ProbabilityRow):
        count = 100.0 * lead.mean
        who, other = ("inference", "training")
        if first.metric.startswith("training"):
            count, who, other = 100.0 - count, other, who
        when = "" if result.period else f" in {lead.period}"
        yield f"{who} ahead of {other}{when} in {count:.0f} of 100 draws"


def _brief(rows: list[MetricRow]) -> str:
    """Return a number at a neighbouring period, shortly."""
    row = rows[0]
    if isinstance(row, MemberRow) and row.share:
        return f"{quantity(row.share.p50, 'share')}"
    if isinstance(row, ValueRow):
        return quantity(row.quantiles.p50, row.unit)
    if isinstance(row, ConstraintRow):
        return _shares(rows)
    return f"in {100.0 * (row.mean or 0.0):.0f} of 100"


def published(result: Got) -> str:
    """Return the nearest published statements and where they lie in our distribution."""
    if not result.published:
        return "nothing that is near in meaning."
    exact = [row for row in result.published if _is_same(row, result)]
    others = [row for row in result.published if row not in exact]
    parts = [_said(row, result, is_same=True) for row in exact]
    if not exact:
        when = f" for {result.period}" if result.period else ""
        parts.append(f"nobody states it{when}. Nearest: {_said(others[0], result)}")
        others = others[1:]
    return "; ".join([*parts, *(_said(row, result) for row in others)]) + "."


def _is_same(row: ComparedClaim, result: Got) -> bool:
    """Return whether a claim states the very number that was asked for."""
    part = result.part
    asked = (result.first.metric, part.member if part else None, result.period)
    over = "whole" if part else None
    return (row.metric, row.member, row.period) == asked and row.over in {None, over}


def _said(row: ComparedClaim, result: Got, *, is_same: bool = False) -> str:
    """Return a claim: who, what, and our band of the same with its percentile."""
    at = f"at our P{percentile(row.percentile)}{', among our evidence' if row.used else ''}"
    if is_same:
        return f"{row.who} {claimed(row)} ({row.published}) {at}"
    what = f" for {row.period}"
    if row.metric != result.first.metric or row.member or row.over:
        over = f" over {row.over}" if row.over and row.over != "whole" else ""
        what = f" of {claim_subject(row)} in {row.period}{over}"
    ours = words.with_band(row, (10, 50, 90))
    return f"{row.who} {claimed(row)}{what} ({row.published}; ours {ours}) {at}"


def claim_subject(row: ComparedClaim) -> str:
    """Return what a claim is about, within a sentence."""
    name = row.title[:1].lower() + row.title[1:] if row.title[1:2].islower() else row.title
    return f"{MEMBERS.get(row.member, row.member)} in {name}" if row.member else name


def _ask(result: Got) -> str:
    """Return what to ask next about the same number."""
    metric = result.first.metric
    chart = f"chart: forecast chart {metric}"
    if isinstance(result.first, ValueRow) and result.part is None:
        return f"why: forecast why {result.asked}   {chart}"
    return f"by year: forecast project --metric {metric}"
