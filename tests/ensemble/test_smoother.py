"""ES-MDA against exact posteriors, an independent implementation, bounds, collapse and threads."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from iterative_ensemble_smoother import ESMDA

from forecast.ensemble.conditioning import ASSIMILATIONS, NOISE_LEVEL, collapsed, condition, gain

# Three variables, of which the data see two combinations and one alone; the fourth is unseen and
# independent. Errors of the first two data are correlated.
PRIOR_MEAN = np.array([1.0, -2.0, 0.5, 3.0])
PRIOR_ROOT = np.array([[1.0, 0, 0, 0], [0.6, 0.8, 0, 0], [-0.3, 0.4, 1.5, 0], [0, 0, 0, 1.0]])
SEEN = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 2.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
OBSERVED = np.array([0.5, -1.0, 1.2])
ERRORS = np.array([[0.25, 0.12, 0.0], [0.12, 0.16, 0.0], [0.0, 0.0, 0.36]])


def exact_posterior() -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance by the information form, which the smoother never uses."""
    prior = np.linalg.inv(PRIOR_ROOT @ PRIOR_ROOT.T)
    weight = SEEN.T @ np.linalg.inv(ERRORS)
    covariance = np.linalg.inv(prior + weight @ SEEN)
    return covariance @ (prior @ PRIOR_MEAN + weight @ OBSERVED), covariance


def prior_state(draws: int, seed: int) -> np.ndarray:
    normals = np.random.default_rng(seed).standard_normal((4, draws))
    return PRIOR_MEAN[:, np.newaxis] + PRIOR_ROOT @ normals


@pytest.mark.parametrize("noise_level", [0.0, NOISE_LEVEL])
def test_the_linear_gaussian_posterior_is_found(noise_level: float) -> None:
    # Means and covariances of n draws have standard errors of sd/√n and √2 var/√n. The gain, built
    # from covariances with errors of that order, moves the ensemble by two prior standard
    # deviations here, so an estimate may be off by a few prior standard deviations over √n.
    draws = 40_000
    result = condition(
        prior_state(draws, 1),
        lambda state: SEEN @ state,
        OBSERVED,
        ERRORS,
        np.random.default_rng(2),
        noise_level=noise_level,
    )
    mean, covariance = exact_posterior()
    spread = np.sqrt(np.diag(PRIOR_ROOT @ PRIOR_ROOT.T))
    error = (result.state.mean(axis=1) - mean) / spread
    assert np.abs(error).max() < 5.0 / np.sqrt(draws)
    found = (np.cov(result.state) - covariance) / np.outer(spread, spread)
    assert np.abs(found).max() < 5.0 * np.sqrt(2.0 / draws)
    # which would not pass by leaving the prior as it was
    assert np.abs((PRIOR_MEAN - mean) / spread).max() > 0.5


def test_an_independent_implementation_agrees_draw_by_draw() -> None:
    def predict(state: np.ndarray) -> np.ndarray:
        return SEEN @ state + 0.1 * np.tanh(state[:3])

    state, draws = prior_state(500, 3), 500
    ours = condition(state, predict, OBSERVED, ERRORS, np.random.default_rng(9), noise_level=0.0)

    rng, root = np.random.default_rng(9), np.linalg.cholesky(ERRORS)
    smoother = ESMDA(ERRORS, OBSERVED, alpha=ASSIMILATIONS)
    theirs = state
    for _ in range(smoother.num_assimilations()):
        noise = rng.standard_normal((OBSERVED.size, draws))
        noise = root @ (noise - noise.mean(axis=1, keepdims=True))
        smoother.prepare_assimilation(
            Y=predict(theirs), truncation=1.0, observation_perturbations=noise
        )
        theirs = smoother.assimilate_batch(X=theirs)
    assert ours.state == pytest.approx(theirs, abs=1e-9)
    assert np.array_equal(ours.predicted_before, predict(state))


def test_correlations_within_sampling_noise_move_nothing() -> None:
    state = prior_state(400, 5)
    shrunk = gain(state, SEEN @ state, ERRORS)
    plain = gain(state, SEEN @ state, ERRORS, noise_level=0.0)
    assert np.all(shrunk[3] == 0.0)
    assert np.abs(plain[3]).max() > 1e-3
    assert shrunk[:3] == pytest.approx(plain[:3], abs=0.15)


def test_a_bound_moves_only_what_lies_beyond_it() -> None:
    def within(state: np.ndarray) -> np.ndarray:
        return np.minimum(state[:1], 0.0)

    rng = np.random.default_rng(4)
    straddling, above = rng.standard_normal((1, 4000)), 6.0 + rng.standard_normal((1, 4000))
    bound, error = np.zeros(1), np.array([[0.01]])
    after = condition(straddling, within, bound, error, np.random.default_rng(1)).state
    assert np.mean(straddling < -0.2) > 0.4
    assert np.mean(after < -0.2) < 0.1
    untouched = condition(above, within, bound, error, np.random.default_rng(1)).state
    assert np.array_equal(untouched, above)


def test_collapse_is_told_from_learning() -> None:
    state = prior_state(2000, 6)
    errors = np.diag([1e-6, 0.16, 0.36])
    direct = np.array([[1.0, 0, 0, 0], *SEEN[1:]])
    result = condition(state, lambda s: direct @ s, OBSERVED, errors, np.random.default_rng(1))
    assert collapsed(state, result.state).tolist() == [True, False, False, False]


_HASHES = """
import hashlib, numpy as np
from forecast.world.case import Case
from forecast.analysis.project import project
from forecast.ensemble.conditioning import condition
from forecast.inputs import load
from forecast.result import RunOptions
rng = np.random.default_rng(1)
state, seen = rng.standard_normal((300, 2048)), rng.standard_normal((40, 300)) / 17.0
result = condition(state, lambda s: seen @ s, np.ones(40), 0.1 * np.eye(40), rng)
print(hashlib.sha256(np.float32(result.state).tobytes()).hexdigest())
case = Case(load(None, use_cache=False), None, (), (), None)
rows = project(case, RunOptions(128, use_cache=False), by="quarter").rows
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _HASHES],
            env=os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads),
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    one, two = (process.communicate()[0] for process in running)
    assert [process.returncode for process in running] == [0, 0]
    assert one == two
    assert len(one.split()) == 2
