"""ES-MDA against exact posteriors, an independent implementation, bounds, collapse and threads."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from iterative_ensemble_smoother import ESMDA

from forecast.ensemble.conditioning import collapsed, condition, condition_as
from forecast.ensemble.coordinates import Coordinates, coordinates
from forecast.ensemble.gain import gain
from forecast.ensemble.replicates import REPLICATES, mean_error

# Three variables, of which the data see two combinations and one alone; the fourth is unseen and
# independent. Errors of the first two data are correlated.
PRIOR_MEAN = np.array([1.0, -2.0, 0.5, 3.0])
PRIOR_ROOT = np.array([[1.0, 0, 0, 0], [0.6, 0.8, 0, 0], [-0.3, 0.4, 1.5, 0], [0, 0, 0, 1.0]])
SEEN = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 2.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
OBSERVED = np.array([0.5, -1.0, 1.2])
KNOWN = Coordinates(4, (), PRIOR_ROOT @ PRIOR_ROOT.T)
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


def test_the_linear_gaussian_posterior_is_found() -> None:
    # Means and covariances of n draws have standard errors of sd/√n and √2 var/√n, to which those
    # of the perturbations come.
    draws = 40_000
    state = prior_state(draws, 1)
    rng = np.random.default_rng(2)
    result = condition(state, KNOWN, lambda state: SEEN @ state, OBSERVED, ERRORS, rng)
    mean, covariance = exact_posterior()
    spread = np.sqrt(np.diag(PRIOR_ROOT @ PRIOR_ROOT.T))
    error = (result.state.mean(axis=1) - mean) / spread
    assert np.abs(error).max() < 5.0 / np.sqrt(draws)
    found = (np.cov(result.state) - covariance) / np.outer(spread, spread)
    assert np.abs(found).max() < 5.0 * np.sqrt(2.0 / draws)
    # which would not pass by leaving the prior as it was
    assert np.abs((PRIOR_MEAN - mean) / spread).max() > 0.5


def test_an_independent_implementation_agrees_where_only_draws_speak() -> None:
    # Told that the covariance of the draws is the one that is known, the gain is the plain
    # smoother's; of so few draws none is moved in. Of a linear model the replicates agree.
    draws = 190
    state = prior_state(draws, 3)
    predicted = SEEN @ state + 0.1 * np.tanh(state[:3])
    found = gain(np.cov(state), state, predicted, ERRORS)
    smoother = ESMDA(ERRORS, OBSERVED, alpha=1)
    noise = np.zeros((3, draws))
    smoother.prepare_assimilation(Y=predicted, truncation=1.0, observation_perturbations=noise)
    theirs = smoother.assimilate_batch(X=state)
    ours = state + found.whole @ (OBSERVED[:, np.newaxis] - predicted)
    assert ours[:3] == pytest.approx(theirs[:3], abs=0.01)
    assert np.abs(theirs[:3] - state[:3]).mean() > 0.3


def test_replicates_gains_scatter_as_gains_of_so_few_draws_do() -> None:
    def gains(draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        state = np.random.default_rng(seed).standard_normal((4, draws))
        predicted = SEEN @ state + 0.3 * state[[1, 2, 0]] * state[[2, 0, 1]]
        found = gain(np.eye(4), state, predicted, ERRORS)
        return found.whole[:3], found.by_replicate[:, :3]

    whole, replicates = zip(*(gains(8000, seed) for seed in range(60)), strict=True)
    middle = np.mean([each.mean(axis=0) for each in replicates], axis=0)
    assert middle == pytest.approx(np.mean(whole, axis=0), abs=0.003)
    stated = np.sqrt(np.mean([each.var(axis=0, ddof=1) for each in replicates], axis=0))
    scatter = np.std(whole, axis=0, ddof=1) * np.sqrt(REPLICATES)
    # sixty gains tell their spread within a tenth; nine entries within three of these
    assert np.all(np.abs(stated / scatter - 1.0) < 0.3)


def test_a_variable_unrelated_to_any_datum_is_left_alone() -> None:
    state, rng = prior_state(4000, 5), np.random.default_rng(1)
    after = condition(state, KNOWN, lambda state: SEEN @ state, OBSERVED, ERRORS, rng).state
    assert np.array_equal(after[3], state[3])
    assert np.abs(after[:3] - state[:3]).mean() > 0.3


def test_a_datum_that_all_but_a_few_draws_agree_on_relates_nothing() -> None:
    state = prior_state(4000, 5)
    agreed = np.full((1, 4000), -0.4)
    agreed[:, :5] = -1.0
    errors = np.diag([*np.diag(ERRORS), 0.01])
    found = gain(KNOWN.covariance, state, np.concatenate([SEEN @ state, agreed]), errors)
    assert np.all(found.whole[3] == 0.0)
    assert np.all(found.whole[:3, :3] != 0.0)


def test_a_path_moves_along_its_components_as_its_draws_covary() -> None:
    # A random walk seen at its second step with error 0.5: the exact gain is cov(x, x₂) / (2 + ¼).
    draws = 20_000
    walk = np.cumsum(np.random.default_rng(7).standard_normal((5, draws)), axis=0)
    known = coordinates(walk, np.empty((0, 0)), 5)
    rng, error = np.random.default_rng(8), np.array([[0.25]])
    after = condition(walk, known, lambda state: state[[1]], np.array([3.0]), error, rng).state
    expected = 3.0 * np.minimum(np.arange(1, 6), 2) / 2.25
    assert after.mean(axis=1) == pytest.approx(expected, abs=0.15)


def test_a_quarter_that_is_the_same_in_every_draw_stays_so() -> None:
    walk = np.cumsum(np.random.default_rng(7).standard_normal((5, 2000)), axis=0)
    walk[0] = 7.0
    known = coordinates(walk, np.empty((0, 0)), 5)
    rng, error = np.random.default_rng(8), np.array([[0.25]])
    after = condition(walk, known, lambda state: state[[1]], np.array([3.0]), error, rng).state
    assert after[0] == pytest.approx(7.0, abs=1e-9)
    assert after[1].mean() > 1.5


def test_a_bound_moves_only_what_lies_beyond_it() -> None:
    def within(state: np.ndarray) -> np.ndarray:
        return np.minimum(state[:1], 0.0)

    rng = np.random.default_rng(4)
    straddling, above = rng.standard_normal((1, 4000)), 6.0 + rng.standard_normal((1, 4000))
    bound, error = np.zeros(1), np.array([[0.01]])
    known = Coordinates(1, (), np.eye(1))
    after = condition(straddling, known, within, bound, error, np.random.default_rng(1)).state
    assert np.mean(straddling < -0.2) > 0.4
    assert np.mean(after < -0.2) < 0.1
    untouched = condition(above, known, within, bound, error, np.random.default_rng(1)).state
    assert np.array_equal(untouched, above)


def test_collapse_is_told_from_learning() -> None:
    state = prior_state(2000, 6)
    errors = np.diag([1e-6, 0.16, 0.36])
    direct = np.array([[1.0, 0, 0, 0], *SEEN[1:]])
    rng = np.random.default_rng(1)
    result = condition(state, KNOWN, lambda state: direct @ state, OBSERVED, errors, rng)
    assert collapsed(state, result.state).tolist() == [True, False, False, False]


_HASHES = """
import hashlib, numpy as np
from forecast.world.case import Case
from forecast.analysis.project import project
from forecast.ensemble.conditioning import condition
from forecast.ensemble.coordinates import Coordinates
from forecast.inputs import load
from forecast.result import RunOptions
rng = np.random.default_rng(1)
state, seen = rng.standard_normal((300, 2048)), rng.standard_normal((40, 300)) / 17.0
known = Coordinates(300, (), np.eye(300))
def predict(state):  # by NumPy's own loop: this test has no business with threads
    return np.einsum("dr,rn->dn", seen, state)
result = condition(state, known, predict, np.ones(40), 0.1 * np.eye(40), rng)
print(hashlib.sha256(result.state.tobytes()).hexdigest())
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


def test_further_draws_find_the_posterior_by_the_gains_of_members() -> None:
    # Of a linear model members know the gains, and further draws are as good as conditioned.
    errors = np.random.default_rng(2)
    members = condition(prior_state(4000, 1), KNOWN, lambda s: SEEN @ s, OBSERVED, ERRORS, errors)
    draws = 40_000
    found = condition_as(
        members.smoother, prior_state(draws, 3), lambda s: SEEN @ s, OBSERVED, ERRORS, errors
    )
    mean, covariance = exact_posterior()
    spread = np.sqrt(np.diag(PRIOR_ROOT @ PRIOR_ROOT.T))
    assert np.abs((found.mean(axis=1) - mean) / spread).max() < 5.0 / np.sqrt(draws)
    apart = (np.cov(found) - covariance) / np.outer(spread, spread)
    assert np.abs(apart).max() < 5.0 * np.sqrt(2.0 / draws)


def test_the_error_of_many_draws_has_that_of_few_members_in_it() -> None:
    # Data that hang on a coordinate by a curve, with much else in them: what 512 members find of
    # the gain is uncertain, and no further draw makes it surer.
    known, seen = Coordinates(2, (), np.eye(2)), np.array([1.5])

    def bent(state: np.ndarray) -> np.ndarray:
        return state[:1] + 0.5 * state[:1] ** 2 + np.abs(state[1:]) ** 3

    means, stated, draws = [], [], 16_384
    for seed in range(60):
        rng = np.random.default_rng(seed)
        members = rng.standard_normal((2, 512))
        smoother = condition(members, known, bent, seen, np.eye(1), rng).smoother
        further = rng.standard_normal((2, draws))
        found = condition_as(smoother, further, bent, seen, np.eye(1), rng)[0]
        means.append(found.mean())
        stated.append(mean_error(found))
    spread, said = np.std(means), float(np.sqrt(np.mean(np.square(stated))))
    assert spread > 3.0 / np.sqrt(draws)  # which draws alone would leave a third of
    assert 0.7 < spread / said < 1.4
