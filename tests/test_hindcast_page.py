"""The hindcast's page rests on the constants, figures and code that are there now."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from built_in import INPUTS

from forecast.analysis.hindcast import frozen
from forecast.analysis.hindcast.basis import money_basis

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_page_is_not_stale() -> None:
    (stated,) = re.findall(r"rests on ([0-9a-f]{16})", (DOCS / "hindcast.md").read_text("utf-8"))
    assert stated == money_basis(INPUTS), "run make hindcast"


def test_money_joined_to_demand_scores_as_plans_do() -> None:
    page = (DOCS / "hindcast.md").read_text("utf-8")
    (stated,) = re.findall(r"realised less plans \|  \| ([+−]\d\.\d+)", page)
    assert float(stated.replace("−", "-")) <= 0.005


def test_a_constant_a_figure_and_guidance_make_it_stale() -> None:
    noise = INPUTS.money["capex_noise"]
    other = {
        **INPUTS.money,
        "capex_noise": replace(noise, knots=INPUTS.money["vendor_noise"].knots),
    }
    figures = tuple(
        replace(each, value=2.0 * each.value) if each.series_id == "nvda_dc_rev" else each
        for each in INPUTS.observations
    )
    changed = (
        replace(INPUTS, money=other),
        replace(INPUTS, observations=figures),
        replace(INPUTS, guidance=INPUTS.guidance[1:]),
    )
    assert len({money_basis(INPUTS), *map(money_basis, changed)}) == 4


def test_what_was_written_down_is_read_back() -> None:
    rows = list(frozen.forecast_now(INPUTS, 64))
    assert {row.day for row in rows} == {frozen.newest_day(INPUTS)}
    assert frozen.read(frozen.written(rows)) == rows
