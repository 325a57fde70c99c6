"""The ensemble of growth curves, on series whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.curves.ensemble import Point, fit_curve_ensemble
from forecast.errors import InputError
from forecast.inputs.schema import Distribution

TIMES = np.arange(2022.125, 2029.0, 0.25)

# Weekly users of ChatGPT as announced by OpenAI, in millions: dates as year fractions, and what the
# announcement said ("nearly 900M", "more than 900M").
WEEKLY_USERS = [
    Point(2023.85, 100, error=0.05),
    Point(2024.66, 200, error=0.05),
    Point(2024.93, 300, error=0.05),
    Point(2025.14, 400, error=0.05),
    Point(2025.25, 500, error=0.05),
    Point(2025.60, 700, "lt", error=0.05),
    Point(2025.77, 800, error=0.05),
    Point(2025.94, 900, "lt", error=0.05),
    Point(2026.16, 900, "gt", error=0.05),
    Point(2026.57, 1000, "lt", error=0.05),
    Point(2026.67, 1000, "gt", error=0.05),
]


def logistic(times: np.ndarray, saturation: float, rate: float, middle: float) -> np.ndarray:
    return saturation / (1.0 + np.exp(-rate * (times - middle)))


def test_a_clean_logistic_is_continued_and_its_parameters_are_found() -> None:
    times = np.arange(2010.0, 2020.0)
    points = [Point(t, y) for t, y in zip(times, logistic(times, 0.8, 0.7, 2015), strict=True)]
    fit = fit_curve_ensemble(points, scale="logit", families=["logistic"])
    later = np.array([2021.0, 2024.0])
    low, middle, high = fit.quantiles(later, [0.05, 0.5, 0.95])
    truth = logistic(later, 0.8, 0.7, 2015)
    assert np.all((low < truth) & (truth < high))
    assert middle == pytest.approx(truth, rel=0.03)
    (member,) = fit.members
    assert member.parameters["saturation"]["p50"] == pytest.approx(0.8, rel=0.03)
    assert member.parameters["inflection"]["p50"] == pytest.approx(2015, abs=0.5)


def test_an_exponential_is_continued_at_its_rate_and_doubling_time() -> None:
    times = np.arange(2015.0, 2025.0)
    points = [Point(t, 3.0 * 2.0 ** (t - 2015.0)) for t in times]
    fit = fit_curve_ensemble(points, scale="log", families=["exponential"])
    (member,) = fit.members
    assert member.parameters["doubling_time"]["p50"] == pytest.approx(1.0, rel=0.02)
    assert fit.quantiles(np.array([2026.0]), [0.5])[0, 0] == pytest.approx(3.0 * 2**11, rel=0.05)


def test_paths_pass_through_the_observations_within_their_errors() -> None:
    fit = fit_curve_ensemble(WEEKLY_USERS, scale="log")
    stated = [point for point in WEEKLY_USERS if point.qualifier == "eq"]
    paths = fit.paths(np.array([point.time for point in stated]), 2000, 1)
    misfit = np.log(paths / [point.value for point in stated])
    assert np.sqrt(np.mean(misfit**2)) < 0.07
    bounds = [point for point in WEEKLY_USERS if point.qualifier != "eq"]
    paths = fit.paths(np.array([point.time for point in bounds]), 2000, 1)
    for column, point in zip(paths.T, bounds, strict=True):
        above = np.mean(column > point.value)
        assert above < 0.6 if point.qualifier == "lt" else above > 0.6


def test_paths_are_joint_finite_and_repeatable() -> None:
    fit = fit_curve_ensemble(WEEKLY_USERS, scale="log", ceiling=8200)
    paths = fit.paths(TIMES, 4000, 7)
    assert paths.shape == (4000, len(TIMES))
    assert np.all((paths > 0.0) & (paths < 8200))
    assert np.array_equal(paths, fit.paths(TIMES, 4000, 7))
    assert np.array_equal(fit.paths(TIMES[::-1], 100, 7).shape, (100, len(TIMES)))
    last, before = np.log(paths[:, -1]), np.log(paths[:, -2])
    assert np.corrcoef(last, before)[0, 1] > 0.95


def test_a_change_of_wording_is_a_shift_and_not_growth() -> None:
    times = np.arange(2023.0, 2026.0, 0.25)
    share = logistic(times, 0.6, 0.5, 2027)
    odds = np.exp(-0.5) * share / (1.0 - share)
    old = [
        Point(t, y, error=0.02, variant="old")
        for t, y in zip(times[:8], (odds / (1.0 + odds))[:8], strict=True)
    ]
    new = [Point(t, y, error=0.02) for t, y in zip(times[8:], share[8:], strict=True)]
    fit = fit_curve_ensemble(old + new, scale="logit")
    low, high = fit.quantiles(np.array([2023.0]), [0.05, 0.95])[:, 0]
    assert low < share[0] < high
    growth = fit.members[0].parameters["growth_rate"]["p50"]
    assert growth == pytest.approx(0.45, abs=0.2)


def test_one_bound_and_assumed_points_give_a_wide_band_inside_its_bounds() -> None:
    points = [
        Point(2026.0, 0.05, "lt", error=0.1),
        Point(2027.0, 0.25, error=0.6, assumed=True),
        Point(2029.0, 0.45, error=0.7, assumed=True),
    ]
    ceiling = Distribution("quantiles", ((0.1, 0.3), (0.5, 0.6), (0.9, 0.85)))
    fit = fit_curve_ensemble(points, scale="logit", saturation=ceiling)
    paths = fit.paths(TIMES, 4000, 3)
    assert np.all((paths > 0.0) & (paths < 1.0))
    low, high = np.quantile(paths[:, -1], [0.1, 0.9])
    assert high - low > 0.2
    assert np.median(paths[:, 15]) < 0.06


def test_a_belief_about_growth_decides_what_one_point_cannot() -> None:
    belief = Distribution("quantiles", ((0.1, 0.4), (0.5, 0.5), (0.9, 0.6)))
    fit = fit_curve_ensemble(
        [Point(2026.0, 100.0)], scale="log", families=["exponential"], growth=belief
    )
    middle = fit.quantiles(np.array([2027.0]), [0.5])[0, 0]
    assert np.log(middle / 100.0) == pytest.approx(0.5, abs=0.03)


def test_a_stated_saturation_bounds_every_path() -> None:
    saturation = Distribution("point", ((0.5, 0.4),))
    points = [Point(2020.0 + k, 0.1 * 1.3**k) for k in range(4)]
    fit = fit_curve_ensemble(points, scale="logit", families=["logistic"], saturation=saturation)
    assert fit.paths(np.array([2040.0]), 2000, 1).max() < 0.4


def test_seasons_come_back_in_the_structural_member() -> None:
    quarters = np.arange(32)
    season = np.tile([-0.2, 0.0, 0.05, 0.15], 8)
    values = np.exp(0.04 * quarters + season)
    points = [Point(2018.125 + q / 4, v, error=0.01) for q, v in zip(quarters, values, strict=True)]
    fit = fit_curve_ensemble(points, scale="log", seasonal=True)
    assert fit.seasonal is not None
    times = 2026.125 + np.arange(4) / 4
    paths = fit.seasonal.paths(times, 1000, np.random.default_rng(1))
    expected = np.exp(0.04 * np.arange(32, 36) + season[:4])
    assert np.median(paths, axis=0) == pytest.approx(expected, rel=0.02)


def test_every_bad_point_is_named_at_once() -> None:
    points = [Point(2020.0, -1.0), Point(2021.0, float("nan")), Point(2022.0, 1.4)]
    with pytest.raises(InputError) as caught:
        fit_curve_ensemble(points, scale="logit", families=["logistc"])
    assert len(caught.value.problems) == 4
    assert "logistic" in str(caught.value)
