"""The tables of a projection: which rows stand where, and how their numbers read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forecast import periods
from forecast.report import words
from forecast.report.blocks import (
    ALL,
    Cell,
    Column,
    Row,
    Table,
    View,
    grid_columns,
    row_of,
    text_columns,
)
from forecast.report.layout import (
    CONSTRAINTS,
    EVENTS,
    LISTED,
    MEMBERS,
    NOT_TABLED,
    SCALES,
    SECTIONS,
    Section,
)
from forecast.report.numbers import (
    MISSING,
    UnitScale,
    band_cell,
    cell,
    median_cell,
    per_cent,
    scale_for,
    side_decimals,
)
from forecast.world.metrics import MetricTable
from forecast.world.rows import ConstraintRow, MemberRow, ProbabilityRow, ValueRow

# History shown before the first forecast column where the page is narrow.
YEARS_BEFORE, QUARTERS_BEFORE = 3, 6
LEADS = ("inference_ahead", "inference_spend_ahead")
WIDE = 100
OTHER = "OTHER"


@dataclass(frozen=True)
class PageColumns:
    """What every table of a page shares: the result, its periods as columns, and how to show it."""

    result: MetricTable
    columns: tuple[str, ...]
    view: View

    @property
    def bar(self) -> int | None:
        """The first column that is not fully observed, None if all or none are."""
        first = words.first_projected(self.result)
        observed = sum(periods.quarter(name) < first for name in self.columns)
        return observed if 0 < observed < len(self.columns) else None

    @property
    def heads(self) -> tuple[Column, ...]:
        """The heads of the columns; that of the labels is empty."""
        bar = len(self.columns) if self.bar is None else self.bar
        named = (
            Column(name, is_banded=True, is_forecast=at >= bar)
            for at, name in enumerate(self.columns)
        )
        return (*text_columns(""), *named)


def section_tables(result: MetricTable, view: View) -> Iterator[Table]:
    """Yield a table for each section that has rows to show, any other metric asked for last."""
    shown = shown_metrics(result, view)
    place = PageColumns(result, shown_columns(result, view), view)
    others = tuple((metric, result.metrics[metric].title) for metric in shown - LISTED)
    for section in (*SECTIONS, Section(OTHER, "", None, others)):
        if mine := [metric for metric, _ in section.rows if metric in shown]:
            rows = [each for metric in mine for each in metric_rows(metric, section, place)]
            is_stated = any(result.metrics[metric].unit == section.unit for metric in mine)
            unit = section.scale.unit if section.scale and is_stated else ""
            unit += " a year" if unit and section.title == "MONEY" and view.by == "year" else ""
            name = f"{section.title.lower().replace(' ', '-')}-by-{view.by}"
            yield Table(name, section.title, place.heads, tuple(rows), unit, place.bar)


def shown_metrics(result: MetricTable, view: View) -> frozenset[str]:
    """Return the metrics a page tables: those asked for, or else those that are broken down, or
    else the headline ones."""
    present = {each.metric for each in result.values} - NOT_TABLED
    split = {each.metric for each in result.values if each.member} - NOT_TABLED
    if split and not view.metrics:
        return frozenset(split)
    return frozenset(
        metric
        for metric in present
        if (metric in view.metrics if view.metrics else result.metrics[metric].headline)
    )


def shown_columns(result: MetricTable, view: View) -> tuple[str, ...]:
    """Return the periods that a page shows: all of them if it is wide, else the later ones."""
    named = {each.period for each in result.rows if each.period}
    ordered = sorted(named, key=periods.quarter)
    first = words.first_projected(result)
    if view.width >= ALL:
        return tuple(ordered)
    if view.by == "quarter":
        return tuple(name for name in ordered if periods.quarter(name) >= first - QUARTERS_BEFORE)
    if view.width >= WIDE:
        return tuple(ordered)
    return tuple(
        name for name in ordered if periods.quarter(name) // 4 >= first // 4 - YEARS_BEFORE
    )


def label_of(metric: str, section: Section, place: PageColumns) -> tuple[str, int]:
    """Return a metric's name under its section's heading, and how deep it stands.

    One that is part of another has its full title where that is not shown.
    """
    label = dict(section.rows)[metric]
    depth = (len(label) - len(label.lstrip())) // 2
    shown = shown_metrics(place.result, place.view)
    names = [name for name, _ in section.rows]
    above = [
        name
        for name, text in section.rows[: names.index(metric)]
        if name in shown and not text.startswith(" ")
    ]
    if depth and above[-1:] != ["chip_spend"]:
        return place.result.metrics[metric].title, 0
    return label.strip().format(end="year end" if place.view.by == "year" else "end"), depth


def metric_rows(metric: str, section: Section, place: PageColumns) -> Iterator[Row]:
    """Yield a metric's row, and one below it for each member of a breakdown with its share of the
    whole."""
    label, depth = label_of(metric, section, place)
    by_member: dict[str | None, list[ValueRow]] = {}
    for each in place.result.values:
        if each.metric == metric:
            by_member.setdefault(each.member, []).append(each)
    most: dict[str, int] | None = None
    for member, rows in by_member.items():
        name = label if member is None else MEMBERS.get(member, member)
        scale = scale_of(metric, rows, section)
        is_plain = scale.unit in {"", section.scale.unit if section.scale else ""}
        name = name if is_plain else f"{name}, {scale.unit}"
        places = decimals_by_period(rows, scale, place.result)
        if member is None:
            most = {period: digits + 1 for period, digits in places.items()}
        elif most is not None:
            places = {period: min(digits, most[period]) for period, digits in places.items()}
        yield _row(name, rows, scale, places, place, depth + (member is not None))


def scale_of(metric: str, rows: Sequence[ValueRow], section: Section) -> UnitScale:
    """Return the scale of a metric's section, or one of its own where its unit is another."""
    unit = rows[0].unit
    if section.scale and unit == section.unit:
        return section.scale
    return SCALES.get(metric) or scale_for(unit, [each.quantiles.p50 for each in rows])


def _row(
    label: str,
    rows: Sequence[ValueRow],
    scale: UnitScale,
    places: dict[str, int],
    place: PageColumns,
    depth: int,
) -> Row:
    """Return a row whose notes are its bands, what was observed, and the share of a whole."""
    by_period = {each.period: each for each in rows}
    pairs = _pairs(place.view.bands)
    cells = []
    for column in place.columns:
        found = by_period.get(column)
        if found is None:
            cells.append(Cell(MISSING))
            continue
        digits, outer = places[column], pairs[0]
        ends = found.quantiles.at(outer[0]), found.quantiles.at(outer[1])
        share = found.share if isinstance(found, MemberRow) else None
        notes = (
            *(_band(found, digits, scale, pair) for pair in pairs),
            _observed(found, digits, scale),
            per_cent(share.p50) if share else "",
        )
        text = median_text(found, digits, scale, outer)
        cells.append(Cell(text, found.quantiles.p50, notes, ends))
    names = [*(f"P{low}–P{high}" for low, high in pairs), "observed •", "share, %"]
    used = [at for at in range(len(names)) if any(each.note and each.note[at] for each in cells)]
    shown = (replace(each, note=tuple(each.note[at] for at in used if each.note)) for each in cells)
    metric = rows[0].metric if rows[0].member is None else rows[0].member
    head = Cell(label, metric, tuple(names[at] for at in used))
    return Row((head, *shown), depth, divisor=scale.divisor)


def _pairs(bands: Sequence[float]) -> list[tuple[float, float]]:
    """Return (5, 95), (25, 75) for 5, 25, 50, 75, 95: the outermost first."""
    half = len(bands) // 2
    return [(bands[index], bands[-1 - index]) for index in range(half)]


def decimals_by_period(
    rows: Sequence[ValueRow], scale: UnitScale, result: MetricTable
) -> dict[str, int]:
    """Return the decimals of each period, equal on either side of the bar.

    All periods count, shown or not, so that a number reads the same on any width.
    """
    first = words.first_projected(result)
    sides: dict[bool, list[float]] = {True: [], False: []}
    for each in rows:
        sides[_is_history(each, first)].append(each.quantiles.p50 / scale.divisor)
    decimals = {side: side_decimals(values) for side, values in sides.items()}
    return {each.period: decimals[_is_history(each, first)] for each in rows}


def _is_history(each: ValueRow | ConstraintRow, first_projected: int) -> bool:
    return periods.quarter(each.period) < first_projected


def median_text(
    found: ValueRow, places: int, scale: UnitScale, outer: tuple[float, float] = (10, 90)
) -> str:
    """Return a median with so many decimals, or as few figures as its band earns."""
    low, high = (found.quantiles.at(each) / scale.divisor for each in outer)
    middle = found.quantiles.p50 / scale.divisor
    return median_cell(middle, low, high, places, is_share=scale.is_share)


def _band(found: ValueRow, places: int, scale: UnitScale, pair: tuple[float, float]) -> str:
    low, high = (found.quantiles.at(each) for each in pair)
    if low == high:
        return ""
    return band_cell(low / scale.divisor, high / scale.divisor, places, is_share=scale.is_share)


def _observed(found: ValueRow, places: int, scale: UnitScale) -> str:
    if found.observed is None:
        return ""
    value = found.observed / scale.divisor
    digits = places if abs(value) < 10.0 else 0
    bound = {"lt": "<", "gt": ">"}.get(found.observed_qualifier or "", "")
    return bound + cell(value, digits, 3, is_share=scale.is_share) + "•"


def events_table(result: MetricTable, view: View) -> Table:
    """Return when each crossing happens, with its band and how often it never does."""
    low, high = view.bands[0], view.bands[-1]
    after = f"after {result.run.through}"
    rows = []
    for each in result.events:
        ends = f"{each.quantiles.at(low) or after} – {each.quantiles.at(high) or after}"
        never = cell(100.0 * each.probability_never, 0, is_share=True)
        middle = each.quantiles.p50 or after
        rows.append(
            row_of(
                Cell(EVENTS[each.metric], each.metric),
                *(Cell(middle, middle), Cell(ends), Cell(never, each.probability_never)),
            )
        )
    columns = grid_columns("WHEN", "median", f"P{low}–P{high}", "never, %")
    title = "When inference first leads for four quarters running"
    return Table(f"when-by-{view.by}", title, columns, tuple(rows))


def leads_table(result: MetricTable, view: View) -> Table:
    """Return in how many of 100 draws inference is ahead, in each period that the page shows."""
    metrics = [name for name in LEADS if name in result.metrics]
    place = PageColumns(result, shown_columns(result, view) if metrics else (), view)
    rows = []
    for metric in metrics:
        chances = (result.probability(metric, each) for each in place.columns)
        rows.append(row_of(Cell(f"By {EVENTS[metric]}", metric), *map(chance, chances)))
    name = f"ahead-by-{view.by}"
    return Table(name, "INFERENCE AHEAD", place.heads, tuple(rows), "% of draws", place.bar)


def chance(known: ProbabilityRow | None) -> Cell:
    """Return in how many of 100 draws something is so."""
    return Cell(MISSING) if known is None else Cell(per_cent(known.mean), known.mean)


def binding_table(result: MetricTable, view: View) -> Table:
    """Return the share of draws bound by each constraint, for each year or quarter forecast."""
    first = words.first_projected(result)
    shares: dict[str, dict[str, float]] = {}
    for each in result.constraints:
        if not _is_history(each, first):
            shares.setdefault(each.period, {})[each.member] = each.mean
    rows = (
        row_of(name, *(Cell(cell(100.0 * mine[each], 0, is_share=True), mine[each])
                    for each in CONSTRAINTS))
        for name, mine in shares.items()
    )  # fmt: skip
    columns = grid_columns("WHAT BINDS, % of draws", *CONSTRAINTS)
    name = f"what-binds-by-{view.by}"
    return Table(name, "What binds supply", columns, tuple(rows))
