"""Least squares against the certified values of the NIST Statistical Reference Datasets, and SciPy.

https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml: Rat42, Rat43 (Ratkowsky 1983), Misra1a
(Misra 1978), BoxBOD (Box, Hunter and Hunter 1978): data, both starting points, certified
parameters, their standard deviations, and the residual sum of squares. Rat43 and BoxBOD are of
the higher level of difficulty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.curves.textbook.formulas import FORMULAS, Formula
from forecast.curves.textbook.least_squares import fit_curve, fit_curves
from forecast.errors import InputError


@dataclass(frozen=True)
class Reference:
    family: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]
    parameters: tuple[float, ...]
    errors: tuple[float, ...]
    loss: float


# fmt: off
NIST = {
    "Rat42": Reference(
        "logistic",
        (9, 14, 21, 28, 42, 57, 63, 70, 79),
        (8.93, 10.80, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08),
        ((100, 1, 0.1), (80, 2.5, 0.07)),
        (7.2462237576e01, 2.6180768402e00, 6.7359200066e-02),
        (1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03),
        8.0565229338e00,
    ),
    "Rat43": Reference(
        "richards",
        tuple(range(1, 16)),
        (16.08, 33.83, 65.80, 97.20, 191.55, 326.20, 386.87, 520.53, 590.03, 651.92, 724.93,
         699.56, 689.96, 637.56, 717.41),
        ((100, 10, 1, 1), (700, 5, 0.75, 1.3)),
        (6.9964151270e02, 5.2771253025e00, 7.5962938329e-01, 1.2792483859e00),
        (1.6302297817e01, 2.0828735829e00, 1.9566123451e-01, 6.8761936385e-01),
        8.7864049080e03,
    ),
    "Misra1a": Reference(
        "saturating_exponential",
        (77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1,
         760.0),
        (10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47,
         81.78),
        ((500, 0.0001), (250, 0.0005)),
        (2.3894212918e02, 5.5015643181e-04),
        (2.7070075241e00, 7.2668688436e-06),
        1.2455138894e-01,
    ),
    "BoxBOD": Reference(
        "saturating_exponential",
        (1, 2, 3, 5, 7, 10),
        (109, 149, 149, 191, 213, 224),
        ((1, 1), (100, 0.75)),
        (2.1380940889e02, 5.4723748542e-01),
        (1.2354515176e01, 1.0455993237e-01),
        1.1680088766e03,
    ),
}
# fmt: on


@pytest.mark.parametrize("name", NIST)
@pytest.mark.parametrize("start", [0, 1, None])
def test_nist_certified_values_are_met_to_six_digits(name: str, start: int | None) -> None:
    reference = NIST[name]
    begin = None if start is None else reference.starts[start]
    fit = fit_curve(reference.x, reference.y, reference.family, begin)
    assert fit.converged
    assert list(fit.parameters.values()) == pytest.approx(reference.parameters, rel=1e-7)
    assert list(fit.standard_errors.values()) == pytest.approx(reference.errors, rel=5e-7)
    assert fit.residual_sum_of_squares == pytest.approx(reference.loss, rel=1e-9)


TRUE = {
    "exponential": (2.0, 0.3),
    "logistic": (80.0, 3.0, 0.5),
    "gompertz": (80.0, 1.2, 0.3),
    "richards": (80.0, 3.0, 0.5, 2.0),
    "saturating_exponential": (80.0, 0.2),
    "bass": (80.0, 0.01, 0.4),
    "fisher_pry": (3.0, 0.5),
    "two_logistic_waves": (30.0, 5.0, 1.2, 50.0, 18.0, 1.2),
}


@pytest.mark.parametrize("family", FORMULAS)
def test_a_curve_without_noise_gives_its_parameters_back(family: str) -> None:
    x, formula = np.arange(1.0, 21.0), FORMULAS[family]
    truth = np.array(TRUE[family])
    fit = fit_curve(x, formula.value(x, truth[None])[0], family)
    assert list(fit.parameters.values()) == pytest.approx(TRUE[family], rel=1e-6)


@pytest.mark.parametrize("family", FORMULAS)
@settings(max_examples=25, deadline=None)
@given(factors=st.lists(st.floats(0.7, 1.4), min_size=6, max_size=6))
def test_gradients_are_those_of_the_formula(family: str, factors: list[float]) -> None:
    x, formula = np.linspace(0.5, 20.0, 9), FORMULAS[family]
    at = np.array([TRUE[family]]) * np.array(factors[: len(TRUE[family])])
    gradient = formula.gradient(x, at)
    for index in range(at.shape[1]):
        step = np.zeros_like(at)
        step[0, index] = 1e-6 * at[0, index]
        slope = (formula.value(x, at + step) - formula.value(x, at - step)) / (2 * step[0, index])
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-6 * at[0, 0])


def test_bass_agrees_with_published_estimates_within_their_errors() -> None:
    """US sales of video recorders 1980 to 1989, in thousands, and the estimates with standard
    errors of Cowpertwait and Metcalfe (2009), Introductory Time Series with R, section 3.3.4.
    They fit the yearly sales; the cumulative sales are fitted here.
    """
    sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    fit = fit_curve(np.arange(1, 11), np.cumsum(sales), "bass")
    published = {"m": (6.80e4, 3.13e3), "p": (6.59e-3, 1.43e-3), "q": (6.38e-1, 4.14e-2)}
    for name, (estimate, error) in published.items():
        assert fit.parameters[name] == pytest.approx(estimate, abs=error)


def test_many_series_are_fitted_as_each_alone() -> None:
    rng, x = np.random.default_rng(5), np.arange(1.0, 16.0)
    clean = FORMULAS["logistic"].value(x, np.array([TRUE["logistic"]]))
    series = clean * np.exp(0.05 * rng.standard_normal((6, x.size)))
    together = fit_curves(x, series, "logistic")
    for row, parameters in zip(series, together.parameters, strict=True):
        alone = fit_curve(x, row, "logistic")
        assert parameters == pytest.approx(list(alone.parameters.values()), rel=1e-6)


def noisy(family: str, seed: int, points: int = 15) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(1.0, 20.0, points)
    clean = FORMULAS[family].value(x, np.array([TRUE[family]]))[0]
    noise = np.random.default_rng(seed).standard_normal(points)
    return x, clean + 0.03 * np.ptp(clean) * noise


def moved(
    formula: Formula, found: dict[str, float], shift: float, stretch: float, size: float
) -> list[float]:
    """Return the parameters of a curve whose x is stretched and then shifted, and y multiplied."""
    result = list(found.values())
    for index, role in reversed(list(enumerate(formula.roles))):
        if role in {"size", "start"}:
            result[index] *= size
        if role == "rate":
            result[index] /= stretch
        if role == "start":
            result[index] *= np.exp(min(-result[index + 1] * shift, 709.0))
        if role == "offset":
            result[index] += result[index + 1] * shift
    return result


@pytest.mark.parametrize("family", FORMULAS)
@pytest.mark.parametrize(
    ("shift", "stretch", "size"),
    [(2005.0, 1.0, 1.0), (-4.0, 0.01, 1e9), (0.0, 365.25, 1e-12), (1e4, 12.0, -3.0)],
)
def test_the_fit_is_the_same_in_any_units_and_from_any_origin(
    family: str, shift: float, stretch: float, size: float
) -> None:
    formula = FORMULAS[family]
    shift = 0.0 if formula.from_origin else shift
    size = size if {"size", "start"} & set(formula.roles) else 1.0
    x, y = noisy(family, 1)
    before, after = fit_curve(x, y, family), fit_curve(shift + stretch * x, size * y, family)
    assert before.converged
    assert after.converged
    expected = moved(formula, before.parameters, shift, stretch, size)
    assert list(after.parameters.values()) == pytest.approx(expected, rel=1e-5, abs=1e-300)
    loss = size**2 * before.residual_sum_of_squares
    assert after.residual_sum_of_squares == pytest.approx(loss, rel=1e-9)
    if "start" not in formula.roles and shift == 0.0:
        errors = moved(formula, before.standard_errors, 0.0, stretch, abs(size))
        assert list(after.standard_errors.values()) == pytest.approx(errors, rel=1e-4)


@pytest.mark.parametrize(
    ("first", "y", "growth", "loss"),
    [
        (2011, (255, 349, 449, 554, 658), 0.22118098, 1238.33277),
        (2021, (1, 4.6, 21, 97, 450), 1.53406989, 0.0153668056),
        (2021, (60, 20, 5, 0.6, 0.06), -1.15587441, 3.98859445),
    ],
)
def test_calendar_years_are_as_good_as_any(
    first: int, y: tuple[float, ...], growth: float, loss: float
) -> None:
    """Growth and loss as SciPy finds them with x counted from the first year."""
    x = np.arange(first, first + 5.0)
    fit = fit_curves(x, np.array([y]), "exponential")
    assert fit.converged[0]
    assert fit.parameters[0, 1] == pytest.approx(growth, rel=1e-6)
    assert fit.residual_sum_of_squares[0] == pytest.approx(loss, rel=1e-6)
    assert np.sum((fit.value(x)[0] - y) ** 2) == pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize("family", FORMULAS)
@pytest.mark.parametrize("points", [6, 15])
@pytest.mark.parametrize("reach", [0.3, 2.5])
def test_what_has_converged_is_an_optimum_to_scipy(family: str, points: int, reach: float) -> None:
    """Short, partial and overlong curves with noise, many of whose optima lie at infinity."""
    from scipy.optimize import least_squares

    x, formula = np.linspace(0.5, 20.0 * reach, points), FORMULAS[family]
    clean = formula.value(x, np.array([TRUE[family]]))[0]
    for noise in (0.03, 0.25):
        y = clean + noise * np.ptp(clean) * np.random.default_rng(points).standard_normal(points)
        fit = fit_curve(x, y, family)
        if not fit.converged:
            continue
        found = np.array(list(fit.parameters.values()))
        size = np.ptp(y)

        def residuals(parameters: np.ndarray, y: np.ndarray = y, size: float = size) -> np.ndarray:
            return (formula.value(x, parameters[None])[0] - y) / size

        theirs = least_squares(residuals, found, x_scale=np.abs(found) + 1e-9, max_nfev=60)
        ours = fit.residual_sum_of_squares / size**2
        assert 2.0 * theirs.cost >= ours * (1.0 - 1e-6) - 1e-18


def test_an_optimum_at_infinity_has_not_converged() -> None:
    """An exponential is the limit of logistic curves whose saturation grows without end."""
    x = np.arange(12.0)
    assert not fit_curve(x, np.exp(0.3 * x), "logistic").converged
    assert not fit_curve(x, np.exp(0.3 * x), "gompertz").converged


@pytest.mark.parametrize("family", FORMULAS)
@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([3.0] * 8, np.linspace(0.1, 0.9, 8), "different x"),
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], np.linspace(0.1, 0.9, 7), "different x"),
        (np.arange(8.0), [0.5] * 8, "all alike"),
        ([1.0], [0.5], "different x"),
        ([], [], "different x"),
        (np.arange(8.0), [0.1, 0.2, np.inf, 0.4, 0.5, 0.6, 0.7, 0.8], "finite"),
        ([0.0, 1.0, np.nan, 3.0, 4.0, 5.0, 6.0, 7.0], np.linspace(0.1, 0.9, 8), "finite"),
    ],
)
def test_figures_that_tell_no_curve_are_refused(
    family: str, x: list[float], y: list[float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        fit_curve(x, y, family)


def test_bad_figures_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        fit_curve([1.0, 2.0], [1.0, float("nan")], "logistic", [1.0])
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="logistic"):
        fit_curve([1, 2, 3], [1, 2, 3], "logstic")
