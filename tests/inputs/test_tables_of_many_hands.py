"""Tables as other offices, programs and countries lay them out; figures are made up."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from read_tables import asked, figures, read, workbook

from forecast.errors import InputError
from forecast.inputs.ingest.ingest import ingest
from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.cells.unit_texts import written
from forecast.inputs.tables.formats.texts import read_text
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.multiples import split_unit
from forecast.units import NAMES

Expected = list[tuple[str, str, float, str]]
TABLES: dict[str, tuple[str | bytes, Expected]] = {
    "a year with a footnote mark is no figure that heads the others": (
        "Spending (in billion U.S. dollars),\n2024,11.2\n2025*,20.7\n",
        [("file", "2024-12-31", 11.2e9, "A"), ("file", "2025-12-31", 20.7e9, "A")],
    ),
    "a unit told in two lines": (
        '"Title","GFCF"\n"PreUnit","£"\n"Unit","m"\n"Release date","30-09-2026"\n'
        '"2025","64877"\n"2026 Q1","16555"\n',
        [("file_fy", "2025-12-31", 64.877e9, "A"), ("file", "2026-03-31", 16.555e9, "Q")],
    ),
    "a currency and a magnitude in two sentences, days that tell month first": (
        '"Currency in USD. All numbers in thousands",,\nBreakdown,11/2/2025,10/29/2023\n'
        'Capex,"-623,000","-452,000"\n',
        [("capex", "2025-11-02", 623e6, ""), ("capex", "2023-10-29", 452e6, "")],
    ),
    "quarters by a word of the title": (
        "Alpha Capital Expenditures - Quarterly (Millions of US $)\n\ndate,value\n"
        "2026-03-31,-4120\n2026-06-30,-3744\n",
        [("file", "2026-03-31", 4.12e9, "Q"), ("file", "2026-06-30", 3.744e9, "Q")],
    ),
    "PxWeb: what is measured and its year in one head": (
        '"Bruk av KI (prosent)"\n\n"næring";"Foretak 2024";"Foretak 2025"\n'
        '"Alle";21,0;28,6\n'.encode("cp1252"),
        [("foretak_alle", "2024-12-31", 0.21, "A"), ("foretak_alle", "2025-12-31", 0.286, "A")],
    ),
    "revenue and share, each above its quarters": (
        ",Revenue (US$M),,Market share (%),\nCompany,1Q26,2Q26,1Q26,2Q26\nAlpha,410,520,31.5,33\n",
        [
            ("revenue_alpha", "2026-03-31", 410e6, "Q"),
            ("revenue_alpha", "2026-06-30", 520e6, "Q"),
            ("market_share_alpha", "2026-03-31", 0.315, "Q"),
            ("market_share_alpha", "2026-06-30", 0.33, "Q"),
        ],
    ),
    "years above quarters, numbered lines": (
        "[Billions of dollars] Seasonally adjusted at annual rates\nLine,,2025,2026\n,,Q4,Q1\n"
        "1,Computers,281.7,315\n2,Software,300,310\n",
        [
            ("capex_computers", "2025-12-31", 281.7e9, "Q"),
            ("capex_computers", "2026-03-31", 315e9, "Q"),
            ("capex_software", "2025-12-31", 300e9, "Q"),
            ("capex_software", "2026-03-31", 310e9, "Q"),
        ],
    ),
    "flags in a line of their own, as INSEE writes them": (
        '"Libellé";"2026-T1";"2026-T2"\n"FBCF - Milliards d\'euros";"92.4";"93.01"\n'
        '"Codes";"A";"P"\n',
        [
            ("capex_fbcf", "2026-03-31", 92.4e9, "Q"),
            ("capex_fbcf", "2026-06-30", 93.01e9, "Q"),
        ],
    ),
    "a sign in quotes that a note explains": (
        'Anteil (Prozent);;\n;2024;2025\nalle;"/";11,5\n"/" = nicht sicher genug;;\n',
        [("capex_alle", "2025-12-31", 0.115, "A")],
    ),
    "months that end quarters of money spent": (
        "Capex ($mm)\tMar-26\tJun-26\nAlpha\t141.7\t150.2\n",
        [("capex_alpha", "2026-03-31", 141.7e6, "Q"), ("capex_alpha", "2026-06-30", 150.2e6, "Q")],
    ),
    "days of fieldwork beside the number of a wave": (
        "Wave,Field dates,All firms\nWave 148,9 February 2026 to 22 February 2026,24%\n"
        "Wave 152,6 April 2026 to 19 April 2026,25%\n",
        [("all_firms", "2026-02-22", 0.24, ""), ("all_firms", "2026-04-19", 0.25, "")],
    ),
    "waves across": (
        "In use?,Wave 1 Mar 2025,Wave 2 (Jun 2025)\nYes,12%,26%\n",
        [("capex_yes", "2025-03-31", 0.12, "M"), ("capex_yes", "2025-06-30", 0.26, "M")],
    ),
    "Brazilian months": (
        "sep=;\nMês;Consumo (GWh)\nabr/26;8.412,7\nmai/26;8.201,3\n".encode("cp1252"),
        [("consumo", "2026-04-30", 8412.7e9, "M"), ("consumo", "2026-05-31", 8201.3e9, "M")],
    ),
    "Chinese power, cumulative": (
        "指标,2026年1-6月,2026年第一季度\n用电量(亿千瓦时),48882,24012\n",
        [
            ("capex_用电量_h", "2026-06-30", 48882e11, "H"),
            ("capex_用电量", "2026-03-31", 24012e11, "Q"),
        ],
    ),
    "Japanese years, of Windows": (
        "(単位：百万円),\n,2026年3月期\n設備投資額,240000\n".encode("cp932"),
        [("capex_設備投資額", "2026-03-31", 240e9, "FY")],
    ),
    "the unit of a column beside it": (
        json.dumps({"response": {"frequency": "monthly", "data": [
            {"period": "2026-08", "sales": "137.5", "sales-units": "million kilowatt hours"}]}}),
        [("sales", "2026-08-31", 137.5e9, "M")],
    ),
    "heads and rows as lists": (
        json.dumps([["quarter", "capex (USD m)"], ["2026Q1", "10"], ["2026Q2", "12"]]),
        [("capex", "2026-03-31", 10e6, "Q"), ("capex", "2026-06-30", 12e6, "Q")],
    ),
    "pandas, split": (
        json.dumps({"columns": ["date", "tokens per day"], "index": [0],
                    "data": [["2026-06-30", "180 trillion"]]}),
        [("tokens_per_day", "2026-06-30", 180e12, "")],
    ),
    "units as offices code and columns write them": (
        "Date,gas_GWH,price_usd_per_gpu_hour,H100 equivalents,Price (cents per kilowatthour)\n"
        "2026-06-30,2,2.5,480000,13\n",
        [
            ("capex_gas", "2026-06-30", 2e9, ""),
            ("capex_price_usd_per_gpu_hour", "2026-06-30", 2.5, ""),
            ("capex_h100_equivalents", "2026-06-30", 480000, ""),
            ("capex_price", "2026-06-30", 13e-5, ""),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_goes_in_as_it_was_saved(name: str) -> None:
    content, expected = TABLES[name]
    found = figures(read(content))
    assert [(*each[:2], each[3]) for each in found] == [(*each[:2], each[3]) for each in expected]
    assert [each[2] for each in found] == pytest.approx([each[2] for each in expected], rel=1e-12)


def test_numbers_of_sectors_tell_lines_apart() -> None:
    content = (
        "Sector,Question,Answer,2025Q1,2025Q2\n51,Uses it?,Yes,38%,39%\n52,Uses it?,Yes,2%,3%\n"
    )
    assert [each[0] for each in figures(read(content))] == [
        "uses_it_yes_51",
        "uses_it_yes_51",
        "uses_it_yes_52",
        "uses_it_yes_52",
    ]


def test_a_sheet_beside_the_table_tells_the_units_of_its_codes() -> None:
    told = "Investment, Billions of Dollars, Quarterly, Seasonally Adjusted Annual Rate"
    days = [datetime(2026, 1, 1), datetime(2026, 4, 1)]
    rows: list[list[Any]] = [["observation_date", "A679"], *([day, 7.5] for day in days)]
    content = workbook(("README", [["A679", told]]), ("Quarterly", rows))
    found = read(content, name="fred.xlsx")
    assert [each[1:] for each in figures(found)] == [
        ("2026-03-31", 7.5e9, "Q"),
        ("2026-06-30", 7.5e9, "Q"),
    ]
    assert {row.values["unit"] for row in found.rows} == {"billion USD/year"}


def test_the_sign_of_money_that_a_format_shows_is_read() -> None:
    def form(sheet: Any) -> None:
        sheet["B3"].number_format = "[$€-407]#,##0"

    rows: list[list[Any]] = [["(in millions)"], [None, "Q1 2026"], ["Capex", 4702]]
    found = read(workbook(("Sheet1", rows), form=form), name="filing.xlsx")
    assert [row.values["unit"] for row in found.rows] == ["million EUR"]


@pytest.mark.parametrize("title", ["Capex in USD", "Figures in $"])
def test_small_sums_that_name_a_currency_alone_are_asked_how_many(title: str) -> None:
    (problem,) = asked(f"{title},\nQuarter,Alpha\nQ1 2026,61210\nQ2 2026,64877\n")
    assert "--unit 'million USD'" in problem.hint


def test_a_name_that_stands_in_no_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "capex.csv"
    file.write_text("Company,Q1 2026 ($bn)\nOracle,8.5\n")
    told = Table(OBSERVED, names={"Orakle": "capex_cash_orcl"})
    with pytest.raises(InputError, match="no such name"):
        ingest("capex", [str(file)], tmp_path, told=told, dry_run=True)


@given(some.dates(date(1950, 1, 1), date(2099, 12, 31)), some.data())
def test_months_of_other_languages_are_those_of_english(day: date, data: some.DataObject) -> None:
    words = {
        1: "janvier januar enero janeiro gennaio", 2: "février februar febrero fevereiro febbraio",
        3: "mars märz marzo março maart", 4: "avril abril aprile apr", 5: "mai mayo maio maggio",
        6: "juin juni junio junho giugno", 7: "juillet juli julio julho luglio",
        8: "août agosto aug augusti", 9: "septembre septiembre setembro settembre",
        10: "octobre oktober octubre outubro ottobre", 11: "novembre noviembre novembro",
        12: "décembre dezember diciembre dezembro dicembre",
    }  # fmt: skip
    month = data.draw(some.sampled_from(words[day.month].split()))
    assert read_period(f"{month} {day.year}") == read_period(f"{day:%Y-%m}")
    assert read_period(f"{day.day}. {month} {day.year}") == read_period(day.isoformat())


@given(some.dates(date(1950, 1, 1), date(2099, 11, 1)), some.integers(1, 60))
def test_a_span_of_days_ends_on_its_last(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    found = read_period(f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}")
    assert found is not None
    assert found.end == last
    assert found.frequency in {"", "M"}


@given(
    some.sampled_from(["cents", "$", "₹ crore", "€ lakh", "W", "FLOP/s"]),
    some.sampled_from(["", "/MWh", "/kWh", " per 1M tokens", "/W"]),
)
def test_a_unit_in_plain_words_is_the_unit(above: str, below: str) -> None:
    try:
        unit, factor = split_unit(above + below, NAMES)
    except ValueError:
        return
    assert split_unit(written(unit, factor), NAMES) == (unit, Decimal(factor))


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("東京エレクトロン,設備投資（百万円）\n", "cp932", "Shift JIS"),
        ("数据中心资本开支（亿元）,2026年\n", "gb18030", "GB 18030"),
        ("분기,설비투자 (조원)\n2026년 1분기,11\n", "cp949", "EUC-KR"),
        ("Dépenses des sociétés privées étrangères\n", "cp1252", "Windows-1252"),
        ("Verbrauch für Größen über Äcker; ähnlich öd\n", "cp1252", "Windows-1252"),
    ],
)
def test_the_encoding_of_a_text_is_found(text: str, encoding: str, name: str) -> None:
    assert read_text("file.csv", text.encode(encoding), []) == (text, name)
