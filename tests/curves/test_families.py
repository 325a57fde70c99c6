"""Every family, by the same rules: link and inverse, its own curve, bounds, order, batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.curves.ensemble import DEFAULT_FAMILIES, Point, fit_curve_ensemble
from forecast.curves.families import FAMILIES
from forecast.curves.filter.batch import fit_batch
from forecast.curves.textbook.formulas import FORMULAS
from forecast.errors import InputError

TIMES = np.arange(2005.0, 2020.0)
AHEAD = np.array([2020.0, 2023.0, 2026.0])
# Parameters of each formula with 2000 as the origin of time, mostly grown by 2019.
CURVES = {
    "exponential": (0.01, 0.15),
    "fisher_pry": (4.0, 0.35),
    "logistic": (0.7, 4.0, 0.35),
    "gompertz": (0.7, 2.2, 0.22),
    "richards": (0.7, 4.0, 0.5, 1.7),
    "saturating_exponential": (0.7, 0.1),
    "bass": (0.7, 0.012, 0.36),
}


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=50, deadline=None)
@given(part=st.floats(1e-3, 0.98), saturation=st.floats(1e-3, 1e6), index=st.integers(0, 3))
def test_the_inverse_undoes_the_link_and_stretch_is_its_slope(
    name: str, part: float, saturation: float, index: int
) -> None:
    family = FAMILIES[name]
    shape = np.array(family.shapes[index % len(family.shapes)])
    k, y = np.array(saturation), np.array(part * saturation)
    assert family.inverse(family.link(y, k, shape), k, shape) == pytest.approx(y, rel=1e-6)
    above, below = (family.link(y * np.exp(step), k, shape) for step in (1e-6, -1e-6))
    assert family.stretch(y, k, shape) == pytest.approx((above - below) / 2e-6, rel=1e-3)


@pytest.mark.parametrize("name", CURVES)
def test_growth_is_a_straight_line_in_the_link(name: str) -> None:
    parameters = np.array([CURVES[name]])
    y = FORMULAS[name].value(TIMES - 2000.0, parameters)[0]
    saturation = {"exponential": np.inf, "fisher_pry": 1.0}.get(name, 0.7)
    shape = {"richards": 1.7, "bass": 30.0}.get(name, 1.0)
    line = FAMILIES[name].link(y, np.array(saturation), np.array(shape))
    assert np.diff(line) == pytest.approx(np.diff(line).mean(), rel=1e-6)


@pytest.mark.parametrize("name", CURVES)
def test_a_family_forecasts_its_own_curve(name: str) -> None:
    formula, parameters = FORMULAS[name], np.array([CURVES[name]])
    y = formula.value(TIMES - 2000.0, parameters)[0]
    truth = formula.value(AHEAD - 2000.0, parameters)[0]
    scale = "log" if name == "exponential" else "logit"
    points = [Point(time, value) for time, value in zip(TIMES, y, strict=True)]
    fit = fit_curve_ensemble(points, scale=scale, families=[name])
    low, middle, high = fit.quantiles(AHEAD, [0.025, 0.5, 0.975])
    assert middle == pytest.approx(truth, rel=0.03)
    grid = 1.005  # saturation levels are tried on a grid, no finer than this
    assert ((low < truth * grid) & (truth < high * grid)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_paths_keep_their_bounds_and_joined_families_keep_their_order(name: str) -> None:
    rng = np.random.default_rng(3)
    values = 0.4 * np.exp(0.3 * np.cumsum(rng.standard_normal(12))) / 3.0
    points = [Point(2008.0 + k, v, error=0.1) for k, v in enumerate(np.minimum(values, 0.9))]
    fit = fit_curve_ensemble(points, scale="logit", families=[name], ceiling=0.95)
    paths = fit.paths(np.arange(1990.0, 2040.0, 2.5), 1000, 1)
    assert np.isfinite(paths).all()
    assert ((paths > 0.0) & (paths < 0.95)).all()


def test_a_batch_is_the_same_model_as_the_single_fit() -> None:
    rng = np.random.default_rng(11)
    values = 5.0 * np.exp(np.cumsum(0.2 + 0.1 * rng.standard_normal((3, 12)), axis=1))
    times = np.tile(np.arange(2008.0, 2020.0), (3, 1))
    families = (*DEFAULT_FAMILIES, "local_trend", "richards")
    batch = fit_batch(times, values, "log", families)
    lapses = np.array([1.0, 5.0])
    for row in range(3):
        points = [Point(t, y) for t, y in zip(times[row], values[row], strict=True)]
        fit = fit_curve_ensemble(points, scale="log", families=families)
        weights = {member.family: member.weight for member in fit.members}
        mine = dict(zip(families, batch.family_weights()[row], strict=True))
        assert mine == pytest.approx(weights, abs=1e-4)
        ours = np.log(fit.quantiles(times[row, -1] + lapses, [0.1, 0.5, 0.9]))
        same = np.log(np.quantile(batch.sample(row).levels(lapses), [0.1, 0.5, 0.9], axis=1))
        assert same == pytest.approx(ours, abs=0.08)


def test_a_trend_that_drifts_is_wider_than_one_that_does_not() -> None:
    points = [Point(2010.0 + k, 2.0**k * (1.1 if k % 2 else 0.9)) for k in range(8)]

    def width(family: str) -> float:
        fit = fit_curve_ensemble(points, scale="log", families=[family])
        low, high = fit.quantiles(np.array([2027.0]), [0.1, 0.9])[:, 0]
        return float(np.log(high / low))

    assert width("local_trend") > 1.2 * width("exponential")


def test_a_zero_counts_as_below_the_least_figure() -> None:
    points = [Point(2020.0, 0.0), *(Point(2021.0 + k, 0.02 * 2**k) for k in range(4))]
    fit = fit_curve_ensemble(points, scale="logit")
    assert np.mean(fit.paths(np.array([2020.0]), 1000, 1) < 0.021) > 0.9
    with pytest.raises(InputError, match="above zero"):
        fit_curve_ensemble([Point(2020.0, 0.0)], scale="logit")


def test_fisher_pry_asks_for_a_ceiling() -> None:
    with pytest.raises(InputError, match="ceiling"):
        fit_curve_ensemble([Point(2020.0, 3.0)], scale="log", families=["fisher_pry"])
