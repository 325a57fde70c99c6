"""Seasons that three years show, and series that have none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import fit_series
from forecast.curves.filter.member_grid import CurveScale
from forecast.curves.seasons import find_seasons
from forecast.result import Result

QUARTERS = np.array([0.15, -0.1, -0.2, 0.15])
MONTHS = 0.25 * np.sin(2.0 * np.pi * np.arange(12) / 12.0)


def stamped(values: np.ndarray, periods: int) -> dict[str, float]:
    form = "{}Q{}" if periods == 4 else "{}-{:02d}"
    return {
        form.format(2018 + index // periods, index % periods + 1): float(value)
        for index, value in enumerate(values)
    }


def medians(result: Result) -> np.ndarray:
    return np.array([row["p50"] for row in result.rows])


@pytest.mark.parametrize("added", [QUARTERS, MONTHS])
@pytest.mark.parametrize("years", [3, 5])
@pytest.mark.parametrize("growth", [-0.3, 0.0, 0.25])
def test_seasons_of_three_years_are_run_on(added: np.ndarray, years: int, growth: float) -> None:
    periods, count = added.size, years * added.size
    at = np.arange(count + periods)
    noise = 0.005 * np.random.default_rng(1).standard_normal(at.size)
    levels = np.exp(growth / periods * at + added[at % periods] + noise)
    result = fit_series(stamped(levels[:count], periods), horizon=periods)
    assert medians(result) == pytest.approx(levels[count:], rel=0.08)
    low, high = (np.array([row[name] for row in result.rows]) for name in ("p2_5", "p97_5"))
    assert ((low < levels[count:]) & (levels[count:] < high)).all()
    assert any("seasons" in said for said in result.warnings)
    assert all(fit["diagnostics"]["season"] == periods for fit in result.extra["fits"])


def test_a_share_keeps_its_seasons_below_its_ceiling() -> None:
    at = np.arange(24)
    shares = 1.0 / (1.0 + np.exp(2.0 - 0.15 * at - QUARTERS[at % 4]))
    result = fit_series(stamped(shares[:20], 4), horizon=4, ceiling=1.0)
    assert medians(result) == pytest.approx(shares[20:], abs=0.02)
    assert all(row["p97_5"] < 1.0 for row in result.rows)


def test_figures_that_are_missing_leave_the_seasons_as_they_are() -> None:
    at = np.arange(24)
    levels = np.exp(0.05 * at + QUARTERS[at % 4])
    series = stamped(levels[:20], 4)
    for gone in ("2018Q3", "2019Q1", "2020Q4"):
        del series[gone]
    assert medians(fit_series(series, horizon=4)) == pytest.approx(levels[20:], rel=0.05)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    years=st.integers(3, 8),
    periods=st.sampled_from([4, 12]),
    scale=st.sampled_from(["log", "logit"]),
)
def test_noise_is_not_taken_for_seasons(
    seed: int, years: int, periods: int, scale: CurveScale
) -> None:
    walk = np.cumsum(0.05 * np.random.default_rng(seed).standard_normal(years * periods))
    places = walk - 1.0 if scale == "log" else walk
    values = np.exp(places) if scale == "log" else 1.0 / (1.0 + np.exp(-places))
    times = 2015.0 + (1.0 + np.arange(walk.size)) / periods
    added = find_seasons(times, values, scale, periods).added
    # Ten or more noisy effects for each series: what is taken for a season is seldom one step.
    assert np.abs(added).max() < 0.06
    assert added.sum() == pytest.approx(0.0, abs=1e-9)


def test_too_short_or_yearly_series_have_none() -> None:
    levels = np.exp(0.05 * np.arange(11) + QUARTERS[np.arange(11) % 4])
    result = fit_series(stamped(levels, 4), horizon=4)
    assert not any("seasons" in said for said in result.warnings)
    yearly = {str(2000 + year): 1.1**year for year in range(12)}
    assert all("season" not in f["diagnostics"] for f in fit_series(yearly).extra["fits"])


def test_seasons_come_in_without_a_jump() -> None:
    """Seasons that grow by little make the forecast grow by little, wherever they stand."""
    at, noise = np.arange(20), 0.03 * np.random.default_rng(5).standard_normal(20)
    found = []
    for size in np.linspace(0.0, 0.6, 61):
        levels = np.exp(0.04 * at + size * QUARTERS[at % 4] + noise)
        found.append(np.log(medians(fit_series(stamped(levels, 4), horizon=4))))
    assert np.abs(np.diff(found, axis=0)).max() < 0.03
