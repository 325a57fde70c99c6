"""What is read of a file is bounded: by the cells that hold something, and by stated limits."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import InputError, Problem
from forecast.inputs import bounds
from forecast.inputs.ingest.ingest import ingest, known_beside
from forecast.inputs.tables.formats.json.records import read_records
from forecast.inputs.tables.formats.workbook_bounds import TooLarge, used_rows, within_bounds
from forecast.inputs.tables.plain import tables
from forecast.inputs.tables.plain.long import read_plain
from forecast.inputs.tables.plain.wide import read_plain_wide
from forecast.inputs.yaml.nodes import parse_yaml
from forecast.report import problems as shown
from forecast.report.formats import escapes
from forecast.store import Counts, open_store

HEAD = ["series_id", "period_end", "value", "unit", "source"]


def workbook(*cells: tuple[int, int, object]) -> bytes:
    """Return a workbook with one good row, and more cells by row and column."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEAD)
    sheet.append(["x", "2025-12-31", 5, "USD", "s"])
    for row, column, value in cells:
        sheet.cell(row, column, value)  # type: ignore[arg-type]
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def with_sheet(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook whose sheet was changed as XML."""
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(packed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if "sheet1" in name else part)
    return packed.getvalue()


def test_a_stray_cell_in_the_last_corner_costs_the_row_it_stands_in() -> None:
    content = within_bounds(workbook((1_048_576, 16_384, "far")))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [(row, len(cells)) for row, cells in used_rows(sheet)] == [
        (1, 5),
        (2, 5),
        (1_048_576, 16_384),
    ]


def test_rows_with_nothing_but_a_border_are_dropped() -> None:
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (i, i) for i in range(3, 60_003))
    content = with_sheet(
        workbook(), lambda part: part.replace(b"</sheetData>", empty + b"</sheetData>")
    )
    slim = within_bounds(content)
    assert len(slim) < 20_000 < len(content)
    rows = list(used_rows(openpyxl.load_workbook(io.BytesIO(slim)).worksheets[0]))
    assert [cell.value for cell in rows[1][1]] == ["x", "2025-12-31", 5, "USD", "s"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda part: part.replace(
                b"</sheetData>",
                b'</sheetData><mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>',
            ),
            "merged cells that cover 17,179,836,416 places",
        ),
        (
            lambda part: part.replace(b"</sheetData>", b"<c r='A9'>" * 250_001 + b"</sheetData>"),
            "cells that hold something",
        ),
        (lambda part: part + b" " * 301 * 2**20, "MiB when unpacked"),
    ],
)
def test_a_workbook_beyond_the_limits_is_refused(
    change: Callable[[bytes], bytes], found: str
) -> None:
    with pytest.raises(TooLarge, match=found):
        within_bounds(with_sheet(workbook(), change))


@pytest.mark.parametrize(
    "change",
    [
        lambda part: part.replace(b'<c r="A2"', b'<c s="999" r="A2"'),
        lambda part: part.replace(b't="n"', b't="s"').replace(b"<v>5</v>", b"<v>99</v>"),
        lambda part: part[: len(part) // 2],
        lambda part: b"",
    ],
)
def test_a_workbook_that_is_broken_is_no_defect(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(with_sheet(workbook(), change))
    with pytest.raises(InputError, match="or a broken one"):
        ingest("capex", [str(file)], tmp_path)


def test_a_stream_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LARGEST", 2**25)
    problems: list[Problem] = []
    assert bounds.read_bounded("/dev/zero", "zero", problems) is None
    assert problems[0].found == "more than 32 MiB"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('[{"a": ' * 3_000, "nested too deeply"),
        ('[{"value": "x\\ud800"}]', "half of a character"),
        ('[{"value": [1]}]', "a list"),
        ("[1]", "int"),
        ("{", "Expecting"),
        ("[{}", "delimiter"),
    ],
)
def test_json_that_holds_no_records_is_refused(text: str, found: str) -> None:
    problems: list[Problem] = []
    assert read_records("a.json", text, problems) is None
    assert found in problems[0].found


def test_a_number_of_five_thousand_digits_is_text_that_is_no_value() -> None:
    assert read_records("a.json", f'[{{"value": {"9" * 5000}}}]', []) == [
        (1, {"value": "9" * 5000})
    ]


def test_the_lines_of_records_are_their_own() -> None:
    text = json.dumps({"schema": 1, "rows": [{"a": 1}, {"a": 2}, {"a": "\u2028"}]}, indent=1)
    found = read_records("a.json", text, [])
    assert found is not None
    assert [text.splitlines()[line - 1].strip() for line, _ in found] == ["{"] * 3


def test_yaml_without_end_is_refused() -> None:
    problems: list[Problem] = []
    assert parse_yaml("a.yaml", b"[" * 20_000, problems) is None
    assert problems[0].found == "lists or mappings nested too deeply"


def test_of_many_problems_the_first_are_shown_and_all_counted() -> None:
    many = [Problem(f"a.csv:{line}", "value", "x" * 9_000, "a number") for line in range(100_000)]
    lines = ["".join(text for text, _ in line) for line in shown.lines(many, 80)]
    assert lines[0] == "error: 100,000 problems in the input; nothing was run"
    assert lines[-1] == "  and 99,950 more"
    assert len("".join(lines)) < 100_000


@given(st.text(st.characters(codec=None)))
def test_what_is_shown_is_printable_or_an_escape(text: str) -> None:
    line = escapes.in_a_line(text)
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in line)
    assert line.encode("utf-8").decode("utf-8") == line
    assert escapes.in_lines(text).count("\n") == text.count("\n")
    assert json.loads(escapes.in_json(json.dumps(text, ensure_ascii=False))) == text


PLAIN = (
    "series_id,period_end,value,unit,published,source,note,frequency\n"
    "a,2025-03-31,1.5,USD,2025-05-01,Us,,Q\n"
    "a,2025-06-30,2,USD,,Us,a note,Q\n"
    "a,2025-06-30,2.25,USD,2025-09-02,Us,,Q\n"
    "b,2024-12-31,0.5,share,2025-05-01,They,,\n"
)


OBJECTS = "".join(json.dumps(each) + "\n" for each in csv.DictReader(PLAIN.splitlines()))


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SMALL", 0)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace("Us,a note", '"Us, and others","a ""note"""'),
        PLAIN.replace("Us,a note", '"Us","two\nlines"'),
        f"\ufeff{PLAIN}".replace("\n", "\r\n"),
        "",  # of Parquet
        OBJECTS,
        OBJECTS.replace('"note": "a note", ', "").replace("}\n", "}\n\n"),
        OBJECTS.replace('"1.5"', "1.50").replace('"2"', "2.0"),
    ],
)
def test_a_large_plain_file_is_read_as_any_other(
    content: str, tmp_path: Path, small_is_large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plain.csv"
    if content:
        file.write_text(content, encoding="utf-8", newline="")
    else:
        rows = pd.DataFrame(csv.DictReader(PLAIN.splitlines()))
        rows.assign(value=rows["value"].astype(float)).to_parquet(file)
    told: list[int] = []
    fast = ingest("capex", [str(file)], tmp_path / "fast", progress=told.append)
    assert told == [4]
    monkeypatch.setattr(tables, "SMALL", 2**30)
    slow = ingest("capex", [str(file)], tmp_path / "slow")
    assert replace(fast, store=slow.store) == slow
    assert fast.counts == Counts(new=3, revised=1)
    stored = [open_store(tmp_path / name).observations() for name in ("fast", "slow")]
    assert stored[0] == stored[1]
    assert len(stored[0]) == 4
    assert ingest("capex", [str(file)], tmp_path / "fast").counts == Counts(unchanged=4)


WIDE = "Company ($m),2025Q1,2025Q2,2025Q3\nAlpha,1.5,2,\nBeta Two,3,4.25,5\n"


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (WIDE, 5),
        (f"{WIDE}Gamma,,,\nDelta,7,8,9\n", 8),
        (f"{WIDE}Gamma,7\n", 0),
        (WIDE.replace("($m)", "(GW)").replace("Company", "Use, by region"), 0),
        (WIDE.replace("1.5", "~1.5"), 0),
        (WIDE.replace("4.25", "425"), 0),  # a hundred times its neighbour
        (WIDE.replace("2025Q3", "2999Q3"), 0),
        (WIDE.replace("Beta Two", "Alpha"), 0),
        (f"{WIDE}Source: a survey\n", 5),
        (f"{WIDE}\nSource: a survey\nNote: counted anew\n", 5),
        (f"Table 7. Spending\nin regions\n\n{WIDE}", 5),
        (f"Table 7. Spending (USD m)\n{WIDE.replace(' ($m)', '')}", 5),
        (WIDE.replace("Beta Two", '"Beta, Two"').replace("4.25", '"4.25"'), 5),
        (WIDE.replace("\n", "\r\n"), 5),
        (WIDE.replace("2,\n", '2,"1"\n').replace("3,4.25,5", '"1,003","1,004.25","1,005"'), 6),
        (WIDE.replace("4.25", '"4,25"'), 0),
        (f"{WIDE}(in thousands)\n", 0),
        (f"{WIDE}\nGamma,7,8,9\n", 0),  # behind an empty line
        (f"{WIDE}\nCompany,2024Q1,2024Q2,2024Q3\nGamma,7,8,9\n", 0),
    ],
)
def test_a_large_table_with_periods_across_is_read_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, count: int
) -> None:
    from built_in import INPUTS

    file = tmp_path / "wide.csv"
    file.write_text(content, encoding="utf-8")
    slow = ingest("capex", [str(file)], tmp_path / "slow") if count else None
    monkeypatch.setattr(tables, "SMALL", 0)
    today, known = date(2026, 11, 28), known_beside(INPUTS)
    found = read_plain_wide(str(file), INPUTS, known, "capex", today, lambda rows: None)
    assert (len(found) if found else 0) == count
    if slow:
        fast = ingest("capex", [str(file)], tmp_path / "fast")
        assert replace(fast, store=slow.store) == slow
        stored = [open_store(tmp_path / name).observations() for name in ("fast", "slow")]
        assert stored[0] == stored[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-03-31", "0206-03-31"),  # no year of any series
        ("2025-03-31", "2025-04-01"),  # the first day may stand for the whole month
        ("1.5", "$1.5"),
        ("1.5", "-1.5"),
        ("1.5", "150"),  # a hundred times its neighbour
        ("06-30,2,", "06-30,20,"),  # far from both neighbours
        ("0.5", "1.5"),  # of a share
        ("USD,2025-05-01", "EUR,2025-05-01"),
        ("USD,2025-05-01", "Wh,2025-05-01"),  # two units of one series
        ("2025-05-01", "2999-05-01"),
        ("a,2025-06-30,2,USD,,", "a,2025-06-30,2,USD,2025-09-02,"),  # the same figure twice
        ("a,2025", "weekly_users,2025"),  # a driver
        (",Us,", ",,"),
        ("They,,", "They,,X"),
        ("note,freq", "remark,freq"),
        ("b,2024", "\nb,2024"),
    ],
)
def test_what_is_not_plain_is_left_to_the_reader_of_all_files(
    tmp_path: Path, small_is_large: None, old: str, new: str
) -> None:
    from built_in import INPUTS

    file = tmp_path / "plain.csv"
    file.write_text(PLAIN, encoding="utf-8")
    today = date(2026, 11, 28)
    assert read_plain(str(file), INPUTS, today, lambda rows: None) is not None
    assert old in PLAIN
    file.write_text(PLAIN.replace(old, new, 1), encoding="utf-8")
    assert read_plain(str(file), INPUTS, today, lambda rows: None) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1.5"', "-1.5"),
        ('"1.5"', "1e-7"),
        ('"1.5"', "true"),
        ('"1.5"', "null"),
        ('"1.5"', "[1.5]"),
        ('"Us"', '["Us"]'),
        ('"Us"', '"\\ud800"'),
        ('"note": "a note"', '"remark": "a note"'),
        ("}\n", "}{}\n"),
        ("}\n", "\n"),
        ("{", "[{"),
    ],
)
def test_objects_that_are_not_plain_are_left_to_the_reader_of_all_files(
    tmp_path: Path, small_is_large: None, old: str, new: str
) -> None:
    from built_in import INPUTS

    file = tmp_path / "plain.jsonl"
    today = date(2026, 11, 28)
    for content, is_plain in ((OBJECTS, True), (OBJECTS.replace(old, new, 1), False)):
        file.write_text(content, encoding="utf-8")
        found = read_plain(str(file), INPUTS, today, lambda rows: None)
        assert (found is not None) == is_plain
