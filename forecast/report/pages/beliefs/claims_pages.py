"""Published claims as a page: what each headline claim comes to in a sentence, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from forecast.analysis.claims import ClaimRow, Claims, ComparedClaim
from forecast.report.blocks import (
    Block,
    Cell,
    Column,
    Prose,
    Row,
    Table,
    View,
    heading_row,
    number_columns,
    row_of,
    text_columns,
)
from forecast.report.cells import linked
from forecast.report.layout import MEMBERS, SECTIONS
from forecast.report.numbers import band_figures, quantity, significant
from forecast.report.words import first_line, percentile_band, with_band
from forecast.result import BESIDE, MERGED, Result

MOST_FIGURES = 6
LONG = 45  # letters of a metric's title, beyond which the table's own short name stands for it
NAMES = {metric: name for section in SECTIONS for metric, name in section.rows}
LEGEND = (
    "Claims stand under what they are about, with our median and {band}. Percentile: where a claim "
    "lies among our draws (of a range, its middle). outside: beyond P5–P95. used: its fact is also "
    "evidence of ours. ≥ is a floor, ≤ a ceiling; 'read' marks words that we read as a "
    "number."
)


@dataclass(frozen=True)
class SaidRow:
    """A claim, and what it comes to in words if it is a headline claim."""

    claim: ClaimRow = field(metadata=MERGED)
    sentence: str | None


@dataclass(frozen=True)
class SaidClaims(Result):
    """Claims with what they come to in words; `findings` say what all of them come to."""

    rows: tuple[SaidRow, ...]
    findings: tuple[str, ...] = field(metadata=BESIDE)
    claims: Claims


def with_sentences(result: Claims) -> SaidClaims:
    """Return claims with what each headline claim, and all of them, come to in words."""
    rows = (SaidRow(row, headline_sentence(row) if row.headline else None) for row in result.rows)
    about = result.command, result.run, tuple(rows), result.warnings
    return SaidClaims(*about, (summary(result),), result)


def headline_sentence(row: ClaimRow) -> str:
    """Return what a claim comes to, from its numbers and ours, in one sentence.

    The cause is a fact of the data; it is left out where the claim lies on the other side of our
    median than the one that the fact explains.
    """
    if not isinstance(row, ComparedClaim):
        return _not_compared(row)
    figures = band_figures(row.p10, row.p90)
    middle = quantity(row.p50, row.unit, figures)
    band = f"median {middle}, P10–P90 {percentile_band(row, (10, 50, 90))}"
    is_below = row.percentile < 50.0
    sentence = f"{_subject(row, row.title)}: {_relation(row, is_below=is_below)} ({band})"
    if row.because and row.because_if == "any":
        sentence += f"; {row.because}"
    elif row.because and row.because_if == ("below" if is_below else "above"):
        sentence += f", because {row.because}"
    return f"{sentence}."


def _relation(row: ComparedClaim, *, is_below: bool) -> str:
    """Return where a claim lies in our distribution."""
    said = f"the published {claimed(row)}"
    if row.read:
        said = f"“{row.words}”, read as {claimed(row)},"
    if row.outside:
        side, bound = ("below our P5", row.p5) if is_below else ("above our P95", row.p95)
        return f"{said} lies {side} of {quantity(bound, row.unit)}"
    if row.mid is None:
        return f"{said} holds in {_of_100(_holds(row))} draws"
    side = "below" if is_below else "above"
    at = f"percentile {percentile(row.percentile)}"
    return f"{said} lies {side} our median but inside P5–P95, at {at}"


def _holds(row: ComparedClaim) -> float:
    """Return in how many of 100 draws a range, a floor or a ceiling holds."""
    if row.percentile_low is not None and row.percentile_high is not None:
        return row.percentile_high - row.percentile_low
    return row.percentile if row.low is None else 100.0 - row.percentile


def _of_100(share: float) -> str:
    return f"{percentile(share)} of 100"


def percentile(value: float) -> str:
    """Return a percentile or a count of 100 draws, never rounded to certainty."""
    if value < 0.5:
        return "<1"
    return ">99" if value >= 99.5 else f"{value:.0f}"


def _subject(row: ClaimRow, name: str) -> str:
    """Return what a claim is about and when: AI chip spend, 2026."""
    what = name
    if row.member:
        share = "share of" if row.over == "whole" else "in"
        what = f"{MEMBERS.get(row.member, row.member)}, {share} {what}"
    over = f" over {row.over}" if row.over and row.over != "whole" else ""
    through = "through " if row.kind == "cumulative" else ""
    return f"{what}, {through}{row.period}{over}"


def claimed(row: ClaimRow) -> str:
    """Return a claim's numbers as published: $275B, ≥$400B, 6–12%."""
    low, mid, high = (
        None if end is None else _exactly(end, row.unit) + ("×" if row.unit == "ratio" else "")
        for end in (row.low, row.mid, row.high)
    )
    if low and high:
        return f"{mid} ({_range(low, high)})" if mid else _range(low, high)
    return mid or (f"≥{low}" if low else f"≤{high}")


def _range(low: str, high: str) -> str:
    """Return $400–450B for $400B and $450B."""
    scale = low.lstrip("$0123456789.,")
    if scale and high.endswith(scale):
        return f"{low.removesuffix(scale)}–{high.removeprefix('$')}"
    return f"{low}–{high}"


def _exactly(value: float, unit: str) -> str:
    """Return a published value with all its figures."""
    figures = next(
        (
            each
            for each in range(1, MOST_FIGURES)
            if abs(significant(value, each) - value) <= 1e-9 * abs(value)
        ),
        MOST_FIGURES,
    )
    return quantity(value, unit, figures)


def summary(result: Claims) -> str:
    """Return how many claims could be compared, how many facts they state, and how many of these
    lie outside our band."""
    counts = result.counts
    below = counts.outside_below
    return (
        f"{counts.compared} of {counts.claims} published claims are about a metric within "
        f"the horizon and state {counts.facts} facts; {counts.outside} of these lie outside "
        f"our P5–P95 ({below} below, {counts.outside - below} above), "
        f"{counts.independent_outside} of the {counts.independent} that are not among our "
        "evidence."
    )


def claims_page(result: SaidClaims, view: View, *, is_filtered: bool) -> list[Block]:
    """Return the page: the sum, headline claims in sentences, the table, and what is not compared
    if a reader asks for some claims or for everything (-v)."""
    blocks: list[Block] = [
        Prose(first_line(result.run), "quiet"),
        *(Prose(text, "strong") for text in result.findings),
    ]
    said = ((row.sentence, row.claim.claim_id) for row in result.rows)
    blocks += [Prose(sentence, label=name) for sentence, name in said if sentence]
    rows = result.claims.rows
    blocks += claims_blocks(result.claims, view)
    rest = [row for row in rows if not row.compared and not row.headline]
    if is_filtered or view.verbose:
        blocks += [Prose(_not_compared(row), label=row.claim_id) for row in rest]
    elif rest:
        blocks.append(Prose(f"{len(rest)} more are not compared; -v says why.", "quiet"))
    if not rows:
        blocks.append(Prose("No claim meets all the filters."))
    return [*blocks, Prose(summary(result.claims), "strong", label="IN SHORT")]


def claims_blocks(result: Claims, view: View) -> list[Block]:
    """Return the table of what can be compared with its legend, nothing where there is none."""
    if not result.compared:
        return []
    legend = LEGEND.format(band=f"P{view.bands[0]}–P{view.bands[-1]}")
    return [_table(result.compared, view), Prose(legend, "quiet")]


def _table(rows: Sequence[ComparedClaim], view: View) -> Table:
    """Return claims under what they are about; a subject's own line holds our distribution."""
    columns = (
        *text_columns("CLAIM, published"),
        *number_columns("claimed", "percentile"),
        Column("", False),
    )
    lines: list[Row] = []
    order = sorted(rows, key=lambda each: (each.title, each.period, each.over or ""))
    for subject, group in groupby(order, key=lambda each: _subject(each, _short(each))):
        mine = list(group)
        ours = f"{subject}: ours {with_band(mine[0], view.bands)}"
        lines += [heading_row(ours, columns), *map(_claim, mine)]
    return Table("claims", "Published claims against our distribution", columns, tuple(lines))


def _claim(claim: ComparedClaim) -> Row:
    read = "read " if claim.read else ""
    marks = [word for word, on in (("outside", claim.outside), ("used", claim.used)) if on]
    return row_of(
        linked(f"{claim.who}, {claim.published}", claim.source_url),
        Cell(f"{read}{claimed(claim)}", claim.mid or claim.low or claim.high),
        Cell(percentile(claim.percentile), claim.percentile),
        " ".join(marks),
        depth=1,
    )


def _short(row: ComparedClaim) -> str:
    """Return a name short enough for a line: the tables' own where the title is long."""
    return NAMES.get(row.metric, row.title) if len(row.title) > LONG else row.title


def _not_compared(row: ClaimRow) -> str:
    """Return what a claim says and why it is not compared."""
    head = f"{row.who}, {row.period}"
    if row.words:
        return f"{head}: “{row.words}” is not compared, because {row.reason}."
    return f"{head}, {row.about.replace('_', ' ')}: {row.reason}."
