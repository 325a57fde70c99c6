"""The first page of a projection: the answer, one grid of years, and what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from forecast import periods
from forecast.analysis.front import Front
from forecast.analysis.project import Projection, Since
from forecast.analysis.share.vintages import Vintage
from forecast.report import words
from forecast.report.blocks import Block, Cell, Column, Facts, Prose, Row, Table, View
from forecast.report.layout import SCALES, SECTIONS
from forecast.report.numbers import band_cell, per_cent, quantity_band, scale_for, signed
from forecast.report.pages.answers.project_tables import (
    PageColumns,
    chance,
    decimals_by_period,
    median_text,
)
from forecast.report.pages.whatif.changes import moves_most
from forecast.result import Band
from forecast.world.rows import ValueRow

# Metrics of the grid with their names, blanks before those that belong to the one above.
GRID = (
    ("inference_share", "Inference share"),
    ("inference_ahead", "  ahead, % of draws"),
    ("forward_share", "  with rollouts"),
    ("chip_spend", "AI chip spend"),
    ("inference_chip_spend", "  for inference"),
    ("inference_spend_ahead", "  ahead, % of draws"),
    ("ai_capex", "AI capex"),
    ("ai_revenue", "AI revenue"),
    ("compute_stock", "Running"),
    ("rent", "Rent"),
    ("ai_power_capacity", "Power capacity"),
)
WIDE, WIDEST = 100, 132  # pages with more history, and with the band of each year
HISTORY = 2  # years before the forecast on a page that is not wide
BARS = "▁▂▃▄▅▆▇█"
ASK = "forecast why · get METRIC@YEAR · chart · whatif · watch · --full"
COMMONEST = 2


def first_page(result: Projection, front: Front, view: View) -> list[Block]:
    """Return the page: what ran, the answer, the grid, and remarks on it."""
    return [
        Prose(words.first_line(result.run), "quiet"),
        Prose(words.answer(result, view.bands), "strong"),
        *(Prose(words.outcome_sentence(each)) for each in result.given),
        grid(result, view),
        Facts((*facts(result, front), ("Ask", ASK))),
    ]


def grid(result: Projection, view: View) -> Table:
    """Return what the forecast is about by year, with the band of the last and the shape of all."""
    width, band = view.width, f"P{view.bands[0]}–P{view.bands[-1]}"
    place = PageColumns(result, _years(result, width), view)
    bar = place.bar or 0
    years = place.columns[-1:] if width < WIDEST else place.columns[bar:]
    banded = [place.columns.index(each) for each in years]
    columns: list[Column] = []
    for at, column in enumerate(place.heads[1:]):
        columns.append(column)
        if at in banded:
            title = band + f" {column.title}" * (width < WIDEST)
            columns.append(Column(title, is_forecast=column.is_forecast))
    head, shape = place.heads[0], Column("", is_forecast=True, is_extra=True)
    rows = [each for metric, name in GRID if (each := _row(metric, name, place, banded))]
    return Table("years", "", (head, *columns, shape), tuple(rows), bar=place.bar)


def _years(result: Projection, width: int) -> tuple[str, ...]:
    """Return the years that a page has room for."""
    ordered = sorted({each.period for each in result.values}, key=periods.quarter)
    first = words.first_projected(result) // 4
    kept = len(ordered) if width >= WIDE else HISTORY
    return tuple(each for each in ordered if periods.quarter(each) // 4 >= first - kept)


def _row(metric: str, name: str, place: PageColumns, banded: Sequence[int]) -> Row | None:
    """Return a metric's row, None where the result has nothing of it."""
    depth, label = (len(name) - len(name.lstrip())) // 2, name.strip()
    chances = [place.result.probability(metric, each) for each in place.columns]
    if any(chances):
        cells: list[Cell] = []
        for at, known in enumerate(chances):
            cells += [chance(known), *([Cell()] if at in banded else ())]
        return Row((Cell(label, metric), *cells, Cell()), depth, is_quiet=True)
    rows = [each for each in place.result.values if (each.metric, each.member) == (metric, None)]
    return _value_row(rows, label, depth, place, banded) if rows else None


def _value_row(
    rows: Sequence[ValueRow], name: str, depth: int, place: PageColumns, banded: Sequence[int]
) -> Row:
    """Return the row of a metric's medians, with its bands and its shape."""
    metric, unit = rows[0].metric, rows[0].unit
    own = (each.scale for each in SECTIONS if metric in dict(each.rows) and each.unit == unit)
    medians = [each.quantiles.p50 for each in rows]
    scale = next(own, None) or SCALES.get(metric) or scale_for(unit, medians)
    places = decimals_by_period(rows, scale, place.result)
    by_year = {each.period: each for each in rows}
    outer = place.view.bands[0], place.view.bands[-1]
    cells: list[Cell] = []
    for at, year in enumerate(place.columns):
        known = by_year[year]
        low, high = (known.quantiles.at(each) for each in outer)
        text = median_text(known, places[year], scale, outer)
        cells.append(Cell(text, known.quantiles.p50, band=(low, high)))
        if at in banded:
            ends = low / scale.divisor, high / scale.divisor
            cells.append(Cell(band_cell(*ends, places[year], is_share=scale.is_share)))
    shape = Cell(_shape([by_year[each] for each in place.columns]))
    label = f"{name}, {scale.unit}".removesuffix(", ")
    return Row((Cell(label, metric), *cells, shape), depth, divisor=scale.divisor)


def _shape(rows: Sequence[ValueRow]) -> str:
    """Return medians as bars that stand on zero; shares reach the top at one."""
    medians = [each.quantiles.p50 for each in rows]
    top = 1.0 if rows[0].unit == "share" else max(medians)
    steps = (round(max(0.0, each) / top * (len(BARS) - 1)) if top > 0.0 else 0 for each in medians)
    return "".join(BARS[min(step, len(BARS) - 1)] for step in steps)


def facts(result: Projection, front: Front) -> Iterator[tuple[str, str]]:
    """Yield what the answer rests on, what moves it most, and what it was before."""
    yield "Rests on", _rests_on(result, front.reported)
    if moving := moves_most(front.rows):
        yield "Moves it", moving
    if result.since:
        yield "Changed", _since(result.since)
    elif front.earlier and (change := _changed(result, *front.earlier)):
        yield "Changed", change


def _rests_on(result: Projection, reported: Band) -> str:
    share = f"{per_cent(reported.p50)}% ({quantity_band(reported.p10, reported.p90, 'share')})"
    text = f"reported money for {share} of today's compute, judgement for the rest"
    origins = {each.target: each.origin for each in result.targets}  # one may hold many periods
    counts = Counter(origins.values())
    if not counts:
        return text
    named = [origin for origin, _ in counts.most_common(COMMONEST)]
    others = ["others"] if len(counts) > COMMONEST else []
    return f"{text}, and {len(origins)} targets: {', '.join([*named, *others])}"


def _since(since: Since) -> str:
    """Return how the inference share and AI chips moved since a run that was kept, and what is
    new."""
    share, spend = since.medians["inference_share"], since.medians.get("chip_spend")
    moved = f"share of {since.period} {_points(share[1] - share[0])}"
    if spend and spend[0] > 0.0:
        moved += f", AI chips {_points(spend[1] / spend[0] - 1.0).removesuffix(' pp')}%"
    new = f"New: {'; '.join(since.new)}. " if since.new else ""
    return (
        f"{moved} since run {since.run_id} of {since.started[:10]}. "
        f"{new}How much is whose: forecast report --since last"
    )


def _points(change: float) -> str:
    points = 100.0 * change
    return f"{signed(f'{points:+.1f}') if round(points, 1) else 'less than ±0.1'} pp"


def _changed(result: Projection, then: Vintage, held: Vintage) -> str:
    """Return what the share was as of an earlier day, with the beliefs of then, and with those of
    today, which tells what new figures did from what was thought anew."""
    now = result.find(then.metric, then.period)
    if now is None:
        return ""
    ends = (f"{per_cent(each.quantiles.p50)}%" for each in (now, then))
    figures = _points(now.quantiles.p50 - held.quantiles.p50)
    beliefs = _points(held.quantiles.p50 - then.quantiles.p50)
    return (
        f"{' ← '.join(ends)} for {then.period} as of {then.day}: beliefs revised since {beliefs}, "
        f"figures published since {figures}"
    )
