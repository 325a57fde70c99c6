"""The drivers of a forecast in one table: each path by year, and the families behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forecast.report.blocks import Cell, Column, Table, row_of, text_columns
from forecast.report.cells import band_of, banded, unit_words

if TYPE_CHECKING:
    from forecast.analysis.series.fit import Fit


def drivers_table(result: Fit) -> Table:
    """Return each driver's path by year, and the families behind it."""
    years = sorted({row.period for rows in result.years.values() for row in rows})[-4:]
    rows = []
    for name, path in result.years.items():
        by_year = {row.period: row for row in path}
        unit = path[0].unit
        families = ", ".join(_families(result, name))
        cells = (
            banded(band_of(by_year[each].quantiles), unit) if each in by_year else Cell("")
            for each in years
        )
        title = result.titles.get(name, name)
        label = f"{title}, a year" if name in result.flows else f"{title}{unit_words(unit)}"
        rows.append(row_of(Cell(label, name), *cells, families))
    heads = (*text_columns("Driver"), *(Column(each, is_banded=True) for each in years))
    title = "Drivers by year, as their growth curves alone have them"
    return Table("drivers", title, (*heads, *text_columns("Families, weight")), tuple(rows))


def _families(result: Fit, name: str) -> Iterator[str]:
    """Yield the families behind a driver, the weightiest first, each with its weight."""
    for fit in sorted(result.fits, key=lambda each: -each.weight):
        if fit.series_id == name and fit.weight >= 0.005:
            yield f"{fit.family.replace('_', ' ')} {100.0 * fit.weight:.0f}%"
