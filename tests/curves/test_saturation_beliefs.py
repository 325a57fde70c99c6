"""Figures near and beyond a saturation level that is believed in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.curves.ensemble import DEFAULT_FAMILIES, CurveFit, Point, fit_curve_ensemble
from forecast.curves.evidence import fit_driver, strained_beliefs
from forecast.curves.families import FAMILIES
from forecast.curves.filter.member_grid import belief_left, saturation_levels
from forecast.inputs.schema import Distribution
from forecast.world.case import Case

BELIEF = Distribution("quantiles", ((0.1, 0.35), (0.5, 0.5), (0.9, 0.65)))
AHEAD = np.array([0.001, 1.0, 2.0, 4.0, 8.0])


def grown(growth: float, count: int, step: float, last: float, error: float) -> list[Point]:
    """Return a logistic curve towards 1 from 5%, the last figure `last` times the one before."""
    times = 2010.0 + step * np.arange(count)
    levels = 1.0 / (1.0 + np.exp(3.0 - growth * (times - 2010.0)))
    points = [Point(time, level, error=error) for time, level in zip(times, levels, strict=True)]
    return [*points, Point(times[-1] + step, last * levels[-1], error=error)]


def medians(fit: CurveFit, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Return median and standard deviation of the log level from the last figure on."""
    last = fit.points[-1].time
    low, middle, high = np.log(fit.quantiles(last + step * AHEAD, [0.16, 0.5, 0.84]))
    return middle, 0.5 * (high - low)


@pytest.mark.parametrize("families", [DEFAULT_FAMILIES, *((name,) for name in FAMILIES)])
@settings(max_examples=8, deadline=None)
@given(
    growth=st.floats(0.05, 0.6),
    count=st.integers(2, 9),
    step=st.sampled_from([0.25, 1.0]),
    error=st.sampled_from([0.0, 0.02, 0.08]),
    lift=st.floats(1.02, 1.5),
    further=st.floats(1.01, 1.6),
    is_share=st.booleans(),
)
def test_a_higher_last_figure_never_lowers_the_path(
    families: tuple[str, ...],
    growth: float,
    count: int,
    step: float,
    error: float,
    lift: float,
    further: float,
    is_share: bool,
) -> None:
    found = []
    for last in (lift, lift * further):
        points = grown(growth, count, step, last, error)
        if points[-1].value >= 0.97:
            return
        fit = fit_curve_ensemble(
            points,
            scale="logit" if is_share else "log",
            families=families,
            saturation=BELIEF,
            ceiling=1.0,
        )
        found.append(medians(fit, step))
    (before, width), (after, wider) = found
    # Families together never fall. Alone, medians are of 4,096 draws, and where a shape is averaged
    # over, figures that say more of the shape may bend the path a little.
    alone = 0.2 if families[0] in {"richards", "bass"} else 0.06
    bent = alone if len(families) == 1 else 0.0
    assert (after > before - bent * np.maximum(width, wider)).all()


@pytest.mark.parametrize("family", ["logistic", "gompertz", "damped_trend"])
@pytest.mark.parametrize("last", [0.45, 0.6, 0.8])
def test_a_figure_near_or_beyond_the_belief_counts_as_what_it_is(family: str, last: float) -> None:
    points = [Point(2018.0 + k, 0.05 * 1.3**k, error=0.04) for k in range(8)]
    points.append(Point(2026.0, last, error=0.04))
    fit = fit_curve_ensemble(points, scale="log", families=[family], saturation=BELIEF, ceiling=1.0)
    low, middle, high = fit.quantiles(np.array([2026.0]), [0.1, 0.5, 0.9])[:, 0]
    assert middle == pytest.approx(last, rel=0.04)
    assert 0.9 * last < low < high < 1.1 * last


@pytest.mark.parametrize("time", [1900.5, 2010.0, 2015.5, 2022.45])
@pytest.mark.parametrize("assumed", [True, False])
def test_a_figure_at_the_ceiling_is_one_that_curves_come_near(time: float, assumed: bool) -> None:
    """In a link the ceiling itself is infinitely far; such a figure once left no member."""
    points = [Point(2023.0 + 0.25 * k, 0.02 * 1.2**k, error=0.04) for k in range(12)]
    points.append(Point(time, 1.0, assumed=assumed))
    fit = fit_curve_ensemble(points, scale="log", saturation=BELIEF, ceiling=1.0)
    found = fit.quantiles(np.array([2028.0]), [0.1, 0.5, 0.9])
    assert np.isfinite(found).all()
    assert (found < 1.0).all()


def test_a_belief_gives_way_as_figures_pass_it() -> None:
    well_below = saturation_levels(0.1, "log", 1.0, BELIEF)
    assert np.quantile(well_below, [0.1, 0.5, 0.9]) == pytest.approx([0.35, 0.5, 0.65], rel=0.03)
    beyond = saturation_levels(0.9, "log", 1.0, BELIEF)
    assert beyond == pytest.approx(saturation_levels(0.9, "log", 1.0, None), rel=0.01)
    largest = np.linspace(0.1, 0.95, 60)
    levels = np.array([saturation_levels(each, "log", 1.0, BELIEF) for each in largest])
    assert (levels > largest[:, None]).all()
    assert (np.diff(levels, axis=0) > -1e-9).all()
    assert belief_left(0.5, "log", BELIEF) == pytest.approx(0.5, abs=0.01)


def test_a_driver_whose_figures_pass_its_belief_is_named(base_case: Case) -> None:
    drivers = base_case.inputs.drivers
    narrow = replace(drivers["weekly_users"], saturation=Distribution("point", ((0.5, 2e8),)))
    fit = fit_driver(narrow, base_case.inputs)
    assert strained_beliefs(drivers, {"weekly_users": fit}) == []
    (said,) = strained_beliefs({"weekly_users": narrow}, {"weekly_users": fit})
    assert "weekly_users has reached" in said
    assert "gives way" in said
