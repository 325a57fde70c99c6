"""Ingest from the files that people have: workbooks, JSON, Parquet, other columns, bad rows."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pyarrow as arrow
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyarrow import parquet

from forecast.errors import InputError
from forecast.inputs import load
from forecast.inputs.ingest.ingest import Ingest, ingest
from forecast.inputs.schema import Observation
from forecast.inputs.tables.formats.formats import read_sheets
from forecast.inputs.tables.formats.lines import plain_number, plain_text
from forecast.store import Counts

HEADER = ("series_id", "period_end", "value", "unit", "source")
Save = Callable[..., str]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Return a function that saves rows of cells as a workbook and returns its path."""

    def save_rows(*rows: tuple[Any, ...], change: Any = None, title: str = "Data") -> str:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = title
        for row in rows:
            sheet.append(row)
        if change:
            change(book, sheet)
        path = tmp_path / "mine.xlsx"
        book.save(path)
        return str(path)

    return save_rows


def of(workspace: Path, series_id: str) -> list[Observation]:
    return [each for each in load(workspace).observations if each.series_id == series_id]


def refused(*arguments: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as error:
        ingest(*arguments, **options)
    return [(each.place, each.subject) for each in error.value.problems]


def test_a_workbook_says_what_the_same_table_says_as_text(
    workspace: Path, save: Save, tmp_path: Path
) -> None:
    file = save(
        HEADER,
        ("capex_one", datetime(2026, 9, 30), 52_000_000_000, "USD", "Filing"),
        ("capex_two", date(2026, 3, 31), "51.5B", "USD", "Filing"),
        ("rate", "2025-12-31", 1e-7, "USD", "Filing"),
        (None, None, None, None, None),
        ("survey", 2025, "<5%", "share", "Us"),
        ("survey", 46112, "<6%", "share", "A day that nobody formatted as one"),
    )
    assert ingest("capex", [file], workspace).counts == Counts(new=5)
    text = tmp_path / "mine.csv"
    text.write_text(
        ",".join(HEADER) + "\ncapex_one,2026Q3,$52B,USD,Filing\ncapex_two,2026Q1,51.5B,USD,Filing\n"
        "rate,2025-12-31,0.0000001,USD,Filing\nsurvey,2025,<5%,share,Us\n"
        "survey,2026-03-31,<6%,share,A day that nobody formatted as one\n"
    )
    assert ingest("capex", [str(text)], workspace).counts == Counts(unchanged=5)
    (row,) = (each for each in of(workspace, "survey") if each.period_end == date(2025, 12, 31))
    assert (row.file, row.line, row.qualifier) == (f"{file} [Data]", 6, "lt")


def test_titles_merged_cells_and_headings_are_no_obstacle(workspace: Path, save: Save) -> None:
    def merge(_: Any, sheet: Any) -> None:
        sheet.merge_cells("A1:E1")
        sheet.merge_cells("A4:A5")
        sheet.merge_cells("A6:E6")

    file = save(
        ("Capital expenditure, as we read it",),
        (),
        HEADER,
        ("capex_one", "2026Q3", 52e9, "USD", "Filing"),
        (None, "2025Q4", 53e9, "USD", "Filing"),
        ("The second company",),
        ("capex_two", "2026Q1", 51e9, "USD", "Filing"),
        change=merge,
    )
    assert ingest("capex", [file], workspace).counts == Counts(new=3)
    assert {each.value for each in of(workspace, "capex_one")} >= {52e9, 53e9}


def test_shares_in_per_cent_and_stored_values_of_formulas_are_read(
    workspace: Path, save: Save
) -> None:
    def form(_: Any, sheet: Any) -> None:
        sheet["C2"].number_format = "0.0%"
        sheet["C3"] = "=0.2*2"

    rows = (("survey", 2025, 0.41, "share", "Us"), ("survey", 2024, None, "share", "Us"))
    file = save(HEADER, *rows, change=form)
    with pytest.raises(InputError) as error:
        ingest("adoption", [file], workspace)
    (problem,) = error.value.problems
    assert (problem.place, problem.subject) == (f"{file} [Data]:3", "value")
    assert problem.found == "=0.2*2, a formula without a stored value"
    assert ingest("adoption", [file], workspace, skip_bad=True).counts == Counts(new=1)
    assert of(workspace, "survey")[-1].value == 0.41


def test_the_sheet_is_the_one_with_the_columns_or_the_one_asked_for(
    workspace: Path, save: Save
) -> None:
    def notes(book: Any, _: Any) -> None:
        book.create_sheet("Notes", 0).append(("Read me", "first"))

    row = ("capex_one", "2026Q3", 52e9, "USD", "Filing")
    file = save(HEADER, row, change=notes)
    assert ingest("capex", [file], workspace, dry_run=True).counts == Counts(new=1)
    assert refused("capex", [file], workspace, sheet="Dta") == [(file, "--sheet Dta")]
    assert refused("capex", [file], workspace, sheet="Notes") == [(f"{file} [Notes]:1", "file")]

    headed = ("Company", "Quarter", "Amount", "Unit"), ("capex_one", "2026Q3", 52e9, "USD")
    file = save(("What we read",), (), *headed, change=notes)
    done = ingest("capex", [file], workspace, dry_run=True)
    assert [note.series_id for note in done.series] == ["capex_one"]
    assert done.files == (f"{file}: a figure in each line, header in line 3, USD",)
    file = save(HEADER, row, change=notes)

    def second(book: Any, _: Any) -> None:
        other = book.create_sheet("Old")
        other.append(HEADER)
        other.append(row)

    file = save(HEADER, row, change=second)
    assert refused("capex", [file], workspace) == [(file, "file")]
    assert ingest("capex", [file], workspace, sheet="Old").counts == Counts(new=1)


RECORD = {"series_id": "capex_one", "period_end": "2026Q3", "value": 52e9, "unit": "USD"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([RECORD]),
        json.dumps({"schema": 1, "note": '"rows": [', "rows": [RECORD]}, indent=1),
        json.dumps(RECORD) + "\n\n" + json.dumps({**RECORD, "period_end": "2026-09"}),
        json.dumps({**RECORD, "published": None}),
    ],
)
def test_json_is_read_whatever_its_shape(workspace: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text)
    assert ingest("capex", [str(file)], workspace).counts == Counts(new=1)
    assert of(workspace, "capex_one")[-1].value == 52e9


def test_problems_of_json_name_the_line(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps([RECORD, {**RECORD, "value": "many"}], indent=0))
    assert refused("capex", [str(file)], workspace) == [(f"{file}:8", "value")]
    file.write_text('[{"series_id": "capex_one",\n "value": }]')
    assert refused("capex", [str(file)], workspace) == [(f"{file}:2", "file")]
    file.write_text('[{"series_id": ["capex_one"]}]')
    assert refused("capex", [str(file)], workspace) == [(f"{file}:1", "series_id")]


def test_parquet_is_read_with_its_dates(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.parquet"
    table = arrow.Table.from_pylist([{**RECORD, "period_end": date(2026, 9, 30), "high": None}])
    parquet.write_table(table, file)
    assert ingest("capex", [str(file)], workspace).counts == Counts(new=1)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"forecast\[parquet\]"):
        ingest("capex", [str(file)], workspace)


def test_a_text_in_parquet_that_is_none_is_a_problem(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.parquet"
    table = arrow.Table.from_pylist([{**RECORD, "note": "~" * 40}])
    parquet.write_table(table, file, compression="none")
    file.write_bytes(file.read_bytes().replace(b"~" * 40, b"\xa3" * 40))
    assert refused("capex", [str(file)], workspace) == [(str(file), "file")]


def test_columns_are_taken_by_role_and_by_their_plain_names(
    workspace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.tsv"
    file.write_text("Quarter\tRevenue ($B)\tSource URL\n2026Q3\t52\thttps://a\n2026Q2\t5x\t\n")
    roles = {"period_end": "Quarter", "value": "Revenue ($B)"}
    told = {"series": "capex_one", "unit": "USD", "roles": roles}
    assert refused("capex", [str(file)], workspace, **told) == [
        (f"{file}:3", 'value, column "Revenue ($B)"')
    ]
    done = ingest("capex", [str(file)], workspace, **told, skip_bad=True)
    assert done.counts == Counts(new=1)
    assert [each.place for each in done.skipped] == [f"{file}:3"]
    row = of(workspace, "capex_one")[-1]
    assert (row.value, row.source, row.source_url) == (52e9, "mine.tsv", "https://a")
    assert "the name of the file stands for them" in done.warnings[0]


def test_a_unit_for_all_rows_may_be_a_multiple(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("period_end,value\n2026Q2,52\n2026Q3,53.5\n")
    done = ingest("capex", [str(file)], workspace, series="capex_one", unit="billion USD")
    assert done.counts == Counts(new=1, revised=1)
    assert [each.value for each in of(workspace, "capex_one")][-2:] == [52e9, 53.5e9]
    with pytest.raises(InputError, match="a known unit"):
        ingest("capex", [str(file)], workspace, series="capex_one", unit="billion quatloos")
    with pytest.raises(InputError, match="found billion euros; expected USD") as error:
        ingest("capex", [str(file)], workspace, series="capex_one", unit="billion euros")
    assert len(error.value.problems) == 1  # once for the file, not for each row


def test_a_missing_column_is_answered_with_the_option_that_supplies_it(
    workspace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("When,Amount\nlately,52B\n2026Q3,53B\nsoon,54B\n")
    with pytest.raises(InputError) as error:
        ingest("capex", [str(file)], workspace)
    assert error.value.problems[0].hint == "Say it with --column period_end=When."
    roles = {"value": "Amont"}
    places = refused("capex", [str(file)], workspace, series="capex_one", unit="USD", roles=roles)
    assert (f"{file}:1", "--column value=Amont") in places


def test_bad_rows_are_skipped_and_named_but_a_bad_file_is_not(
    workspace: Path, tmp_path: Path
) -> None:
    good = tmp_path / "good.csv"
    good.write_text(
        ",".join(HEADER) + "\ncapex_one,2026Q3,52B,USD,Filing\ncapex_one,soon,52B,USD,Filing\n"
        "capex_two,2026Q1,52B,USD\ncapex_two,2026Q1,51B,USD,\ncapex_one,2026Q3,50B,USD,Filing\n"
        "capex_two,2026Q1,51B,USD,Filing\n"
    )

    def run(*files: str) -> Ingest:
        return ingest("capex", files, workspace, skip_bad=True)

    done = run(str(good))
    assert done.counts == Counts(new=2)
    assert {each.place.rpartition(":")[2]: each.subject for each in done.skipped} == {
        "3": "period_end",
        "4": "row",
        "5": "source",
        "6": "row",
    }
    assert done.undated == 2
    with pytest.raises(InputError):
        run(str(good), "missing.csv")
    bad = tmp_path / "bad.csv"
    bad.write_text(",".join(HEADER) + "\ncapex_one,soon,52B,USD,Filing\n")
    with pytest.raises(InputError):
        run(str(bad))


def test_standard_input_may_be_any_format(
    workspace: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Path(save(HEADER, ("capex_one", "2026Q3", 52e9, "USD", "A"))).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert ingest("capex", ["-"], workspace).counts == Counts(new=1)
    assert of(workspace, "capex_one")[-1].file == "standard input [Data]"


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_in_full_and_comes_back(value: float) -> None:
    text = plain_number(value)
    assert float(text) == value
    assert "e" not in text.lower()
    assert plain_text(value) == text


@given(some.binary(max_size=200), some.sampled_from([b"", b"[", b"{", b"PK\x03\x04", b"PAR1"]))
def test_no_content_breaks_a_reader(content: bytes, start: bytes) -> None:
    problems: list[Any] = []
    sheets = read_sheets("mine", start + content, "", problems)
    assert sheets or problems
