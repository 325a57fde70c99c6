"""The explorer's numbers: those of `forecast whatif` at rest, and levers that stand as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.sensitivity.sensitivity import sensitivity
from forecast.analysis.whatif.whatif import whatif
from forecast.explorer.bench import Bench
from forecast.explorer.facts import Facts
from forecast.explorer.levers import Lever
from forecast.explorer.measured import kind_of
from forecast.explorer.reading import Reading, keep, recalled
from forecast.explorer.state import State, Steps
from forecast.inputs import parse_settings
from forecast.inputs.schema import Inputs
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
from forecast.world.kept import KeptWorld
from forecast.world.settings import at_date
from forecast.world.values import with_parts

OPTIONS = RunOptions(draws=512, use_cache=False)
STATES = [
    State(),
    State((), ("agent_penetration@2028=20%", "token_yield@2028=x1.3")),
    State(("grid-bound",), ("retirement_rate=+5pp", "hyperscaler_capex@2027=x0.8")),
    State((), ("memory_supply@2029=x2",)),
    State((), ("agent_penetration@2028=20%",), ("ai_capex@2027=$1.3T±20%",)),
    State((), ("agent_penetration=delay-1y", "retirement_rate=+5pp")),
]


@pytest.fixture(scope="module")
def bench(base_case: Case, base_ensemble: Ensemble) -> Bench:
    """A bench on the small ensemble, a quarter of whose draws answer a hand that moves."""
    return Bench(Facts(base_case, OPTIONS), few=128)


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_at_rest_every_number_is_that_of_whatif(bench: Bench, state: State) -> None:
    reading = bench.read(state, "lab_rd_spend", is_full=True, is_cancelled=lambda: False)
    names = tuple(reading.compared)
    expected = whatif(bench.case, OPTIONS, changed=state.of(bench.case), metrics=names)
    assert len(names) > 15
    for name in names:
        assert reading.compared[name] == expected.compared(name)
    assert (reading.is_full, reading.draws) == (True, 512)
    assert set(reading.warnings) <= set(expected.warnings)


@pytest.mark.slow
def test_why_is_the_what_if_of_one_metric(bench: Bench) -> None:
    found = bench.why(STATES[1], "rent")
    assert found.subject == "rent"
    assert {part.driver for part in found.attribution} >= {"agent_penetration", "token_yield"}


@pytest.mark.slow
def test_the_base_comes_back_from_the_cache_to_the_digit(
    base_case: Case, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached = replace(OPTIONS, use_cache=True)
    facts, reading = Facts(base_case, cached), bench.base("rent")
    assert recalled(facts, "rent") is None
    bench.measure(bench.ranked("rent"))
    facts.ranked, facts.levers = bench.facts.ranked, bench.facts.levers
    keep(facts, reading)
    again = Facts(base_case, cached)
    found = recalled(again, "rent")
    assert found is not None
    assert (again.ranked["rent"], again.levers) == (facts.ranked["rent"], facts.levers)
    assert (found.compared, found.draws, found.is_full) == (reading.compared, 512, True)
    np.testing.assert_array_equal(found.path.levels, reading.path.levels, strict=True)
    np.testing.assert_array_equal(found.path.times, reading.path.times, strict=True)
    others = (replace(cached, seed=2), replace(cached, draws=256), OPTIONS)
    assert all(recalled(Facts(base_case, each), "rent") is None for each in others)
    assert recalled(again, "chip_spend") is None


@pytest.mark.slow
def test_few_draws_are_the_first_of_all(bench: Bench) -> None:
    state = STATES[1]
    reading = bench.read(state, "rent", is_full=False, is_cancelled=lambda: False)
    assert (reading.is_full, reading.draws) == (False, 128)
    world = bench.world.with_settings(state.of(bench.case).settings)
    draws = world.at("rent", "2028")[:128]
    assert reading.compared["rent"].now.quantiles.p50 == pytest.approx(np.median(draws), rel=1e-9)
    last = world.values(["rent"])["rent"][:128, bench.world.timeline.horizon - 1]
    assert reading.path.levels[2, -1] == pytest.approx(np.median(last), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("state", [STATES[1], STATES[2], STATES[0]])
def test_what_is_kept_answers_to_the_bit(bench: Bench, state: State) -> None:
    first = bench.world.of_draws(slice(0, 64))
    now = bench.world.with_settings(state.of(bench.case).settings).of_draws(slice(0, 64))
    kept, names = KeptWorld(first), ["inference_share", "hyperscaler_capex"]
    assert kept.values(first, names[:1]).keys() == with_parts(names[:1])
    for name, draws in kept.values(now, names).items():
        np.testing.assert_array_equal(draws, now.values(names)[name], strict=True)


@pytest.mark.slow
def test_outcomes_are_learnt_from_the_first_draws_where_these_are_enough(bench: Bench) -> None:
    def reading(outcome: str) -> Reading:
        state = State((), ("agent_penetration@2028=20%",), (outcome,))
        return bench.read(state, "ai_capex", is_full=False, is_cancelled=lambda: False)

    wide, narrow = reading("ai_capex@2027=$1.3T±30%"), reading("ai_capex@2027=$1.3T±2%")
    assert (wide.is_full, wide.draws) == (False, 128)
    assert (narrow.is_full, narrow.draws) == (True, 512)
    assert wide.median("capability") != 0.0  # what is learnt moves all levers


@pytest.mark.slow
def test_every_lever_moves_and_stands_where_it_says(bench: Bench) -> None:
    inputs = bench.case.inputs
    bench.measure([*inputs.assumptions, *inputs.drivers])
    levers = bench.facts.levers.values()
    assert len(levers) > 150
    unmoved = []
    for lever in levers:
        low, high = lever.track
        assert low <= lever.base <= high, lever.key
        assert lever.along(low) == pytest.approx(0.0, abs=1e-9)
        assert lever.along(high) == pytest.approx(1.0, abs=1e-9)
        for steps in (1, -5):
            text = lever.stepped(lever.base, steps)
            if text is None:
                unmoved.append(lever.key)
                continue
            (setting,) = parse_settings([text], inputs, "a test")
            there = lever.moved_to(setting)
            assert (there > lever.base) == (steps > 0), text
            if steps == 1:
                back = _value(lever, lever.stepped(there, -1), inputs)
                assert back == pytest.approx(lever.base, **_one_step(lever)), text
            world = bench.world.with_settings([setting])
            median = np.median(at_date(world.belief(lever.key), "2028", kind_of(inputs, lever.key)))
            assert median == pytest.approx(there, rel=1e-5), text
    assert unmoved == []


def _one_step(lever: Lever) -> dict[str, float]:
    """Return how near is near for a lever."""
    return {"rel": 1e-3} if lever.scale == "log" else {"rel": 0.0, "abs": lever.step}


def _value(lever: Lever, text: str | None, inputs: Inputs) -> float:
    """Return where a setting puts a lever."""
    return lever.moved_to(parse_settings([text], inputs, "a test")[0] if text else None)


@pytest.mark.slow
def test_levers_come_in_the_order_of_the_sensitivity_ranking(bench: Bench) -> None:
    found = sensitivity(bench.case, OPTIONS, metric="chip_spend", method="given-data")
    keys = bench.case.inputs.assumptions.keys() | bench.case.inputs.drivers.keys()
    expected = [row.assumption for row in found.rows if row.assumption in keys]
    assert bench.ranked("chip_spend") == expected


@pytest.mark.slow
def test_marks_are_the_beliefs_before_and_after_history(bench: Bench) -> None:
    learnt = bench.world.ensemble.learnt
    rows = {row.assumption: row for row in learnt.beliefs}
    bench.measure(["retirement_rate", "weekly_users", "token_yield"])
    levers = bench.facts.levers
    assert levers["retirement_rate"].prior == rows["retirement_rate"].prior
    assert levers["retirement_rate"].conditioned.p50 == pytest.approx(
        rows["retirement_rate"].conditioned.p50, rel=0.02
    )
    driver = next(
        row for row in learnt.drivers if (row.driver, row.period) == ("weekly_users", "2028")
    )
    assert levers["weekly_users"].prior == driver.prior
    knots = [rows[f"token_yield@{time}"].prior.p50 for time in ("2026.88", "2028.88")]
    assert levers["token_yield"].prior is not None
    assert levers["token_yield"].prior.p50 == pytest.approx(knots[1], rel=1e-3)


def test_a_setting_takes_the_place_of_one_at_its_key_and_date(base_case: Case) -> None:
    inputs = base_case.inputs
    state = State().with_setting("agents@2028=20%", inputs)
    assert state.settings == ("agent_penetration@2028=20%",)
    state = state.with_setting("token_yield=x2", inputs)
    state = state.with_setting("agent_penetration@2028Q4=x0.5", inputs)
    assert state.settings == ("token_yield=x2", "agent_penetration@2028Q4=x0.5")
    assert state.text_at("agent_penetration@2028", inputs) is not None
    assert state.without("agent_penetration@2028", inputs).settings == ("token_yield=x2",)
    # A year of a flow is the year, and not its last quarter.
    state = State((), ("hyperscaler_capex@2028=x2",))
    assert state.without("hyperscaler_capex@2028Q4", inputs) == state


def test_the_command_line_can_be_pasted() -> None:
    state = State(("grid-bound",), ("ai=$1.2T", "b=x2"))
    line = state.command_line(("--draws", "512"))
    assert line == "forecast whatif --scenario grid-bound --set 'ai=$1.2T' --set b=x2 --draws 512"


def test_moving_one_lever_is_one_step_back() -> None:
    states = [State((), (f"a={at}",)) for at in range(4)]
    steps = Steps(State())
    for state in states[:3]:
        steps.take(state, "a")
    steps.take(states[3], "b")
    assert steps.back()
    assert steps.state == states[2]
    assert steps.back()
    assert steps.state == State()
    assert not steps.back()
