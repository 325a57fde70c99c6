"""Curves that fall, pause and start again, and histories of which only a part is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import fit_series
from forecast.curves.ensemble import Point, fit_curve_ensemble
from forecast.curves.filter.member_grid import CurveScale
from forecast.curves.filter.updating import falling_of_late
from forecast.curves.upside_down import believed_weight, earned_weight, turned_points
from forecast.inputs.schema import Distribution

HORIZON = 4


def forecast(
    years: np.ndarray, values: np.ndarray, ceiling: float | None = None
) -> dict[str, np.ndarray]:
    series = {str(year): float(value) for year, value in zip(years, values, strict=True)}
    rows = fit_series(series, horizon=HORIZON, ceiling=ceiling).rows
    return {name: np.array([row[name] for row in rows]) for name in ("p10", "p50", "p90")}


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(-1.5, -0.1), count=st.integers(4, 25), size=st.sampled_from([1e-6, 1.0, 1e9]))
def test_a_level_that_falls_is_followed_at_any_rate_and_length(
    rate: float, count: int, size: float
) -> None:
    levels = size * np.exp(rate * np.arange(count + HORIZON))
    found = forecast(np.arange(2000, 2000 + count), levels[:count])
    truth = levels[count:]
    assert np.log(found["p50"] / truth) == pytest.approx(0.0, abs=0.08)
    assert ((found["p10"] < truth) & (truth < found["p90"])).all()


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(-0.9, -0.15), count=st.integers(6, 20), start=st.floats(0.0, 3.0))
def test_a_share_that_falls_is_followed(rate: float, count: int, start: float) -> None:
    shares = 1.0 / (1.0 + np.exp(-start - rate * np.arange(count + HORIZON)))
    found = forecast(np.arange(2000, 2000 + count), shares[:count], ceiling=1.0)
    truth = shares[count:]
    assert found["p50"] == pytest.approx(truth, abs=0.09)
    # Six figures near the top of a share have hardly begun to fall.
    assert ((found["p10"] - 0.02 <= truth) & (truth <= found["p90"])).all()


@pytest.mark.parametrize("scale", ["log", "logit"])
@pytest.mark.parametrize("rate", [-0.2, -0.7, -1.3])
@pytest.mark.parametrize("count", [4, 8, 16])
def test_a_driver_that_falls_is_followed(scale: CurveScale, rate: float, count: int) -> None:
    places = -0.5 + rate * np.arange(count + HORIZON)
    levels = np.exp(places) if scale == "log" else 1.0 / (1.0 + np.exp(-places))
    points = [Point(2000.0 + k, level, error=0.01) for k, level in enumerate(levels[:count])]
    fit = fit_curve_ensemble(points, scale=scale)
    ahead = 2000.0 + np.arange(count, count + HORIZON)
    low, middle, high = fit.quantiles(ahead, [0.1, 0.5, 0.9])
    # The damped trend, one family in four, slows a fall as it slows growth; Gompertz hastens it.
    assert (np.abs(np.log(middle / levels[count:])) < 0.05 - 0.2 * rate * np.arange(1, 5)).all()
    assert ((low < levels[count:]) & (levels[count:] < high)).all()


@settings(max_examples=20, deadline=None)
@given(
    early=st.floats(-0.1, 0.3),
    late=st.floats(0.1, 0.6),
    kept=st.sets(st.integers(0, 14), max_size=8),
    recent=st.integers(5, 11),
)
def test_thinning_the_old_figures_never_makes_the_forecast_worse(
    early: float, late: float, kept: set[int], recent: int
) -> None:
    """Growth changes after the fifteenth year; some of the figures before are kept."""
    count = 15 + recent
    rises = np.where(np.arange(1, count + HORIZON) < 15, early, late)
    logs = np.concatenate([[0.0], np.cumsum(rises)])
    years, levels, truth = 2000 + np.arange(count), np.exp(logs[:count]), np.exp(logs[count:])

    def miss(chosen: list[int]) -> np.ndarray:
        return np.abs(np.log(forecast(years[chosen], levels[chosen])["p50"] / truth))

    newer = list(range(14, count))
    worst = np.maximum(miss(list(range(count))), miss(newer))
    assert (miss(sorted({*kept, *newer})) <= worst + 0.025).all()


def test_one_early_figure_before_a_gap_leaves_the_slope_alone() -> None:
    """Growth of 0.40 a year since 2015, and one figure of 2000 at 0.05 a year before that."""
    values = 100.0 * np.exp(0.4 * np.arange(-10, 1))
    early = values[0] * np.exp(-0.05 * 15)
    found = forecast(np.array([2000, *range(2015, 2026)]), np.array([early, *values]))
    whole = [values[0] * np.exp(0.05 * (year - 2015)) for year in range(2000, 2015)]
    full = forecast(np.arange(2000, 2026), np.array([*whole, *values]))
    recent = forecast(np.arange(2015, 2026), values)
    for name in ("p10", "p50", "p90"):
        ends = np.sort([full[name], recent[name]], axis=0) * np.array([[0.97], [1.03]])
        assert ((ends[0] < found[name]) & (found[name] < ends[1])).all()


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.sampled_from([1.0, 1.0, 1.1, 1.3, 2.0]), min_size=2, max_size=16),
    at=st.integers(0, 15),
    part=st.sampled_from([1e-9, 1e-6, 1e-4]),
)
def test_nearly_equal_figures_give_nearly_equal_forecasts(
    values: list[float], at: int, part: float
) -> None:
    """The figures include constant ones, whose nearest neighbour is almost constant."""
    years, figures = 2000 + np.arange(len(values)), np.array(values)
    moved = figures.copy()
    moved[at % len(values)] *= 1.0 + part
    before, after = forecast(years, figures), forecast(years, moved)
    width = np.log(before["p90"] / before["p10"])
    for name, levels in before.items():
        # The levels are read from 1,024 points, whose neighbours stand this far apart.
        assert (np.abs(np.log(after[name] / levels)) < 0.03 * width + 10.0 * part).all()


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("count", [6, 10, 15])
@pytest.mark.parametrize("ceiling", [None, 1.0])
def test_a_fall_that_levels_off_stays_inside_the_band(
    rate: float, count: int, ceiling: float | None
) -> None:
    levels = 0.3 + 0.6 * np.exp(-rate * np.arange(count + HORIZON))
    found = forecast(np.arange(2000, 2000 + count), levels[:count], ceiling=ceiling)
    truth = levels[count:]
    assert ((found["p10"] < truth) & (truth < found["p90"])).all()
    assert (found["p50"] > 0.45 * truth).all()


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("count", [6, 15])
@pytest.mark.parametrize("scale", ["log", "logit"])
def test_a_driver_falls_as_a_series_does(rate: float, count: int, scale: CurveScale) -> None:
    """One falls as far as the other, both ways up, though one is filtered point by point."""
    levels = 0.3 + 0.6 * np.exp(-rate * np.arange(count))
    found = forecast(
        np.arange(2000, 2000 + count), levels, ceiling=1.0 if scale == "logit" else None
    )
    points = [Point(2000.0 + k, level) for k, level in enumerate(levels)]
    fit = fit_curve_ensemble(points, scale=scale)
    assert fit.turned is not None
    quantiles = fit.quantiles(2000.0 + np.arange(count, count + HORIZON), [0.1, 0.5, 0.9])
    width = np.log(found["p90"] / found["p10"])
    for mine, theirs in zip(quantiles, found.values(), strict=True):
        assert (np.abs(np.log(mine / theirs)) < 0.03 + 0.08 * width).all()


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_a_driver_that_falls_keeps_below_its_ceiling_both_ways_up(scale: CurveScale) -> None:
    points = [Point(2000.0 + k, 0.5 - 0.06 * k, error=0.3) for k in range(6)]
    fit = fit_curve_ensemble(points, scale=scale, ceiling=0.6)
    assert fit.turned_weight > 0.05
    paths = fit.paths(np.arange(1990.0, 2030.0), 4000, 1)
    assert ((paths > 0.0) & (paths <= 0.6)).all()


def test_what_rises_or_is_believed_to_is_not_turned() -> None:
    rising = [Point(2000.0 + k, 1.3**k) for k in range(6)]
    falling = [Point(2000.0 + k, 1.3**-k) for k in range(6)]
    growth = Distribution("quantiles", ((0.1, 0.0), (0.5, 0.2), (0.9, 0.4)))
    assert fit_curve_ensemble(rising, scale="log").turned is None
    assert fit_curve_ensemble(falling, scale="log").turned is not None
    assert fit_curve_ensemble(falling, scale="log", growth=growth).turned is None
    assert fit_curve_ensemble(falling, scale="log", families=["logistic"]).turned is None


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_points_turned_twice_are_the_same(scale: CurveScale) -> None:
    points = (
        Point(2000.0, 0.2, error=0.1),
        Point(2001.0, 0.3, "lt", variant="reworded"),
        Point(2002.0, 0.3, "gt"),
        Point(2003.0, 0.2, "range", 0.4, assumed=True),
    )
    turned = turned_points(points, scale)
    assert [each.qualifier for each in turned] == ["eq", "gt", "lt", "range"]
    high = turned[3].high
    assert high is not None
    assert turned[3].value < high
    for mine, theirs in zip(turned_points(turned, scale), points, strict=True):
        assert mine == replace(theirs, value=pytest.approx(theirs.value), high=mine.high)
        assert mine.high == pytest.approx(theirs.high)


def test_weight_upside_down_follows_the_fall_the_share_and_the_evidence() -> None:
    falls = np.array([0.4, 0.7, 0.95])
    assert believed_weight(falls, np.ones(3), "log") == pytest.approx([0.0, 0.15, 0.3])
    assert believed_weight(falls, np.full(3, 0.6), "logit") == pytest.approx([0.0, 0.15, 0.3])
    # Even odds stay without evidence; odds of 1 to 3 become even by data three times likelier.
    weights = earned_weight(np.array([0.5, 0.25]), np.log([1.0, 3.0]))
    assert weights == pytest.approx([0.5, 0.5])


def test_a_net_fall_is_earned_and_forgotten() -> None:
    """A fall of ln 2 in a year, 0.9 of it remembered a year on; evenly through the year, the mean
    of 0.9^t over that year is 0.1 / −ln 0.9."""
    mean = -0.1 / np.log(0.9)
    fallen = np.log(2.0) * mean
    year, logs = np.array([[2000.0, 2001.0]]), np.log([[2.0, 1.0]])
    assert falling_of_late(year, logs) == pytest.approx(fallen / (fallen + 0.1))
    later = falling_of_late(np.array([[2000.0, 2001.0, 2002.0]]), np.log([[2.0, 1.0, 1.0]]))
    assert later == pytest.approx(0.9 * fallen / (0.9 * fallen + 0.1))
    assert falling_of_late(year, -logs) == 0.0


@given(kept=st.sets(st.integers(0, 9)), rate=st.floats(-1.0, 0.5))
def test_thinning_an_even_fall_leaves_it_as_it_is(kept: set[int], rate: float) -> None:
    times = np.arange(14.0)
    at = [*sorted(kept), 10, 11, 12, 13]
    since = np.arange(at[0], 14)
    whole = falling_of_late(times[None, since], rate * times[None, since])
    assert falling_of_late(times[None, at], rate * times[None, at]) == pytest.approx(whole)
