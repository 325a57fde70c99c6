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
    Transition,
    follow,
    observe,
    observe_between,
    observe_direction,
    predict,
    sample_backward,
    transition,
    wandering,
)

TIMES = (0.0, 0.7, 1.0, 2.5)
VALUES = (0.1, 0.9, 1.3, 2.0)
ERRORS = (0.3, 0.2, 0.4, 0.1)
PRIOR_MEAN = np.array([0.0, 0.5])
PRIOR = np.array([[1.0, 0.0], [0.0, 0.25]])


def dynamics(damping: float = 0.8, forgetting: float = 0.5) -> Dynamics:
    level_variance, shrink = np.array([0.09]), np.array([damping])
    return Dynamics(
        level_variance=level_variance,
        slope_variance=wandering(level_variance, shrink, forgetting),
        damping=shrink,
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
            move = transition(rules, time - TIMES[index - 1])
            history.keep(TIMES[index - 1], state, move)
            predict(state, move)
        value, variance = np.array([VALUES[index]]), np.array([ERRORS[index] ** 2])
        density += float(observe(state, (0,), value, variance)[0])
    history.end(TIMES[-1], state)
    return history, density


def joint_posterior() -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean and covariance of all levels and slopes given all figures, and their density,
    as one multivariate normal conditioned at once.
    """
    history, _ = filtered()
    mean, covariance = [PRIOR_MEAN], PRIOR.copy()
    for move in history.transitions:
        reach, keep = float(move.reach[0]), float(move.keep[0])
        step = np.array([[1.0, reach], [0.0, keep]])
        noise = noise_of(move)
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


def noise_of(move: Transition) -> np.ndarray:
    """Return the covariance of the noises of level and slope."""
    shared = move.shared_noise[0]
    return np.array([[move.level_noise[0], shared], [shared, move.slope_noise[0]]])


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


@pytest.mark.parametrize("damping", [0.5, 1.0])
def test_the_movement_is_that_of_many_small_steps(damping: float) -> None:
    rules, steps, lapse = dynamics(damping), 20_000, 3.0
    small = lapse / steps
    keep = damping**small
    step = np.array([[1.0, small], [0.0, keep]])
    added = np.diag([small * rules.level_variance[0], small * rules.slope_variance[0]])
    whole, noise = np.eye(2), np.zeros((2, 2))
    for _ in range(steps):
        whole, noise = step @ whole, step @ noise @ step.T + added
    move = transition(rules, lapse)
    assert [move.reach[0], move.keep[0]] == pytest.approx(whole[:, 1], rel=1e-3)
    assert noise_of(move) == pytest.approx(noise, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    first=st.floats(0.01, 20.0), second=st.floats(0.01, 20.0), damping=st.sampled_from([0.5, 1.0])
)
def test_two_lapses_are_one_of_their_sum(first: float, second: float, damping: float) -> None:
    rules = dynamics(damping)
    start = State(np.array([[0.3], [0.5]]), np.array([[[0.2], [0.05]], [[0.05], [0.1]]]))
    apart, at_once = start.copy(), start.copy()
    for lapse in (first, second):
        predict(apart, transition(rules, lapse))
    predict(at_once, transition(rules, first + second))
    assert apart.mean == pytest.approx(at_once.mean, rel=1e-9)
    assert apart.covariance == pytest.approx(at_once.covariance, rel=1e-7)


@pytest.mark.parametrize("damping", [0.6, 1.0])
def test_knowledge_of_the_slope_settles_where_its_forgetting_says(damping: float) -> None:
    rules = dynamics(damping)
    slope, variance = np.array([0.0]), np.array([1.0])
    for _ in range(4000):
        slope, variance, _ = follow(slope, variance, transition(rules, 0.01), np.array([0.0]))
    assert variance == pytest.approx(rules.level_variance * 0.5, rel=0.01)


def test_following_a_known_level_is_predicting_and_observing_it() -> None:
    move = transition(dynamics(), 1.7)
    state = State(np.array([[0.0], [0.5]]), np.array([[[0.0], [0.0]], [[0.0], [0.25]]]))
    predict(state, move)
    density = observe(state, (0,), np.array([0.9]), np.array([0.0]))
    slope, variance, followed = follow(np.array([0.5]), np.array([0.25]), move, np.array([0.9]))
    assert slope == pytest.approx(state.mean[1])
    assert variance == pytest.approx(state.covariance[1, 1])
    assert followed - 0.5 * math.log(2.0 * math.pi) == pytest.approx(density)


@settings(max_examples=60, deadline=None)
@given(
    centre=st.floats(-8.0, 8.0),
    up=st.floats(0.0, 0.9),
    down=st.floats(0.0, 0.9),
)
def test_a_likely_direction_has_the_moments_of_its_mixture(
    centre: float, up: float, down: float
) -> None:
    up, down = up * (1.0 - down), down * (1.0 - up)
    state = State(np.array([[0.4], [centre]]), np.array([[[1.5], [0.3]], [[0.3], [0.8]]]))
    logged = observe_direction(state, 1, np.array([0.01]), np.array(up), np.array(down))
    slope = np.linspace(centre - 12.0, centre + 12.0, 48_001)
    density = np.exp(-0.5 * (slope - centre) ** 2 / 0.8) / math.sqrt(2 * math.pi * 0.8)
    weight = density * (1.0 - up - down + up * _normal(slope / 0.1) + down * _normal(-slope / 0.1))
    mass = np.trapezoid(weight, slope)
    mean = np.trapezoid(slope * weight, slope) / mass
    assert logged[0] == pytest.approx(math.log(mass), abs=1e-6)
    assert state.mean[1, 0] == pytest.approx(mean, abs=1e-6)
    variance = np.trapezoid((slope - mean) ** 2 * weight, slope) / mass
    assert state.covariance[1, 1, 0] == pytest.approx(variance, abs=1e-6)
    assert state.mean[0, 0] == pytest.approx(0.4 + 0.3 / 0.8 * (mean - centre), abs=1e-6)


def _normal(z: np.ndarray) -> np.ndarray:
    return np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in z])
