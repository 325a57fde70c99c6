"""A report as a workbook, opened again: numbers typed, heads frozen, charts there, nothing runs."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from hostile_report import HOSTILE, hostile
from openpyxl import Workbook, load_workbook

from forecast.analysis.runs.report_contents import Report
from forecast.report.bundle import render


@pytest.fixture(scope="module")
def book(base_report: Report) -> Workbook:
    """The workbook of the base case, opened again."""
    return load_workbook(io.BytesIO(render(base_report, "xlsx")))


def column(book: Workbook, sheet: str, name: str) -> list[Any]:
    """Return the cells of a column below its head."""
    cells = next(each for each in book[sheet].iter_cols() if each[0].value == name)
    return list(cells[1:])


def test_every_section_has_a_sheet(book: Workbook) -> None:
    assert book.sheetnames == [
        "Summary", "By year", "By quarter", "Crossover", "Drivers", "Driver families", "Claims",
        "Scenarios", "Risks", "What moves it", "Watch", "Assumptions", "Targets", "Sources", "Run",
    ]  # fmt: skip


def test_heads_stay_in_sight_and_filter(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes in {"B2", "C2"}, sheet.title
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet["A1"].font.bold


def test_numbers_are_numbers_with_their_units(book: Workbook, base_report: Report) -> None:
    for name in ("p10", "p50", "p90"):
        assert {each.data_type for each in column(book, "By quarter", name)} == {"n"}
    metrics = [each.value for each in column(book, "By year", "metric")]
    periods = [each.value for each in column(book, "By year", "period")]
    at = list(zip(metrics, periods, strict=True)).index(("inference_share", "2028"))
    row = base_report.projection.find("inference_share", "2028")
    assert row is not None
    cell = column(book, "By year", "p50")[at]
    assert cell.value == row.quantiles.p50
    assert cell.number_format == "0.0%"
    assert column(book, "By year", "unit")[at].value == "share"
    money = column(book, "By year", "p50")[metrics.index("chip_spend")]
    assert "$" in money.number_format
    change = next(
        cell
        for cell, unit in zip(
            column(book, "Risks", "difference_p50"), column(book, "Risks", "unit"), strict=True
        )
        if unit.value == "USD"
    )
    assert change.value < 0.0
    assert "[" not in change.number_format  # a condition would hide the sign
    assert isinstance(column(book, "Sources", "last")[0].value, datetime)
    assert column(book, "Claims", "outside")[0].data_type == "b"


def test_the_summary_has_the_answer_and_native_charts(book: Workbook) -> None:
    summary = book["Summary"]
    assert "overtake" in summary["A3"].value
    assert len(summary._charts) == 6
    ranges = {chart.series[-1].val.numRef.f for chart in summary._charts}
    assert any(each.startswith("'By quarter'!") for each in ranges)
    assert any(each.startswith("'What moves it'!") for each in ranges)


def test_the_charts_point_at_their_own_metric(book: Workbook) -> None:
    metrics = [each.value for each in column(book, "By quarter", "metric")]
    for chart in book["Summary"]._charts[:4]:
        first, last = (
            int(part.rpartition("$")[2]) for part in chart.series[2].val.numRef.f.split(":")
        )
        assert len(set(metrics[first - 2 : last - 1])) == 1
        assert last - first + 1 == 28


def test_no_cell_runs(base_report: Report) -> None:
    book = load_workbook(io.BytesIO(render(hostile(base_report), "xlsx")))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    links = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert not links
    titles = {each.value for each in column(book, "Sources", "title")}
    assert titles >= {text for text in HOSTILE if "\r" not in text}
