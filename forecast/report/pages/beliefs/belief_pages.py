"""What the forecast believes, as pages: which targets matter, each assumption, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from forecast.analysis.beliefs.assumptions import AssumptionRow, Assumptions
from forecast.analysis.beliefs.checks import CheckedInputs
from forecast.analysis.beliefs.differences import DifferenceRow, Differences
from forecast.analysis.beliefs.shown import EvidenceRow, Reader, ShownAssumption
from forecast.analysis.beliefs.stated import Points
from forecast.report import words
from forecast.report.blocks import (
    Block,
    Cell,
    Column,
    Prose,
    Row,
    Table,
    grid_columns,
    heading_row,
    number_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.cells import linked
from forecast.report.numbers import MISSING, change, signed
from forecast.report.pages.beliefs.belief_words import SHORT, band, banded, stated, with_sign

LONGEST = 28  # characters of a text that stands in a cell
QUIET = 0.05  # prior standard deviations, or part of the spread, not worth a word
PLAN = (
    "It is what is planned, and what --set changes. What is spent or sold comes after demand has "
    "answered and finance, chips and power have had their limits: forecast get hyperscaler_capex."
)


def list_page(result: Assumptions) -> list[Block]:
    """Return assumptions by subject: what was believed, what history left of it, and its status."""
    return [
        Prose(words.first_line(result.run), "quiet"),
        *assumption_tables(result),
        Prose(_list_legend(result), "quiet"),
    ]


def assumption_tables(result: Assumptions) -> list[Table]:
    """Return a table of the beliefs of each subject; where there is room with the headline metric
    that each moves most, what it is, and its source."""
    tables = []
    for subject, group in groupby(result.rows, lambda each: each.subject):
        columns = (
            *text_columns(subject.upper()),
            *(Column(each, is_banded=True) for each in ("prior (P10–P90)", "conditioned")),
            *text_columns("status"),
            Column("moves", is_number=False, is_extra=True),
            Column("what it is", is_number=False, is_extra=True),
            Column("source", is_number=False, is_extra=True),
        )
        lines: list[Row] = []
        for _, mine in groupby(group, lambda each: each.assumption):
            lines += _belief_rows(list(mine), columns)
        name = f"beliefs-{subject}".replace(" ", "-").replace("_", "-")
        tables.append(Table(name, subject.capitalize(), columns, tuple(lines)))
    return tables


def _belief_rows(rows: Sequence[AssumptionRow], columns: Sequence[Column]) -> list[Row]:
    """Return an assumption's rows: one, or a heading and one for each date of a path."""
    first = rows[0]
    unit = "" if first.unit in {"ratio", "year", "share"} else f", {first.unit}"
    name = f"{first.assumption}{unit}"
    if first.period is None:
        return [_belief_row(name, first)]
    dated = (_belief_row(each.period or "", each, depth=1) for each in rows)
    return [heading_row(name, columns), *dated]


def _belief_row(label: str, belief: AssumptionRow, depth: int = 0) -> Row:
    basis = belief.provenance
    status: str = basis.status
    if belief.kind == "driver":
        status = "assumed" if belief.assumed_points else "fitted"
    moves = ""
    if belief.moves is not None and belief.rank_correlation is not None:
        moves = f"{SHORT[belief.moves]} {with_sign(belief.rank_correlation, 2)}"
    after = banded(belief.conditioned, belief.unit)
    return row_of(
        Cell(label, f"{belief.assumption} {belief.period or ''}".strip()),
        banded(belief.prior, belief.unit),
        replace(after, text="unmoved") if _is_unmoved(belief) else after,
        status,
        moves,
        belief.title,
        linked(basis.source or basis.reasoning, basis.source_url),
        depth=depth,
    )


def _is_unmoved(row: AssumptionRow) -> bool:
    """Return whether history left a belief as it was."""
    if row.shift is None or row.spread is None:
        return band(row.prior, row.unit) == band(row.conditioned, row.unit)
    return abs(row.shift) < QUIET and abs(row.spread - 1.0) < QUIET


def _list_legend(result: Assumptions) -> str:
    parts = ["Medians with P10–P90, before and after history conditioned them."]
    if any(row.kind == "driver" for row in result.rows):
        parts.append("Drivers at the horizon; assumed: leans on points that somebody supposes.")
    parts.append(f"Moves: rank correlation with a headline metric of {result.run.through}.")
    parts.append("One in full: forecast assumptions show NAME.")
    return " ".join(parts)


def show_page(result: ShownAssumption) -> list[Block]:
    """Return all that is known of one assumption, driver or constant."""
    first = result.rows[0]
    source = first.provenance
    blocks: list[Block] = [
        Prose(first.title, label=first.assumption),
        Prose(f"{first.kind} · {first.subject} · unit {first.unit}", "quiet"),
    ]
    if result.is_plan:
        blocks.append(Prose(PLAN))
    if first.kind == "driver":
        blocks += _driver_blocks(result)
    blocks += [_path_table(result.rows), Prose(_moved(result.rows))]
    blocks.append(Prose(f"{source.status}, {source.date}: {source.source}", label="SOURCE"))
    if source.source_url:
        blocks.append(Prose(source.source_url))
    if source.reasoning:
        blocks.append(Prose(source.reasoning, label="WHY"))
    blocks.append(Prose(f"{source.known_from}, the day of its newest fact", label="KNOWN FROM"))
    if result.vintages:
        blocks.append(_vintages(result))
    for row in result.correlations:
        size = with_sign(row.rank_correlation, 2)
        text = f"rank correlation {size} with {row.other}: {row.reasoning}"
        blocks.append(Prose(text, label="TOGETHER"))
    if first.kind == "constant":
        blocks.append(Prose("the paths of money, docs/model.md", label="READ BY"))
    else:
        blocks.append(Prose(_influence(result), label="MOVES"))
        blocks.append(Prose(_read_by(result.readers), label="READ BY"))
    return [*blocks, Prose(f"stated in {source.place}", "quiet")]


def _vintages(result: ShownAssumption) -> Table:
    """Return what was believed before, which forecasts as of earlier days see."""
    lines = rows_of(
        (
            f"{each.known_from} {each.period or each.belief}".strip(),
            stated(each.stated.points, each.unit, each.stated.distribution),
            each.source,
        )
        for each in result.vintages
    )
    columns = text_columns("BELIEVED BEFORE", "median (P10–P90)", "source")
    return Table("vintages", "", columns, lines)


def _driver_blocks(result: ShownAssumption) -> list[Block]:
    """Return a driver's evidence and what is believed of it besides."""
    unit = result.rows[0].unit
    evidence = rows_of(
        (each.series_id, str(each.rows), str(each.last), _error_size(each, unit))
        for each in result.evidence
    )
    beliefs = rows_of(
        (
            each.belief,
            stated(each.stated.points, each.unit, each.stated.distribution),
            each.provenance.source,
        )
        for each in result.assumed
    )
    columns = grid_columns("EVIDENCE", "rows", "last", "error of a row")
    blocks: list[Block] = [Table("evidence", "", columns, evidence)]
    if beliefs:
        heads = text_columns("BELIEF", "median (P10–P90)", "source")
        blocks.append(Table("assumed", "", heads, beliefs))
    return blocks


def _error_size(row: EvidenceRow, unit: str) -> str:
    return f"{row.error:g} logits" if unit == "share" else f"±{100 * row.error:.0f}%"


def _path_table(rows: Sequence[AssumptionRow]) -> Table:
    is_driver = rows[0].kind == "driver"
    lines = []
    for row in rows:
        own = stated(row.stated.points, row.unit, row.stated.distribution)
        before = band(row.prior, row.unit) if is_driver else own
        lines.append((row.period or "at all times", before, band(row.conditioned, row.unit)))
    head = "fitted, before targets" if is_driver else "stated, median (P10–P90)"
    return Table("path", "", grid_columns("WHEN", head, "conditioned"), rows_of(lines))


def _moved(rows: Sequence[AssumptionRow]) -> str:
    """Return how far history moved a belief and how much of its spread it took."""
    if rows[0].kind == "constant":
        return "Paths of money are drawn with it as it stands; neither history nor --set moves it."
    beliefs = [
        (row.shift, row.spread, row.period)
        for row in rows
        if row.shift is not None and row.spread is not None
    ]
    if not beliefs:
        last = rows[-1]
        moves = signed(change(last.prior.p50, last.conditioned.p50, last.unit))
        return f"The targets moved the median of {last.period} by {moves}."
    if all(_is_unmoved(row) for row in rows):
        return "History says almost nothing about it: what stands is the prior."
    shift, _, period = max(beliefs, key=lambda each: abs(each[0]))
    when = f" (at {period})" if period else ""
    kept = min(spread for _, spread, _ in beliefs)
    return (
        f"History moved it by {with_sign(shift, 1)} prior standard deviations{when} and left "
        f"{100 * min(kept, 1.0):.0f}% of its spread."
    )


def _influence(result: ShownAssumption) -> str:
    named = [f"{SHORT[metric]} {with_sign(size, 2)}" for metric, size in result.influence.items()]
    return f"rank correlation with {result.run.through}: {', '.join(named)}"


def _read_by(rows: Sequence[Reader]) -> str:
    return "; ".join(f"{row.equation} ({row.title})" for row in rows) or "no equation"


def check_page(result: CheckedInputs) -> list[Block]:
    """Return what was read and found right."""
    lines = rows_of((each.kind, f"{each.count:,}", each.detail) for each in result.rows)
    source = f"{result.run.source} · data to {result.run.data_through}"
    return [
        Prose(source, "quiet"),
        Table(
            "inputs",
            "",
            (*text_columns("INPUT"), *number_columns("count"), *text_columns("of which")),
            lines,
        ),
        Prose("no problems", "strong"),
    ]


def diff_page(result: Differences) -> list[Block]:
    """Return what differs from the base case, old and new side by side."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    if not result.rows:
        text = "Nothing differs from the built-in base case."
        return [*blocks, Prose(text, "strong")]
    names = {(row.kind, row.name) for row in result.rows}
    count = f"{len(names)} {'entry differs' if len(names) == 1 else 'entries differ'}"
    blocks.append(Prose(f"{count} from the built-in base case.", "strong"))
    for kind, group in groupby(result.rows, lambda row: row.kind):
        columns = text_columns(kind.upper(), "base", "now")
        lines: list[Row] = []
        for name, mine in groupby(group, lambda each: each.name):
            lines += [heading_row(name, columns), *map(_sides, mine)]
        blocks.append(Table(kind, "", columns, tuple(lines)))
    blocks.append(Prose("Texts in full: --format json or csv.", "quiet"))
    return blocks


def _sides(each: DifferenceRow) -> Row:
    return row_of(
        each.field,
        _side(each.base_points, each.base, each.unit),
        _side(each.now_points, each.now, each.unit),
        depth=1,
    )


def _side(points: Points, text: str | None, unit: str) -> str:
    """Return one side of a difference: a belief or a band by its numbers, words if they are few."""
    if points != Points():
        return stated(points, unit)
    if not text:
        return MISSING
    return text if len(text) <= LONGEST else "(text)"
