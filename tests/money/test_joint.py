"""What a move of one member of the money group does to the others."""

from __future__ import annotations

import numpy as np
import pytest
from built_in import INPUTS

from forecast.beliefs import Array
from forecast.money.joint import as_planned, carried, moved_with, own_name

COMPANIES = tuple(f"{name}_capex" for name in ("amazon", "alphabet", "microsoft", "meta", "oracle"))
BELIEFS = {
    **dict.fromkeys(COMPANIES, 20.0),
    "hyperscaler_capex": 100.0,
    "nvidia_datacenter_revenue": 40.0,
    "broadcom_ai_revenue": 10.0,
    "amd_datacenter_revenue": 5.0,
    "hyperscaler_ai_capex_to_nvidia_revenue": 1.25,
}


def after(**move: float) -> dict[str, float]:
    """Return all members after a move, of a group in which half of capex follows NVIDIA."""

    def belief(name: str) -> Array:
        return np.array([[BELIEFS[name]]])

    found = carried(INPUTS, belief, {name: np.array([[value]]) for name, value in move.items()})
    return {name: float(found[name][0, 0]) if name in found else BELIEFS[name] for name in BELIEFS}


def test_capex_carries_companies_whole_and_vendors_by_the_share_that_follows_them() -> None:
    found = after(hyperscaler_capex=140.0)
    assert [found[name] for name in COMPANIES] == pytest.approx([28.0] * 5)
    assert found["nvidia_datacenter_revenue"] == pytest.approx(40.0 * 1.2)
    assert found["broadcom_ai_revenue"] == pytest.approx(10.0 * 1.2)
    assert found["amd_datacenter_revenue"] == pytest.approx(5.0 * 1.2)


def test_nvidia_carries_capex_by_the_share_that_follows_it() -> None:
    found = after(nvidia_datacenter_revenue=20.0)
    assert found["hyperscaler_capex"] == pytest.approx(75.0)
    assert [found[name] for name in COMPANIES] == pytest.approx([15.0] * 5)
    assert found["broadcom_ai_revenue"] == 10.0


def test_a_company_moves_itself_and_the_sum() -> None:
    found = after(meta_capex=35.0)
    assert found["hyperscaler_capex"] == pytest.approx(115.0)
    assert found["amazon_capex"] == 20.0
    assert found["nvidia_datacenter_revenue"] == 40.0


def test_what_is_asked_stays_as_asked_and_twice_carried_is_carried_once() -> None:
    found = after(hyperscaler_capex=140.0, nvidia_datacenter_revenue=20.0)
    assert found["nvidia_datacenter_revenue"] == 20.0
    assert found["hyperscaler_capex"] == 140.0
    names = ("hyperscaler_capex", *COMPANIES, "nvidia_datacenter_revenue")
    once = after(hyperscaler_capex=140.0)
    twice = after(**{name: once[name] for name in names})
    assert [twice[name] for name in names] == pytest.approx([once[name] for name in names])


def test_a_move_of_anything_else_is_left_alone() -> None:
    move = {"broadcom_ai_revenue": np.array([[12.0]])}
    assert carried(INPUTS, lambda _: np.ones((1, 1)), move) is move


@pytest.mark.parametrize("name", [*BELIEFS, "weekly_users"])
def test_what_moves_with_a_name_is_what_a_move_of_it_carries(name: str) -> None:
    before = {**BELIEFS, "weekly_users": 1.0}
    move = {name: np.array([[1.5 * before[name]]])}
    found = carried(INPUTS, lambda each: np.array([[before[each]]]), move)
    moved = {each for each, values in found.items() if float(values[0, 0]) != before[each]}
    assert moved == moved_with(INPUTS, name)


def test_equations_take_drivers_of_the_group_as_plans() -> None:
    names = [*BELIEFS, "weekly_users", "inference_shock"]
    found = as_planned(INPUTS, {name: name for name in names})
    group = {*BELIEFS} - {"hyperscaler_ai_capex_to_nvidia_revenue"}
    assert {name for name in found if name.startswith("planned_")} == {
        f"planned_{name}" for name in group
    }
    assert list(map(own_name, found)) == list(found.values()) == names
