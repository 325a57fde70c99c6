"""Cubes of statistical offices, classes of size, and periods of more languages; figures are made
up."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from read_tables import asked, figures, read

from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.cells.classes import are_classes
from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.formats.json.stat import cube_records
from forecast.inputs.tables.layout.columns import OBSERVED, Table

YEARS = ["2023", "2024", "2025"]


def cube(**changed: Any) -> dict[str, Any]:
    """Return a cube as Eurostat answers it: two countries, three years, of which two values lack
    and one has a flag."""

    def dimension(name: str, **categories: str) -> dict[str, Any]:
        index = {code: place for place, code in enumerate(categories)}
        return {"label": name, "category": {"index": index, "label": categories}}

    return {
        "version": "2.0", "class": "dataset", "label": "Use of AI", "source": "ESTAT",
        "id": ["freq", "indic_is", "unit", "geo", "time"], "size": [1, 1, 1, 2, 3],
        "dimension": {
            "freq": dimension("Time frequency", A="Annual"),
            "indic_is": dimension("Indicator", E_AI="Firms that use AI"),
            "unit": dimension("Unit of measure", PC_ENT="Percentage of enterprises"),
            "geo": dimension("Geopolitical entity", AT="Austria", BE="Belgium"),
            "time": dimension("Time", **{year: year for year in YEARS}),
        },
        "value": {"0": 10.5, "2": 20.25, "4": 13.5, "5": 24},
        "status": {"4": "b", "3": ":"},
        **changed,
    }  # fmt: skip


CUBE = [
    ("firms_that_use_ai_austria", "2023-12-31", 0.105, "A"),
    ("firms_that_use_ai_austria", "2025-12-31", 0.2025, "A"),
    ("firms_that_use_ai_belgium", "2024-12-31", 0.135, "A"),
    ("firms_that_use_ai_belgium", "2025-12-31", 0.24, "A"),
]


@pytest.mark.parametrize(
    "values", [{"0": 10.5, "2": 20.25, "4": 13.5, "5": 24}, [10.5, None, 20.25, None, 13.5, 24]]
)
def test_a_cube_is_read_by_the_places_of_its_values(values: Any) -> None:
    found = read(json.dumps(cube(value=values)))
    assert figures(found) == CUBE
    assert [row.values["note"] for row in found.rows] == ["", "", "b", ""]


def test_a_cube_of_pxweb_tells_the_units_of_its_measures() -> None:
    measures = {
        "index": {"Users": 1, "Share": 0},
        "label": {"Users": "Users of AI", "Share": "Firms with AI"},
        "unit": {"Users": {"base": "people", "multiplier": 3}, "Share": {"base": "per cent"}},
    }
    old = {
        "ContentsCode": {"label": "statistic", "category": measures},
        "Tid": {"label": "quarter", "category": {"index": ["2026K1", "2026K2"]}},
        "id": ["Tid", "ContentsCode"], "size": [2, 2],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
    }  # fmt: skip
    answer = {"dataset": {"label": "AI", "dimension": old, "value": [11, 480, 12.5, 510]}}
    assert sorted(figures(read(json.dumps(answer)))) == [
        ("capex_firms_with_ai", "2026-03-31", 0.11, "Q"),
        ("capex_firms_with_ai", "2026-06-30", 0.125, "Q"),
        ("capex_users_of_ai", "2026-03-31", 480e3, "Q"),
        ("capex_users_of_ai", "2026-06-30", 510e3, "Q"),
    ]


def test_what_is_no_whole_cube_has_no_records() -> None:
    assert cube_records(cube()) is not None
    for changed in ({"size": [1, 1, 1, 2, 4]}, {"id": ["geo"]}, {"dimension": {}}, {"size": 3}):
        assert cube_records(cube(**changed)) is None
    places = cube(value={"0": 1, "6": 2, "-1": 3, "x": 4})
    assert [each["value"] for each in cube_records(places) or ()] == [1]


@given(some.data(), some.sampled_from([None, -1, 1.5, "", "x", [], {}, [1], {"a": [1]}, True]))
def test_a_cube_that_is_broken_anywhere_is_no_defect(data: some.DataObject, other: Any) -> None:
    whole = cube(role={"time": ["time"], "metric": ["indic_is"]})
    place: Any = whole
    key = data.draw(some.sampled_from(sorted(whole)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(some.booleans()):
        place = place[key]
        key = data.draw(some.sampled_from(list(place) if isinstance(place, dict) else [0]))
    place[key] = other
    asked(json.dumps(whole))


def test_units_that_alone_tell_lines_apart_are_asked_about_once() -> None:
    text = "freq,unit,geo,TIME_PERIOD,OBS_VALUE\n" + "".join(
        f"A,{unit},DE,{year},{value}\n"
        for unit, value in (("PC_ENT", 11.5), ("PC_EMP", 29))
        for year in YEARS
    )
    (problem,) = asked(text)
    assert problem.hint == "Say which lines are meant: --where unit=PC_ENT."
    found = read(text, Table(OBSERVED, where={"unit": "PC_EMP"}))
    name = "capex_de_pc_emp"
    assert figures(found) == [(name, f"{year}-12-31", 0.29, "A") for year in YEARS]


@pytest.mark.parametrize(
    ("text", "end", "length"),
    [
        ("III 2024", date(2024, 9, 30), "Q"),
        ("2024 Q-III", date(2024, 9, 30), "Q"),
        ("III kw. 2024", date(2024, 9, 30), "Q"),
        ("IV trimestre 2025", date(2025, 12, 31), "Q"),
        ("II półrocze 2024", date(2024, 12, 31), "H"),
        ("2025년 3분기", date(2025, 9, 30), "Q"),
        ("2025년 9월", date(2025, 9, 30), "M"),
        ("2025年上半年", date(2025, 6, 30), "H"),
        ("2025년", date(2025, 12, 31), "A"),
    ],
)
def test_a_period_of_another_language_is_read(text: str, end: date, length: str) -> None:
    period = read_period(text)
    assert period is not None
    assert (period.end, period.frequency) == (end, length)


def test_a_fiscal_year_called_by_its_start_ends_in_the_next_but_for_calendar_years() -> None:
    ends = {}
    for month in (3, 12):
        calendar = FiscalCalendar("x", month, 31, None, False, "", "", 0)
        for text in ("2025年度", "2025年度第1四半期", "FY2025"):
            period = read_period(text)
            assert period is not None
            ends[text, month] = period.on(calendar).end.isoformat()
    assert ends == {
        ("2025年度", 3): "2026-03-31", ("2025年度", 12): "2025-12-31",
        ("2025年度第1四半期", 3): "2025-06-30", ("2025年度第1四半期", 12): "2025-03-31",
        ("FY2025", 3): "2025-03-31", ("FY2025", 12): "2025-12-31",
    }  # fmt: skip


def test_months_in_roman_numerals_are_no_quarters() -> None:
    with pytest.raises(ValueError, match="may be a month"):
        read_period("V 2024")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Firms that use AI (%)\nSize,2024,2025\n10 to 49 employees,9.5,14\n"
            "50 or more employees,21,30.5\n",
            [
                ("capex_10_to_49_employees", "2024-12-31", 0.095, "A"),
                ("capex_10_to_49_employees", "2025-12-31", 0.14, "A"),
                ("capex_50_or_more_employees", "2024-12-31", 0.21, "A"),
                ("capex_50_or_more_employees", "2025-12-31", 0.305, "A"),
            ],
        ),
        (
            "Year,Employees,Firms that use AI (%)\n2025,10-49,14\n2025,250+,41\n",
            [
                ("firms_that_use_ai_10_49", "2025-12-31", 0.14, "A"),
                ("firms_that_use_ai_250", "2025-12-31", 0.41, "A"),
            ],
        ),
        (
            "Firm ($m),2024 (as reported),2024 (restated),2025\nNord,1204,1377,1990\n",
            [
                ("as_reported_nord", "2024-12-31", 1204e6, "A"),
                ("restated_nord", "2024-12-31", 1377e6, "A"),
                ("capex_nord", "2025-12-31", 1990e6, "A"),
            ],
        ),
        (
            "规模,单位：亿元人民币\n公司,2024年,2025年\nA,318.3,386.8\n",
            [("capex_a", "2024-12-31", 318.3e8, "A"), ("capex_a", "2025-12-31", 386.8e8, "A")],
        ),
        (
            json.dumps({"meta": {"unit": "tokens per day"}, "result": {"series": "Tokens", "points":
                [{"date": "2026-06-30", "value": 1.5e12}]}}),
            [("Tokens", "2026-06-30", 1.5e12, "")],
        ),
        (
            "Year,Capex ($B),Ref.\n2023,1.25,[1]\n2024,2.5,[2]\n2025,4,[3]\n2022,1,[4]\n",
            [
                ("capex", "2023-12-31", 1.25e9, "A"),
                ("capex", "2024-12-31", 2.5e9, "A"),
                ("capex", "2025-12-31", 4e9, "A"),
                ("capex", "2022-12-31", 1e9, "A"),
            ],
        ),
        (
            json.dumps({
                "columns": [
                    {"code": "s", "text": "size", "type": "d"},
                    {"code": "Tid", "text": "år", "type": "t"},
                    {"code": "AI", "text": "Andel som använder AI, procent", "type": "c"},
                ],
                "data": [
                    {"key": ["10-49", "2024"], "values": ["21.5"]},
                    {"key": ["250+", "2024"], "values": [".."]},
                ],
            }),
            [("andel_som_använder_ai_10_49", "2024-12-31", 0.215, "A")],
        ),
        (
            "Firm ($M),Founded,2024\nNord,1998,2010\nOst,2011,1990\n",
            [
                ("capex_nord", "2024-12-31", 2010e6, "A"),
                ("capex_ost", "2024-12-31", 1990e6, "A"),
            ],
        ),
        (
            "Tool,2024,2025\nAny,61%,66%\nUnweighted base,1204,1188\n",
            [("capex_any", "2024-12-31", 0.61, "A"), ("capex_any", "2025-12-31", 0.66, "A")],
        ),
        ("date,pct_using_ai\n2026-06-30,14.5\n", [("pct_using_ai", "2026-06-30", 0.145, "")]),
        (
            "Trimestre;Investimentos (US$ milhões)\n1T25;1.204,5\n2T25;1.377,0\n",
            [
                ("investimentos", "2025-03-31", 1204.5e6, "Q"),
                ("investimentos", "2025-06-30", 1377e6, "Q"),
            ],
        ),
        ("年,利用率,単位\n2025年,16.5,％\n", [("利用率", "2025-12-31", 0.165, "A")]),
    ],
)  # fmt: skip
def test_a_table_is_read(content: str, expected: list[tuple[str, str, float, str]]) -> None:
    assert figures(read(content)) == expected


def test_ranges_of_money_are_no_classes() -> None:
    assert are_classes(["10-49", "50 to 249 employees", "250+", "Total"])
    assert not are_classes(["180-190B", "190-200B"])
    assert not are_classes(["10-49", "12.5"])
    assert not are_classes(["<5", "<5"])
