"""The prior ensemble: strata, streams by name, rank correlations, paths between their knots."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import spearmanr

from forecast.ensemble.prior import (
    nearest_correlation,
    prior_normals,
    realise,
    realise_all,
    stratified_normal,
    variables,
)
from forecast.ensemble.replicates import REPLICATES, replicates
from forecast.inputs.schema import Assumption, Correlation, Distribution, Knot, Source

DRAWS = 4096
NOISE = 4.0 / np.sqrt(DRAWS)  # four standard errors of a correlation
SOURCE = Source("a test", "", "judged", date(2026, 1, 1), date(2026, 1, 1))


def assumption(
    name: str,
    *knots: tuple[float | None, float, float],
    unit: str = "ratio",
    persistence: float = 1.0,
    floor: float | None = None,
    ceiling: float | None = None,
) -> Assumption:
    """Return an assumption with knots of (time, P10, P90); equal values make a point."""
    stated = tuple(
        Knot(
            time,
            Distribution("point", ((0.5, low),))
            if low == high
            else Distribution("quantiles", ((0.1, low), (0.9, high))),
        )
        for time, low, high in knots or ((None, 1.0, 4.0),)
    )
    return Assumption(
        name, name, unit, stated, SOURCE, "test", "test.yaml", 1, persistence, floor, ceiling
    )


def several(names: str) -> dict[str, Assumption]:
    return {name: assumption(name) for name in names}


def correlated(first: str, second: str, rank: float) -> Correlation:
    return Correlation(first, second, rank, "", "test.yaml", 1)


def strata(normals: np.ndarray) -> np.ndarray:
    """Return the stratum that each value lies in, in rising order."""
    return np.sort(np.floor(ndtr(normals) * normals.shape[-1]).astype(int), axis=-1)


def test_every_stratum_of_each_replicate_holds_one_value_and_keeps_it_under_correlation() -> None:
    entries = [correlated("a", "b", 0.7), correlated("b", "c", -0.4)]
    normals, warnings = prior_normals(several("abcd"), entries, DRAWS, seed=3)
    for mine in replicates(DRAWS):
        found = strata(normals[:, mine])
        assert np.array_equal(found, np.tile(np.arange(DRAWS // REPLICATES), (4, 1)))
    assert warnings == ()
    # 1,003 draws: three replicates of 126, five of 125 out of 126 strata
    uneven = stratified_normal(1, "x", 1003)
    assert uneven.shape == (1003,)
    assert np.array_equal(strata(uneven[replicates(1003)[0]]), np.arange(126))


def test_adding_an_assumption_leaves_the_draws_of_others_alone() -> None:
    entries = [correlated("a", "d", 0.5)]
    before, _ = prior_normals(several("ad"), entries, 256, seed=7)
    after, _ = prior_normals(several("abde"), entries, 256, seed=7)
    assert np.array_equal(after[[0, 2]], before)
    other_seed, _ = prior_normals(several("ad"), entries, 256, seed=8)
    assert not np.any(other_seed == before)


def test_rank_correlations_come_out_as_stated_and_others_do_not() -> None:
    stated = {(0, 1): 0.6, (1, 2): -0.3, (0, 2): 0.0, (0, 3): 0.0}
    entries = [correlated("a", "b", 0.6), correlated("b", "c", -0.3)]
    normals, _ = prior_normals(several("abcd"), entries, DRAWS, seed=1)
    for (row, column), rank in stated.items():
        assert spearmanr(normals[row], normals[column])[0] == pytest.approx(rank, abs=NOISE)


@pytest.mark.parametrize("persistence", [0.0, 0.8, 1.0])
def test_knots_of_a_path_correlate_by_persistence_to_the_power_of_years(persistence: float) -> None:
    path = assumption("p", (2024.0, 1, 2), (2025.0, 1, 2), (2027.0, 1, 2), persistence=persistence)
    normals, warnings = prior_normals({"p": path}, [], DRAWS, seed=2)
    found = np.corrcoef(normals)
    expected = [persistence, persistence**2, persistence**3]
    assert [found[0, 1], found[1, 2], found[0, 2]] == pytest.approx(expected, abs=NOISE)
    assert warnings == ()


def test_impossible_correlations_are_repaired_and_said() -> None:
    # a like b, b like c, a unlike c: the eigenvalue 1 − 2r along (1, −1, 1) is raised to zero. That
    # adds (2r − 1) / 3 to the diagonal and takes it from each r: (1 + r) / 3 over (2 + 2r) / 3 is
    # a half, whatever r was.
    r = 0.9
    repaired, change = nearest_correlation(np.array([[1, r, -r], [r, 1, r], [-r, r, 1]]))
    assert repaired == pytest.approx(
        np.array([[1, 0.5, -0.5], [0.5, 1, 0.5], [-0.5, 0.5, 1]]), abs=1e-5
    )
    assert change == pytest.approx(0.4, abs=1e-5)
    assert np.linalg.eigvalsh(repaired).min() > 0.0
    entries = [correlated("a", "b", r), correlated("b", "c", r), correlated("a", "c", -r)]
    normals, warnings = prior_normals(several("abcd"), entries, DRAWS, seed=1)
    (warning,) = warnings
    assert "a, b, c contradict each other" in warning
    # rank 0.9 is 2 sin(0.9 π / 6) = 0.908 between normals, which moves to 0.5
    assert "moved by 0.41" in warning
    # 0.5 between normals is a rank correlation of 6 / π asin(0.25) = 0.4826
    assert spearmanr(normals[0], normals[2])[0] == pytest.approx(-0.4826, abs=NOISE)


def test_a_possible_matrix_is_left_as_it_is() -> None:
    matrix = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, -0.5], [0.0, -0.5, 1.0]])
    repaired, change = nearest_correlation(matrix)
    assert repaired == pytest.approx(matrix, abs=1e-12)
    assert change < 1e-12


@pytest.mark.parametrize(
    ("unit", "first", "last", "expected"),
    [
        ("USD", 1.0, 100.0, [1.0, 1.0, 10.0, 10.0**1.5, 100.0, 100.0]),
        ("share", 0.2, 0.8, [0.2, 0.2, 0.5, 2.0 / 3.0, 0.8, 0.8]),
        ("log/year", -1.0, 1.0, [-1.0, -1.0, 0.0, 0.5, 1.0, 1.0]),
    ],
)
def test_a_path_is_interpolated_in_its_scale_and_constant_beyond_its_ends(
    unit: str, first: float, last: float, expected: list[float]
) -> None:
    path = assumption("p", (2024.0, first, first), (2026.0, last, last), unit=unit)
    times = np.array([2022.0, 2024.0, 2025.0, 2025.5, 2026.0, 2029.0])
    values = realise(path, [np.zeros(3), np.ones(3)], times)
    assert values == pytest.approx(np.tile(expected, (3, 1)), rel=1e-12)


def test_draws_are_columns_or_paths_between_floor_and_ceiling() -> None:
    held = assumption("s", (None, 1.0, 4.0), floor=1.5, ceiling=3.0)
    listed = {"p": assumption("p", (2024.0, 1, 4), (2026.0, 1, 4), persistence=0.5), "s": held}
    assert [(v.name, v.knot) for v in variables(listed)] == [
        ("p@2024", 0),
        ("p@2026", 1),
        ("s", 0),
    ]
    normals = np.array([[-1.2815515655, 0.0], [1.2815515655, 0.0], [-9.0, 9.0]])
    drawn = realise_all(listed, normals, np.array([2024.0, 2025.0, 2026.0]))
    assert drawn["p"] == pytest.approx(np.array([[1.0, 2.0, 4.0], [2.0, 2.0, 2.0]]))
    assert drawn["s"] == pytest.approx(np.array([[1.5], [3.0]]))
