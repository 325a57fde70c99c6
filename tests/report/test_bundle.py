"""A report in every format: the same bytes again, the same rows, and nothing that runs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_report import HOSTILE, fired, hostile, unmoved
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from forecast.analysis.runs.report_contents import Report
from forecast.report.blocks import Table
from forecast.report.bundle import defused, render
from forecast.report.formats import REPORT_FORMATS
from forecast.report.sections import SECTIONS, results, shown
from forecast.report.story import MEASURED
from forecast.result import columns


@pytest.mark.parametrize("format_name", REPORT_FORMATS)
def test_the_same_report_is_the_same_bytes(
    base_report: Report, rendered: Callable[[str], bytes], format_name: str
) -> None:
    assert render(base_report, format_name) == rendered(format_name)


def test_json_holds_every_section_as_its_command_prints_it(base_report: Report) -> None:
    found = json.loads(render(base_report, "json"))
    assert (found["schema"], found["command"]) == (2, "report")
    assert found["run"]["run_id"] == base_report.run.run_id
    assert found["run"]["duration_s"] is None
    for name, result in results(base_report).items():
        assert len(found["sections"][name]["rows"]) == len(result.rows)
    share = base_report.projection.find("inference_share", "2028")
    assert share is not None
    assert columns(share) in found["sections"]["projection"]["rows"]
    assert found["sections"]["projection"]["targets"]
    assert found["sections"]["drivers"]["fits"]
    assert found["sections"]["risks"]["command"] == "risks"


def told(report: Report) -> Report:
    """Return a report in which every section has something to say."""
    return replace(report, since=unmoved(report), alerts=(fired("share < 60%"),))


def test_every_section_stands_in_every_format(base_report: Report) -> None:
    report = told(base_report)
    said = {section.id: blocks for section, blocks in shown(report)}
    never = {section.id for section in SECTIONS} - said.keys()
    assert never <= {"scores"}, "no run that could be scored was kept"
    page, text = (render(report, name).decode() for name in ("html", "md"))
    found = json.loads(render(report, "json"))["sections"]
    book = load_workbook(io.BytesIO(render(report, "xlsx")))
    for section, blocks in shown(report):
        assert f'id="{section.id}"' in page
        assert f"\n## {section.title}\n" in text
        assert (section.id in found) == (section.result(report) is not None)
        if any(isinstance(block, Table) for block in blocks):
            assert section.title in book.sheetnames


def test_tables_have_names_of_their_own_and_rows_as_wide_as_their_heads(
    base_report: Report,
) -> None:
    tables = [
        block for _, blocks in shown(told(base_report)) for block in blocks
        if isinstance(block, Table)
    ]  # fmt: skip
    names = [table.name for table in tables]
    assert sorted(set(names)) == sorted(names)
    for table in tables:
        assert {len(row.cells) for row in table.rows} <= {len(table.columns)}


def test_tables_hold_the_raw_numbers_that_json_has(
    base_report: Report, rendered: Callable[[str], bytes]
) -> None:
    found = json.loads(rendered("json"))["sections"]
    page = rendered("html").decode()
    for name in ("projection", "quarters"):
        rows = {
            (row["metric"], row["period"]): row
            for row in found[name]["rows"]
            if row["period"] and not row["member"] and "p50" in row
        }
        (tables,) = ([b for b in blocks if isinstance(b, Table)]
                     for section, blocks in shown(base_report) if section.id == name)  # fmt: skip
        checked = 0
        for table in tables:
            for line in table.rows:
                for column, cell in zip(table.columns[1:], line.cells[1:], strict=True):
                    row = rows.get((str(line.cells[0].value), column.title))
                    if row is not None and cell.band:
                        assert (cell.value, *cell.band) == (row["p50"], row["p10"], row["p90"])
                        ends = f'data-lo="{row["p10"]}" data-hi="{row["p90"]}"'
                        assert f'data-v="{row["p50"]}" {ends}' in page
                        checked += 1
        assert checked > 50


def test_csv_holds_years_and_quarters_with_raw_numbers(base_report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(render(base_report, "csv").decode())))
    assert len(rows) == len(base_report.projection.rows) + len(base_report.quarters.rows)
    for result, period in ((base_report.projection, "2027"), (base_report.quarters, "2027Q3")):
        row = result.find("chip_spend", period)
        assert row is not None
        written = next(
            each for each in rows if (each["metric"], each["period"]) == ("chip_spend", period)
        )
        assert float(written["p90"]) == row.quantiles.at(90)
        assert written["unit"] == "USD"


@given(st.text())
def test_no_text_of_a_csv_starts_a_formula(text: str) -> None:
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert defused(text).removeprefix("'") == text.removeprefix("'")


def test_numbers_of_a_csv_stay_numbers() -> None:
    assert [defused(value) for value in (-1.5, 0, None, True)] == [-1.5, 0, None, True]


def table_widths(text: str) -> list[int]:
    """Return how many cells each row of every Markdown table has beyond those of its head."""
    extra, head = [], 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        head = head if cells and head else cells
        if cells:
            extra.append(cells - head)
    return extra


def test_markdown_tells_the_story_in_order(base_report: Report) -> None:
    text = render(base_report, "md").decode()
    heads = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert heads == [section.title for section, _ in shown(base_report)]
    assert "**Inference" in text[:400] or "**Training" in text[:400]
    assert base_report.run.run_id in text
    assert set(table_widths(text)) == {0}


def test_hostile_words_break_no_markdown_table(base_report: Report) -> None:
    text = render(hostile(base_report), "md").decode()
    assert len(table_widths(text)) > 200
    assert set(table_widths(text)) == {0}
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "(<javascript" not in text


def test_what_an_earlier_run_says_stands_first(base_report: Report) -> None:
    text = render(told(base_report), "md").decode()
    heads = "## Alerts", "## The answer", "## Since the last run", "## In four charts", "## By year"
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert "share \\< 60%: it is 58" in text


def test_hostile_words_come_through_json_unharmed(base_report: Report) -> None:
    found = json.loads(render(hostile(base_report), "json"))
    titles = {row["title"] for row in found["sections"]["sources"]["rows"]}
    assert titles >= set(HOSTILE)


def test_the_accuracy_that_a_report_states_is_the_measured_one() -> None:
    measured = Path(__file__).parents[2] / "benchmarks" / "accuracy.md"
    row = next(
        line
        for line in measured.read_text(encoding="utf-8").splitlines()
        if line.startswith("| 80% band")
    )
    shares, levels = (100.0 * float(part.split()[0]) for part in row.split("|")[2:4])
    assert f"held {shares:.0f}% (shares) and {levels:.0f}% (levels)" in MEASURED
    assert "93 series" in measured.read_text(encoding="utf-8")
    assert "93 public series" in MEASURED
