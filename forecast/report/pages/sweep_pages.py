"""A sweep as a page: what was written, and where each metric is lowest and highest."""

from __future__ import annotations

from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import band_figures, own_value, quantity, quantity_band
from forecast.report.words import first_line
from forecast.result import Result, Row

ENDS = ("lowest", "highest")
FIRST = "inference_share"
SAID_BY_THE_NUMBER = ("USD", "share", "ratio", "W")


def sweep_page(result: Result) -> list[Block]:
    """Return the page: the file in a sentence, and each metric's extremes over the points."""
    period = result.rows[0]["period"]
    columns = (f"MEDIAN, {period}", "lowest", "point", "highest", "point")
    rows = tuple(_cells(result, row) for row in result.rows)
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(sentence(result), "strong"),
        Listing(columns, rows),
        Prose(
            "In brackets P10–P90. Every point stands on the same draws and sets all that is "
            "varied; the history does not move. Points are numbered as in the file, from 0.",
            "quiet",
        ),
        Prose(sentence(result), "strong", label="IN SHORT"),
    ]


def sentence(result: Result) -> str:
    """Return where the leading metric is lowest and highest, and what the file holds."""
    extra = result.extra
    row = next((each for each in result.rows if each["metric"] == FIRST), result.rows[0])
    ends = [f"{_median(row, end)} at {_place(result, row, end)}" for end in ENDS]
    kept = f" ({extra['before']:,} from an earlier run)" if extra["before"] else ""
    return (
        f"{extra['metrics'][row['metric']]['title']}, {row['period']}: from {ends[0]} to {ends[1]}."
        f" {extra['points']:,} points{kept}, {extra['rows']:,} rows in {extra['file']}."
    )


def _cells(result: Result, row: Row) -> tuple[str, ...]:
    unit = row["unit"]
    cells = []
    for end in ENDS:
        cells += [_median(row, end).replace(f" {unit}", ""), f"{row[f'{end}_point']:,}"]
    named = "" if unit in SAID_BY_THE_NUMBER else f", {unit}"
    return (result.extra["metrics"][row["metric"]]["title"] + named, *cells)


def _median(row: Row, end: str) -> str:
    low, middle, high = (row[f"{end}_p{each}"] for each in (10, 50, 90))
    figures, unit = band_figures(low, high), row["unit"]
    return f"{quantity(middle, unit, figures)} ({quantity_band(low, high, unit)})"


def _place(result: Result, row: Row, end: str) -> str:
    axes = result.extra["axes"]
    return ", ".join(f"{name} {own_value(row[f'{end}_{name}'], unit)}" for name, unit in axes)
