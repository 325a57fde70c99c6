"""Tables of analysts and offices that were misread or refused at first sight; figures are made
up."""

from __future__ import annotations

import json

import pytest
from read_tables import asked, figures, read

from forecast.inputs.tables.cells.unit_texts import unit_in


def test_a_bare_figure_beside_billions_says_no_unit() -> None:
    found = read("Company,Quarter,Capex\nNord,Q1 2026,$1.5B\nNord,Q2 2026,2040\n")
    assert [row.values["unit"] for row in found.rows] == ["USD", ""]
    statement = "Capex (in millions),Q1 2026,Q2 2026\nLand,$1204,1377\nServers,2010,1990\n"
    assert {row.values["unit"] for row in read(statement).rows} == {"million USD"}


@pytest.mark.parametrize(
    ("unit", "currency", "expected"),
    [
        ("KWH", "EUR", "EUR/thousand Wh"),
        ("MWh", "USD", "USD/million Wh"),
        ("million", "EUR", "million EUR"),
        ("million", "", "million"),
        ("MW", "EUR", "million W"),
    ],
)
def test_a_currency_beside_a_unit_makes_a_price_or_money(
    unit: str, currency: str, expected: str
) -> None:
    text = f"unit,currency,geo,TIME_PERIOD,OBS_VALUE\n{unit},{currency},DE,2025-S2,0.16\n"
    (row,) = read(text).rows
    assert row.values["unit"] == expected


def test_a_column_of_an_api_is_known_by_its_words_in_one() -> None:
    lines = "".join(
        json.dumps({
            "symbol": "NORD", "fiscalDateEnding": end, "reportedCurrency": "USD",
            "capitalExpenditures": value, "acceptedDate": day,
        }) + "\n"
        for end, value, day in (
            ("2026-03-31", "1510000000", "2026-05-14"), ("2026-06-30", "2040000000", "2026-08-12"),
        )
    )  # fmt: skip
    found = read(lines, name="answer.jsonl")
    assert [each[1:3] for each in figures(found)] == [
        ("2026-03-31", 1.51e9),
        ("2026-06-30", 2.04e9),
    ]
    assert [row.values["published"] for row in found.rows] == ["2026-05-14", "2026-08-12"]
    (problem,) = asked(lines.replace("000000", ""))
    assert problem.expected == "how many USD one is"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Q7. Do agents run in production? (% answering yes)\nWave,n,Total\nQ1 2026,805,21\n"
            "Q2 2026,798,24.5\n",
            [("file", "2026-03-31", 0.21, "Q"), ("file", "2026-06-30", 0.245, "Q")],
        ),
        (
            '"klass";"Andel med AI, procent 2024";"Andel med AI, procent 2025"\n'
            '"10-49 anställda";21,6;31,2\n"250- anställda";59,6;..\n',
            [
                ("andel_med_ai_10_49_anställda", "2024-12-31", 0.216, "A"),
                ("andel_med_ai_10_49_anställda", "2025-12-31", 0.312, "A"),
                ("andel_med_ai_250_anställda", "2024-12-31", 0.596, "A"),
            ],
        ),
        (
            '"Series Id:","X1"\n"Seasonally Adjusted"\n"Data Type:","ALL EMPLOYEES, THOUSANDS"\n'
            '"Years:","2025 to 2026"\n\nYear,Jan,Feb\n2025,478.1,477.9\n2026,483.8,487.3(P)\n',
            [
                ("file", "2025-01-31", 478100, "M"),
                ("file", "2025-02-28", 477900, "M"),
                ("file", "2026-01-31", 483800, "M"),
                ("file", "2026-02-28", 487300, "M"),
            ],
        ),
        (
            '"Libellé";"Part avec IA (en %)";"Codes"\n"idBank";"010776543";""\n'
            '"Mise à jour";"27/10/2026 08:45";""\n"Période";"";""\n'
            '"2026-T3";"13,4";"P"\n"2026-T2";"12,1";"A"\n"2026-T1";"11,0";"A"\n"2025-T4";"9,9";"A"\n',
            [
                ("part_avec_ia", "2026-09-30", 0.134, "Q"),
                ("part_avec_ia", "2026-06-30", 0.121, "Q"),
                ("part_avec_ia", "2026-03-31", 0.11, "Q"),
                ("part_avec_ia", "2025-12-31", 0.099, "Q"),
            ],
        ),
        (
            "Year,Persons employed,Firms that use AI (%)\n2025,10-19 persons employed,26\n"
            "2025,100 persons or more,41\n",
            [
                ("firms_that_use_ai_10_19_persons_employed", "2025-12-31", 0.26, "A"),
                ("firms_that_use_ai_100_persons_or_more", "2025-12-31", 0.41, "A"),
            ],
        ),
        (
            "Answer,Mar 2026,Sep 2026\nYes,26%,31%\nNo,74%,69%\nTotal,100%,100%\n",
            [
                ("capex_yes", "2026-03-31", 0.26, "M"),
                ("capex_yes", "2026-09-30", 0.31, "M"),
                ("capex_no", "2026-03-31", 0.74, "M"),
                ("capex_no", "2026-09-30", 0.69, "M"),
            ],
        ),
        (
            "Wave,Yes,No,Total\nQ1 2026,26%,74%,100%\nQ2 2026,31%,69%,100%\n",
            [
                ("capex_yes", "2026-03-31", 0.26, "Q"),
                ("capex_no", "2026-03-31", 0.74, "Q"),
                ("capex_yes", "2026-06-30", 0.31, "Q"),
                ("capex_no", "2026-06-30", 0.69, "Q"),
            ],
        ),
        (
            "Answer,Q1 2026,Q2 2026\nTotal,96%,100%\n",  # of all firms, not of all answers
            [
                ("total", "2026-03-31", 0.96, "Q"),
                ("total", "2026-06-30", 1.0, "Q"),
            ],
        ),
        (
            "Nord Capital Expenditures (Quarterly; Millions of US $)\n\ndate,value\n"
            "2026-03-31,1298\n2026-06-30,1412.5\n",
            [("file", "2026-03-31", 1.298e9, "Q"), ("file", "2026-06-30", 1.4125e9, "Q")],
        ),
        (
            "Période;FBCF en TIC (millions d'euros);\n2026-T1;13877,5;A\n2026-T2;14021,5;P\n",
            [
                ("fbcf_en_tic", "2026-03-31", 13877.5e6, "Q"),
                ("fbcf_en_tic", "2026-06-30", 14021.5e6, "Q"),
            ],
        ),
        (
            ",Alpha,,Beta,\n,Capex ($m),Revenue ($m),Capex ($m),Revenue ($bn)\n"
            "Q1 2026,41,200,12,0.09\n",
            [
                ("capex_alpha_capex", "2026-03-31", 41e6, "Q"),
                ("capex_alpha_revenue", "2026-03-31", 200e6, "Q"),
                ("capex_beta_capex", "2026-03-31", 12e6, "Q"),
                ("capex_beta_revenue", "2026-03-31", 90e6, "Q"),
            ],
        ),
        (
            '"Series Name","Country Name","2024 [YR2024]","2025 [YR2025]"\n'
            '"Firms with AI (%)","Peru","3.9","5.5"\n',
            [
                ("capex_firms_with_ai", "2024-12-31", 0.039, "A"),
                ("capex_firms_with_ai", "2025-12-31", 0.055, "A"),
            ],
        ),
        (
            "as of,company,quarter,capex_usd_bn\n2026-10-28,Nord,2026Q3,1.5\n",
            [("capex_nord", "2026-09-30", 1.5e9, "Q")],
        ),
        (
            "company,fiscal_year,fiscal_quarter,period_end,capex_usd_m\n"
            "Nord,2026,1,2025-09-30,410\nNord,2026,2,2025-12-31,430\n",
            [
                ("capex_nord", "2025-09-30", 410e6, "Q"),
                ("capex_nord", "2025-12-31", 430e6, "Q"),
            ],
        ),
        (
            "Monat;Verbrauch [MWh];Preis [€/MWh]\n2026-07;1.204,5;81,2\n2026-08;1.377,0;79,9\n",
            [
                ("capex_verbrauch", "2026-07-31", 1204.5e6, "M"),
                ("capex_preis", "2026-07-31", 81.2e-6, "M"),
                ("capex_verbrauch", "2026-08-31", 1377e6, "M"),
                ("capex_preis", "2026-08-31", 79.9e-6, "M"),
            ],
        ),
        (
            "Q12: AI agents in use\n,Europe,Asia\nBase: all respondents,400,300\n"
            "At scale,10%,14%\nFieldwork: 2-27 March 2026\nPublished May 2026\n",
            [
                ("capex_europe_at_scale", "2026-03-27", 0.1, ""),
                ("capex_asia_at_scale", "2026-03-27", 0.14, ""),
            ],
        ),
        (
            "period,industry,value (million JPY)\n2026Q1,Power,812\n2026Q2,Power,***\n",
            [("capex_power", "2026-03-31", 812e6, "Q")],
        ),
        (
            "Date,Capex (USD bn)\n3/31/2026 0:00,41.5\n6/30/2026 12:00:00 AM,44\n",
            [("capex", "2026-03-31", 41.5e9, ""), ("capex", "2026-06-30", 44e9, "")],
        ),
        (
            "(in millions),Q1 2026,Q2 2026\nCapital leases (a),$55,$61\nLand (b),$4,$5\n",
            [
                ("capex_capital_leases", "2026-03-31", 55e6, "Q"),
                ("capex_capital_leases", "2026-06-30", 61e6, "Q"),
                ("capex_land", "2026-03-31", 4e6, "Q"),
                ("capex_land", "2026-06-30", 5e6, "Q"),
            ],
        ),
    ],
)
def test_a_table_is_read(content: str, expected: list[tuple[str, str, float, str]]) -> None:
    assert figures(read(content)) == expected


def test_a_column_of_currencies_says_nothing_of_what_is_no_money() -> None:
    text = (
        "Year,Consumption (TWh),Share of total (%),Cost (millions),Currency\n2025,485,1.7,90,USD\n"
    )
    assert [row.values["unit"] for row in read(text).rows] == ["trillion Wh", "%", "million USD"]


def test_capex_of_some_dollars_is_asked_about_though_its_head_says_dollars() -> None:
    (problem,) = asked("company,quarter,capex_usd\nNord,2026Q1,1510\nNord,2026Q2,2040\n")
    assert problem.expected == "how many USD one is"
    assert figures(read("quarter,capex_usd\n2026Q1,1510000000\n")) == [
        ("capex", "2026-03-31", 1.51e9, "Q")
    ]


def test_the_number_of_a_wave_is_no_figure() -> None:
    text = (
        "| Survey wave | Field dates | Firms with agents |\n|---|---|---|\n"
        "| 1 | 2-13 March 2026 | 17% |\n| 2 | 1-12 June 2026 | 21% |\n"
    )
    found = figures(read(text, name="waves.md"))
    assert [each[1:3] for each in found] == [("2026-03-13", 0.17), ("2026-06-12", 0.21)]


def test_a_price_of_energy_without_its_money_is_no_energy() -> None:
    text = "Month,Electricity price (kWh),Use in price area 1 (MWh)\nJune 2026,0.16,410\n"
    assert [row.values["unit"] for row in read(text).rows] == [
        "money per thousand Wh", "million Wh",
    ]  # fmt: skip


def test_sums_since_the_year_began_are_no_months() -> None:
    (problem,) = asked("month,capex_ytd_usd_m\n2026-01,100\n2026-02,210\n2026-03,330\n")
    assert problem.expected == "what each month or quarter adds"
    users = read("month,New users YTD (millions of people)\n2026-01,10\n2026-02,21\n")
    assert len(users.rows) == 2


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("tokens_processed", "tokens"),
        ("GW installed", "billion W"),
        ("Electricity TWh consumed", "trillion Wh"),
        ("Chips shipped", "chips"),
        ("Capex USD m (current)", "million USD"),
        ("Cost of chips shipped", ""),
        ("Class B (new)", ""),
        ("Share of users invested", ""),
        ("Site W installed", ""),
        ("Class B sold", ""),
    ],
)
def test_what_was_done_stands_behind_its_unit(head: str, unit: str) -> None:
    assert unit_in(head) == unit


def test_a_letter_in_brackets_counts_where_it_can_be_no_note() -> None:
    found = figures(read("Figures in USD,\nMeasure,Q1 2026,Q2 2026\nCapex (b),1.2,1.3\n"))
    assert [each[2] for each in found] == [1.2e9, 1.3e9]
    noted = figures(read("Measure,Q1 2026,Q2 2026\nLand (a),$55,$61\nCapex (b),$4,$5\n"))
    assert [each[2] for each in noted] == [55, 61, 4, 5]


def test_a_time_of_day_leaves_a_day_that_may_be_two() -> None:
    problems = asked("Date,Capex (USD bn)\n3/4/2026 0:00,41.5\n6/7/2026 0:00,44\n")
    assert any("--dates day-first" in problem.hint for problem in problems)


def test_a_note_raised_above_a_name_of_a_page_is_no_part_of_it() -> None:
    page = (
        "<p>(in millions)</p><table><tr><td></td><td>Q1 2026</td><td>Q2 2026</td></tr>"
        "<tr><td>Purchases<sup>(1)</sup></td><td>$41</td><td>$44</td></tr></table>"
    )
    assert {each[0] for each in figures(read(page, name="page.html"))} == {"capex_purchases"}


def test_a_quarter_beside_the_year_of_an_api_is_no_year() -> None:
    record = {
        "date": "2025-06-30", "symbol": "NORD", "reportedCurrency": "USD", "calendarYear": "2025",
        "period": "Q2", "capitalExpenditure": -410000000,
    }  # fmt: skip
    (figure,) = figures(read(json.dumps([record]), name="answer.json"))
    assert figure[1:] == ("2025-06-30", 410e6, "Q")
    (figure,) = figures(read(json.dumps([{**record, "period": "FY"}]), name="answer.json"))
    assert figure[1:] == ("2025-12-31", 410e6, "A")
    row = read("as of,quarter,capex_usd_bn\n2026-10-28,2026Q3,1.5\n").rows[0]
    assert row.values["published"] == "2026-10-28"
