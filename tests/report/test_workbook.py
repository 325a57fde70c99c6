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


def line(book: Workbook, sheet: str, label: str, statistic: str) -> list[Any]:
    """Return the cells of the periods of a metric's median, P10 or P90."""
    rows = book[sheet].iter_rows()
    return next(list(row[2:]) for row in rows if (row[0].value, row[1].value) == (label, statistic))


def test_heads_stay_in_sight_and_single_tables_filter(book: Workbook) -> None:
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes in {"B2", "C2"}, sheet.title
        assert sheet["A1"].font.bold
    assert book["Sources"].auto_filter.ref


def test_periods_stand_across_in_the_magnitudes_of_a_reader(
    book: Workbook, base_report: Report
) -> None:
    heads = [cell.value for cell in next(book["By quarter"].iter_rows())][2:]
    for metric, label, divisor in (
        ("inference_share", "Inference share, %", 0.01),
        ("chip_spend", "AI chip spend", 1e9),
        ("training_compute", "For training", 1e6),
    ):
        row = base_report.quarters.find(metric, heads[-1])
        assert row is not None
        for name, percentile in (("median", 50), ("P10", 10), ("P90", 90)):
            cells = line(book, "By quarter", label, name)
            assert {cell.data_type for cell in cells} == {"n"}
            assert cells[-1].value == pytest.approx(row.quantiles.at(percentile) / divisor)


def test_values_are_typed(book: Workbook) -> None:
    sources = list(book["Sources"].iter_rows(values_only=True))
    at = sources[0].index("Last period")
    assert isinstance(sources[1][at], datetime)
    assert sources[0].index("Last value") > at
    numbers = (row[1] for row in book["Assumptions"].iter_rows() if row[1].data_type == "n")
    assert "0.0%" in {cell.number_format for cell in numbers}


def test_the_summary_has_the_answer_and_native_charts_of_their_own_metric(book: Workbook) -> None:
    summary = book["Summary"]
    assert "nference" in summary["A3"].value
    assert len(summary._charts) == 4
    for chart in summary._charts:
        sheet, _, cells = chart.series[0].val.numRef.f.partition("!")
        first, last = (int(part.rpartition("$")[2]) for part in cells.split(":"))
        assert (sheet, first) == ("'By quarter'", last)
        assert book["By quarter"].cell(first, 2).value == "median"
        assert chart.title.tx.rich.p[0].r[0].t == book["By quarter"].cell(first, 1).value


def test_no_cell_runs(base_report: Report) -> None:
    book = load_workbook(io.BytesIO(render(hostile(base_report), "xlsx")))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    links = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert not links
    titles = {row[0].value for row in book["Sources"].iter_rows()}
    assert titles >= {text for text in HOSTILE if "\r" not in text}
