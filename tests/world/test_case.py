"""A case: which quarters it computes, and what it says of inputs that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecast.analysis.beliefs.checks import check_assumptions
from forecast.errors import InputError
from forecast.result import RunOptions
from forecast.world.case import Case, load_case
from forecast.world.ensemble import open_world
from forecast.world.history.conditioning import known_data
from forecast.world.timeline import LOOKAHEAD, Timeline


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_the_grid_runs_from_2022_through_the_horizon_and_the_lags(base_case: Case) -> None:
    timeline = base_case.timeline("2027Q2")
    assert (timeline.horizon, timeline.size) == (22, 22 + LOOKAHEAD)
    assert timeline.periods[0] == "2022Q1"
    assert timeline.periods[-1] == "2027Q2"
    assert timeline.years == ["2022", "2023", "2024", "2025", "2026"]


def test_time_is_counted_from_the_end_of_the_history() -> None:
    timeline = Timeline(history=3, vendor=4, horizon=6, size=7)
    assert timeline.year_fraction[0, :3].tolist() == [2022.125, 2022.375, 2022.625]
    assert timeline.first_projected == "2022Q4"


def test_a_scenario_comes_before_the_settings_of_the_command_line() -> None:
    case = load_case(scenario=("agents-disappoint",), settings=("agent_penetration@2028=30%",))
    assert case.source == "built-in base case"
    assert case.scenario == ("agents-disappoint",)
    asked = [each for each in case.settings if each.key == "agent_penetration"]
    assert [each.origin for each in asked][-1] == "command line"
    assert asked[-1].value == 0.3


def test_every_problem_of_scenarios_and_settings_comes_at_once() -> None:
    with pytest.raises(InputError) as refused:
        load_case(scenario=("grid-bond",), settings=("agent_penetraton@2028=25%", "duty=7"))
    assert len(refused.value.problems) == 3
    assert "Did you mean grid-bound?" in str(refused.value)


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(2014, 12, 31), "not reported"), (date(2016, 12, 31), "reported through 2016Q3")],
)
def test_a_day_before_vendors_reported_is_refused(day: date, found: str) -> None:
    with pytest.raises(InputError, match=f"{found}; expected revenue reported from 2022Q1 on"):
        load_case(as_of=day).timeline("2028")


@pytest.mark.parametrize(
    "ask",
    [
        lambda case: open_world(case, RunOptions(use_cache=False)),
        lambda case: known_data(case.inputs),
        check_assumptions,
    ],
)
def test_a_target_of_a_quantity_that_no_equation_defines_is_refused(
    ask: Callable[[Case], object], base_case: Case
) -> None:
    target, *others = base_case.inputs.targets
    wrong = replace(target, name="a_target", quantity="openai_revenu")
    inputs = replace(base_case.inputs, targets=(wrong, *others))
    with pytest.raises(InputError) as refused:
        ask(replace(base_case, inputs=inputs))
    (problem,) = refused.value.problems
    assert problem.place == f"assumptions/targets.yaml:{target.line}"
    assert (problem.subject, problem.found) == ("a_target.quantity", "openai_revenu")
    assert "Did you mean openai_revenue" in problem.hint
