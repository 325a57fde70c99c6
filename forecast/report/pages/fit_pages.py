"""Fitted growth curves as pages: what they say in words, the path, and each family's part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Literal

from forecast.periods import day_year_fraction, parse_day
from forecast.report.blocks import Block, Listing, Prose, Table, TableRow
from forecast.report.charts.fans import bare_unit, fan_chart
from forecast.report.numbers import (
    MISSING,
    band_cell,
    cell,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
)
from forecast.result import Result, Row

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
    result: Result, width: int, *, chart: bool = False, by: Literal["year", "quarter"] = "year"
) -> list[Block]:
    """Return the page of a fit: for each series a sentence, its path and its families.

    With `by` year the path of a driver, or of an observed series, is shown by year; the periods of
    a person's own file are those asked for.
    """
    rows = [row for row in result.rows if row["member"] is None]
    groups = [(name, list(each)) for name, each in groupby(rows, lambda row: row["series_id"])]
    years = result.extra.get("years", {}) if by == "year" else {}
    blocks: list[Block] = [Prose(_source(result), "quiet")]
    for name, path in groups[:SHOWN]:
        fits = [row for row in result.extra["fits"] if row["series_id"] == name]
        per = " a quarter" if name in result.extra.get("flows", ()) else ""
        shown = years.get(name) or path
        blocks.append(Prose(_sentence(shown, fits, per), label=name))
        if chart:
            unit = _unit(path[0]["unit"])
            figures = result.extra["figures"][name]
            times = [day_year_fraction(parse_day(row["period"])) for row in path]
            timed = [{**row, "time": time} for row, time in zip(path, times, strict=True)]
            blocks.append(fan_chart(name, unit, figures, timed, min(width, WIDEST)))
        blocks.append(_table(shown))
        blocks.append(_families(path[0]["unit"], fits, per))
    if len(groups) > SHOWN:
        rest = len(groups) - SHOWN
        blocks.append(Prose(f"And {rest} more series; --format json or csv has them all.", "quiet"))
    blocks.append(Prose(LEGEND, "quiet"))
    return blocks


def _source(result: Result) -> str:
    run = result.run
    origin = f" · nothing after {run.as_of}" if run.as_of else ""
    return f"{run.source} · data to {run.data_through}{origin} · run {run.run_id}"


def _unit(unit: str) -> str:
    """Return the unit that numbers are written in: any kind of share reads in per cent."""
    return "share" if unit.split(" ", maxsplit=1)[0] == "share" else unit


def _sentence(path: Sequence[Row], fits: Sequence[Row], per: str) -> str:
    last, unit = path[-1], _unit(path[-1]["unit"])
    band = quantity_band(last["p10"], last["p90"], unit)
    said = f"{quantity(last['p50'], unit)} ({band}) in {last['period']}"
    if doubling := _doubling(fits):
        said += f"; {doubling}"
    return f"{said}. {ceiling_sentence(fits, unit, per)}".strip()


def _doubling(fits: Sequence[Row]) -> str:
    """Return how fast it grows now, by the middle one of the families."""
    found = [row["parameters"]["doubling_time"]["p50"] for row in fits if row["parameters"]]
    if not found:
        return ""
    years = median(found)
    return f"doubling every {years:.1f} years now" if years < SLOWEST else "hardly growing now"


def ceiling_sentence(fits: Sequence[Row], unit: str, per: str = "") -> str:
    """Return how much the data, and how much the prior, decided the saturation level.

    `per` says what the level is counted over, if not over the periods shown.
    """
    bounded = [row for row in fits if "ceiling_from_data" in row["diagnostics"]]
    if not bounded:
        return _unbelieved(fits, unit, per)
    row = max(bounded, key=lambda each: float(each["weight"]))
    known, saturation = row["diagnostics"]["ceiling_from_data"], row["parameters"]["saturation"]
    level = quantity(saturation["p50"], unit)
    spread = quantity_band(saturation["p10"], saturation["p90"], unit)
    found = f"Saturation {level}{per} ({spread}):"
    if known < OPEN:
        return f"{found} the data cannot tell; this is the prior ({100 * known:.0f}% from data)."
    if known < DECIDED:
        return f"{found} {100 * known:.0f}% decided by the data, the rest by the prior."
    return f"{found} decided by the data ({100 * known:.0f}%)."


def _unbelieved(fits: Sequence[Row], unit: str, per: str) -> str:
    """Return the saturation level of a family that is fitted by least squares, if there is one."""
    for row in fits:
        if (level := row["parameters"].get("saturation")) is not None:
            spread = quantity_band(level["p10"], level["p90"], unit)
            middle = quantity(level["p50"], unit)
            return f"Saturation {middle}{per} ({spread}): from the data alone, without a prior."
    return ""


def _table(path: Sequence[Row]) -> Table:
    unit = bare_unit(_unit(path[0]["unit"]))
    scale = scale_for(unit, [row["p50"] for row in path])
    middles = [row["p50"] / scale.divisor for row in path]
    decimals = side_decimals(middles)
    share = scale.is_share
    ends = [(row["p10"] / scale.divisor, row["p90"] / scale.divisor) for row in path]
    bands = tuple(band_cell(low, high, decimals, is_share=share) for low, high in ends)
    cells = tuple(cell(middle, decimals, is_share=share) for middle in middles)
    columns = tuple(str(row["period"]) for row in path)
    lines = (TableRow("Median", cells), TableRow("  P10–P90", bands, "band"))
    return Table("PATH", scale.unit.strip(), columns, None, lines)


def _families(unit: str, fits: Sequence[Row], per: str) -> Listing:
    lines = tuple(tuple(_family_cells(bare_unit(_unit(unit)), row)) for row in fits)
    level = f"saturation{per.replace(' a ', '/')}"
    columns = ("FAMILY", "weight", level, "from data", "inflection", "doubling")
    return Listing(columns, lines)


def _family_cells(unit: str, row: Row) -> Iterator[str]:
    parameters = row["parameters"]
    yield str(row["family"])
    yield f"{row['weight']:.2f}"
    saturation = parameters.get("saturation")
    yield quantity_band(saturation["p10"], saturation["p90"], unit) if saturation else MISSING
    known = row["diagnostics"].get("ceiling_from_data")
    yield MISSING if known is None else f"{100 * known:.0f}%"
    inflection = parameters.get("inflection", {}).get("p50", math.inf)
    yield f"{inflection:.1f}" if math.isfinite(inflection) else MISSING
    doubling = parameters.get("doubling_time", {}).get("p50", math.inf)
    yield f"{doubling:.1f}" if doubling < SLOWEST else MISSING


def backtest_page(result: Result, width: int) -> list[Block]:
    """Return the page of a backtest: the scores of each series or metric, and of all."""
    scores = result.extra["scores"]
    is_model = bool(scores) and "metric" in scores[0]
    wide = 90 if is_model else 95
    lines = tuple(tuple(_score_cells(row, wide)) for row in scores)
    first = ["METRIC", "quarters", "bounds"] if is_model else ["SERIES"]
    columns = (*first, "CRPS", "in 80% band", f"in {wide}% band")
    return [
        Prose(_source(result), "quiet"),
        Listing(columns, lines),
        Prose(MODEL_LEGEND if is_model else SERIES_LEGEND, "quiet"),
    ]


def _score_cells(row: Row, wide: int) -> Iterator[str]:
    if "metric" in row:
        yield row["metric"]
        yield str(row["quarters"])
        yield str(row["bounds"])
    else:
        yield row["series_id"] or f"all {row['series']} {row['kind']}s"
    yield f"{row['crps']:.2f} pp" if row["kind"] == "share" else f"{row['crps']:.3f}"
    yield f"{100 * row['coverage_80']:.0f}%"
    yield f"{100 * row[f'coverage_{wide}']:.0f}%"
