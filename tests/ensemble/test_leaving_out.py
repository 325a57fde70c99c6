"""Leaving an origin out of a linear-Gaussian case finds what conditioning without it finds."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.ensemble.coordinates import Coordinates
from forecast.ensemble.leaving_out import moves_without

DRAWS = 40_000
ORIGINS = ("paper", "paper", "audit")
SLOPES = np.array([[1.0, 0.0], [1.0, 0.5], [0.3, -1.0]])
ERRORS = np.array([[0.5, 0.2, 0.0], [0.2, 0.4, 0.0], [0.0, 0.0, 0.1]])
COVARIANCE = np.array([[1.0, 0.3], [0.3, 2.0]])
OBSERVED = np.array([1.5, 2.0, -0.7])


def posterior(kept: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance by Kalman's rule, as it is worked by hand."""
    slopes, errors = SLOPES[kept], ERRORS[np.ix_(kept, kept)]
    gain = COVARIANCE @ slopes.T @ np.linalg.inv(slopes @ COVARIANCE @ slopes.T + errors)
    return gain @ OBSERVED[kept], COVARIANCE - gain @ slopes @ COVARIANCE


def test_the_mean_moves_to_that_of_the_others_alone() -> None:
    rng = np.random.default_rng(1)
    prior = rng.multivariate_normal([0.0, 0.0], COVARIANCE, DRAWS).T
    mean, covariance = posterior([0, 1, 2])
    conditioned = rng.multivariate_normal(mean, covariance, DRAWS).T
    known = Coordinates(2, (), COVARIANCE)
    found = moves_without(
        known, prior, conditioned, SLOPES @ conditioned, OBSERVED, ERRORS, ORIGINS
    )
    assert list(found) == ["paper", "audit"]
    assert found["paper"] == pytest.approx(posterior([2])[0] - mean, abs=0.02)
    assert found["audit"] == pytest.approx(posterior([0, 1])[0] - mean, abs=0.02)


def test_what_says_nothing_moves_nothing() -> None:
    rng = np.random.default_rng(2)
    prior = rng.multivariate_normal([0.0, 0.0], COVARIANCE, DRAWS).T
    errors = np.diag([1e12, 1e12, 0.1])
    found = moves_without(
        Coordinates(2, (), COVARIANCE), prior, prior, SLOPES @ prior, OBSERVED, errors, ORIGINS
    )
    assert np.abs(found["paper"]).max() < 1e-6
    assert np.abs(found["audit"]).max() > 0.1
