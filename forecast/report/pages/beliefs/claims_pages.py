"""Published claims as a page: what each headline claim comes to in a sentence, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from forecast.analysis.claims.rows import EVERYTHING, ClaimRow, Claims, ComparedClaim
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
from forecast.report.layout import SECTIONS
from forecast.report.numbers import band_figures, quantity, quantity_band
from forecast.report.pages.beliefs.claims_words import (
    claimed,
    headline_sentence,
    median_figures,
    not_compared,
    percentile,
    subject,
    summary,
)
from forecast.report.words import first_line
from forecast.result import BESIDE, MERGED, Result

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
    """A claim, the figure that it states as published, and what it comes to in words if it is a
    headline claim."""

    claim: ClaimRow = field(metadata=MERGED)
    stated: str | None
    sentence: str | None


@dataclass(frozen=True)
class SaidClaims(Result):
    """Claims with what they come to in words; `findings` say what all of them come to."""

    rows: tuple[SaidRow, ...]
    findings: tuple[str, ...] = field(metadata=BESIDE)
    claims: Claims


def with_sentences(result: Claims) -> SaidClaims:
    """Return claims with what each headline claim, and all of them, come to in words."""
    rows = (
        SaidRow(row, claimed(row) or row.words, headline_sentence(row) if row.headline else None)
        for row in result.rows
    )
    about = result.command, result.run, tuple(rows), result.warnings
    return SaidClaims(*about, (summary(result),), result)


def claims_page(result: SaidClaims, view: View) -> list[Block]:
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
    if result.claims.filters != EVERYTHING or view.verbose:
        blocks += [Prose(not_compared(row), label=row.claim_id) for row in rest]
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
    for about, group in groupby(in_order(rows), subject_of):
        mine = list(group)
        ours = f"{about}: ours {_ours(mine, view)}"
        lines += [heading_row(ours, columns), *map(_claim, mine)]
    return Table("claims", "Published claims against our distribution", columns, tuple(lines))


def _ours(claims: Sequence[ComparedClaim], view: View) -> str:
    """Return our median with its band, with figures that tell it from the claims beside it."""
    first = claims[0]
    low, high = (first.quantiles.at(view.bands[end]) for end in (0, -1))
    figures = median_figures(claims, band_figures(low, high))
    middle = quantity(first.p50, first.unit, figures)
    return f"{middle} ({quantity_band(low, high, first.unit, figures)})"


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


def in_order(rows: Iterable[ComparedClaim]) -> list[ComparedClaim]:
    """Return claims with those of a subject and period together."""
    return sorted(rows, key=lambda each: (each.title, each.period, each.over or ""))


def subject_of(row: ComparedClaim) -> str:
    """Return what a claim is about and when, short enough for a line: the tables' own name of a
    metric stands where its title is long."""
    name = NAMES.get(row.metric, row.title) if len(row.title) > LONG else row.title
    return subject(row, name)
