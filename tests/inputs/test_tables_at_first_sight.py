"""Tables that a person brings without having read a page: filings, surveys, statistics, pasted
text; figures are made up."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from read_tables import KNOWN, asked, figures, read

from forecast.errors import InputError, Problem
from forecast.inputs.ingest.ingest import ingest
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.rows.files import read_content
from forecast.inputs.tables.rows.row_units import base_unit

Expected = list[tuple[str, str, float, str]]
TABLES: dict[str, tuple[str, Expected]] = {
    "a year in the title, parts of firms down": (
        '"Share of firms that use AI, 2025"\nSize,Share (%)\nSmall,14.5\nLarge,41\n',
        [("share_small", "2025-12-31", 0.145, "A"), ("share_large", "2025-12-31", 0.41, "A")],
    ),
    "a year in the title, quarters across": (
        "Capex 2025 ($M)\nCompany,Q1,Q2\nNord,3900,4100\n",
        [("capex_nord", "2025-03-31", 3.9e9, "Q"), ("capex_nord", "2025-06-30", 4.1e9, "Q")],
    ),
    "a fiscal year in the title": (
        "Capex FY2025 ($M)\nCompany,Q1,Q2\nMicrosoft,3900,4100\n",
        [
            ("capex_microsoft", "2024-09-30", 3.9e9, "Q"),
            ("capex_microsoft", "2024-12-31", 4.1e9, "Q"),
        ],
    ),
    "a survey pasted from a report, its month above, its base below": (
        "## Survey of firms (wave 3), June 2026\n\n| Answer | Total | Finance |\n|--|--|--|\n"
        "| In use | 21% | 18% |\n| Pilot | 30% | 9% |\n| Base | 1,024 | 210 |\n",
        [
            ("capex_in_use", "2026-06-30", 0.21, "M"),
            ("in_use_finance", "2026-06-30", 0.18, "M"),
            ("capex_pilot", "2026-06-30", 0.3, "M"),
            ("pilot_finance", "2026-06-30", 0.09, "M"),
        ],
    ),
    "limits of confidence and a base beside the figure": (
        "Year,Estimate (%),95% CI lower,95% CI upper,Unweighted base\n2025,14.5,13,16,1204\n",
        [("estimate", "2025-12-31", 0.145, "A")],
    ),
    "shares and bases, each of its year": (
        "Sector,2024 n,2024 %,2025 n,2025 %\nBanks,402,12.5,410,13\n",
        [("capex_banks", "2024-12-31", 0.125, "A"), ("capex_banks", "2025-12-31", 0.13, "A")],
    ),
    "what segments sold each other is nobody's spending": (
        "(in millions),2024,2025\nCapex: Cloud,$100,$120\nEliminations,(5),(7)\n",
        [("capex_cloud", "2024-12-31", 100e6, "A"), ("capex_cloud", "2025-12-31", 120e6, "A")],
    ),
    "months since the year began, by quarters": (
        "Company,Q1-Q3 2024,1-3Q 2025\nNord ($M),100,120\n",
        [("capex_nord", "2024-09-30", 100e6, "9M"), ("capex_nord", "2025-09-30", 120e6, "9M")],
    ),
    "columns that stand below one another, a sign of money apart": (
        "Capital Expenditures by Quarter\n(dollars in millions)\n\n"
        "                 Q3 2025    Q4 2025\n"
        "                 -------    -------\n"
        "Nord Cloud       $ 4,321    $ 4,870\n"
        "South                810        850\n",
        [
            ("capex_nord_cloud", "2025-09-30", 4.321e9, "Q"),
            ("capex_nord_cloud", "2025-12-31", 4.87e9, "Q"),
            ("capex_south", "2025-09-30", 810e6, "Q"),
            ("capex_south", "2025-12-31", 850e6, "Q"),
        ],
    ),
    "sites with remarks that change from line to line": (
        "Site,Date,Power (MW),Owner,Confidence\nA,2025-12-31,320,N,High\nA,2026-06-30,1150,N,Low\n"
        "B,2025-12-31,80,C,High\nB,2026-06-30,410,C,Low\n",
        [
            ("power_a", "2025-12-31", 320e6, ""), ("power_a", "2026-06-30", 1.15e9, ""),
            ("power_b", "2025-12-31", 80e6, ""), ("power_b", "2026-06-30", 410e6, ""),
        ],
    ),
    "a name that says per cent in Spanish": (
        "Empresas;Variable;Periodo;Total\nTodas;% de empresas que usan IA;2025;21,5\n",
        [("de_empresas_que_usan_ia_todas", "2025-12-31", 0.215, "A")],
    ),
    "money whose code stands before it": (
        'Company,Year,Capex\nA,2025,CHF 20m\nB,2025,"Rs 3,000 crore"\nC,2025,HK$3bn\nD,2025,$2bn\n',
        [
            ("capex_a", "2025-12-31", 20e6, "A"), ("capex_b", "2025-12-31", 30e9, "A"),
            ("capex_c", "2025-12-31", 3e9, "A"), ("capex_d", "2025-12-31", 2e9, "A"),
        ],
    ),
    "months down, years across, their sum below": (
        "Net Revenue (NT$ million)\nMonth,2024,2025\nJan.,215,293\nFeb.,181,260\nTotal,396,553\n",
        [
            ("file", "2024-01-31", 215e6, "M"), ("file", "2025-01-31", 293e6, "M"),
            ("file", "2024-02-29", 181e6, "M"), ("file", "2025-02-28", 260e6, "M"),
        ],
    ),
    "quarters down, years across, a company in front": (
        "Company,,2024,2025\nNord,Q1 ($M),10,12\nNord,Q2 ($M),11,13\n",
        [
            ("capex_nord", "2024-03-31", 10e6, "Q"), ("capex_nord", "2025-03-31", 12e6, "Q"),
            ("capex_nord", "2024-06-30", 11e6, "Q"), ("capex_nord", "2025-06-30", 13e6, "Q"),
        ],
    ),
    "a year in the title, its months down": (
        "Capex 2025 ($M)\nMonth,Nord,South\nJan,10,20\nFeb.,11,21\nTotal,21,41\n",
        [
            ("capex_nord", "2025-01-31", 10e6, "M"), ("capex_south", "2025-01-31", 20e6, "M"),
            ("capex_nord", "2025-02-28", 11e6, "M"), ("capex_south", "2025-02-28", 21e6, "M"),
        ],
    ),
    "a scenario called Base is no base of a survey": (
        "Demand, TWh\nScenario,2024,2025\nBase,416,450\nHigh,430,480\n",
        [
            ("capex_base", "2024-12-31", 416e12, "A"), ("capex_base", "2025-12-31", 450e12, "A"),
            ("capex_high", "2024-12-31", 430e12, "A"), ("capex_high", "2025-12-31", 480e12, "A"),
        ],
    ),
    "a note that says when the fiscal year ends": (
        "Capex ($M)\nCompany,Q4 FY26\nNord,560\nFiscal years end on 30 June.\n",
        [("capex_nord", "2026-06-30", 560e6, "Q")],
    ),
    "a company whose name says that its years are fiscal": (
        "Capex, billions of dollars\nCompany,2025\nAmazon,123\nMicrosoft (FY June),88\n",
        [
            ("capex_amazon", "2025-12-31", 123e9, "A"),
            ("capex_microsoft_fy_june", "2025-06-30", 88e9, "FY"),
        ],
    ),
    "halves of a year in German, money behind a year": (
        "Region;1. Hj. 2024;2025 €m\nEuropa (Mio. EUR);1.204,5;1.377,0\n",
        [
            ("capex_europa", "2024-06-30", 1.2045e9, "H"),
            ("capex_europa_fy", "2025-12-31", 1.377e9, "A"),
        ],
    ),
    "ages down": (
        "% of adults who used it\n,July 2024,Feb. 2025\nAges 18-29,33,43\n30-49,23,27\n65+,5,6\n",
        [
            ("capex_ages_18_29", "2024-07-31", 0.33, "M"),
            ("capex_ages_18_29", "2025-02-28", 0.43, "M"),
            ("capex_30_49", "2024-07-31", 0.23, "M"), ("capex_30_49", "2025-02-28", 0.27, "M"),
            ("capex_65", "2024-07-31", 0.05, "M"), ("capex_65", "2025-02-28", 0.06, "M"),
        ],
    ),
    "thousands of dollars in Korean": (
        "기간,금액(천달러)\n2026년 6월,1204500\n",
        [("금액", "2026-06-30", 1.2045e9, "M")],
    ),
    "an address in each line is its source": (
        "company,filing,quarter,capex_usd_millions\nNord,https://example.org/1,2026Q1,5115\n"
        "Nord,https://example.org/2,2026Q2,5902\n",
        [("capex_nord", "2026-03-31", 5.115e9, "Q"), ("capex_nord", "2026-06-30", 5.902e9, "Q")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_at_first_sight(name: str) -> None:
    content, expected = TABLES[name]
    assert figures(read(content)) == expected


@pytest.mark.parametrize(
    ("content", "found", "hint"),
    [
        (
            "Capex (USD thousands)\nCompany,Year,Capex (USD millions)\nNord,2025,14100\n",
            "million USD below thousand USD",
            "--unit 'million USD'",
        ),
        (
            "Jahr\tInvestitionen (Mio. EUR)\n2024\t1.234\n2025\t1.115\n",
            "figures such as 1.234, in a file in a language of decimal commas",
            "--decimal comma",
        ),
        ("Jahr,Anteil in %\n2024,1,26\n2025,2,05\n", "3 cells below 2 heads", "in quotes"),
        (
            '[{"id": "a", "downloads": 5, "createdAt": "2025-01-20"}]',
            "the columns id, downloads, createdAt",
            "--column period_end=createdAt",
        ),
        ("Size,Share (%)\nSmall,14.5\n", "the columns Size, Share (%)", "A line above it"),
        (
            "Updated 14 October 2026\nSize,Share (%)\nSmall,14.5\n",
            "the columns Size, Share (%)",
            "A line above it",
        ),
        ("Firms in 2020-2025\nSize,Share (%)\nSmall,14.5\n", "the columns Size", "A line above it"),
    ],
)
def test_what_is_not_plain_is_asked_once_with_what_helps(
    content: str, found: str, hint: str
) -> None:
    (problem,) = asked(content)
    assert problem.found.startswith(found)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "note",
    [
        "Fiscal year ends on the last Saturday of June",
        "Fiscal year ended June 30; fiscal year ended May 31",
    ],
)
def test_a_note_of_a_weekday_or_of_two_months_is_no_calendar(note: str) -> None:
    (problem,) = asked(f'"{note} ($M)"\nItem,FY2024\nCapex,512\n')
    assert "--fiscal-year-end" in problem.hint


def test_what_begins_after_the_last_reported_year_is_no_reported_figure() -> None:
    flawed: list[Problem] = []
    content = b"Country,2024,2025,Estimates Start After\nJapan ($bn),40,41,2024\n"
    read_content("file.csv", content, Table(OBSERVED), KNOWN, "capex", [], flawed)
    assert [problem.found for problem in flawed] == ["2025, no reported figure"]


@pytest.mark.parametrize("form", ["#,##0,,", "$#,##0,,", '#,##0.0,,"M"', "#,##0", "0.0,,,"])
@pytest.mark.parametrize("head", ["Capex (USD million)", "Capex (USD)"])
def test_a_number_that_a_workbook_shows_in_millions_is_not_multiplied(form: str, head: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Quarter", head])
    sheet.append(["2026Q1", 5115000000])
    sheet["B2"].number_format = form
    stream = io.BytesIO()
    book.save(stream)
    ((*_, value, _),) = figures(read(stream.getvalue(), name="book.xlsx"))
    is_plain = form == "#,##0"
    assert value == (5.115e15 if is_plain and "million" in head else 5.115e9)


def test_products_of_a_company_are_no_series() -> None:
    (problem,) = asked(
        "Company,Product,Date,Price ($ per 1M tokens)\nO,A,2023-03-14,60\nO,B,2024-05-13,10\n"
        "A,C,2023-07-11,24\nA,D,2024-03-04,15\n"
    )
    assert problem.found == "another Company, Product in each line"


def test_of_one_series_a_column_is_asked_for() -> None:
    one = replace(Table(OBSERVED), defaults={"series_id": "firms"})
    (problem,) = asked("Jahr;Firmen;Anteil mit KI in %\n2025;39.412;8,8\n", one)
    assert problem.hint == "Say it with --column 'value=Anteil mit KI in %'."
    told = replace(one, mapped={"value": "Anteil mit KI in %"})
    assert figures(read("Jahr;Firmen;Anteil mit KI in %\n2025;39.412;8,8\n", told)) == [
        ("firms", "2025-12-31", 0.088, "A")
    ]


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        ("($ in millions),Q1 2026\nOperating margin,31.5\n", "a rate or margin"),
        ("($ in millions),Q1 2026\nGross margin,31500\n", "million USD"),
        ("($ in millions),Q1 2026\nGrowth capex,31.5\n", "million USD"),
        ("($ in millions),Q1 2026\nGross margin percentage,69.1\n", "%"),
        ("($ in millions)\nQuarter,Capex,EBITDA margin\nQ1 2026,14,33.5\n", "a rate or margin"),
        ("Capex ($m)\nCompany,2025\nNord,NOK 300\n", "NOK among million USD"),
    ],
)
def test_what_is_no_money_of_a_table_of_money_is_no_millions(content: str, unit: str) -> None:
    assert read(content).rows[-1].values["unit"] == unit
    assert bool(base_unit(unit)) is (unit in {"million USD", "%"})


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Jan-Aug 2025", ""),
        ("YTD 2025", ""),
        ("Capex 2025", "2025-12-31"),
        ("Q1-Q2 2025", "2025-06-30"),
    ],
)
def test_part_of_a_year_is_no_year(text: str, unit: str) -> None:
    flawed: list[Problem] = []
    content = f"Company,{text}\nNord ($M),100\n".encode()
    found = read_content("file.csv", content, Table(OBSERVED), KNOWN, "capex", [], flawed)
    assert [row.values["period_end"] for row in found.rows] == [unit or text]


def test_a_forecast_is_no_reported_figure_and_alone_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("Company,2024A,2025E,2030\nNord ($bn),14.5,17.5,20\nSouth ($bn),1,2,3\n")
    with pytest.raises(InputError) as refused:
        ingest("capex", [str(file)], tmp_path)
    assert [problem.found.split(",")[0] for problem in refused.value.problems[:2]] == [
        "2025E and 1 more", "2030-12-31 and 1 more",
    ]  # fmt: skip
    done = ingest("capex", [str(file)], tmp_path, skip_bad=True)
    assert done.counts.new == 2
    assert [(each.series_id, each.figures) for each in done.series] == [
        ("capex_nord", 1), ("capex_south", 1),
    ]  # fmt: skip
