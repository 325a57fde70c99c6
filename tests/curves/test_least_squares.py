"""Least squares against the certified values of the NIST Statistical Reference Datasets.

https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml: Rat42, Rat43 (Ratkowsky 1983), Misra1a
(Misra 1978), BoxBOD (Box, Hunter and Hunter 1978): data, both starting points, certified
parameters, their standard deviations, and the residual sum of squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.curves.formulas import FORMULAS
from forecast.curves.least_squares import fit_curve, fit_curves
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


def test_bad_figures_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        fit_curve([1.0, 2.0], [1.0, float("nan")], "logistic", [1.0])
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="logistic"):
        fit_curve([1, 2, 3], [1, 2, 3], "logstic")
