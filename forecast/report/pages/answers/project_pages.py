"""From a result to the blocks of a page: which rows stand where, and how their numbers read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecast import periods
from forecast.analysis.project import Projection
from forecast.report import words
from forecast.report.blocks import Block, Listing, Prose, Table, TableRow, View, Whiskers
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
    Scale,
    band_cell,
    band_figures,
    cell,
    change,
    per_cent,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
    signed,
)
from forecast.result import Band
from forecast.world.metrics import MetricTable
from forecast.world.rows import ConstraintRow, MemberRow, ValueRow

# History shown before the first forecast column where the page is narrow.
YEARS_BEFORE, QUARTERS_BEFORE = 3, 6
WIDE = 100


@dataclass(frozen=True)
class PageColumns:
    """What every table of a page shares: the result, its periods as columns, and how to show it."""

    result: MetricTable
    columns: tuple[str, ...]
    view: View


def page(result: Projection, view: View) -> list[Block]:
    """Return the page of a projection: the answer, the tables, what binds, and the answer again."""
    tables = list(section_tables(result, view))
    observed = any(row.kind == "observed" for table in tables for row in table.rows)
    has_bar = any(table.bar is not None for table in tables)
    blocks: list[Block] = [
        Prose(words.first_line(result.run), "quiet"),
        Prose(words.answer(result, view.bands), "strong"),
        *(Prose(words.outcome_sentence(each)) for each in result.given),
    ]
    if tables:
        legend = words.legend(result, view.bands, has_observed=observed, has_bar=has_bar)
        blocks.append(Prose(legend, "quiet"))
    for table in tables:
        blocks.append(table)
        if table.title == "COMPUTE" and "inference_share" in shown_metrics(result, view):
            blocks.append(whiskers(result, view))
    blocks.extend(block for block in (events(result, view), what_binds(result)) if block.rows)
    if notes := " ".join(result.findings):
        blocks.append(Prose(notes))
    if view.verbose:
        blocks.extend(block for block in (conditioning(result), targets(result)) if block.rows)
    if result.since:
        blocks.append(Prose(words.since_kept(result.since), label="SINCE THE LAST RUN"))
    blocks.append(Prose(words.in_short(result, view.bands), label="IN SHORT"))
    return blocks


def section_tables(result: MetricTable, view: View) -> Iterator[Table]:
    """Yield a table for each section that has rows to show, any other metric asked for last."""
    shown = shown_metrics(result, view)
    place = PageColumns(result, shown_columns(result, view), view)
    bar = bar_index(result, place.columns)
    others = tuple((metric, result.metrics[metric].title) for metric in shown - LISTED)
    for section in (*SECTIONS, Section("OTHER", "", None, others)):
        if rows := tuple(_section_rows(section, place, shown)):
            unit = section.scale.unit if section.scale else ""
            unit += " a year" if section.title == "MONEY" and view.by == "year" else ""
            yield Table(section.title, unit, place.columns, bar, rows)


def shown_metrics(result: MetricTable, view: View) -> frozenset[str]:
    """Return the metrics a page tables: those asked for, or else those that are broken down, or
    else the headline ones."""
    present = {row.metric for row in result.values} - NOT_TABLED
    split = {row.metric for row in result.values if row.member} - NOT_TABLED
    if split and not view.metrics:
        return frozenset(split)
    return frozenset(
        metric
        for metric in present
        if (metric in view.metrics if view.metrics else result.metrics[metric].headline)
    )


def shown_columns(result: MetricTable, view: View) -> tuple[str, ...]:
    """Return the periods that a page shows: all of them if it is wide, else the later ones."""
    found = {row.period for row in result.rows if row.period}
    ordered = sorted(found, key=periods.quarter)
    first = words.first_projected(result)
    if view.by == "quarter":
        return tuple(name for name in ordered if periods.quarter(name) >= first - QUARTERS_BEFORE)
    if view.width >= WIDE:
        return tuple(ordered)
    return tuple(
        name for name in ordered if periods.quarter(name) // 4 >= first // 4 - YEARS_BEFORE
    )


def bar_index(result: MetricTable, columns: Sequence[str]) -> int | None:
    """Return the first column that is not fully observed, None if all or none are."""
    first = words.first_projected(result)
    observed = sum(periods.quarter(name) < first for name in columns)
    return observed if 0 < observed < len(columns) else None


def _section_rows(
    section: Section, place: PageColumns, shown: frozenset[str]
) -> Iterator[TableRow]:
    end = "year end" if place.view.by == "year" else "end"
    for metric, name in section.rows:
        if metric in shown:
            yield from metric_rows(metric, name.format(end=end), section, place)


def metric_rows(
    metric: str, label: str, section: Section, place: PageColumns
) -> Iterator[TableRow]:
    """Yield a metric's lines: median, bands, observed, and then each member of a breakdown with its
    share of the whole."""
    by_member: dict[str | None, list[ValueRow]] = {}
    for row in place.result.values:
        if row.metric == metric:
            by_member.setdefault(row.member, []).append(row)
    indent = label[: len(label) - len(label.lstrip())]
    most: dict[str, int] | None = None
    for member, rows in by_member.items():
        name = label if member is None else f"{indent}  {MEMBERS.get(member, member)}"
        scale = _scale(metric, rows, section)
        is_plain = scale.unit in {"", section.scale.unit if section.scale else ""}
        name = name if is_plain else f"{name}, {scale.unit}"
        places = _decimals(rows, scale, place.result)
        if member is None:
            most = {period: digits + 1 for period, digits in places.items()}
        elif most is not None:
            places = {period: min(digits, most[period]) for period, digits in places.items()}
        yield from _lines(name, rows, scale, places, place)
        if member is not None:
            yield from _share_line(f"{indent}    share, %", rows, place)


def _share_line(label: str, rows: Sequence[ValueRow], place: PageColumns) -> Iterator[TableRow]:
    """Yield a member's median share of the whole, if its rows state it."""
    shares = {row.period: row.share.p50 for row in rows if isinstance(row, MemberRow) and row.share}
    found = [shares.get(column) for column in place.columns]
    if any(share is not None for share in found):
        cells = ("" if share is None else per_cent(share) for share in found)
        yield TableRow(label, tuple(cells), "band")


def _scale(metric: str, rows: Sequence[ValueRow], section: Section) -> Scale:
    unit = rows[0].unit
    if section.scale and unit == section.unit:
        return section.scale
    medians = [row.quantiles.p50 for row in rows]
    return SCALES.get(metric) or scale_for(unit, medians)


def _lines(
    label: str,
    rows: Sequence[ValueRow],
    scale: Scale,
    places: dict[str, int],
    place: PageColumns,
) -> Iterator[TableRow]:
    """Yield the median line, one line for each pair of bands, and the observed line."""
    bands = place.view.bands
    by_period = {row.period: (row, places[row.period]) for row in rows}
    placed = [by_period.get(column, (None, 0)) for column in place.columns]
    indent = label[: len(label) - len(label.lstrip())] + "  "
    outer = (bands[0], bands[-1])
    yield TableRow(label, tuple(_median(row, digits, scale, outer) for row, digits in placed))
    for pair in _pairs(bands):
        cells = tuple(_band(row, digits, scale, pair) for row, digits in placed)
        yield TableRow(f"{indent}P{pair[0]}–P{pair[1]}", cells, "band")
    observed = tuple(_observed(row, digits, scale) for row, digits in placed)
    if any(observed):
        yield TableRow(f"{indent}observed •", observed, "observed")


def _pairs(bands: Sequence[float]) -> list[tuple[float, float]]:
    """Return (5, 95), (25, 75) for 5, 25, 50, 75, 95: the outermost first."""
    half = len(bands) // 2
    return [(bands[index], bands[-1 - index]) for index in range(half)]


def _decimals(rows: Sequence[ValueRow], scale: Scale, result: MetricTable) -> dict[str, int]:
    """Return the decimals of each period, equal on either side of the bar.

    All periods count, shown or not, so that a number reads the same on any width.
    """
    first = words.first_projected(result)
    sides: dict[bool, list[float]] = {True: [], False: []}
    for row in rows:
        sides[_is_history(row, first)].append(row.quantiles.p50 / scale.divisor)
    decimals = {side: side_decimals(values) for side, values in sides.items()}
    return {row.period: decimals[_is_history(row, first)] for row in rows}


def _is_history(row: ValueRow | ConstraintRow, first_projected: int) -> bool:
    return periods.quarter(row.period) < first_projected


def _median(row: ValueRow | None, places: int, scale: Scale, outer: tuple[float, float]) -> str:
    if row is None:
        return MISSING
    figures = band_figures(*(row.quantiles.at(each) / scale.divisor for each in outer))
    return cell(row.quantiles.p50 / scale.divisor, places, figures, is_share=scale.is_share)


def _band(row: ValueRow | None, places: int, scale: Scale, pair: tuple[float, float]) -> str:
    if row is None:
        return ""
    low, high = (row.quantiles.at(each) for each in pair)
    if low == high:
        return ""
    return band_cell(low / scale.divisor, high / scale.divisor, places, is_share=scale.is_share)


def _observed(row: ValueRow | None, places: int, scale: Scale) -> str:
    if row is None or row.observed is None:
        return ""
    value = row.observed / scale.divisor
    digits = places if abs(value) < 10.0 else 0
    bound = {"lt": "<", "gt": ">"}.get(row.observed_qualifier or "", "")
    return bound + cell(value, digits, 3, is_share=scale.is_share) + "•"


def whiskers(result: MetricTable, view: View) -> Whiskers:
    """Return the inference share of the last observed and every forecast period, as lines."""
    columns = shown_columns(result, view)
    bar = bar_index(result, columns) or 1
    rows = []
    for name in columns[bar - 1 :]:
        if row := result.find("inference_share", name):
            low, high = row.quantiles.at(view.bands[0]), row.quantiles.at(view.bands[-1])
            rows.append((name, low, row.quantiles.p50, high))
    return Whiskers("Inference share", tuple(rows))


def events(result: MetricTable, view: View) -> Listing:
    """Return when each crossing happens, with its band and how often it never does."""
    low, high = view.bands[0], view.bands[-1]
    after = f"after {result.run.through}"
    rows = []
    for row in result.events:
        ends = f"{row.quantiles.at(low) or after} – {row.quantiles.at(high) or after}"
        never = cell(100.0 * row.probability_never, 0, is_share=True)
        rows.append((EVENTS[row.metric], row.quantiles.p50 or after, ends, never))
    columns = ("WHEN", "median", f"P{low}–P{high}", "never, %")
    return Listing(columns, tuple(rows))


def what_binds(result: MetricTable) -> Listing:
    """Return the share of draws bound by each constraint, for each year or quarter forecast."""
    first = words.first_projected(result)
    shares: dict[str, dict[str, float]] = {}
    for row in result.constraints:
        if not _is_history(row, first):
            shares.setdefault(row.period, {})[row.member] = row.mean
    rows = tuple(
        (name, *(cell(100.0 * found[member], 0, is_share=True) for member in CONSTRAINTS))
        for name, found in shares.items()
    )
    return Listing(("WHAT BINDS, % of draws", *CONSTRAINTS), rows)


def conditioning(result: Projection) -> Listing:
    """Return what history did to each assumption: prior, conditioned, and how far it moved."""
    rows = tuple(
        (
            row.assumption,
            _range(row.prior, row.unit),
            _range(row.conditioned, row.unit),
            change(row.prior.p50, row.conditioned.p50, row.unit),
        )
        for row in result.conditioning
    )
    columns = ("ASSUMPTION", "prior (P10–P90)", "conditioned (P10–P90)", "moved")
    return Listing(columns, rows)


def targets(result: Projection) -> Listing:
    """Return how the conditioned ensemble meets each target, in standard errors."""
    rows = []
    for row in result.targets:
        unit = result.metrics[row.quantity].unit if row.quantity in result.metrics else "ratio"
        misfit = signed(f"{row.misfit:+.1f}")
        name = f"{row.target} {row.period}"
        rows.append((name, _plain(row.observed, unit), _range(row.modelled, unit), misfit))
    return Listing(("TARGET", "observed", "modelled (P10–P90)", "misfit, s.e."), tuple(rows))


def _range(band: Band, unit: str) -> str:
    plain = unit if unit in {"share", "year"} else "ratio"
    return f"{_plain(band.p50, unit)} ({quantity_band(band.p10, band.p90, plain)})"


def _plain(value: float, unit: str) -> str:
    """Return a value without its unit, which the assumption's own entry states."""
    return quantity(value, unit if unit in {"share", "year"} else "ratio")
