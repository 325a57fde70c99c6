"""Files as people have them: what each is taken for, figure by figure, or what it asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from read_tables import CALENDARS, KNOWN, asked, figures, read, workbook

from forecast.errors import Problem
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.rows.files import read_content

WORLD_BANK = """"Data Source","World Development Indicators",

"Last Updated Date","2026-10-07",

"Country Name","Country Code","Indicator Name","Indicator Code","1960","2024","2025",
"Aruba","ABW","Internet users (% of population)","IT.NET","","97.2","98",
"Austria","AUT","Internet users (% of population)","IT.NET","","","95.1",
"""
EUROSTAT = (
    "freq,indic_is,unit,geo\\TIME_PERIOD\t2023 \t2024 \t2025 \n"
    "A,E_AI,PC_ENT,AT\t12.3 b\t: u\t20.1 \nA,E_AI,PC_ENT,DE\t: \t19.8 \t26.0 bp\n"
)
FILING = """"Statements of cash flows (in millions of U.S. dollars)"
,"Three Months Ended June 30,",,"Six Months Ended June 30,",
,2026,2025,2026,2025
Purchases of property and equipment,"(54,208)","(31,372)","(97,210)","(55,000)"
"""
STATEMENT = """"Alphabet Inc."
"STATEMENTS OF CASH FLOWS (in millions; unaudited)"
"","Quarter Ended June 30,","","Year to Date June 30,",""
"","2025","2026","2025","2026"
"Purchases of property and equipment (1)","(22,446)","$(48,120)","(39,643)","(83,915)"
"(1) Includes deposits."
"""
CANADA = """"REF_DATE","GEO","DGUID","Industry","UOM","UOM_ID","SCALAR_FACTOR","VALUE","STATUS"
"2026-03","Canada","2021A1","All","Percent","239","units","12.2",""
"2026-03","Ontario","2021A2","All","Percent","239","units","","F"
"2026-06","Canada","2021A1","All","Percent","239","units","13.4","E"
"""
TABLES: dict[str, tuple[str, list[tuple[str, str, float, str]], str]] = {
    "world bank": (
        WORLD_BANK,
        [
            ("internet_users_aruba", "2024-12-31", 0.972, "A"),
            ("internet_users_aruba", "2025-12-31", 0.98, "A"),
            ("internet_users_austria", "2025-12-31", 0.951, "A"),
        ],
        "years across, header in line 5, %, 3 cells without a figure passed over",
    ),
    "our world in data": (
        "Entity,Code,Year,Training compute (petaFLOP)\nWorld,OWID_WRL,2024,21000000.5\n",
        [("training_compute_world", "2024-12-31", 2.10000005e22, "A")],
        "a figure in each line, quadrillion FLOP",
    ),
    "eurostat": (
        EUROSTAT,
        [
            ("e_ai_at", "2023-12-31", 0.123, "A"),
            ("e_ai_at", "2025-12-31", 0.201, "A"),
            ("e_ai_de", "2024-12-31", 0.198, "A"),
            ("e_ai_de", "2025-12-31", 0.26, "A"),
        ],
        "years across, %, tabs, 2 cells without a figure passed over",
    ),
    "fred": (
        "observation_date,SPENDING_USD\n2025-01-01,5.5\n2025-04-01,.\n2025-07-01,6.25\n",
        [("spending", "2025-03-31", 5.5, "Q"), ("spending", "2025-09-30", 6.25, "Q")],
        "a figure in each line, USD, first days taken for their periods, "
        "1 cell without a figure passed over",
    ),
    "fiscal quarters by the company's calendar": (
        "Company,Q1 FY26,Q2 FY26 ($B)\nMSFT,$34.9B,37.5\nNVIDIA Corp,44.1B USD,46.7\n",
        [
            ("capex_msft", "2025-09-30", 34.9e9, "Q"),
            ("capex_msft", "2025-12-31", 37.5e9, "Q"),
            ("capex_nvidia_corp", "2025-04-27", 44.1e9, "Q"),
            ("capex_nvidia_corp", "2025-07-27", 46.7e9, "Q"),
        ],
        "quarters across, 2 units, fiscal year to June, fiscal year to January",
    ),
    "a title with the unit, and a footnote": (
        "Capital expenditure (USD million)\n\nCompany,Q1 2026,3Q26\n"
        'Amazon,"43,000","60,100*"\nSource: filings\n',
        [
            ("capex_amazon", "2026-03-31", 43e9, "Q"),
            ("capex_amazon", "2026-09-30", 60.1e9, "Q"),
        ],
        "quarters across, header in line 3, million USD",
    ),
    "year and quarter in two columns": (
        "Year,Quarter,Capex ($B)\n2026,Q1,43.0\n2026,2,54.208\n",
        [("capex", "2026-03-31", 43e9, "Q"), ("capex", "2026-06-30", 54.208e9, "Q")],
        "a figure in each line, period from Year and Quarter, billion USD",
    ),
    "a year above its quarters": (
        "USD million,2025,,2026\nCompany,Q3,Q4,Q1\nMeta,1,2,3\n",
        [
            ("capex_meta", "2025-09-30", 1e6, "Q"),
            ("capex_meta", "2025-12-31", 2e6, "Q"),
            ("capex_meta", "2026-03-31", 3e6, "Q"),
        ],
        "quarters across, header in line 2, million USD",
    ),
    "a filing's cash flows": (
        FILING,
        [
            ("capex_purchases_of_property_and_equipment", "2026-06-30", 54.208e9, "Q"),
            ("capex_purchases_of_property_and_equipment", "2025-06-30", 31.372e9, "Q"),
            ("capex_purchases_of_property_and_equipment_h", "2026-06-30", 97.21e9, "H"),
            ("capex_purchases_of_property_and_equipment_h", "2025-06-30", 55e9, "H"),
        ],
        "periods across, header in line 3, million USD, outflows taken as money spent",
    ),
    "decimal commas": (
        "Datum;Wert in Mio. USD\n31.12.2024;0,123\n31.12.2025;1.234,5\n30.06.2026;12,345\n",
        [
            ("file", "2024-12-31", 123e3, ""),
            ("file", "2025-12-31", 1234.5e6, ""),
            ("file", "2026-06-30", 12.345e6, ""),
        ],
        "a figure in each line, million USD, decimal commas, semicolons",
    ),
    "a line that states the delimiter": (
        "sep=;\r\nDate;Value;Unit\r\n2025-09-30;5;MW\r\n",
        [("file", "2025-09-30", 5e6, "")],
        "a figure in each line, header in line 2, million W, semicolons",
    ),
    "oecd": (
        "REF_AREA,Reference area,UNIT_MEASURE,Unit of measure,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
        "AUT,Austria,PC_ENT,Percentage of enterprises,2024-Q3,20.3,A\n"
        "DEU,Germany,PC_ENT,Percentage of enterprises,2024-Q3,21.3,E\n",
        [
            ("capex_austria", "2024-09-30", 0.203, "Q"),
            ("capex_germany", "2024-09-30", 0.213, "Q"),
        ],
        "a figure in each line, %",
    ),
    "half-years, weeks and months": (
        "series_id,period_end,value,unit\na,H1 2026,5,USD\na,2026-W40,5,USD\na,Jun-26,5,USD\n"
        "a,week 1 2026,5,USD\na,Sept 2025,5,USD\n",
        [
            ("a", "2026-06-30", 5.0, "H"),
            ("a", "2026-10-04", 5.0, "W"),
            ("a", "2026-06-30", 5.0, "M"),
            ("a", "2026-01-04", 5.0, "W"),
            ("a", "2025-09-30", 5.0, "M"),
        ],
        "a figure in each line, USD",
    ),
    "first days of periods by what their series are": (
        "series_id,period_end,value,unit\nquarterly,2026-07-01,60B,USD\nmonthly,2026-10-01,2%,share\n",
        [("quarterly", "2026-09-30", 60e9, "Q"), ("monthly", "2026-10-31", 0.02, "M")],
        "a figure in each line, 2 units, first days taken for their periods",
    ),
    "a flag that is not billions": (
        "geo,year,value,unit\nAT12,2007,4.4 b,%\nAT12,2008,4.3,%\n",
        [("capex_at12", "2007-12-31", 0.044, "A"), ("capex_at12", "2008-12-31", 0.043, "A")],
        "a figure in each line, %",
    ),
    "billions that are no flag": (
        "date,value,unit\n2025-12-31,4.4 b,USD\n2025-09-30,4.3 b,USD\n",
        [("file", "2025-12-31", 4.4e9, ""), ("file", "2025-09-30", 4.3e9, "")],
        "a figure in each line, USD",
    ),
    "exact in decimals": (
        "series_id,period_end,value,unit\nx,2026-06-30,16.745 M,USD\n"
        "x,2026-03-31,0.1,billion USD\n",
        [("x", "2026-06-30", 16745000.0, ""), ("x", "2026-03-31", 1e8, "")],
        "a figure in each line, 2 units",
    ),
    "a year to date": (
        STATEMENT,
        [
            ("capex_purchases_of_property_and_equipment", "2025-06-30", 22.446e9, "Q"),
            ("capex_purchases_of_property_and_equipment", "2026-06-30", 48.12e9, "Q"),
            ("capex_purchases_of_property_and_equipment_h", "2025-06-30", 39.643e9, "H"),
            ("capex_purchases_of_property_and_equipment_h", "2026-06-30", 83.915e9, "H"),
        ],
        "periods across, header in line 4, million USD, fiscal year to December, "
        "outflows taken as money spent",
    ),
    "a statistical office with codes of quality": (
        CANADA,
        [
            ("capex_canada", "2026-03-31", 0.122, "M"),
            ("capex_canada", "2026-06-30", 0.134, "M"),
        ],
        "a figure in each line, %, 1 cell without a figure passed over",
    ),
    "powers of ten in a column": (
        "STRUCTURE,REF_AREA,MEASURE,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
        "DATAFLOW,USA,ICT_INVESTMENT,USD,2023,1021.5,9\n"
        "DATAFLOW,USA,ICT_INVESTMENT,USD,2024,1103.5,9\n",
        [
            ("ict_investment_usa", "2023-12-31", 1021.5e9, "A"),
            ("ict_investment_usa", "2024-12-31", 1103.5e9, "A"),
        ],
        "a figure in each line, billion USD",
    ),
    "a unit that is a whole line of the title": (
        "Spending by vendor\nBillions of U.S. dollars\n\nVendor,2024,2025\nSamsung,36.5,34\n",
        [("capex_samsung", "2024-12-31", 36.5e9, "A"), ("capex_samsung", "2025-12-31", 34e9, "A")],
        "years across, header in line 4, billion USD",
    ),
    "a unit in a part of the title": (
        "USD billions, calendar quarters.\n\n| Who | Q1 2026 |\n|--|--|\n| Meta | 19.5 |\n",
        [("capex_meta", "2026-03-31", 19.5e9, "Q")],
        "quarters across, header in line 3, billion USD",
    ),
    "how many, behind what is counted": (
        "Weekly active users (millions)\n\nService,Jan 2026,Apr 2026\nChat,812,905\n",
        [
            ("capex_chat", "2026-01-31", 812e6, "M"),
            ("capex_chat", "2026-04-30", 905e6, "M"),
        ],
        "months across, header in line 3, million users",
    ),
    "a unit in the head of the names": (
        '"Capex, USD bn",2025-09-30,2025-12-31\nMeta,19.5,22\n',
        [("capex_meta", "2025-09-30", 19.5e9, ""), ("capex_meta", "2025-12-31", 22e9, "")],
        "periods across, billion USD",
    ),
    "units in a line below the header": (
        "date,capacity,energy\n,GW,TWh\n2024,11.5,71\n2025,18,98\n",
        [
            ("capex_capacity", "2024-12-31", 11.5e9, "A"),
            ("capex_energy", "2024-12-31", 71e12, "A"),
            ("capex_capacity", "2025-12-31", 18e9, "A"),
            ("capex_energy", "2025-12-31", 98e12, "A"),
        ],
        "2 series across, 2 units",
    ),
    "years down and quarters across": (
        "Year,Q1,Q2,Average (%)\n2025,5.0%,5.5%,5.2\n2026,6.0%,7.5%,6.8\n",
        [
            ("file", "2025-03-31", 0.05, "Q"),
            ("file", "2025-06-30", 0.055, "Q"),
            ("file", "2026-03-31", 0.06, "Q"),
            ("file", "2026-06-30", 0.075, "Q"),
        ],
        "years down, q1 to q2 across, share",
    ),
    "years down and months across": (
        "Units: thousands of persons\n\nYear,Jan,Feb\n2025,480.5,481\n2026,490.5,\n",
        [
            ("file", "2025-01-31", 480500.0, "M"),
            ("file", "2025-02-28", 481000.0, "M"),
            ("file", "2026-01-31", 490500.0, "M"),
        ],
        "years down, jan to feb across, header in line 3, thousand people, "
        "1 cell without a figure passed over",
    ),
    "months and weeks in six digits": (
        "series_id,month,value,unit\na,202607,5,USD\na,202612,6,USD\n",
        [("a", "2026-07-31", 5.0, "M"), ("a", "2026-12-31", 6.0, "M")],
        "a figure in each line, USD",
    ),
    "weeks that might be months": (
        "series_id,week,value,unit\na,202607,5,USD\na,202640,6,USD\n",
        [("a", "2026-02-15", 5.0, "W"), ("a", "2026-10-04", 6.0, "W")],
        "a figure in each line, USD",
    ),
    "units in cells, and ends of periods": (
        "Operator,End 2025,End of Q2 2026\nAlpha,850 MW,1.5 GW\n",
        [("capex_alpha", "2025-12-31", 850e6, ""), ("capex_alpha", "2026-06-30", 1.5e9, "")],
        "periods across, W",
    ),
    "groups of two and a minus behind": (
        'Quarter,Users\n2026Q1,"1,23,45,678"\n2026Q2,"1,40,00,000"\n',
        [("users", "2026-03-31", 12345678.0, "Q"), ("users", "2026-06-30", 14e6, "Q")],
        "a figure in each line, users",
    ),
    "a minus behind": (
        "Quarter\tSpent ($M)\nQ1'26\t19,840-\nQ2'26\t24,610-\n",
        [("spent", "2026-03-31", 19.84e9, "Q"), ("spent", "2026-06-30", 24.61e9, "Q")],
        "a figure in each line, million USD, outflows taken as money spent, tabs",
    ),
    "a multiple before the sign of money": (
        "Période;Dépenses (M$)\n2025Q1;1 204,5\n2025Q2;1 310,0\n",
        [("dépenses", "2025-03-31", 1204.5e6, "Q"), ("dépenses", "2025-06-30", 1310e6, "Q")],
        "a figure in each line, million USD, decimal commas, semicolons",
    ),
    "a day above years": (
        '"Title","Businesses using AI"\n"Unit","%"\n"Next release","10 December 2026"\n'
        '"2024","15.5"\n"2025","19.5"\n"2026","21.0"\n',
        [
            ("file", "2024-12-31", 0.155, "A"),
            ("file", "2025-12-31", 0.195, "A"),
            ("file", "2026-12-31", 0.21, "A"),
        ],
        "a figure in each line, header in line 3, %",
    ),
    "answers called no": (
        "Based on adults, in %\n\nNo,,Yes,No,No answer\n1,Aug 2025,34,65,1\n2,Feb 2026,41,58,1\n",
        [
            ("capex_yes", "2025-08-31", 0.34, "M"),
            ("capex_no", "2025-08-31", 0.65, "M"),
            ("capex_no_answer", "2025-08-31", 0.01, "M"),
            ("capex_yes", "2026-02-28", 0.41, "M"),
            ("capex_no", "2026-02-28", 0.58, "M"),
            ("capex_no_answer", "2026-02-28", 0.01, "M"),
        ],
        "3 series across, header in line 3, %",
    ),
    "days with two digits of the year": (
        "Date;Users\n31/03/26;1.200.000\n30/06/26;1.350.000\n",
        [("users", "2026-03-31", 1.2e6, ""), ("users", "2026-06-30", 1.35e6, "")],
        "a figure in each line, users, semicolons",
    ),
    "halves of a fiscal year": (
        "Company,1H FY26,FY26 2H\nMicrosoft ($bn),72.5,69.5\n",
        [
            ("capex_microsoft", "2025-12-31", 72.5e9, "H"),
            ("capex_microsoft", "2026-06-30", 69.5e9, "H"),
        ],
        "periods across, billion USD, fiscal year to June",
    ),
    "growth in a table of money": (
        "USD billions,1Q26,2Q26\nAmazon,43.5,51.5\nGrowth y/y,62%,71%\n",
        [
            ("capex_amazon", "2026-03-31", 43.5e9, "Q"),
            ("capex_amazon", "2026-06-30", 51.5e9, "Q"),
            ("capex_growth_y_y", "2026-03-31", 0.62, "Q"),
            ("capex_growth_y_y", "2026-06-30", 0.71, "Q"),
        ],
        "quarters across, 2 units",
    ),
    "dollars of Canada": (
        "REF_DATE,GEO,DGUID,UOM,SCALAR_FACTOR,VALUE\n2025,Canada,2021A1,Dollars,millions,4120\n"
        "2024,Canada,2021A1,Dollars,millions,3980\n",
        [("capex_canada", "2025-12-31", 4.12e9, "A"), ("capex_canada", "2024-12-31", 3.98e9, "A")],
        "a figure in each line, million CAD",
    ),
    "a page whose first line spans the table": (
        "<table><tr><td colspan=7>(In millions)</td></tr>"
        "<tr><td></td><td colspan=4>Three Months Ended March 31,</td></tr>"
        "<tr><td></td><td colspan=2>2026</td><td colspan=2>2025</td></tr>"
        "<tr><td>Purchases of equipment</td><td>$</td><td>(19,840)</td><td>$</td>"
        "<td>(12,941)</td></tr>"
        "<tr><td>Leases</td><td></td><td>(612)</td><td></td><td>(751)</td></tr></table>",
        [
            ("capex_purchases_of_equipment", "2026-03-31", 19.84e9, "Q"),
            ("capex_purchases_of_equipment", "2025-03-31", 12.941e9, "Q"),
            ("capex_leases", "2026-03-31", 612e6, "Q"),
            ("capex_leases", "2025-03-31", 751e6, "Q"),
        ],
        "quarters across, million USD, outflows taken as money spent",
    ),
    "other money": (
        "Company,1Q26,2Q26\nAlibaba (RMB bn),24.5,38.5\nASML,€1.5B,\nTSMC (NT$ bn),352,\n",
        [
            ("capex_alibaba", "2026-03-31", 24.5e9, "Q"),
            ("capex_alibaba", "2026-06-30", 38.5e9, "Q"),
            ("capex_asml", "2026-03-31", 1.5e9, "Q"),
            ("capex_tsmc", "2026-03-31", 352e9, "Q"),
        ],
        "quarters across, 3 units, 2 cells without a figure passed over",
    ),
    "what is no money is not spent": (
        "series_id,period_end,value,unit\nx,2026-06-30,-5,log/year\na name,2026-06-30,-5,USD\n",
        [("x", "2026-06-30", -5.0, ""), ("a name", "2026-06-30", 5.0, "")],
        "a figure in each line, 2 units, outflows taken as money spent",
    ),
    "markdown": (
        "Capex (USD billion)\n\n| Quarter | **Amazon** | Known by title |\n|---|---:|---:|\n"
        "| Q1 2026 | 43.0 | 35.7 |\n| Q2 2026 | [54.2](https://a) | n/a |\n",
        [
            ("capex_amazon", "2026-03-31", 43e9, "Q"),
            ("quarterly", "2026-03-31", 35.7e9, "Q"),
            ("capex_amazon", "2026-06-30", 54.2e9, "Q"),
        ],
        "2 series across, header in line 3, billion USD, 1 cell without a figure passed over",
    ),
    "html": (
        "<p>Before<table><caption>Capex, in billions of U.S. dollars</caption>"
        "<tr><th>Company<th colspan=2>2024<th colspan=2>2025</tr>"
        "<tr><td>Amazon</td><td>$<td>83.0<sup>1</sup><td>$<td>131.8</tr>"
        "<tr><td>Meta</td><td></td><td>37.3</td><td></td><td>72.2</td></tr></table>",
        [
            ("capex_amazon", "2024-12-31", 83e9, "A"),
            ("capex_amazon", "2025-12-31", 131.8e9, "A"),
            ("capex_meta", "2024-12-31", 37.3e9, "A"),
            ("capex_meta", "2025-12-31", 72.2e9, "A"),
        ],
        "years across, billion USD",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_plain_table_goes_in_without_an_option(name: str) -> None:
    content, expected, said = TABLES[name]
    found = read(content)
    assert figures(found) == expected
    assert found.said == said


def test_flags_and_marks_are_notes() -> None:
    assert [row.values.get("note", "") for row in read(EUROSTAT).rows] == ["b", "", "", "bp"]
    notes = read('Date,Value (USD)\n2026-03-31,52.4¹\n2026-06-30,"1,234 (p)"\n').rows
    assert [(row.values["value"], row.values["note"]) for row in notes] == [
        ("52.4", "¹"),
        ("1234", "(p)"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_file_is_read_in_the_encoding_that_excel_saved_it_in(encoding: str) -> None:
    text = "Datum;Größe in Mio. USD\r\n30.09.2025;5,5\r\n31.12.2025;6,25\r\n"
    found = read(text.encode(encoding))
    assert figures(found) == [
        ("größe", "2025-09-30", 5.5e6, ""),
        ("größe", "2025-12-31", 6.25e6, ""),
    ]


def fact(start: str, end: str, value: float, filed: str) -> dict[str, Any]:
    return {"start": start, "end": end, "val": value, "accn": "1", "form": "10-Q", "filed": filed}


FACTS = [
    fact("2026-04-01", "2026-06-30", 54208000000, "2026-08-01"),
    fact("2026-01-01", "2026-06-30", 97210000000, "2026-08-01"),
    fact("2025-01-01", "2025-12-31", 131819000000, "2026-02-06"),
    fact("2025-01-01", "2025-12-31", 131819000000, "2027-02-06"),
]
CONCEPT = {
    "tag": "PaymentsToAcquireAssets",
    "entityName": "AMAZON COM INC",
    "units": {"USD": FACTS},
}
COMPANY = {
    "entityName": "AMAZON COM INC",
    "facts": {"us-gaap": {"PaymentsToAcquireAssets": CONCEPT}},
}


@pytest.mark.parametrize("answer", [CONCEPT, COMPANY])
def test_facts_of_edgar_are_told_apart_by_the_length_of_their_period(answer: Any) -> None:
    found = read(json.dumps(answer))
    name = "payments_to_acquire_assets_amazon_com_inc"
    assert figures(found) == [
        (f"{name}_fy", "2025-12-31", 131819000000.0, "FY"),
        (name, "2026-06-30", 54208000000.0, "Q"),
        (f"{name}_h", "2026-06-30", 97210000000.0, "H"),
    ]
    assert found.rows[0].values["published"] == "2026-02-06"


@pytest.mark.parametrize(
    "answer",
    [
        [{"page": 1}, [{"indicator": {"value": "Use (%)"}, "date": "2024", "value": 95.1}]],
        {"indicator": ["Use (%)"], "date": ["2024"], "value": [95.1]},
        {"indicator": {"0": "Use (%)"}, "date": {"0": "2024"}, "value": {"0": 95.1}},
        {"observations": [{"date": "2024", "indicator": "Use (%)", "value": "95.1"}]},
    ],
)
def test_json_is_read_as_services_shape_it(answer: Any) -> None:
    assert figures(read(json.dumps(answer))) == [("use", "2024-12-31", 0.951, "A")]


@pytest.mark.parametrize(
    "answer",
    [
        {"Meta ($B)": {"2025Q4": 22, "2026Q1": 19.5}, "xAI ($B)": {"2025Q4": 2, "2026Q1": 3}},
        {"2025Q4": {"Meta ($B)": 22, "xAI ($B)": 2}, "2026Q1": {"Meta ($B)": 19.5, "xAI ($B)": 3}},
    ],
)
def test_json_by_names_and_periods_is_a_table(answer: Any) -> None:
    assert sorted(figures(read(json.dumps(answer)))) == [
        ("capex_meta", "2025-12-31", 22e9, "Q"),
        ("capex_meta", "2026-03-31", 19.5e9, "Q"),
        ("capex_xai", "2025-12-31", 2e9, "Q"),
        ("capex_xai", "2026-03-31", 3e9, "Q"),
    ]


def test_a_workbook_with_titles_and_an_unnamed_column_is_read() -> None:
    title = "Revenue of NVIDIA from 2024 to 2025 (in billion U.S. dollars)"
    content = workbook(
        ("Overview", [["Description"], ["Source", "Company reports"]]),
        ("Data", [[title], [], [None, "Revenue"], ["2024", 60.92], ["2025", 130.5]]),
    )
    found = read(content, name="revenue.xlsx")
    assert figures(found) == [
        ("revenue", "2024-12-31", 60.92e9, "A"),
        ("revenue", "2025-12-31", 130.5e9, "A"),
    ]
    assert found.said == "a figure in each line, header in line 3, billion USD"


def test_a_percent_sign_of_a_format_scales_or_is_written_behind() -> None:
    def form(sheet: Any) -> None:
        formats = ("0.0%", r"0.0\%", '0.0"%"', '0.0" % of firms"')
        for line, text in enumerate(formats, start=2):
            sheet.cell(line, 2).number_format = text

    rows: list[list[Any]] = [["Period end", "Use"]]
    days = (date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))
    rows += [[day, value] for day, value in zip(days, (0.004, 0.4, 0.5, 0.6), strict=True)]
    values = [each[2] for each in figures(read(workbook(("Data", rows), form=form)))]
    assert values == [0.004, 0.004, 0.005, 0.006]


@pytest.mark.parametrize(
    ("content", "option"),
    [
        ("Date,Open,High,Low,Close\n2026-06-30,10,15,8,12\n", "--column value=Close"),
        ("When,Value\nlately,5\n2026Q3,6\nsoon,7\n", "--column period_end=When"),
        ("Start,End date,Value,End of\n", "one row"),
        ("Date;Value\n2026-06-30;16.745\n2026-03-31;12,345\n", "--decimal comma"),
        ("Date;Value\n2026-06-30;0,5\n2026-03-31;0.5\n", "--decimal comma"),
        ("Date,Value\n3/4/2026,5\n1/2/2026,6\n", "--dates day-first"),
        ("Company,Q1 FY26\nElsewhere,5\n", "--fiscal-year-end MONTH"),
    ],
)
def test_what_is_not_plain_is_asked_for_once_by_its_option(content: str, option: str) -> None:
    (problem,) = asked(content)
    assert option in f"{problem.expected} {problem.hint}"


def test_what_was_asked_for_is_taken() -> None:
    told = Table(OBSERVED)
    text = "Date;Value\n2026-06-30;16.745\n2026-03-31;12.000\n"
    unit = {"unit": "USD"}
    comma = replace(told, sign="comma", defaults=unit)
    point = replace(told, sign="point", defaults=unit)
    assert [each[2] for each in figures(read(text, comma))] == [16745.0, 12000.0]
    assert [each[2] for each in figures(read(text, point))] == [16.745, 12.0]
    days = "Date,Value\n3/4/2026,5\n1/2/2026,6\n"
    for order, expected in (("day-first", "2026-04-03"), ("month-first", "2026-03-04")):
        found = read(days, replace(told, order=order, defaults=unit))  # type: ignore[arg-type]
        assert figures(found)[0][1] == expected
    year = replace(told, calendar=CALENDARS["Microsoft"], defaults=unit)
    assert figures(read("Company,Q1 FY26\nElsewhere,5\n", year))[0][1] == "2025-09-30"
    named = replace(told, names={"Amazon": "capex_cash_amzn"}, where={"Company": "amazon"})
    wide = "Company,Q1 2026 ($B)\nAmazon,43\nMeta,19\n"
    assert figures(read(wide, named)) == [("capex_cash_amzn", "2026-03-31", 43e9, "Q")]
    alone = replace(told, mapped={"value": "Close"}, defaults={**unit, "series_id": "s"})
    (row,) = read("Date,Open,High,Low,Close\n2026-06-30,10,15,8,12\n", alone).rows
    assert (row.values["value"], row.values.get("high", "")) == ("12", "")


@pytest.mark.parametrize(
    ("head", "given", "factor"),
    [("Capex ($B)", "USD", 1e9), ("Capex", "million USD", 1e6), ("Capex (millions)", "USD", 1e6)],
)
def test_a_unit_that_is_given_leaves_the_multiple_that_a_head_states(
    head: str, given: str, factor: float
) -> None:
    told = replace(Table(OBSERVED), defaults={"unit": given})
    ((_, _, value, _),) = figures(read(f"Date,{head}\n2026-06-30,42\n", told))
    assert value == 42 * factor
    both = asked(f"Date,{head}\n2026-06-30,42\n", replace(told, defaults={"unit": "trillion USD"}))
    assert bool(both) == (head != "Capex")


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("Capex (EUR million)", "million EUR"),
        ("Investment £m", "million GBP"),
        ("CAPEX RMB in millions", "million CNY"),
        ("Capex, ¥bn", "billion ¥"),
        ("Capex (HK$ m)", "million HKD"),
        ("Capex (THB m)", "million THB"),
        ("Umsatz in TEUR", "thousand EUR"),
        ("Investment (T€)", "thousand EUR"),
        ("Capex (TUSD)", ""),
        ("Strompreis in ct/kWh", "10 EUR/million Wh"),
        ("Electricity price (p/kWh)", "10 GBP/million Wh"),
        ("Strompreis in Cent je kWh", ""),
        ("Capex (CHF k)", "thousand CHF"),
        ("Investment (constant 2021 US$)", "constant 2021 US$"),
        ("Investment (billion chained 2017 dollars)", "billion chained 2017 dollars"),
        ("price_usd_per_gpu_hour", "USD/chip-hour"),
        ("price_usd_per_rack", ""),
    ],
)
def test_money_of_another_kind_is_never_taken_for_dollars(head: str, unit: str) -> None:
    (row,) = read(f'Date,"{head}"\n2026-06-30,42\n').rows
    assert row.values["unit"] == unit


def test_money_that_may_be_of_two_countries_keeps_its_multiple_when_it_is_named() -> None:
    told = replace(Table(OBSERVED), defaults={"unit": "JPY"})
    (row,) = read('Date,"Capex, ¥bn"\n2026-06-30,42\n', told).rows
    assert row.values["unit"] == "billion JPY"


def test_a_unit_that_is_given_leaves_those_that_a_file_states() -> None:
    told = replace(Table(OBSERVED), defaults={"unit": "count"})
    lines = "Indicator,Period,Value\nUse (%),2026-03,18.5\nAgents,2026-03,4.5\n"
    heads = "Period,Use (%),Agents\n2026-03,18.5,4.5\n"
    for content in (lines, heads):
        assert [row.values["unit"] for row in read(content, told).rows] == ["%", "count"]


def test_years_below_months_that_nobody_understands_are_no_calendar_years() -> None:
    found = read(
        ",Three Months Ended June 30,,Twelve Moons Ended,\n,2025,2026,2024,2025\n"
        "Spent ($M),1,2,3,4\n"
    )
    assert [each[1] for each in figures(found)] == ["2025-06-30", "2026-06-30"]


@pytest.mark.parametrize("year", ["0206-10-31", "3026", "9999Q1", "1823-01-31"])
def test_a_year_that_cannot_be_is_refused(year: str) -> None:
    flawed: list[Problem] = []
    content = f"series_id,period_end,value,unit\nx,{year},5,USD\n".encode()
    read_content("file.csv", content, Table(OBSERVED), KNOWN, "capex", [], flawed)
    assert "not between 1900 and 2100" in flawed[0].hint


@pytest.mark.parametrize("name", ["Meta", "capex_meta", "CAPEX_META"])
def test_a_new_series_stands_for_another_by_its_name_or_by_the_id_that_was_told(name: str) -> None:
    told = replace(Table(OBSERVED), names={name: "capex_reported_meta"})
    text = "Company,Quarter,Capex ($B)\nAmazon,Q1 2026,43\nMeta,Q1 2026,19\n"
    assert [row[0] for row in figures(read(text, told))] == ["capex_amazon", "capex_reported_meta"]


def test_a_number_of_five_thousand_digits_is_no_day_and_a_long_name_no_id() -> None:
    told = replace(Table(OBSERVED), defaults={"unit": "USD"})
    content = f"Date,Capex\n{'9' * 5000},42\n2026-06-30,43\n".encode()
    flawed: list[Problem] = []
    found = read_content("my.csv", content, told, KNOWN, "capex", [], flawed)
    assert [row.values["period_end"] for row in found.rows][-1:] == ["2026-06-30"]
    (row,) = read(f"Date,{'word ' * 20_000}\n2026-06-30,43\n", told).rows
    assert len(row.values["series_id"]) <= 80
