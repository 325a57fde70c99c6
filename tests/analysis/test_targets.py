"""Leaving targets out: exact where theory is, one with the projection, blunt about conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from few_targets import FEW_TARGETS

from forecast.analysis.beliefs.targets import (
    CONFLICT,
    HEADLINE,
    Targets,
    leave_one_target_out,
    role_rows,
)
from forecast.analysis.project import project
from forecast.beliefs import Array
from forecast.ensemble.conditioning import condition
from forecast.ensemble.coordinates import Coordinates
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case

pytestmark = pytest.mark.slow

DRAWS = 1024  # a gain is regressed on some 550 coordinates, and fewer draws would not tell them
FEW = RunOptions(draws=DRAWS, use_cache=False)


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Iterator[None]:
    """Let a few draws be conditioned by themselves, so that these tests are quick; no other test
    shares them."""
    token = ensemble._SHARED.set({})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "FEWEST_CONDITIONED", DRAWS, raising=False)
        yield
    ensemble._SHARED.reset(token)


@pytest.fixture(scope="module")
def case(base_case: Case) -> Case:
    """The base case with some of its targets, and no others."""
    targets = tuple(each for each in base_case.inputs.targets if each.name in FEW_TARGETS)
    inputs = replace(base_case.inputs, targets=targets, sha256="few targets")
    return replace(base_case, inputs=inputs)


@pytest.fixture(scope="module")
def result(case: Case) -> Targets:
    return leave_one_target_out(case, FEW)


def linear_case(included: list[int] | None) -> Array:
    """Condition two standard normals on noisy readings of the first, the second and their sum."""
    operator = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    state = np.random.default_rng(1).standard_normal((2, 20_000))
    found = condition(
        state,
        Coordinates(2, (), np.eye(2)),
        lambda current: operator @ current,
        np.array([1.0, -1.0, 3.0]),
        np.diag([0.25, 0.25, 0.25]),
        np.random.default_rng(2),
        included=included,
    )
    return found.state


def test_a_datum_left_out_leaves_the_exact_posterior_of_the_others() -> None:
    # Prior N(0, 1) and one reading 1 ± 0.5 of it: mean 1 / (1 + 0.25) = 0.8, variance 0.2.
    # The second variable is read as -1 ± 0.5: mean -0.8. The sum's reading of 3 is left out.
    state = linear_case([0, 1])
    assert state.mean(axis=1) == pytest.approx([0.8, -0.8], abs=0.02)
    assert state.var(axis=1) == pytest.approx([0.2, 0.2], abs=0.01)
    assert np.corrcoef(state)[0, 1] == pytest.approx(0.0, abs=0.03)


def test_leaving_nothing_out_is_conditioning_on_all() -> None:
    assert np.array_equal(linear_case(None), linear_case([0, 1, 2]))


def test_with_all_targets_it_is_the_projection(case: Case, result: Targets) -> None:
    projected = project(case, FEW, metrics=HEADLINE)
    assert result.whole == list(result.rows[: len(HEADLINE)])
    for row in result.whole:
        assert row.target is None
        same = projected.find(row.metric, "2028")
        assert same is not None
        found = (row.quantiles.p10, row.quantiles.p50, row.quantiles.p90)
        assert found == pytest.approx([same.quantiles.at(p) for p in (10, 50, 90)], rel=1e-3)


def test_every_target_is_left_out_once_and_the_strongest_stands_first(
    result: Targets,
) -> None:
    names = list(result.effects)
    assert sorted(names) == sorted({row.datum.target for row in result.targets})
    assert set(names) == FEW_TARGETS
    left_out = list(result.effects.values())
    assert all([row.metric for row in rows] == list(HEADLINE) for rows in left_out)
    assert len(result.rows) == len(HEADLINE) * (1 + len(names))
    effects = [max(row.effect for row in rows) for rows in left_out]
    assert effects == sorted(effects, reverse=True)
    assert effects[0] > 1.0 / np.sqrt(DRAWS)
    assert all(row.clear == (row.effect > 1 / 32) for rows in left_out for row in rows)


def test_what_is_not_conditioned_on_is_known_less_well(result: Targets) -> None:
    narrower = [
        row.datum.modelled.p90 / row.datum.modelled.p10 < row.without.p90 / row.without.p10
        for row in result.targets
        if row.datum.unit != "share" and not row.datum.bound
    ]
    assert np.mean(narrower) > 0.9


def test_a_target_that_contradicts_the_rest_is_a_conflict(case: Case, result: Targets) -> None:
    assert not any(row.conflict for row in result.targets)
    wrong = tuple(
        replace(target, values=(25.0,)) if target.name == "rent_2026" else target
        for target in case.inputs.targets
    )
    inputs = replace(case.inputs, targets=wrong, sha256="planted")
    planted = leave_one_target_out(replace(case, inputs=inputs), FEW)
    found = {row.datum.target: row for row in planted.targets if row.conflict}
    assert "rent_2026" in found
    assert found["rent_2026"].misfit_without < -CONFLICT
    assert any("conflict: rent_2026" in text for text in planted.warnings)


def test_roles_count_every_series_once(base_case: Case) -> None:
    rows = role_rows(base_case.inputs)
    assert sum(row.series for row in rows) == len(base_case.inputs.series)
    assert sum(row.observations for row in rows) == len(base_case.inputs.observations)
