"""Shares of variance against exact values: Ishigami, Sobol's G, a Gaussian with correlation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from SALib.analyze import sobol as peer
from SALib.sample import sobol as peer_sample

from forecast.analysis.sensitivity.factors import factors
from forecast.analysis.sensitivity.given_data import (
    explained_variance,
    given_data,
    resampling_weights,
)
from forecast.analysis.sensitivity.sobol import (
    Indices,
    independent_normals,
    saltelli_uniforms,
    sobol,
    sobol_indices,
)
from forecast.analysis.sensitivity.subject import read_metrics
from forecast.beliefs import Array
from forecast.ensemble.prior import correlation_matrix, stream, variables
from forecast.inputs import parse_settings
from forecast.world.case import Case
from forecast.world.world import World

# Ishigami and Homma (1990) with a = 7, b = 0.1: exact indices of first and total order.
ISHIGAMI_FIRST, ISHIGAMI_TOTAL = (0.313905, 0.442411, 0.0), (0.557589, 0.442411, 0.243684)
G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def ishigami(uniforms: Array) -> Array:
    x = np.pi * (2.0 * uniforms - 1.0)
    return np.asarray(
        np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    )


def sobol_g(uniforms: Array) -> Array:
    """Sobol's G function (Saltelli and Sobol 1995)."""
    return np.asarray(
        np.prod((np.abs(4.0 * uniforms - 2.0) + G_WEIGHTS) / (1.0 + G_WEIGHTS), axis=1)
    )


def g_indices() -> tuple[Array, Array]:
    """Return the exact indices of the G function: V_i = 1 / (3 (1 + a_i)²)."""
    parts = 1.0 / (3.0 * (1.0 + G_WEIGHTS) ** 2)
    variance = np.prod(1.0 + parts) - 1.0
    total = parts * np.prod(1.0 + parts) / (1.0 + parts)
    return parts / variance, total / variance


def indices(function: Callable[[Array], Array], dimensions: int, points: int) -> Indices:
    """Return the indices of a function on the unit cube."""
    both = saltelli_uniforms(dimensions, points, seed=1)
    first, second = both[:points], both[points:]
    mixed = []
    for column in range(dimensions):
        x = first.copy()
        x[:, column] = second[:, column]
        mixed.append(function(x))
    return sobol_indices(function(first), function(second), np.array(mixed), stream(1, "test"))


@pytest.mark.parametrize(
    ("function", "exact_first", "exact_total"),
    [(ishigami, ISHIGAMI_FIRST, ISHIGAMI_TOTAL), (sobol_g, *g_indices())],
)
def test_sobol_indices_meet_exact_values(
    function: Callable[[Array], Array], exact_first: Any, exact_total: Any
) -> None:
    found = indices(function, len(exact_first), 4096)
    np.testing.assert_allclose(found.first, exact_first, atol=0.01)
    np.testing.assert_allclose(found.total, exact_total, atol=0.01)
    for exact, interval in (
        (exact_first, found.first_interval),
        (exact_total, found.total_interval),
    ):
        slack = 1e-3
        assert np.all(interval[:, 0] - slack <= exact)
        assert np.all(exact <= interval[:, 1] + slack)
        assert np.all(interval[:, 1] - interval[:, 0] < 0.1)


def test_the_same_samples_give_the_indices_of_another_program() -> None:
    problem = {"num_vars": 6, "names": list("abcdef"), "bounds": [[0.0, 1.0]] * 6}
    points = peer_sample.sample(problem, 256, calc_second_order=False, seed=7)
    values = sobol_g(points)
    theirs = peer.analyze(problem, values, calc_second_order=False, num_resamples=10, seed=7)
    rows = values.reshape(256, 8).T  # A, A with one column of B for each of six, B
    ours = sobol_indices(rows[0], rows[-1], rows[1:-1], stream(1, "test"))
    np.testing.assert_allclose(ours.first, theirs["S1"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.total, theirs["ST"], rtol=1e-9, atol=1e-12)


def test_a_function_that_does_not_vary_has_no_indices() -> None:
    found = sobol_indices(np.ones(8), np.ones(8), np.ones((2, 8)), stream(1, "test"))
    assert found.first.tolist() == found.total.tolist() == [0.0, 0.0]


def test_knots_of_one_path_persist_and_nothing_else_hangs_together(base_case: Case) -> None:
    assumptions = base_case.inputs.assumptions
    listed = variables(assumptions)
    normals = independent_normals(assumptions, saltelli_uniforms(len(listed), 2048, 1))
    found, meant = np.corrcoef(normals), correlation_matrix(listed, assumptions, ())
    # A Sobol sequence leaves a few pairs of its many columns correlated by chance, most far less
    # than independent points would (0.022).
    assert np.sqrt(np.mean((found - meant) ** 2)) < 0.015
    for row, variable in enumerate(listed):
        if variable.knot:
            assert found[row, row - 1] == pytest.approx(meant[row, row - 1], abs=0.05)
    spreads = normals.std(axis=1) - 1.0
    assert np.sqrt(np.mean(spreads**2)) < 0.005
    assert np.abs(spreads).max() < 0.05


def test_the_prior_shares_out_the_variance_of_a_driver_to_itself(base_world: World) -> None:
    (at,) = read_metrics(["weekly_users"], "", base_world.inputs, base_world.timeline, [])
    found = [sobol(base_world, at, factors(base_world.inputs), seed)[0] for seed in range(1, 7)]
    for rows in found:
        assert rows[0].assumption == "weekly_users"
        assert all(row.total_order == row.first_order == 0.0 for row in rows[1:])
        assert {row.about.ensemble for row in rows} == {"independent prior"}
    # 256 points leave a pair of columns correlated by chance, each time another one
    for order in ("first_order", "total_order"):
        assert np.mean([getattr(rows[0], order) for rows in found]) == pytest.approx(1.0, abs=0.1)


def explained(own: Array, output: Array) -> tuple[float, tuple[float, float]]:
    weights = resampling_weights(own.size, 100, stream(1, "test"))
    return explained_variance(own, output, weights)


def test_given_data_meets_the_exact_first_order_of_ishigami() -> None:
    uniforms = np.random.default_rng(3).random((8192, 3))
    for column, exact in enumerate(ISHIGAMI_FIRST):
        estimate, (low, high) = explained(uniforms[:, column], ishigami(uniforms))
        assert estimate == pytest.approx(exact, abs=0.02)
        assert low - 0.005 <= exact <= high + 0.005


@pytest.mark.parametrize("correlation", [-0.8, 0.0, 0.6])
def test_given_data_is_the_squared_correlation_of_a_linear_gaussian(correlation: float) -> None:
    rng = np.random.default_rng(5)
    first, rest, noise = rng.standard_normal((3, 8192))
    second = correlation * first + np.sqrt(1.0 - correlation**2) * rest
    output = 2.0 * first + second + noise
    variance = 4.0 + 1.0 + 1.0 + 4.0 * correlation
    for own, slope in ((first, 2.0 + correlation), (second, 1.0 + 2.0 * correlation)):
        estimate, (low, high) = explained(own, output)
        exact = slope**2 / variance
        assert estimate == pytest.approx(exact, abs=0.02)
        assert low - 0.01 <= exact <= high + 0.01
        assert explained(np.exp(own), output)[0] == pytest.approx(estimate, abs=1e-12)


def test_chance_alone_explains_nothing_on_average() -> None:
    rng = np.random.default_rng(11)
    weights = np.ones((1, 512))
    found = [explained_variance(*rng.standard_normal((2, 512)), weights)[0] for _ in range(400)]
    assert abs(np.mean(found)) < 3.0 * np.std(found) / np.sqrt(400)
    assert explained(np.ones(512), rng.standard_normal(512)) == (0.0, (0.0, 0.0))


def test_given_data_names_what_moves_the_metric(base_world: World) -> None:
    (at,) = read_metrics(["weekly_users"], "", base_world.inputs, base_world.timeline, [])
    rows, _ = given_data(base_world, at, factors(base_world.inputs), 1)
    assert rows[0].assumption == "weekly_users"
    assert rows[0].first_order > 0.65  # bins of few draws blur the tails
    assert rows[0].variance_of == "logarithm"
    # Others explain only as far as they hang together with it in the conditioned draws.
    assert sum(not row.is_noise for row in rows[1:]) < 0.2 * len(rows)


def test_a_setting_after_the_period_leaves_the_prior_at_the_period_alone(
    base_case: Case, base_world: World
) -> None:
    later = base_world.with_settings(
        parse_settings(["agent_penetration@2028=25%"], base_case.inputs, "a test")
    )
    (at,) = read_metrics(["weekly_users"], "2026", base_world.inputs, base_world.timeline, [])
    before, after = (sobol(each, at, factors(each.inputs), 1) for each in (base_world, later))
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
