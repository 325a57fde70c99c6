"""Tables of analysts and offices that were misread or refused at first sight; figures are made
up."""

from __future__ import annotations

import pytest
from read_tables import read


def test_a_bare_figure_beside_billions_says_no_unit() -> None:
    found = read("Company,Quarter,Capex\nNord,Q1 2026,$1.5B\nNord,Q2 2026,2040\n")
    assert [row.values["unit"] for row in found.rows] == ["USD", ""]
    statement = "Capex (in millions),Q1 2026,Q2 2026\nLand,$1204,1377\nServers,2010,1990\n"
    assert {row.values["unit"] for row in read(statement).rows} == {"million USD"}


@pytest.mark.parametrize(
    ("unit", "currency", "expected"),
    [
        ("KWH", "EUR", "EUR/KWH"),
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
