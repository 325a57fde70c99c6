"""A sweep as a page: what was written, and where each metric is lowest and highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.report.blocks import (
    Block,
    Prose,
    Table,
    grid_columns,
    rows_of,
)
from forecast.report.numbers import band_figures, own_value, quantity, quantity_band
from forecast.report.words import first_line

if TYPE_CHECKING:
    from forecast.analysis.sweep.sweep import Extreme, ExtremesRow, Sweep

FIRST = "inference_share"
SAID_BY_THE_NUMBER = ("USD", "share", "ratio", "W")


def sweep_page(result: Sweep) -> list[Block]:
    """Return the page: the file in a sentence, and each metric's extremes over the points."""
    period = result.rows[0].period
    columns = grid_columns(f"MEDIAN, {period}", "lowest", "point", "highest", "point")
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(sentence(result), "strong"),
        Table("extremes", "", columns, rows_of(_cells(result, row) for row in result.rows)),
        Prose(
            "In brackets P10–P90. Every point stands on the same draws and sets all that is "
            "varied; the history does not move. Points are numbered as in the file, from 0.",
            "quiet",
        ),
        Prose(sentence(result), "strong", label="IN SHORT"),
    ]


def sentence(result: Sweep) -> str:
    """Return where the leading metric is lowest and highest, and what the file holds."""
    row = next((each for each in result.rows if each.metric == FIRST), result.rows[0])
    low, high = (
        f"{_median(end, row.unit)} at {_place(result, end)}" for end in (row.lowest, row.highest)
    )
    kept = f" ({result.before:,} from an earlier run)" if result.before else ""
    return (
        f"{result.metrics[row.metric].title}, {row.period}: from {low} to {high}."
        f" {result.points:,} points{kept}, {result.file_rows:,} rows in {result.file}."
    )


def _cells(result: Sweep, row: ExtremesRow) -> tuple[str, ...]:
    unit = row.unit
    cells = []
    for end in (row.lowest, row.highest):
        cells += [_median(end, unit).replace(f" {unit}", ""), f"{end.point:,}"]
    named = "" if unit in SAID_BY_THE_NUMBER else f", {unit}"
    return (result.metrics[row.metric].title + named, *cells)


def _median(end: Extreme, unit: str) -> str:
    band = end.band
    figures = band_figures(band.p10, band.p90)
    return f"{quantity(band.p50, unit, figures)} ({quantity_band(band.p10, band.p90, unit)})"


def _place(result: Sweep, end: Extreme) -> str:
    return ", ".join(
        f"{name} {own_value(value, unit)}"
        for (name, unit), value in zip(result.axes, end.place.values, strict=True)
    )
