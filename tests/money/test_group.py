"""The money group as a whole: reported figures stand, capex follows its link, nothing is ahead of
its day, and the same seed gives the same bits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from built_in import INPUTS
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.hindcast.variants import without_outside_view
from forecast.errors import InputError
from forecast.inputs.schema import Inputs
from forecast.money.group import MoneyPaths, members, money_paths
from forecast.money.link import link_of
from forecast.money.outside_view import bust_factor, bust_hazard, financing_factor
from forecast.money.reported import reported
from forecast.periods import fiscal_quarter, quarter

DRAWS = 300
DAY = date(2024, 12, 31)
FIVE = list(members(INPUTS, "capex"))


def as_of(day: date) -> Inputs:
    """Return the built-in inputs without what was published after a day."""
    seen = tuple(row for row in INPUTS.observations if row.published <= day)
    return replace(
        INPUTS,
        observations=seen,
        guidance=tuple(row for row in INPUTS.guidance if row.published <= day),
    )


def paths(inputs: Inputs, day: date, seed: int = 1) -> MoneyPaths:
    rows = range(quarter("2022Q1"), quarter("2027Q4") + 1)
    per_revenue = np.full(DRAWS, 1.2)
    return money_paths(inputs, rows, DRAWS, seed, per_revenue=per_revenue, day=day)


def test_what_is_reported_stands_in_every_draw() -> None:
    found = paths(as_of(DAY), DAY)
    for name, driver in members(INPUTS).items():
        report = reported(driver, as_of(DAY))
        if report.months_early == 1:
            continue  # its calendar quarters hold a third of the next
        column = quarter("2024Q2") - found.quarters.start
        expected = report.values[report.quarters.index(quarter("2024Q2"))]
        assert found.paths[name][:, column] == pytest.approx(expected)
    after = found.paths["amazon_capex"][:, quarter("2025Q1") - found.quarters.start]
    assert np.ptp(np.log(after)) > 0.2


def test_later_figures_and_guidance_change_not_a_bit() -> None:
    later = tuple(
        replace(row, value=3.0 * row.value) if row.published > DAY else row
        for row in INPUTS.observations
    )
    louder = tuple(
        replace(row, mid=2.0 * row.mid) if row.mid and row.published > DAY else row
        for row in INPUTS.guidance
    )
    changed = replace(INPUTS, observations=later, guidance=louder)
    seen = replace(
        changed,
        observations=tuple(row for row in changed.observations if row.published <= DAY),
        guidance=tuple(row for row in changed.guidance if row.published <= DAY),
    )
    before, after = paths(as_of(DAY), DAY), paths(seen, DAY)
    for name in before.paths:
        assert np.array_equal(before.paths[name], after.paths[name])


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    one, two, other = (paths(as_of(DAY), DAY, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.total(FIVE), two.total(FIVE))
    assert not np.array_equal(one.total(FIVE), other.total(FIVE))


def test_a_company_without_reports_is_refused_and_a_vendor_takes_a_part_of_nvidias() -> None:
    day = date(2022, 6, 30)
    found = paths(as_of(day), day)
    part = found.paths["broadcom_ai_revenue"] / found.paths["nvidia_datacenter_revenue"]
    assert np.ptp(part, axis=1) == pytest.approx(np.zeros(DRAWS), abs=1e-9)
    assert np.median(part[:, 0]) == pytest.approx(0.1, rel=0.15)
    with pytest.raises(InputError, match=r"nvidia_datacenter_revenue: found no reported quarter"):
        paths(as_of(date(2015, 1, 31)), date(2015, 1, 31))


def test_a_company_that_stopped_reporting_long_ago_is_drawn_from_then_on() -> None:
    name, last = "oracle_capex", quarter("2017Q4")
    inputs = as_of(DAY)
    series = {each for row in inputs.drivers[name].evidence for each in row.series}
    seen = tuple(
        row
        for row in inputs.observations
        if row.series_id not in series or fiscal_quarter(row.period_end) <= last
    )
    found = paths(replace(inputs, observations=seen), DAY)
    assert found.reported[name] == last
    spread = np.log(found.paths[name]).std(axis=0)
    assert spread[0] > 0.3
    assert spread[-1] > spread[0]


@given(st.floats(0.1, 5.0), st.floats(0.5, 3.0), st.floats(0.5, 3.0))
def test_capex_is_its_trend_and_what_follows_nvidia(
    per_revenue: float, growth: float, leader_growth: float
) -> None:
    trend = np.array([[10.0, 10.0, 10.0 * growth]])
    nvidia = np.array([[3.0, 3.0, 3.0 * leader_growth]])
    link = link_of(trend, nvidia, np.array([per_revenue]), slice(0, 2), 0.9)
    capex = (trend * link.factor(trend, nvidia))[0]
    followed = link.followed(nvidia)[0]
    assert capex[:2] == pytest.approx([10.0, 10.0])
    assert np.all(capex >= followed)
    share = min(0.3 * per_revenue, 0.9)
    assert capex[2] == pytest.approx((1 - share) * 10 * growth + share * 10 * leader_growth)
    if share < 0.9:
        assert followed == pytest.approx(per_revenue * nvidia[0])


def test_busts_come_at_their_hazard_and_fall_by_their_depth() -> None:
    calm = np.full((100_000, 16), 100.0)
    hazard = bust_hazard(INPUTS.money, calm, 4)
    assert np.all(hazard[:, :4] == 0.0)
    assert np.all(hazard[:, 4:] == 0.005)
    strikes = np.random.default_rng(1).random(calm.shape) < hazard
    found = bust_factor(INPUTS.money, strikes, np.full((100_000, 1), 0.8))
    assert np.all(found[:, :4] == 1.0)
    struck = found[:, -1] < 1.0
    # Twelve quarters at half a percent.
    assert struck.mean() == pytest.approx(1.0 - 0.995**12, rel=0.05)
    early = found[strikes[:, 4]]
    steps = np.exp(np.outer(np.ones(len(early)), [-0.2, -0.4, -0.6, -0.8, -0.8]))
    assert early[:, 4:9] == pytest.approx(steps)


def test_the_financing_ceiling_bends_at_the_limit() -> None:
    """At the limit a year's capex loses a tenth: 2^(−1/6) = 0.891."""
    capex = np.full((1, 12), 603e9 / 4.0)
    found = financing_factor(INPUTS.money, capex, np.full((1, 12), 603e9), 4)[0]
    assert found[:4] == pytest.approx(1.0)
    assert found[7:] == pytest.approx(2.0 ** (-1.0 / 6.0))
    assert found[4] == pytest.approx(1.0 + 0.25 * (2.0 ** (-1.0 / 6.0) - 1.0))


def test_the_outside_view_that_is_told_is_what_lowers_the_paths() -> None:
    found, free = paths(as_of(DAY), DAY), paths(without_outside_view(as_of(DAY)), DAY)
    for name in ("nvidia_datacenter_revenue", "meta_capex"):
        ahead = slice(found.reported[name] + 1 - found.quarters.start, None)
        lowered = free.paths[name] * np.exp(found.outside)
        assert found.paths[name][:, ahead] == pytest.approx(lowered[:, ahead])
    assert np.all(free.outside == 0.0)
    assert np.all(free.bust_hazard == 0.0)
    first = quarter("2024Q4") - found.quarters.start  # not all had reported it by the end of 2024
    assert np.all(found.outside[:, :first] == 0.0)
    assert np.all(found.bust_hazard[:, :first] == 0.0)
    assert np.all(found.bust_hazard[:, first:] > 0.0)
    fallen = np.cumsum(found.bust_uniform < found.bust_hazard, axis=1)[:, :-3] > 0
    assert fallen.any()
    assert np.all(found.outside[:, 3:][fallen] <= -found.bust_depth[:, 3:][fallen])
    assert np.median(found.bust_depth[:, 0]) == pytest.approx(0.7, abs=0.03)
    cash_flow = np.median(found.operating_cash_flow, axis=0)
    year = slice(quarter("2025Q1") - found.quarters.start, quarter("2026Q1") - found.quarters.start)
    assert np.mean(cash_flow[year]) == pytest.approx(603e9, rel=0.005)
    assert cash_flow[4] / cash_flow[0] == pytest.approx(np.exp(0.17), rel=0.01)
