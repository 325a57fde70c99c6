"""Reads tables of files in memory, with a few series and calendars known beside them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl

from forecast.errors import Problem
from forecast.inputs.schema import FiscalCalendar, Series
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.files import ReadFile, read_content
from forecast.inputs.tables.rows.row_units import base_unit
from forecast.inputs.tables.tables import read_observation

CALENDARS = {
    "Alphabet": FiscalCalendar("Alphabet", 12, 31, None, False, "", "", 0, ("GOOG",)),
    "Microsoft": FiscalCalendar("Microsoft", 6, 30, None, False, "", "", 0, ("MSFT",)),
    "NVIDIA": FiscalCalendar("NVIDIA", 1, 31, 6, False, "", "", 0, ("NVDA",)),
}
KNOWN = Known(
    {
        "quarterly": Series(
            "quarterly", "Known by title", "USD", "Q", "flow", "", "check", "capex"
        ),
        "monthly": Series("monthly", "Monthly", "share", "M", "share", "", "check", "adoption"),
    },
    {},
    CALENDARS,
)


def read(content: str | bytes, told: Table | None = None, name: str = "file.csv") -> ReadFile:
    """Return what a file is read as; what it asks for is raised as an assertion."""
    problems: list[Problem] = []
    flawed: list[Problem] = []
    raw = content.encode() if isinstance(content, str) else content
    found = read_content(name, raw, told or Table(OBSERVED), KNOWN, "capex", problems, flawed)
    assert not problems, [problem.sentence() for problem in problems]
    assert not flawed, [problem.sentence() for problem in flawed]
    return found


def figures(found: ReadFile) -> list[tuple[str, str, float, str]]:
    """Return series, last day, value in the base unit and length of each figure."""
    observations = []
    for row in found.rows:
        each = read_observation(row, base_unit(row.values["unit"]))
        assert each is not None, [problem.sentence() for problem in row.problems]
        observations.append(
            (each.series_id, each.period_end.isoformat(), each.value, row.values["frequency"])
        )
    return observations


def asked(content: str, told: Table | None = None) -> list[Problem]:
    problems: list[Problem] = []
    table = told or Table(OBSERVED)
    read_content("file.csv", content.encode(), table, KNOWN, "capex", problems, [])
    return problems


def workbook(
    *sheets: tuple[str, list[list[Any]]], form: Callable[[Any], None] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if form:
        form(book.worksheets[0])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()
