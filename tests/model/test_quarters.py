"""Lags read a history where an interpolation by hand finds it, and never beyond what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.quarters import by_quarter, lagged, running_sum

QUARTERS, DRAWS = 6, 3


@given(
    lags=st.lists(st.floats(0.0, 9.0), min_size=QUARTERS * DRAWS, max_size=QUARTERS * DRAWS),
    first=st.integers(0, 4),
    rows_before=st.integers(0, 1),
)
def test_a_lag_interpolates_between_rows(lags: list[float], first: int, rows_before: int) -> None:
    lag = np.reshape(lags, (QUARTERS, DRAWS))
    history = np.random.default_rng(1).random((rows_before + first + QUARTERS, DRAWS))
    ends = np.arange(len(history)) - rows_before
    places = lagged(lag, first, rows_before=rows_before)
    for step in range(QUARTERS):
        own = first + step
        known = history.copy()
        known[rows_before + own + 1 :] = np.nan  # what comes after the quarter is not known yet
        expected = [
            np.interp(own - lag[step, draw], ends, history[:, draw]) for draw in range(DRAWS)
        ]
        np.testing.assert_allclose(places.read(known, step), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1.0], [2.0]], [[1.0, 2.0]] * 3),
        ([[0.0, 1.0, 2.0, 3.0], [0.0, 5.0, 6.0, 7.0]], [[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]),
        ([[1.0, 2.0, 3.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]),
    ],
)
def test_the_last_quarters_become_rows(
    values: list[list[float]], expected: list[list[float]]
) -> None:
    rows = by_quarter(np.array(values), (2, 3))
    assert rows.tolist() == expected
    assert all(row.flags.c_contiguous for row in rows)


def test_a_running_sum_has_the_digits_of_numpy_and_quarters_contiguous() -> None:
    values = np.random.default_rng(1).random((DRAWS, QUARTERS))
    total = running_sum(values)
    np.testing.assert_array_equal(total, np.cumsum(values, axis=1))
    assert total.flags.f_contiguous
