"""Fitted growth curves as pages: what they say in words, the path, and each family's part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Literal

from forecast.analysis.series.backtest import Backtest
from forecast.analysis.series.fit import Fit
from forecast.analysis.series.model_backtest import ModelBacktest
from forecast.periods import day_year_fraction, parse_day
from forecast.report.blocks import Block, Cell, Chart, Prose, Table, grid_columns, row_of, rows_of
from forecast.report.characters.fans import Moment, bare_unit, fan_chart
from forecast.report.numbers import (
    MISSING,
    band_cell,
    median_cell,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
)
from forecast.report.pages.beliefs.then_blocks import beliefs_blocks
from forecast.result import Run
from forecast.world.history.learnt import FitRow, PathRow

WIDEST = 100  # columns of a chart
SHOWN = 12  # series on a page; machine formats carry all
SLOWEST = 50.0  # years to double, beyond which nothing is growing
_CRPS = "CRPS in percentage points for shares and natural logarithms for levels"
SERIES_LEGEND = f"{_CRPS}, averaged over horizons, then origins, then series; smaller is better."
MODEL_LEGEND = (
    f"{_CRPS}, averaged over quarters; smaller is better. Bounds are quarters observed as more or"
    " less than a figure: only what lies on the wrong side of it costs."
)
LEGEND = (
    "Cells: median, and below it P10–P90: 8 of 10 draws fall inside. From data: the part of the"
    " saturation's prior spread that the data removed. Doubling: in years, at the present growth."
)
DECIDED, OPEN = 0.7, 0.3  # parts of the ceiling's spread removed by the data


def fit_page(
    result: Fit, width: int, *, chart: bool = False, by: Literal["year", "quarter"] = "year"
) -> list[Block]:
    """Return the page of a fit: for each series a sentence, its path and its families.

    With `by` year the path of a driver, or of an observed series, is shown by year; the periods of
    a person's own file are those asked for.
    """
    names = list(dict.fromkeys(row.series_id for row in result.rows))
    years = result.years if by == "year" else {}
    blocks: list[Block] = [Prose(source_line(result.run), "quiet")]
    for name in names[:SHOWN]:
        path = result.path(name)
        fits = [row for row in result.fits if row.series_id == name]
        per = " a quarter" if name in result.flows else ""
        shown = years.get(name, path)
        blocks.append(Prose(_sentence(shown, fits, per), label=name))
        if chart:
            blocks.append(_chart(path, result.figures[name], min(width, WIDEST)))
        blocks.append(_table(shown))
        if fits:
            blocks.append(_families(path[0].unit, fits, per))
    if len(names) > SHOWN:
        rest = len(names) - SHOWN
        blocks.append(Prose(f"And {rest} more series; --format json or csv has them all.", "quiet"))
    blocks.append(Prose(LEGEND, "quiet"))
    return blocks


def source_line(run: Run) -> str:
    """Return where a result comes from: the case, its data and the run."""
    origin = f" · nothing after {run.as_of}" if run.as_of else ""
    return f"{run.source} · data to {run.data_through}{origin} · run {run.run_id}"


def _chart(path: Sequence[PathRow], figures: Sequence[tuple[float, float]], width: int) -> Chart:
    moments = [Moment(day_year_fraction(parse_day(row.period)), row.quantiles) for row in path]
    return fan_chart(path[0].series_id, _unit(path[0].unit), figures, moments, width)


def _unit(unit: str) -> str:
    """Return the unit that numbers are written in: any kind of share reads in per cent."""
    return "share" if unit.split(" ", maxsplit=1)[0] == "share" else unit


def _sentence(path: Sequence[PathRow], fits: Sequence[FitRow], per: str) -> str:
    last, unit = path[-1], _unit(path[-1].unit)
    band = quantity_band(last.quantiles.at(10), last.quantiles.at(90), unit)
    said = f"{quantity(last.quantiles.p50, unit)} ({band}) in {last.period}"
    if doubling := _doubling(fits):
        said += f"; {doubling}"
    return f"{said}. {ceiling_sentence(fits, unit, per)}".strip()


def _doubling(fits: Sequence[FitRow]) -> str:
    """Return how fast it grows now, by the middle one of the families."""
    found = [row.parameters["doubling_time"]["p50"] for row in fits if row.parameters]
    if not found:
        return ""
    years = median(found)
    return f"doubling every {years:.1f} years now" if years < SLOWEST else "hardly growing now"


def ceiling_sentence(fits: Sequence[FitRow], unit: str, per: str = "") -> str:
    """Return how much the data, and how much the prior, decided the saturation level.

    `per` says what the level is counted over, if not over the periods shown.
    """
    bounded = [row for row in fits if "ceiling_from_data" in row.diagnostics]
    if not bounded:
        return _unbelieved(fits, unit, per)
    row = max(bounded, key=lambda each: each.weight)
    known = row.diagnostics["ceiling_from_data"]
    level = _saturation(row.parameters["saturation"], unit, per)
    found = (
        f"{level} if it is {row.family.replace('_', ' ')} ({100 * row.weight:.0f}% of the weight):"
    )
    if known < OPEN:
        said = f"the data cannot tell; this is the prior ({100 * known:.0f}% from data)."
    elif known < DECIDED:
        said = f"{100 * known:.0f}% decided by the data, the rest by the prior."
    else:
        said = f"decided by the data ({100 * known:.0f}%)."
    return f"{found} {said} {_unbounded(fits)}".strip()


def _unbounded(fits: Sequence[FitRow]) -> str:
    """Return how much of the weight grows without a saturation level, nothing if none does."""
    weight = sum(row.weight for row in fits if "saturation" not in row.parameters)
    return f"{100 * weight:.0f}% of the weight has none." if weight >= 0.005 else ""


def _unbelieved(fits: Sequence[FitRow], unit: str, per: str) -> str:
    """Return the saturation level of a family that is fitted by least squares, if there is one."""
    for row in fits:
        if (level := row.parameters.get("saturation")) is not None:
            return f"{_saturation(level, unit, per)}: from the data alone, without a prior."
    return ""


def _saturation(level: Mapping[str, float], unit: str, per: str) -> str:
    spread = quantity_band(level["p10"], level["p90"], unit)
    return f"Saturation {quantity(level['p50'], unit)}{per} ({spread})"


def _table(path: Sequence[PathRow]) -> Table:
    spreads = [row.quantiles for row in path]
    scale = scale_for(bare_unit(_unit(path[0].unit)), [each.p50 for each in spreads])
    middles = [each.p50 / scale.divisor for each in spreads]
    decimals = side_decimals(middles)
    share = scale.is_share
    ends = [(each.at(10) / scale.divisor, each.at(90) / scale.divisor) for each in spreads]
    bands = [band_cell(low, high, decimals, is_share=share) for low, high in ends]
    texts = [
        median_cell(middle, *each, decimals, is_share=share)
        for middle, each in zip(middles, ends, strict=True)
    ]
    cells = [
        Cell(text, spread.p50, (band,), (spread.at(10), spread.at(90)))
        for text, spread, band in zip(texts, spreads, bands, strict=True)
    ]
    columns = grid_columns("", *(each.period for each in path))
    lines = (row_of(Cell("Median", note=("P10–P90",)), *cells),)
    return Table(f"path-{path[0].series_id}", "PATH", columns, lines, scale.unit.strip())


def _families(unit: str, fits: Sequence[FitRow], per: str) -> Table:
    lines = (_family_cells(bare_unit(_unit(unit)), each) for each in fits)
    level = f"saturation{per.replace(' a ', '/')}"
    columns = grid_columns("FAMILY", "weight", level, "from data", "inflection", "doubling")
    return Table(f"families-{fits[0].series_id}", "", columns, rows_of(lines))


def _family_cells(unit: str, row: FitRow) -> Iterator[str]:
    yield row.family
    yield f"{row.weight:.2f}"
    saturation = row.parameters.get("saturation")
    yield quantity_band(saturation["p10"], saturation["p90"], unit) if saturation else MISSING
    known = row.diagnostics.get("ceiling_from_data")
    yield MISSING if known is None else f"{100 * known:.0f}%"
    inflection = row.parameters.get("inflection", {}).get("p50", math.inf)
    yield f"{inflection:.1f}" if math.isfinite(inflection) else MISSING
    doubling = row.parameters.get("doubling_time", {}).get("p50", math.inf)
    yield f"{doubling:.1f}" if doubling < SLOWEST else MISSING


def backtest_page(result: Backtest | ModelBacktest) -> list[Block]:
    """Return the page of a backtest: the scores of each series or metric, and of all."""
    if isinstance(result, ModelBacktest):
        heads, legend = ("METRIC", "quarters", "bounds", "CRPS", *_bands(80, 90)), MODEL_LEGEND
        lines = tuple(
            (
                row.metric,
                str(row.quarters),
                str(row.bounds),
                *_score_cells(row.kind, row.crps, row.coverage_80, row.coverage_90),
            )
            for row in result.scores
        )
    else:
        heads, legend = ("SERIES", "CRPS", *_bands(80, 95)), SERIES_LEGEND
        lines = tuple(
            (
                row.series_id or f"all {row.series} {row.kind}s",
                *_score_cells(
                    row.kind, row.scores.crps, row.scores.coverage_80, row.scores.coverage_95
                ),
            )
            for row in result.scores
        )
    blocks: list[Block] = [
        Prose(source_line(result.run), "quiet"),
        Table("scores", "", grid_columns(heads[0], *heads[1:]), rows_of(lines)),
        Prose(legend, "quiet"),
    ]
    return [*blocks, *beliefs_blocks(result)] if isinstance(result, ModelBacktest) else blocks


def _bands(*widths: int) -> tuple[str, ...]:
    return tuple(f"in {width}% band" for width in widths)


def _score_cells(kind: str, crps: float, *coverages: float) -> tuple[str, ...]:
    size = f"{crps:.2f} pp" if kind == "share" else f"{crps:.3f}"
    return (size, *(f"{100 * coverage:.0f}%" for coverage in coverages))
