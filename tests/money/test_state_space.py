"""The filter of the money group against statsmodels, and what it does with an outlier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from built_in import INPUTS
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from forecast.money.processes import BELIEFS, capex_space, vendor_space
from forecast.money.state_space import StateSpace, draw_states, fit, run_filter

SPACES = {
    "capex": capex_space(INPUTS.money),
    **{belief: vendor_space(INPUTS.money, belief) for belief in BELIEFS},
}
FIGURES = np.log([2.0, 2.2, 2.1, 3.0, 2.6, np.nan, 2.9, 4.1, 3.5, 3.8, 4.0, 5.6])


def by_statsmodels(space: StateSpace, variance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the last filtered state, its covariance, and the log likelihood of each figure."""
    oracle = KalmanFilter(k_endog=1, k_states=space.size)
    oracle.bind(FIGURES[:, None].copy())
    oracle["design"] = space.loading[None]
    oracle["transition"] = space.transition
    oracle["selection"] = np.eye(space.size)
    oracle["state_cov"] = variance * np.diag(space.shocks)
    oracle["obs_cov"] = np.array([[variance]])
    start = space.start.copy()
    start[0] = FIGURES[0]
    covariance = space.start_covariance.copy()
    covariance[0, 0] += 4.0 * variance
    oracle.initialize_known(start, covariance)
    found = oracle.filter()
    return found.filtered_state[:, -1], found.filtered_state_cov[:, :, -1], found.forecasts_error[0]


@pytest.mark.parametrize("name", SPACES)
def test_without_outliers_it_is_kalmans(name: str) -> None:
    space = replace(SPACES[name], limit=np.inf)
    variance = space.noise**2
    mean, covariance, errors = by_statsmodels(space, variance)
    means, covariances, innovations = run_filter(space, FIGURES, np.array([variance]))
    assert means[0] == pytest.approx(mean, abs=1e-10)
    assert covariances[0] == pytest.approx(covariance, abs=1e-10)
    assert len(innovations) == np.isfinite(FIGURES).sum()
    assert np.sign(innovations[:, 0]).tolist() == np.sign(errors[np.isfinite(FIGURES)]).tolist()


def test_a_jump_moves_the_level_whole_and_growth_no_more_than_the_limit() -> None:
    space = SPACES["remembered"]
    calm = np.log(1.05) * np.arange(12.0)
    variance = np.array([space.noise**2])
    once, twice = (np.append(calm, calm[-1] + jump) for jump in (0.6, 1.2))
    (small, _, seen), (large, _, _) = (run_filter(space, each, variance) for each in (once, twice))
    assert seen[-1, 0] > space.limit
    assert small[0, 1:] == pytest.approx(large[0, 1:], abs=1e-12)
    assert large[0, 0] - small[0, 0] == pytest.approx(0.6, rel=0.02)


def test_noise_is_learnt_from_innovations() -> None:
    """Twelve innovations of one standard error leave an inverse gamma about the belief."""
    space = replace(SPACES["walk"], limit=1.0)
    jumpy = np.cumsum(np.resize([1.0, -1.0], 13))
    found = fit(space, jumpy)
    # All innovations count at the limit, one: (6 + 12) ÷ 2 over half of σ₀² × (6 + 12).
    middle = found.variances[[7, 8]].mean()
    assert middle == pytest.approx(space.noise**2 * 9.0 / 8.6685, rel=0.01)
    assert np.all(np.diff(found.variances) > 0.0)


def test_drawn_states_have_the_filters_mean_and_covariance() -> None:
    found = fit(SPACES["capex"], FIGURES)
    rng = np.random.default_rng(1)
    draws = 160_000
    strata = np.arange(draws) % len(found.variances)
    states, noise = draw_states(found, strata, rng.standard_normal(draws), rng)
    assert noise[:3] == pytest.approx(np.sqrt(found.variances[:3]))
    assert states.mean(axis=0) == pytest.approx(found.means.mean(axis=0), abs=2e-3)
    within = found.covariances.mean(axis=0)
    between = np.cov(found.means.T, bias=True)
    assert np.cov(states.T) == pytest.approx(within + between, abs=2e-3)
