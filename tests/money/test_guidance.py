"""Guidance as evidence: what is open, what resolved cases teach, and which draws move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from built_in import INPUTS

from forecast.inputs.schema import Guidance, Inputs, Observation, Words
from forecast.money.guidance import Datum, guidance_data, updated
from forecast.money.reported import Reported, on_calendar, reported
from forecast.periods import quarter

META = INPUTS.drivers["meta_capex"]
NVIDIA = INPUTS.drivers["nvidia_datacenter_revenue"]
QUARTER_ENDS = [
    date(y, m, d) for y in (2023, 2024, 2025) for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))
]


def row(series: str, end: date, value: float, published: date) -> Observation:
    return Observation(
        series, end, "Q", value, "USD", "eq", published, "a filing", "", "primary", "", "x.csv", 1
    )


def said(series: str, end: date, months: int, published: date, **amounts: float) -> Guidance:
    low, mid, high = (amounts.get(name) for name in ("low", "mid", "high"))
    return Guidance(
        series, end, months, low, mid, high, "", "USD", published, "Meta", "", "a call", "",
        "primary", "", "x.csv", 1,
    )  # fmt: skip


def meta(figures: int, *guidance: Guidance) -> tuple[Inputs, dict[str, Reported]]:
    """Return inputs in which Meta reported 10B a quarter from 2023 on, four weeks after each."""
    rows = [
        row(
            "capex_reported_meta",
            end,
            1e10,
            date(end.year + (end.month == 12), end.month % 12 + 1, 28),
        )
        for end in QUARTER_ENDS[:figures]
    ]
    inputs = replace(INPUTS, observations=tuple(rows), guidance=guidance)
    return inputs, {"meta_capex": reported(META, inputs)}


def test_a_quarter_of_no_money_is_a_gap() -> None:
    inputs, reports = meta(4)
    nothing = row("capex_reported_meta", QUARTER_ENDS[4], 0.0, date(2024, 4, 28))
    beside = replace(inputs, observations=(*inputs.observations, nothing))
    assert reported(META, beside) == reports["meta_capex"]


def test_a_years_guidance_bears_on_the_quarters_that_are_open() -> None:
    year = said(
        "capex_reported_meta", date(2025, 12, 31), 12, date(2025, 5, 1), low=4e10, high=6e10
    )
    inputs, reports = meta(10, year)
    (datum,) = guidance_data(inputs, reports, date(2025, 8, 1))
    assert datum.quarters == (quarter("2025Q3"), quarter("2025Q4"))
    # The middle is 50, of which 20 are reported, and nothing is resolved; half a year is open.
    assert np.exp(datum.value) == pytest.approx(3e10)
    assert datum.error == pytest.approx(0.15 * np.sqrt(0.5))


def test_resolved_guidance_teaches_bias_and_error() -> None:
    told = said("capex_reported_meta", date(2023, 12, 31), 12, date(2023, 1, 2), mid=3.2e10)
    year = said("capex_reported_meta", date(2025, 12, 31), 12, date(2025, 1, 2), mid=4e10)
    inputs, reports = meta(8, told, year)
    (datum,) = guidance_data(inputs, reports, date(2025, 3, 1))
    miss = np.log(40 / 32)
    bias = miss / 5.0
    assert datum.value == pytest.approx(np.log(4e10) + bias)
    assert datum.error == pytest.approx(np.sqrt((4 * 0.15**2 + (miss - bias) ** 2) / 5.0))


def test_newer_guidance_takes_the_place_of_older_and_ages_when_the_period_is_reported() -> None:
    old = said("capex_reported_meta", date(2025, 12, 31), 12, date(2025, 1, 2), mid=4e10)
    new = said("capex_reported_meta", date(2025, 12, 31), 12, date(2025, 5, 2), mid=5e10)
    inputs, reports = meta(8, new, old)
    (datum,) = guidance_data(inputs, reports, date(2025, 6, 1))
    assert np.exp(datum.value) == pytest.approx(5e10)
    assert guidance_data(*meta(12, new, old), date(2026, 3, 1)) == []
    assert np.exp(guidance_data(inputs, reports, date(2025, 4, 1))[0].value) == pytest.approx(4e10)


@pytest.mark.parametrize(
    ("words", "side"), [("up", "floor"), ("flat", "equal"), ("down", "ceiling")]
)
def test_words_speak_of_the_quarter_before(words: Words, side: str) -> None:
    end, day = date(2025, 6, 30), date(2025, 5, 1)
    spoken = replace(said("capex_reported_meta", end, 3, day), words=words)
    inputs, reports = meta(9, spoken)
    (datum,) = guidance_data(inputs, reports, date(2025, 6, 1))
    assert (datum.side, datum.quarters) == (side, (quarter("2025Q2"),))
    assert np.exp(datum.value) == pytest.approx(1e10)
    # Said before the quarter before was told, they cannot be compared with anything.
    early = replace(spoken, published=date(2025, 4, 10))
    assert guidance_data(*meta(9, early), date(2025, 6, 1)) == []


def test_an_outlook_for_the_total_is_carried_to_the_part() -> None:
    ends = [
        date(2024, 4, 28),
        date(2024, 7, 28),
        date(2024, 10, 27),
        date(2025, 1, 26),
        date(2025, 4, 27),
    ]
    parts, totals = (10, 11, 12, 13, 18), (20, 21, 22, 23, 30)
    rows = [row("nvda_dc_rev", end, part * 1e9, end) for end, part in zip(ends, parts, strict=True)]
    rows += [row("nvda_total_rev", end, x * 1e9, end) for end, x in zip(ends, totals, strict=True)]
    outlook = said("nvda_total_rev", date(2025, 7, 27), 3, date(2025, 5, 28), mid=3.5e10)
    inputs = replace(INPUTS, observations=tuple(rows), guidance=(outlook,))
    report = {NVIDIA.name: reported(NVIDIA, inputs)}
    (datum,) = guidance_data(inputs, report, date(2025, 6, 1))
    # The part made 8 of the total's rise of 10 in a year: 18 + 0.8 × 5, and the belief's 2% beat.
    assert np.exp(datum.value - 0.02) == pytest.approx(2.2e10)
    assert datum.quarters == (quarter("2025Q2"),)


def test_a_floor_moves_only_the_draws_below_it_and_only_its_own_member() -> None:
    rng = np.random.default_rng(2)
    logs = {name: rng.standard_normal((4000, 3)) for name in ("a", "b")}
    floor = Datum("a", (0,), 0.5, 0.1, "floor")
    found = updated(logs, [floor], lambda _: logs["a"][:, 0], np.random.default_rng(3))
    above = logs["a"][:, 0] >= 0.5
    assert np.array_equal(found["a"][above], logs["a"][above])
    assert np.all(found["a"][~above, 0] > logs["a"][~above, 0])
    assert np.array_equal(found["b"], logs["b"])


def test_a_figure_brings_draws_to_the_posterior_of_a_normal_belief() -> None:
    logs = {"a": np.random.default_rng(4).standard_normal((50_000, 1))}
    figure = Datum("a", (0,), 2.0, 0.5, "equal")
    found = updated(logs, [figure], lambda _: logs["a"][:, 0], np.random.default_rng(5))["a"]
    # Precision 1 and 4: mean 2 × 4 ÷ 5, variance 1 ÷ 5.
    assert found.mean() == pytest.approx(1.6, abs=0.01)
    assert found.var() == pytest.approx(0.2, rel=0.02)


def test_a_quarter_that_ends_early_takes_a_third_from_the_next() -> None:
    assert on_calendar(np.array([3.0, 6.0, 9.0]), 1).tolist() == [4.0, 7.0]
    assert on_calendar(np.array([3.0, 6.0, 9.0]), -1).tolist() == [3.0, 6.0]
