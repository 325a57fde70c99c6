"""Where a forecast comes from, in tables: observed series and the stories of scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forecast.inputs.schema import Scenario
from forecast.report.blocks import Cell, Column, Row, Table, row_of, text_columns
from forecast.report.cells import linked
from forecast.report.numbers import quantity

if TYPE_CHECKING:
    from forecast.analysis.runs.report_contents import Sources


def sources_table(result: Sources) -> Table:
    """Return the observed series that shape the forecast, each with its last source."""
    rows = tuple(
        row_of(
            Cell(each.title, each.series_id),
            each.role,
            Cell(str(each.observations), each.observations),
            each.last,
            Cell(quantity(each.last_value, each.unit, 3), each.last_value),
            each.status,
            linked(each.source, each.source_url),
        )
        for each in result.rows
    )
    columns = (
        *text_columns("Series", "Role"),
        Column("Rows"),
        *text_columns("Last period"),
        Column("Last value"),
        *text_columns("Status", "Source of the last"),
    )
    return Table("sources", "Observed series behind the forecast", columns, rows)


def stories_table(stories: Iterable[Scenario]) -> Table:
    """Return the story of each scenario, what it sets, and its sources below it."""
    rows: list[Row] = []
    for each in stories:
        judged = "" if each.probability is None else f" (judged {100.0 * each.probability:.0f}%)"
        settings = " · ".join(setting.text for setting in each.settings)
        rows.append(row_of(Cell(f"{each.title}{judged}", each.name), each.story, settings))
        rows += [row_of(linked(text), "", "", depth=1) for text in each.sources]
    columns = text_columns("Scenario", "Story", "Sets")
    return Table("stories", "The story of each scenario", columns, tuple(rows))
