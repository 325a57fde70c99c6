"""The rent that clears, limits that are soft, and what the base case agrees on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.clearing import Demands, Elasticities, at_rent, cleared
from forecast.model.reference import KNOTS, Reference
from forecast.model.soft import kept_by, soft_minimum

compute = st.floats(1e3, 1e9)
MARKETS = st.lists(
    st.tuples(
        compute,
        compute,
        compute,
        st.floats(0.3, 3.0),  # elasticity of services
        st.floats(0.05, 0.8),
        st.floats(0.4, 2.0),  # of training
        st.floats(0.02, 0.9),  # serving cost over price
        st.floats(0.05, 0.9),  # floor
        st.floats(1.0, 1e3),  # what runs over demand at a rent of e⁴
    ),
    min_size=1,
    max_size=12,
)


def market(rows: list[tuple[float, ...]]) -> tuple[Demands, Elasticities, np.ndarray]:
    """Return draws of a market, in which rent stays below e⁴ times the cost."""
    columns = np.array(rows).T
    demands = Demands(*columns[:3])
    elasticities = Elasticities(*columns[3:7], np.log(columns[7]))
    return demands, elasticities, sum(at_rent(demands, elasticities, np.array(4.0))) * columns[8]


@given(MARKETS)
def test_demand_fills_what_runs_or_rent_is_at_its_floor(rows: list[tuple[float, ...]]) -> None:
    demands, elasticities, running = market(rows)
    rent = cleared(demands, elasticities, running)
    asked = sum(at_rent(demands, elasticities, rent))
    is_idle = rent == elasticities.log_floor
    assert np.all(rent >= elasticities.log_floor)
    assert np.all(asked[is_idle] <= running[is_idle] * (1.0 + 1e-9))
    np.testing.assert_allclose(asked[~is_idle], running[~is_idle], rtol=1e-9)


@given(MARKETS, st.floats(0.05, 0.999))
def test_less_that_runs_never_lowers_rent(rows: list[tuple[float, ...]], left: float) -> None:
    demands, elasticities, running = market(rows)
    before = cleared(demands, elasticities, running)
    after = cleared(demands, elasticities, running * left)
    assert np.all(after >= before - 1e-11)
    is_idle = before == elasticities.log_floor
    assert np.all((after > before)[~is_idle])


@given(MARKETS)
def test_a_draw_clears_the_same_alone_and_among_others(rows: list[tuple[float, ...]]) -> None:
    demands, elasticities, running = market(rows)
    together = cleared(demands, elasticities, running)
    for place in range(len(rows)):
        one = slice(place, place + 1)
        alone = cleared(
            Demands(*(each[one] for each in demands)),
            Elasticities(*(each[one] for each in elasticities)),
            running[one],
        )
        assert alone[0] == together[place]


def test_rent_by_hand() -> None:
    none, one = np.zeros(1), np.ones(1)
    floor = np.log(np.array([0.25]))
    # training alone, at an elasticity of a half: four times as much asked as runs is a rent of 16
    training = Elasticities(one, one, 0.5 * one, 0.5 * one, floor)
    asked = Demands(none, none, np.array([400.0]))
    assert np.exp(cleared(asked, training, np.array([100.0]))) == pytest.approx(16.0)
    # a third of what runs: rent would be a ninth, and stands at its floor of a quarter
    assert cleared(asked, training, np.array([1200.0])) == floor
    # services alone: half of the demand is left at twice the price, and serving is half of it
    assert np.exp(cleared(Demands(asked.training, none, none), training, np.array([200.0]))) == (
        pytest.approx(3.0)
    )


positive = st.floats(1e-6, 1e6)


@given(wanted=positive, limit=positive, more=st.floats(1.0, 1e3))
def test_a_soft_minimum_stays_below_both_and_rises_with_both(
    wanted: float, limit: float, more: float
) -> None:
    left = soft_minimum(np.array(wanted), np.array(limit))
    least = min(wanted, limit)
    assert least * 2.0 ** (-1.0 / 6.0) * (1.0 - 1e-12) <= left <= least * (1.0 + 1e-12)
    close = 1.0 - 1e-12
    assert soft_minimum(np.array(wanted * more), np.array(limit)) >= left * close
    assert soft_minimum(np.array(wanted), np.array(limit * more)) >= left * close
    both = soft_minimum(np.array(limit), np.array(wanted))
    assert both == pytest.approx(left, rel=1e-9)


def test_what_a_soft_limit_keeps_by_hand() -> None:
    # far below it all, at the limit the sixth root of a half, far above it the limit itself
    found = kept_by(np.array([0.0, 0.01, 1.0, 100.0]))
    assert found == pytest.approx([1.0, 1.0, 0.5 ** (1.0 / 6.0), 0.01])


PLANNED = np.random.default_rng(3).normal(25.0, 0.4, 1000)
WANTED = np.random.default_rng(4).normal(26.0, 0.9, 1000)


@pytest.fixture
def reference() -> Reference:
    """What a base case of a thousand draws teaches in the second of three quarters."""
    learning = Reference.to_learn(3)
    learning.by_rank(1, WANTED, PLANNED)
    return Reference(learning.known)


def test_money_that_is_wanted_has_the_spread_of_plans(reference: Reference) -> None:
    carried = reference.by_rank(1, WANTED, PLANNED)
    found, expected = np.quantile(carried, KNOTS), np.quantile(PLANNED, KNOTS)
    inside = (KNOTS > 0.0011) & (KNOTS < 0.9989)
    np.testing.assert_allclose(found[inside], expected[inside], atol=0.01)
    at_knots = reference.by_rank(1, np.quantile(WANTED, KNOTS), PLANNED)
    np.testing.assert_allclose(at_knots, expected, rtol=1e-12)


@given(st.lists(st.floats(15.0, 37.0), min_size=2, max_size=2), st.floats(0.0, 5.0))
def test_a_rank_is_kept_and_goes_on_one_for_one(values: list[float], beyond: float) -> None:
    learning = Reference.to_learn(3)
    learning.by_rank(1, WANTED, PLANNED)
    reference = Reference(learning.known)
    low, high = reference.by_rank(1, np.sort(values), PLANNED)
    assert low <= high
    ends = reference.known["wanted"][[0, -1], 1]
    outside = reference.by_rank(1, ends + np.array([-beyond, beyond]), PLANNED)
    at_ends = reference.by_rank(1, ends, PLANNED)
    np.testing.assert_allclose(outside - at_ends, [-beyond, beyond], rtol=1e-9, atol=1e-12)


def test_a_what_if_is_held_against_the_base_case_and_teaches_nothing() -> None:
    rows = np.random.default_rng(5).normal(2.0, 1.0, 501)
    learning = Reference.to_learn(2)
    assert np.median(learning.beyond("asked", 1, rows)) == 0.0
    tilted = learning.with_mean_one("tilt", 1, rows)
    assert np.mean(np.exp(tilted)) == pytest.approx(1.0)
    kept = {name: values.copy() for name, values in learning.known.items()}
    knows = Reference(learning.known)
    for name, read in reads(knows).items():
        moved = read(rows + 0.7)
        assert moved == pytest.approx(read(rows) + 0.7), name
    assert all(np.array_equal(kept[name], knows.known[name]) for name in kept)
    assert math.isclose(float(np.median(knows.beyond("asked", 0, rows))), float(np.median(rows)))


def reads(reference: Reference) -> dict[str, Any]:
    return {
        "asked": lambda logs: reference.beyond("asked", 1, logs),
        "tilt": lambda logs: reference.with_mean_one("tilt", 1, logs),
    }
