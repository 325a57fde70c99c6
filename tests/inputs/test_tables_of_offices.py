"""Tables as offices of statistics, terminals and countries lay them out; figures are made up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from read_tables import KNOWN, asked, figures, read, workbook

from forecast.errors import Problem
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.rows.files import read_content
from forecast.inputs.tables.rows.row_units import base_unit

Expected = list[tuple[str, str, float, str]]
TABLES: dict[str, tuple[str | bytes, Expected]] = {
    "Statistics Canada, as its page saves a table": (
        "Use of a technology 1\nGeography: Canada\n,,\n"
        "Characteristics,Second quarter of 2024,Second quarter of 2025\n,Percent,Percent\n"
        "Total 2,6.1,12.2\n100 or more employees,10.9,F\n\nSymbol legend:\n"
        'F,too unreliable to be published\n\nFootnotes:\n1,"From April 1 to May 6."\n2,Some.\n',
        [
            ("capex_total_2", "2024-06-30", 0.061, "Q"),
            ("capex_total_2", "2025-06-30", 0.122, "Q"),
            ("capex_100_or_more_employees", "2024-06-30", 0.109, "Q"),
        ],
    ),
    "Office for National Statistics, spans of months": (
        "Time period,All firms (%) [note 1]\nOctober to December 2025,18.2\nApr-Jun 2026,[c]\n"
        "January to March 2026,19.9\n",
        [
            ("all_firms", "2025-12-31", 0.182, "Q"),
            ("all_firms", "2026-03-31", 0.199, "Q"),
        ],
    ),
    "EDGAR: the unit above the table, brackets in cells of their own": (
        "<p>(In millions)</p><table><tr><td></td><td colspan=6>Three Months Ended<br>June 30,</td>"
        "</tr><tr><td></td><td colspan=3>2025</td><td colspan=3>2026</td></tr>"
        "<tr><td>Purchases</td><td></td><td>(19,374</td><td>)</td><td></td><td>(34,905</td>"
        "<td>)</td></tr><tr><td>Leases<sup>[a]</sup></td><td>$</td><td>(1,115</td><td>)</td>"
        "<td>$</td><td>(1,402</td><td>)</td></tr></table>",
        [
            ("capex_purchases", "2025-06-30", 19.374e9, "Q"),
            ("capex_purchases", "2026-06-30", 34.905e9, "Q"),
            ("capex_leases", "2025-06-30", 1.115e9, "Q"),
            ("capex_leases", "2026-06-30", 1.402e9, "Q"),
        ],
    ),
    "Bloomberg: fiscal years above their last days": (
        "In Millions of USD,FY 2024,FY 2025\n12 Months Ending,12/31/2024,12/31/2025\n"
        "Capital Expenditures,-82999,-131819\n",
        [
            ("capex_capital_expenditures", "2024-12-31", 82.999e9, "FY"),
            ("capex_capital_expenditures", "2025-12-31", 131.819e9, "FY"),
        ],
    ),
    "FactSet: months that end years": (
        "Cash Flow - Annual\nAll figures in millions of U.S. Dollar\n,MAY '24,MAY '25\n"
        'Capital Expenditures,"6,866.00","21,215.00"\n',
        [
            ("capex_capital_expenditures", "2024-05-31", 6.866e9, "FY"),
            ("capex_capital_expenditures", "2025-05-31", 21.215e9, "FY"),
        ],
    ),
    "a statement whose corner says the length": (
        '(in millions),,\n"Three Months Ended June 30,",2025,2026\nCapex,"$1,200","$1,500"\n',
        [("capex", "2025-06-30", 1.2e9, "Q"), ("capex", "2026-06-30", 1.5e9, "Q")],
    ),
    "French, of Windows": (
        "Trimestre;Dépenses (en M€)\nT1 2026;1\xa0234,5\nT2 2026;310,2\n".encode("cp1252"),
        [("dépenses", "2026-03-31", 1234.5e6, "Q"), ("dépenses", "2026-06-30", 310.2e6, "Q")],
    ),
    "Swedish quarters": (
        "Kvartal;Andel\n2026K1;18,3 %\n2026K2;19,9 %\n",
        [("andel", "2026-03-31", 0.183, "Q"), ("andel", "2026-06-30", 0.199, "Q")],
    ),
    "Japanese fiscal years by their month": (
        "Delta (JPY billion),,\n,FY3/2025,FY3/2026\nCapex,162.1,241.5\n",
        [("capex", "2025-03-31", 162.1e9, "FY"), ("capex", "2026-03-31", 241.5e9, "FY")],
    ),
    "億円": ("年,設備投資（億円）\n2025年,1400\n", [("設備投資", "2025-12-31", 140e9, "A")]),
    "亿元": ("季度,开支（亿元）\n2026年2季度,246.1\n", [("开支", "2026-06-30", 24.61e9, "Q")]),
    "crore": (
        "Company,Q4 2025\nTelecom (₹ crore),\"14,875\"\nPower (Rs lakh),20\n",
        [("capex_telecom", "2025-12-31", 148.75e9, "Q"), ("capex_power", "2025-12-31", 2e6, "Q")],
    ),
    "units for one of another": (
        "Date,H100 ($/GPU-hr),Alpha ($ per 1M tokens),Power (US$/MWh)\n2026-09-30,2.11,2.50,48\n",
        [
            ("capex_h100", "2026-09-30", 2.11, ""),
            ("capex_alpha", "2026-09-30", 2.5e-6, ""),
            ("capex_power", "2026-09-30", 48e-6, ""),
        ],
    ),
    "a magnitude, and its unit among the words": (
        "Month | Tokens processed (trillions)\n--- | ---\nApr 2026 | 980\n",
        [("tokens_processed", "2026-04-30", 980e12, "M")],
    ),
    "a poll with its margin, base and wave": (
        "Wave,Ended,Uses it (%),Margin of error (pp),Base (n)\n7,15 Mar 2026,31,2.1,1502\n",
        [("uses_it", "2026-03-15", 0.31, "")],
    ),
    "a survey whose heads say how many answered": (
        "In use?,Q1 2026 (n=812),Q2 2026 (n=795)\nYes,23%,31%\n",
        [("capex_yes", "2026-03-31", 0.23, "Q"), ("capex_yes", "2026-06-30", 0.31, "Q")],
    ),
    "cumulative months are no quarters": (
        "USD bn,3M 2026,6M 2026,9M 2026\nAlpha,8.4,18.0,28.9\n",
        [
            ("capex_alpha", "2026-03-31", 8.4e9, "Q"),
            ("capex_alpha_h", "2026-06-30", 18e9, "H"),
            ("capex_alpha_9m", "2026-09-30", 28.9e9, "9M"),
        ],
    ),
    "annual rates of quarters": (
        '"[Billions of dollars, seasonally adjusted at annual rates]"\n,2026Q1\nEquipment,612.4\n',
        [("capex_equipment", "2026-03-31", 612.4e9, "Q")],
    ),
    "days as a workbook counts them": (
        "Date,Capex (USD m)\n46112,120\n46203,131\n",
        [("capex", "2026-03-31", 120e6, ""), ("capex", "2026-06-30", 131e6, "")],
    ),
    "seconds and thousandths of them": (
        "timestamp,Users (millions)\n1782777600,812\n1785456000000,840\n",
        [("users", "2026-06-30", 812e6, ""), ("users", "2026-07-31", 840e6, "")],
    ),
    "names that end in the letter of a magnitude": (
        "KRW tn,1Q26\nFab A,11.4\nFab B,6.4\nFab 10,1\nTop 100,30\n",
        [
            ("capex_fab_a", "2026-03-31", 11.4e12, "Q"),
            ("capex_fab_b", "2026-03-31", 6.4e12, "Q"),
            ("capex_fab_10", "2026-03-31", 1e12, "Q"),
            ("capex_top_100", "2026-03-31", 30e12, "Q"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_goes_in_as_it_was_saved(name: str) -> None:
    content, expected = TABLES[name]
    assert figures(read(content)) == expected


def test_annual_rates_are_no_money_of_a_quarter() -> None:
    content, _ = TABLES["annual rates of quarters"]
    (row,) = read(content).rows
    assert row.values["unit"] == "billion USD/year"


def test_flags_in_columns_of_their_own_stay_with_their_figures() -> None:
    rows: list[list[Any]] = [
        ["Unit of measure", None, "Percentage of enterprises"],
        [],
        ["TIME", "2024", None, "2025", None],
        ["GEO (Labels)"],
        ["Belgium", 24.71, "b", 34.54, None],
        ["Greece", 9.81, None, ":", None],
        [],
        ["Observation flags:"],
        ["b", "break in time series"],
    ]
    found = read(workbook(("Sheet 1", rows)), name="sheet.xlsx")
    assert figures(found) == [
        ("capex_belgium", "2024-12-31", 0.2471, "A"),
        ("capex_belgium", "2025-12-31", 0.3454, "A"),
        ("capex_greece", "2024-12-31", 0.0981, "A"),
    ]
    assert [row.values.get("note", "") for row in found.rows] == ["b", "", ""]


def test_the_first_day_of_a_month_that_ends_quarters_is_no_first_day_of_one() -> None:
    days = [datetime(2026, 3, 1), datetime(2026, 6, 1)]
    rows: list[list[Any]] = [
        [None, "Private new capex"],
        ["Unit", "$ Millions"],
        ["Frequency", "Quarter"],
        ["Collection Month", 3],
        ["Series ID", "A123456C"],
        *([day, value] for day, value in zip(days, (1280, 1344), strict=True)),
    ]
    found = read(workbook(("Data1", rows)), name="abs.xlsx")
    assert [each[1:] for each in figures(found)] == [
        ("2026-03-31", 1.28e9, "Q"),
        ("2026-06-30", 1.344e9, "Q"),
    ]
    assert {row.values["unit"] for row in found.rows} == {"million AUD"}


def test_records_deep_in_an_answer_are_found_with_what_is_said_of_them() -> None:
    months = [{"year": "2026", "period": f"M{month:02d}", "value": "3.4", "footnotes": [{}]}
              for month in (8, 9)]  # fmt: skip
    answer = {"status": "OK", "message": [], "Results": {"series": [
        {"seriesID": "CES1", "unit": "million people", "data": months}]}}  # fmt: skip
    assert [each[1:] for each in figures(read(json.dumps(answer)))] == [
        ("2026-08-31", 3.4e6, "M"),
        ("2026-09-30", 3.4e6, "M"),
    ]


@pytest.mark.parametrize("between", ["", "\n", ",,,,\n", '"n",2024-12-31,,USD,"two\nlines"\n'])
def test_a_table_with_an_empty_line_or_a_cell_of_two_lines_is_one(between: str) -> None:
    lines = [f"name {at},2025-12-31,{at},USD,a note on this\n" for at in range(1, 9)]
    content = "".join(("Name,Day,Value,Unit,Note\n", *lines[:4], between, *lines[4:]))
    assert [each[2] for each in figures(read(content))] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("content", "asks"),
    [
        ("Currency,USD\n\nDate,CAPITAL_EXPEND\n2026-03-31,19840\n", "--unit 'million USD'"),
        ("Date,Value,Currency\n2026-03-31,19840,USD\n", "--unit 'million USD'"),
        ("USD bn,2024,2025\nA,22,35\n\n%,2024,2025\nA,12,18\n", "--sheet 'table 1'"),
        ("Company,Q4 FY26 ($B)\nElsewhere,5\n", "--fiscal-year-end MONTH"),
    ],
)
def test_what_may_be_several_things_is_asked_about_once(content: str, asks: str) -> None:
    (problem,) = asked(content)
    assert asks in problem.hint


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        ("(in millions)\n,2024,2025\nNet income per diluted share,$2.31,$2.98\n", "per share"),
        ("(USD millions)\n,2024,2025\nWeighted average shares,2310,2298\n", "shares"),
        ("Real investment in billions of chained (2017) dollars\n,2024,2025\nA,7,8\n", "chained"),
        ("Date,Spot ($/widget)\n2026-03-31,2.11\n", "$/widget"),
        ("月份,營收（億元）\n2026年8月,3619\n", "元"),
        ("Month;Revenue (THB m)\n2026-08;3619\n", "THB"),
    ],
)
def test_what_is_no_money_of_its_title_is_refused(content: str, unit: str) -> None:
    rows = read(content).rows
    assert all(unit in row.values["unit"] for row in rows)
    assert not any(base_unit(row.values["unit"]) for row in rows)


def test_a_formula_that_was_never_computed_is_asked_for() -> None:
    flawed: list[Problem] = []
    content = workbook(("Data", [["Quarter", "Capex ($bn)"], ["2026Q1", 8.4], ["2026Q2", "=B2*2"]]))
    read_content("book.xlsx", content, Table(OBSERVED), KNOWN, "capex", [], flawed)
    assert "a formula without a stored value" in flawed[0].found
