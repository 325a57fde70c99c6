"""Learning by weight against a posterior by hand, and what taking draws anew must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.ensemble.replicates import REPLICATES
from forecast.ensemble.reweighting import (
    effective_draws,
    log_likelihood,
    resampled,
    weights_of,
)

some_weights = arrays(np.float64, st.integers(1, 200), elements=st.floats(0.0, 1.0)).filter(
    lambda values: values.sum() > 1e-3
)


def test_the_linear_gaussian_posterior_is_found() -> None:
    # x ~ N((1, −2), [[1, 0.6], [0.6, 1]]), seen as x₁ + x₂ = 0.5 ± 0.5 and as x₂ = −1 ± 1. In
    # information form, Λ = Σ⁻¹ + hhᵀ/0.25 + e₂e₂ᵀ = [[5.5625, 3.0625], [3.0625, 6.5625]], and the
    # mean is m + Λ⁻¹ (hᵀ (0.5 − h·m)/0.25 + e₂ (−1 − m₂)) = m + Λ⁻¹ (6, 7).
    information = np.array([[5.5625, 3.0625], [3.0625, 6.5625]])
    covariance = np.linalg.inv(information)
    mean = np.array([1.0, -2.0]) + covariance @ np.array([6.0, 7.0])
    draws = 200_000
    normals = np.random.default_rng(1).standard_normal((2, draws))
    first = 1.0 + normals[0]
    second = -2.0 + 0.6 * normals[0] + 0.8 * normals[1]
    likely = log_likelihood(first + second, 0.5, 0.5) + log_likelihood(second, -1.0, 1.0)
    weights = weights_of(likely)
    state = np.stack([first, second])[:, resampled(weights)]
    error = np.sqrt(np.diag(covariance) / effective_draws(weights))
    assert np.abs((state.mean(axis=1) - mean) / error).max() < 4.0
    found = np.cov(state) / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    wanted = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(found - wanted).max() < 4.0 * np.sqrt(2.0 / effective_draws(weights))
    assert np.abs((np.array([1.0, -2.0]) - mean) / error).max() > 50.0  # far from the prior


def test_effective_draws_are_those_of_a_normal_error() -> None:
    # Of x ~ N(0, 1) and an outcome z ± e it is √(e² (2 + e²)) / (1 + e²) exp(−z² / ((1 + e²)(2 +
    # e²))) of all, from the integrals of φ(x) w(x) and φ(x) w(x)².
    draws, z, e = 100_000, 1.5, 0.25
    x = np.random.default_rng(2).standard_normal(draws)
    expected = np.sqrt(e**2 * (2 + e**2)) / (1 + e**2) * np.exp(-(z**2) / (1 + e**2) / (2 + e**2))
    found = effective_draws(weights_of(log_likelihood(x, z, e))) / draws
    assert found == pytest.approx(expected, rel=0.03)


@given(some_weights)
def test_each_draw_is_taken_as_often_as_it_weighs(values: np.ndarray) -> None:
    weights = values / values.sum()
    chosen = resampled(weights)
    counts = np.bincount(chosen, minlength=weights.size)
    assert counts.sum() == weights.size
    assert np.abs(counts - weights.size * weights).max() < 1.0 + 1e-6
    # what is taken at all stays in its place
    assert set(np.flatnonzero(counts)) == set(np.flatnonzero(chosen == np.arange(weights.size)))
    assert 1.0 - 1e-9 <= effective_draws(weights) <= weights.size * (1.0 + 1e-9)


@given(st.integers(1, 300))
def test_equal_weights_change_nothing(draws: int) -> None:
    assert np.array_equal(resampled(np.full(draws, 1.0 / draws)), np.arange(draws))


def test_copies_stay_in_their_replicate() -> None:
    rng = np.random.default_rng(3)
    weights = weights_of(log_likelihood(rng.standard_normal(4096), 0.5, 0.5))
    chosen = resampled(weights)
    moved = chosen % REPLICATES != np.arange(4096) % REPLICATES
    assert moved.mean() < 0.1


def test_draws_that_cannot_be_have_no_weight() -> None:
    assert log_likelihood(np.array([np.inf, -np.inf, 0.0]), 0.0, 1.0).tolist() == [
        -np.inf,
        -np.inf,
        0.0,
    ]
    nothing = weights_of(np.full(3, -np.inf))
    assert nothing.tolist() == [0.0, 0.0, 0.0]
    assert effective_draws(nothing) == 0.0
