"""What moves a metric, as pages: by one thing at a time, or by two at once."""

from __future__ import annotations

from forecast.analysis.sensitivity.sensitivity import Sensitivity
from forecast.analysis.sensitivity.two_way import STOPS, CellRow, TwoWay
from forecast.report.blocks import Block, Cell, Prose, Table, View, grid_columns, row_of
from forecast.report.numbers import UnitScale, cell, own_value, scale_for, side_decimals
from forecast.report.pages.sensitivity.tornado_pages import tornado_page
from forecast.report.pages.sensitivity.variance_pages import variance_page
from forecast.report.words import first_line, with_band

SHADES = " ░▒▓█"


def sensitivity_page(result: Sensitivity, view: View, top: int) -> list[Block]:
    """Return the page of a method, with its `top` rows and the rest counted."""
    page = tornado_page if result.method == "tornado" else variance_page
    return page(result, view, top)


def grid_page(result: TwoWay, view: View) -> list[Block]:
    """Return the page of two keys: the median in each cell, shaded from low to high."""
    down, across = result.keys
    medians = [row.metric.quantiles.p50 for row in result.rows]
    scale = scale_for(result.base.unit, medians)
    sentence = _sentence(result, view)
    unit = f", {scale.unit}" if scale.unit else ""
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(sentence, "strong"),
        Prose(f"Down: {down}. Across: {across}. In the cells: {result.subject}{unit}."),
        _table(result, scale),
        Prose(
            "Cells: the median with both at the value shown, and every other assumption on its "
            "conditioned draws; the darker, the higher. A path stands at its percentile in every "
            "quarter, and its value is that at the period.",
            "quiet",
        ),
        Prose(sentence, "strong", label="IN SHORT"),
    ]


def _table(result: TwoWay, scale: UnitScale) -> Table:
    """Return the cells, the values of the first key down and those of the second across."""
    medians = [row.metric.quantiles.p50 for row in result.rows]
    places = side_decimals([median / scale.divisor for median in medians])
    lowest, highest = min(medians), max(medians)

    def shaded(each: CellRow) -> Cell:
        median = each.metric.quantiles.p50
        step = int((median - lowest) / ((highest - lowest) or 1.0) * len(SHADES))
        number = cell(median / scale.divisor, places, is_share=scale.is_share)
        return Cell(f"{SHADES[min(step, len(SHADES) - 1)]} {number}", median)

    size = len(STOPS)
    lines = [result.rows[start : start + size] for start in range(0, len(result.rows), size)]
    heads = (own_value(each.second_value, each.second_unit) for each in lines[0])
    percentiles = (f"P{each.second_percentile}" for each in lines[0])
    rows = [row_of(result.keys[0], *percentiles, is_quiet=True)]
    for line in lines:
        own = own_value(line[0].first_value, line[0].first_unit)
        rows.append(row_of(f"{own}  P{line[0].first_percentile}", *map(shaded, line)))
    return Table("two-way", "", grid_columns(result.keys[1], *heads), tuple(rows))


def _sentence(result: TwoWay, view: View) -> str:
    """Return the metric as it stands and where its median is lowest and highest, with bands."""

    def median(row: CellRow) -> float:
        return row.metric.quantiles.p50

    def place(row: CellRow) -> str:
        first = own_value(row.first_value, row.first_unit)
        second = own_value(row.second_value, row.second_unit)
        return (
            f"{with_band(row.metric, view.bands)} at {row.first} {first} and {row.second} {second}"
        )

    low, high = min(result.rows, key=median), max(result.rows, key=median)
    return (
        f"{result.subject}: {with_band(result.base, view.bands)} as it stands; from {place(low)} "
        f"to {place(high)}."
    )
