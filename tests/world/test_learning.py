"""What an outcome teaches: the draws of a world, chosen and never changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.model.equations import model_graph
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import build_ensemble
from forecast.world.history.learning import FEWEST, UNSTATED_ERROR, after_learning
from forecast.world.history.outcomes import parse_outcomes
from forecast.world.rows import median_error
from forecast.world.timeline import Timeline
from forecast.world.world import World

pytestmark = pytest.mark.slow
KEYS = [("inference_share", "2028"), ("chip_spend", "2027"), ("rent", "2027Q3")]
FEW = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def many_draws(base_case: Case, base_grid: Timeline) -> World:
    """The base case with as many draws as the width of a band needs: an outcome leaves a tenth."""
    options = RunOptions(draws=2048, use_cache=False)
    return World(base_case.inputs, build_ensemble(base_case, base_grid, options), base_grid)


def learnt(world: World, *texts: str) -> World:
    return after_learning(world, parse_outcomes(texts, world.inputs, "2035Q4"))


def width(draws: np.ndarray) -> float:
    return float(np.subtract(*np.percentile(draws, (90.0, 10.0))))


@FEW
@given(st.sampled_from(KEYS), st.floats(0.1, 0.9))
def test_the_median_goes_to_the_outcome_and_the_band_narrows(
    base_world: World, key: tuple[str, str], rank: float
) -> None:
    before = base_world.at(*key)
    value = float(np.quantile(before, rank))
    world = learnt(base_world, f"{key[0]}@{key[1]}={value!r}")
    (row,) = world.outcomes
    after = world.at(*key)
    assert abs(np.median(after) - value) < row.error
    assert row.p50 == pytest.approx(np.median(after))
    assert row.percentile == pytest.approx(100.0 * rank, abs=0.3)
    assert width(after) < 2.0 * UNSTATED_ERROR * width(before)
    assert row.effective_draws < base_world.draws


@FEW
@given(st.sampled_from(KEYS), st.floats(0.05, 0.95))
def test_no_other_band_becomes_wider_than_it_was(
    many_draws: World, key: tuple[str, str], rank: float
) -> None:
    # but for what sampling adds to a band, and what a place among the draws does to its tails
    value = float(np.quantile(many_draws.at(*key), rank))
    world = learnt(many_draws, f"{key[0]}@{key[1]}={value!r}")
    before, after = many_draws.take(KEYS), world.take(KEYS)
    assert all(width(np.log(after[each])) < 1.3 * width(np.log(before[each])) for each in KEYS)


def test_a_wide_error_at_the_median_changes_nothing(base_world: World) -> None:
    for metric, period in KEYS:
        middle = float(np.median(base_world.at(metric, period)))
        wide = "±49pp" if metric == "inference_share" else "±2000%"
        world = learnt(base_world, *3 * [f"{metric}@{period}={middle!r}{wide}"])
        for key in KEYS:
            before, after = base_world.at(*key), world.at(*key)
            error = median_error(before, np.sort(before))
            assert abs(np.median(after) - np.median(before)) < error


def test_outcomes_compose_in_any_order(base_world: World) -> None:
    capex, share = "ai_capex@2027=1.45T±15%", "inference_share@2028=62%±8pp"
    one, other = learnt(base_world, capex, share), learnt(base_world, share, capex)
    after_another = learnt(learnt(base_world, capex), share)
    for key in KEYS:
        assert np.array_equal(one.at(*key), other.at(*key))
        error = median_error(one.at(*key), np.sort(one.at(*key)))
        apart = np.median(after_another.at(*key)) - np.median(one.at(*key))
        assert abs(apart) < 4.0 * error
    assert one.outcomes[-1].effective_draws == pytest.approx(other.outcomes[-1].effective_draws)
    assert [each.metric for each in after_another.outcomes] == ["ai_capex", "inference_share"]


def test_a_bust_is_believed_where_little_is_spent(base_world: World) -> None:
    # What strikes by chance is learnt too, which no covariance with a normal variable tells.
    low = float(np.quantile(base_world.at("ai_capex", "2028"), 0.1))
    world = learnt(base_world, f"ai_capex@2028={low!r}")
    struck = [
        np.any(each.ensemble.shocks["bust_uniform"] < each.ensemble.shocks["bust_hazard"], axis=1)
        for each in (base_world, world)
    ]
    assert struck[1].mean() > struck[0].mean()


def test_a_member_of_a_breakdown_is_learnt(base_world: World) -> None:
    names = [model_graph().record_of("chip_spend", "silicon")]
    asics = base_world.values(names).at("chip_spend", "2028", "silicon", "custom_asic")
    value = float(np.quantile(asics, 0.8))
    world = learnt(base_world, f"chip_spend:custom_asic@2028={value!r}")
    found = world.values(names).at("chip_spend", "2028", "silicon", "custom_asic")
    assert np.median(found) == pytest.approx(value, rel=0.1)
    assert (world.outcomes[0].dimension, world.outcomes[0].member) == ("silicon", "custom_asic")


def test_settings_come_first_and_keep_their_draws(base_world: World) -> None:
    agents = parse_settings(["agent_penetration@2028=20%"], base_world.inputs, "a test")
    set_first = base_world.with_settings(agents)
    value = float(np.quantile(set_first.at("ai_revenue", "2028"), 0.8))
    world = learnt(set_first, f"ai_revenue@2028={value!r}")
    # Much revenue speaks for agents, though their median was set: nothing bends it back.
    assert np.median(world.at("agent_penetration", "2028")) > 0.2
    again = world.with_settings(agents)
    assert np.array_equal(again.at("ai_revenue", "2028"), world.at("ai_revenue", "2028"))
    # What is set after that is met in the draws that are left, and the first stays as it was.
    life = parse_settings(["retirement_rate=x1.2"], base_world.inputs, "a test")
    then = world.with_settings((*agents, *life))
    assert np.array_equal(then.belief("agent_penetration"), world.belief("agent_penetration"))
    fewer = parse_settings(["agent_penetration@2028=10%"], base_world.inputs, "a test")
    assert np.median(world.with_settings(fewer).at("agent_penetration", "2028")) == (
        pytest.approx(0.1)
    )


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["ai_capex@2027=50T"], ["above all 512 draws", "effective draws are left", "P1 to P99"]),
        (["ai_capex@2027=1B"], ["below all 512 draws"]),
        (["ai_capex@2027=1.2T±2%", "ai_capex@2027=1.6T±2%"], ["errors from", "the same draws"]),
        (["ai_capex@2027=1.2T±1%", "ai_capex@2028=4T±1%"], ["after ai_capex@2027=1.2T±1%"]),
        (["hyperscaler_capex@2024=1T"], ["the same in every draw"]),
    ],
)
def test_an_outcome_that_leaves_no_draw_is_refused_with_how_far_out_it_lies(
    texts: Sequence[str], said: Sequence[str], base_world: World
) -> None:
    with pytest.raises(InputError) as refused:
        learnt(base_world, *texts)
    (problem,) = refused.value.problems
    assert problem.subject in {f"--given {text}" for text in texts}
    for part in said:
        assert part in problem.sentence()


def test_few_draws_left_are_warned_of_wherever_the_world_goes(base_world: World) -> None:
    far = float(np.quantile(base_world.at("ai_capex", "2027"), 0.97))
    world = learnt(base_world, f"ai_capex@2027={far!r}")
    assert FEWEST <= world.outcomes[0].effective_draws < 100.0
    assert any("effective draws of 512" in text for text in world.warnings)
    assert world.with_settings(()).warnings == world.warnings


def test_blocks_and_threads_do_not_matter(
    base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "inference_share@2028=65%"
    whole = learnt(base_world, text).at("rent", "2028")
    monkeypatch.setattr("forecast.world.world.BLOCK", 100)
    monkeypatch.setattr("forecast.world.world.THREADS", 1)
    assert np.array_equal(learnt(base_world, text).at("rent", "2028"), whole)
