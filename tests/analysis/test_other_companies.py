"""Companies outside the money group, forecast by its processes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from built_in import INPUTS

from forecast.analysis.hindcast import others
from forecast.analysis.hindcast.others import BUYER, OTHERS, other_rows
from forecast.analysis.hindcast.scoring.scores import Group, scored

CORNING = "Corning's capex"
ALL = Group("all", 0, 9999 * 4, 12)


def test_a_boom_of_another_time_and_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fibre: what is reported later moves no forecast, and nothing in the boom told of its end."""
    monkeypatch.setattr(others, "OTHERS", {CORNING: ("capex_cash_glw", BUYER)})
    early = [each for each in INPUTS.observations if each.period_end < date(2004, 1, 1)]
    rows = list(other_rows(replace(INPUTS, observations=tuple(early)), 64))
    later = [
        replace(each, value=2.0 * each.value) if each.period_end > date(2001, 1, 1) else each
        for each in early
    ]
    again = list(other_rows(replace(INPUTS, observations=tuple(later)), 64))
    until = [index for index, row in enumerate(rows) if row.origin <= "2001Q1"]
    assert {rows[index].method for index in until} == {"forecast", "walk", "growth"}
    assert [rows[index].quantiles for index in until] == [again[index].quantiles for index in until]
    assert all(again[index].observed == 2.0 * rows[index].observed for index in until[-12:])
    peak = [row for row in rows if row.origin == "2001Q2"]
    whole = next(iter(scored(peak, (ALL,), {})))
    assert whole.bias is not None
    assert whole.bias > 1.0


def test_every_other_company_has_figures_of_its_kind() -> None:
    told = {each.series_id for each in INPUTS.observations if each.frequency == "Q"}
    assert {series for series, _ in OTHERS.values()} <= told
    assert {like for _, like in OTHERS.values()} <= set(INPUTS.drivers)
