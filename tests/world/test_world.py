"""A world evaluates alike however it is asked: whole, by blocks, in part, moved or paired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.inputs import parse_settings
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world import world as module
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.world import Cancelled, World

NAMES = ("inference_share", "chip_spend", "agent_penetration", "training_components")
KEYS = [("inference_share", "2028"), ("chip_spend", "2027Q3"), ("crossover", "")]
SETTING = "agent_penetration@2028=20%"


@pytest.fixture
def bent(base_world: World) -> World:
    """The base case with fewer agents."""
    return base_world.with_settings(parse_settings([SETTING], base_world.inputs, "a test"))


def same(first: Any, second: Any) -> bool:
    """Return whether two arrays, or records of arrays, are equal to the bit."""
    if isinstance(first, tuple):
        return all(same(*pair) for pair in zip(first, second, strict=True))
    return np.array_equal(first, second)


def test_a_move_is_a_world_with_the_same_changes(base_world: World, bent: World) -> None:
    move = dict(bent.changed)
    before, after = base_world.values_beside(NAMES, move)
    taken = base_world.after([move], KEYS)
    for name in NAMES:
        assert same(before[name], base_world.values(NAMES)[name])
        assert same(after[name], bent.values(NAMES)[name])
        assert same(after[name], base_world.moved(move).values(NAMES)[name])
    for key in KEYS:
        assert same(taken[0][key], base_world.take(KEYS)[key])
        assert same(taken[1][key], bent.take(KEYS)[key])
    assert not same(before["inference_share"], after["inference_share"])


def test_the_order_in_memory_is_by_quarter_and_changes_no_bit(base_world: World) -> None:
    given = base_world.given()
    paths = {name: x for name, x in given.items() if np.ndim(x) == 2 and x.shape[1] > 1}
    of_draws = {name: x for name, x in paths.items() if len(x) == base_world.draws}
    assert len(of_draws) > 50
    assert [name for name, x in of_draws.items() if not x.flags.f_contiguous] == []
    by_draw = given | {name: np.ascontiguousarray(x) for name, x in of_draws.items()}
    everything = list(model_graph().nodes)
    first, second = (model_graph().evaluate(everything, each) for each in (given, by_draw))
    assert [name for name in everything if not same(first[name], second[name])] == []
    assert first["inference_share"].flags.f_contiguous


def test_what_a_move_leaves_alone_is_the_same_array(base_world: World) -> None:
    life = {"chip_life": 1.1 * base_world.belief("chip_life")}
    before, after = base_world.values_beside(["weekly_users", "compute_stock"], life)
    assert after["weekly_users"] is before["weekly_users"]
    assert after["compute_stock"] is not before["compute_stock"]


@settings(deadline=None, max_examples=25)  # each evaluates the model
@given(st.sets(st.integers(0, 511), min_size=1, max_size=20))
def test_some_draws_are_those_of_all(base_world: World, chosen: set[int]) -> None:
    places = np.array(sorted(chosen))
    few = base_world.of_draws(places)
    assert few.draws == len(places)
    whole = base_world.at("inference_share", "2028")
    assert same(few.at("inference_share", "2028"), whole[places])


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_come_in_order_and_make_the_whole(
    threads: int, base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = base_world.values(["chip_spend"])["chip_spend"]
    monkeypatch.setattr(module, "BLOCK", 100)
    monkeypatch.setattr(module, "THREADS", threads)
    blocks = [block["chip_spend"] for (block,) in base_world.blocks(["chip_spend"], dict)]
    assert [len(block) for block in blocks] == [100, 100, 100, 100, 100, 12]
    assert same(np.concatenate(blocks), whole)


def test_a_reader_may_stop_early_and_a_question_be_cancelled(
    base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 50)
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    next(base_world.blocks(["chip_spend"], dict)).clear()
    with pytest.raises(Cancelled):
        replace(base_world, is_cancelled=is_cancelled).values(["chip_spend"])
    assert 3 <= len(asked) < 11


def test_the_state_of_draws_goes_out_and_comes_back(base_world: World) -> None:
    ensemble = base_world.ensemble
    state = ensemble.state()
    assert state.shape[1] == base_world.draws
    again = base_world.with_ensemble(ensemble.with_state(state))
    assert same(again.at("chip_spend", "2028"), base_world.at("chip_spend", "2028"))
    beliefs = ensemble.state(with_shocks=False)
    assert len(beliefs) < len(state)
    back = ensemble.with_state(beliefs)
    assert all(back.shocks[name] is values for name, values in ensemble.shocks.items())
    # What the money group's paths were lowered by is no part of a state, and stays where it is.
    turned, backwards = (
        ensemble.with_state(state[:, ::-1]),
        ensemble.of_draws(slice(None, None, -1)),
    )
    assert same(turned.state(), backwards.state())
    assert all(turned.shocks[name] is ensemble.shocks[name] for name in MONEY_STATE)
    reversed_world = base_world.with_ensemble(replace(turned, shocks=backwards.shocks))
    assert same(reversed_world.at("chip_spend", "2028"), base_world.at("chip_spend", "2028")[::-1])


def test_a_world_held_against_its_own_references_is_what_building_them_anew_gives(
    base_world: World,
) -> None:
    few = base_world.of_draws(slice(0, 64))
    own = replace(few.ensemble, references=module.base_references(few))
    expected = few.with_ensemble(own).values(["inference_share"])
    assert same(
        few.values_as_base(["inference_share"])["inference_share"], expected["inference_share"]
    )


def test_a_shorter_world_has_the_same_first_quarters(base_world: World, bent: World) -> None:
    for world in (base_world, bent):
        size = world.timeline.vendor + 3
        short, long = world.shortened(size), world.values(["compute_stock"])["compute_stock"]
        assert same(short.values(["compute_stock"])["compute_stock"], long[:, :size])


def test_money_is_asked_for_by_its_own_name_planned_or_not(base_world: World) -> None:
    move = {"hyperscaler_capex": 1.2 * base_world.belief("hyperscaler_capex")}
    names = ("amazon_capex", "planned_amazon_capex", "planned_hyperscaler_capex")
    before, after = base_world.values_beside(names, move)
    for values, world in ((before, base_world), (after, base_world.moved(move))):
        plan = world.belief("amazon_capex")
        assert same(values["amazon_capex"], plan)
        assert same(values["planned_amazon_capex"], plan)
        assert same(world.given()["planned_amazon_capex"], plan)
        assert same(world.held(["amazon_capex"])["amazon_capex"], plan)
        year = world.belief("hyperscaler_capex")[:, quarter("2028Q1") - FIRST_QUARTER :][:, :4]
        assert world.at("planned_hyperscaler_capex", "2028") == pytest.approx(year.sum(axis=1))
    assert after["amazon_capex"] == pytest.approx(1.2 * before["amazon_capex"])
