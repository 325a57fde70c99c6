"""The filter against what it must equal: conditioning one big normal, and numerical integration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.curves.filter.filtering import (
    Dynamics,
    History,
    State,
    damped_reach,
    observe,
    observe_between,
    predict,
    sample_backward,
    transition,
)

TIMES = (0.0, 0.7, 1.0, 2.5)
VALUES = (0.1, 0.9, 1.3, 2.0)
ERRORS = (0.3, 0.2, 0.4, 0.1)
PRIOR_MEAN = np.array([0.0, 0.5])
PRIOR = np.array([[1.0, 0.0], [0.0, 0.25]])


def dynamics(damping: float = 0.8, discount: float = 0.6) -> Dynamics:
    return Dynamics(
        level_variance=np.array([0.09]),
        discount=discount,
        widest=np.array([10.0]),
        damping=np.array([damping]),
        drifts=np.array([0.0]),
    )


def filtered() -> tuple[History, float]:
    """Run the filter over the figures; return its history and the log density of all of them."""
    state, history, density = (
        State(PRIOR_MEAN[:, None].copy(), PRIOR[..., None].copy()),
        History(),
        0.0,
    )
    rules = dynamics()
    for index, time in enumerate(TIMES):
        if index:
            move = transition(rules, state.covariance[1, 1], time - TIMES[index - 1])
            history.keep(TIMES[index - 1], state, move)
            predict(state, move)
        value, variance = np.array([VALUES[index]]), np.array([ERRORS[index] ** 2])
        density += float(observe(state, (0,), value, variance)[0])
    history.end(TIMES[-1], state)
    return history, density


def joint_posterior() -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean and covariance of all levels and slopes given all figures, and their density.

    The noise that forgetting adds depends on the filtered variances; it is taken from the history,
    and everything else is one multivariate normal, conditioned at once.
    """
    history, _ = filtered()
    mean, covariance = [PRIOR_MEAN], PRIOR.copy()
    for move in history.transitions:
        reach, keep = float(move.reach[0]), float(move.keep[0])
        step = np.array([[1.0, reach], [0.0, keep]])
        shock = np.array([[reach], [keep]])
        noise = shock @ shock.T * float(move.slope_noise[0])
        noise[0, 0] += float(move.level_noise[0])
        cross = covariance[:, -2:] @ step.T
        last = step @ covariance[-2:, -2:] @ step.T + noise
        covariance = np.block([[covariance, cross], [cross.T, last]])
        mean.append(step @ mean[-1])
    flat = np.concatenate(mean)
    pick = np.zeros((len(TIMES), len(flat)))
    pick[np.arange(len(TIMES)), 2 * np.arange(len(TIMES))] = 1.0
    total = pick @ covariance @ pick.T + np.diag(np.square(ERRORS))
    miss = np.array(VALUES) - pick @ flat
    gain = covariance @ pick.T @ np.linalg.inv(total)
    density = -0.5 * (
        len(TIMES) * math.log(2 * math.pi)
        + np.linalg.slogdet(total)[1]
        + miss @ np.linalg.solve(total, miss)
    )
    return flat + gain @ miss, covariance - gain @ pick @ covariance, float(density)


def test_the_filter_ends_where_conditioning_at_once_ends() -> None:
    history, density = filtered()
    mean, covariance, expected = joint_posterior()
    last = history.states[-1]
    assert last.mean[:, 0] == pytest.approx(mean[-2:], rel=1e-9)
    assert last.covariance[..., 0] == pytest.approx(covariance[-2:, -2:], rel=1e-9)
    assert density == pytest.approx(expected, rel=1e-9)


def test_backward_samples_have_the_joint_posterior() -> None:
    history, _ = filtered()
    mean, covariance, _ = joint_posterior()
    size = 200_000
    draws = sample_backward(history, np.zeros(size, dtype=np.intp), np.random.default_rng(1))
    flat = draws.reshape(-1, size)
    error = 5.0 * np.sqrt(np.diag(covariance) / size)
    assert np.abs(flat.mean(axis=1) - mean).max() < error.max()
    assert np.cov(flat) == pytest.approx(covariance, abs=5.0 * covariance.max() / math.sqrt(size))


@settings(max_examples=60, deadline=None)
@given(
    low=st.one_of(st.none(), st.floats(-6, 6)),
    width=st.one_of(st.none(), st.floats(0.05, 6)),
    error=st.floats(0.05, 2.0),
)
def test_bounds_match_the_moments_of_numerical_integration(
    low: float | None, width: float | None, error: float
) -> None:
    start = 0.0 if low is None else low
    high = None if width is None else start + width
    state = State(np.array([[0.4], [0.2]]), np.array([[[1.5], [0.3]], [[0.3], [0.8]]]))
    logged = observe_between(
        state,
        (0,),
        None if low is None else np.array([low]),
        None if high is None else np.array([high]),
        np.array([error**2]),
    )
    level = np.linspace(-12.0, 12.0, 48_001)
    density = np.exp(-0.5 * (level - 0.4) ** 2 / 1.5) / math.sqrt(2 * math.pi * 1.5)
    upper = 1.0 if high is None else _normal((high - level) / error)
    lower = 0.0 if low is None else _normal((low - level) / error)
    weight = density * (upper - lower)
    mass = np.trapezoid(weight, level)
    if mass < 1e-9:
        return
    mean = np.trapezoid(level * weight, level) / mass
    variance = np.trapezoid((level - mean) ** 2 * weight, level) / mass
    assert logged[0] == pytest.approx(math.log(mass), abs=1e-4)
    assert state.mean[0, 0] == pytest.approx(mean, abs=1e-4)
    assert state.covariance[0, 0, 0] == pytest.approx(variance, abs=1e-4)
    # The slope follows through its regression on the level.
    assert state.mean[1, 0] == pytest.approx(0.2 + 0.3 / 1.5 * (mean - 0.4), abs=1e-4)


def _normal(z: np.ndarray) -> np.ndarray:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in z])


def test_a_damped_slope_carries_as_far_as_its_sum_says() -> None:
    keep, reach = damped_reach(np.array([0.5, 1.0]), 3.0)
    # The integral of 0.5^t from 0 to 3 is (1 − 0.125) / log 2.
    assert keep == pytest.approx([0.125, 1.0])
    assert reach == pytest.approx([0.875 / math.log(2.0), 3.0])


def test_forgetting_stops_at_the_width_of_the_prior() -> None:
    rules = Dynamics(np.array([0.1]), 0.5, np.array([0.3]), np.array([1.0]), np.array([0.0]))
    state = State(np.zeros((2, 1)), np.array([[[0.0], [0.0]], [[0.0], [0.1]]]))
    for _ in range(5):
        predict(state, transition(rules, state.covariance[1, 1], 1.0))
    assert state.covariance[1, 1, 0] == pytest.approx(0.3)
