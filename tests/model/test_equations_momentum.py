"""Growth that goes on beyond the last figure, worked by hand and on a small world."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import holds, made, row, run
from hypothesis import given
from hypothesis import strategies as st
from small_world import QUARTERS, VENDORS, moved, small_world

from forecast.model.equations import model_graph
from forecast.model.equations.demand.momentum import Growing, carried_on

WORLD = small_world()
NAMES = ["growing", "momentum", "log_revenue", "lab_agent_share", "anthropic_agent_share"]
FOUND = model_graph().evaluate(NAMES, WORLD)


def test_growth_fades_from_that_of_the_last_known_year_into_the_believed() -> None:
    """0.4 a quarter over the year to the fifth, 0.1 believed after it, half of the rest left a
    year later: 5/8 and 7/8 of a year after the middle of that year."""
    values = row(0.0, 0.4, 0.8, 1.2, 1.6, 9.0, 9.0)
    believed = np.array([0.0, 0.0, 0.0, 0.0, 2.0, 2.1, 2.2])
    added = carried_on(values, believed, np.array([[0.5]]), 5)
    first, second = 0.3 * 0.5**0.625, 0.3 * 0.5**0.875
    assert added[0] == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, first, first + second])
    settled = carried_on(values, believed, np.full((1, 7), 0.5), 5)
    np.testing.assert_array_equal(settled, added)


def test_growth_of_fewer_quarters_than_a_year_is_that_of_all_of_them() -> None:
    """0.4 a quarter over two, so a quarter and half of one after their middle."""
    added = carried_on(row(0.0, 0.4, 0.8, 0.8), np.zeros(4), np.array([[0.5]]), 3)
    assert added[0] == pytest.approx([0.0, 0.0, 0.0, 0.4 * 0.5**0.375])


def test_revenue_and_odds_have_momentum_each_of_its_own() -> None:
    """Revenue doubled and odds grew fourfold in the last year, none was believed to go on."""
    doubled, fourfold = row(1.0, 1.0, 2.0, 2.0), row(1.0, 1.0, 4.0, 4.0)
    found = run(
        "momentum",
        growing=Growing(doubled, fourfold, row(3.0, 3.0, 3.0, 3.0)),
        reference_growing=np.ones((3, 4)),
        growth_persistence=0.25,
        vendor_quarters=3,
    )
    # half the growth a quarter, of which 0.25^(1.5/4) is left
    expected = [np.log(2.0) / 2.0 * 0.25**0.375, np.log(4.0) / 2.0 * 0.25**0.375, 0.0]
    assert [float(each[0, 3]) for each in found] == pytest.approx(expected)


MOVED = made(Growing, 0.0, np.log(3.0), np.log(0.5))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("lab_agent_share", {"lab_share_of_agents": 0.5, "momentum": MOVED}, 0.75),
        ("anthropic_agent_share", {"anthropic_share_of_labs": 0.5, "momentum": MOVED}, 1.0 / 3.0),
    ],
)
def test_a_share_moves_by_its_odds(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_what_is_growing_is_all_revenue_and_two_odds() -> None:
    """8 of consumers and a quarter more, 12 of seats, 3 of agents that are always on, 5 of API."""
    found = run(
        "growing", weekly_users=2.0, revenue_per_user=4.0, other_consumer_revenue_ratio=0.25,
        agent_seats=2.0, agent_hours=3.0, agent_hour_price=2.0, always_on_agents=3.0,
        always_on_revenue=1.0, other_api_revenue=5.0, lab_share_of_agents=0.75,
        anthropic_share_of_labs=0.2,
    )  # fmt: skip
    assert [float(each[0, 0]) for each in found] == pytest.approx([30.0, 3.0, 0.25])


@given(st.floats(0.05, 0.95), st.floats(-1.0, 1.0))
def test_growth_that_is_as_believed_adds_nothing(persistence: float, growth: float) -> None:
    path = growth * np.arange(12.0)[np.newaxis]
    added = carried_on(path, path[0], np.array([[persistence]]), 6)
    assert added == pytest.approx(np.zeros((1, 12)))


def test_nothing_is_added_to_what_is_known() -> None:
    for added in FOUND["momentum"]:
        assert not added[:, :VENDORS].any()
        assert np.abs(added[:, VENDORS:]).min() > 0.0


@pytest.mark.parametrize("name", ["revenue_per_user", "other_api_revenue", "weekly_users"])
def test_what_is_set_after_the_last_figure_is_not_taken_back(name: str) -> None:
    """Growth is believed by the base case: a what-if reaches revenue whole."""
    set_late = moved(WORLD, name, 0.5, QUARTERS - 4)
    after = model_graph().evaluate(NAMES, set_late)
    for before, now in zip(FOUND["momentum"], after["momentum"], strict=True):
        np.testing.assert_array_equal(before, now)
