"""Clearing: demands fill what runs, or rent is at an end of its range, each draw by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.model.clearing import HIGHEST, Demands, Elasticities, at_rent, cleared

DRAWS = 16


def rows(smallest: float, largest: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, DRAWS, elements=st.floats(smallest, largest))


demands = st.builds(Demands, rows(1.0, 1e7), rows(1.0, 1e7), rows(1.0, 1e7))
elasticities = st.builds(
    Elasticities, rows(0.3, 3.0), rows(0.05, 1.0), rows(0.2, 3.0), rows(0.02, 1.0), rows(-2.0, -0.3)
)


@given(demands, elasticities, rows(1.0, 1e8))
def test_demands_fill_what_runs_or_rent_is_at_an_end(
    wanted: Demands, answers: Elasticities, running: np.ndarray
) -> None:
    log_rent = cleared(wanted, answers, running)
    filled = sum(at_rent(wanted, answers, log_rent)) / running
    at_floor, at_top = log_rent == answers.log_floor, log_rent == HIGHEST
    assert np.all((log_rent >= answers.log_floor) & (log_rent <= HIGHEST))
    assert np.all(filled[at_floor] <= 1.0 + 1e-12)
    assert np.all(filled[at_top] >= 1.0 - 1e-12)
    assert np.all(np.abs(filled[~(at_floor | at_top)] - 1.0) < 1e-12)


@given(demands, elasticities, rows(1.0, 1e8))
def test_no_draw_depends_on_another(
    wanted: Demands, answers: Elasticities, running: np.ndarray
) -> None:
    alone = [
        cleared(
            Demands(*(each[[draw]] for each in wanted)),
            Elasticities(*(each[[draw]] for each in answers)),
            running[[draw]],
        )
        for draw in range(DRAWS)
    ]
    assert np.concatenate(alone).tobytes() == cleared(wanted, answers, running).tobytes()
