"""`--set KEY[@PERIOD]=VALUE` and `--scenario`: what they mean, and what is said of a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario, load, parse_settings
from forecast.inputs.schema import Inputs

GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load(GOOD, use_cache=False)


def problem(inputs: Inputs, text: str) -> Problem:
    with pytest.raises(InputError) as refused:
        parse_settings([text], inputs, "command line")
    (found,) = refused.value.problems
    assert (found.place, found.subject) == ("command line", f"--set {text}")
    return found


@pytest.mark.parametrize(
    ("text", "key", "period", "operation", "value"),
    [
        ("agent_penetration@2028=25%", "agent_penetration", "2028", "replace", 0.25),
        ("agent_penetration@2027q1=0.25", "agent_penetration", "2027Q1", "replace", 0.25),
        ("capex@2027=$1.2T", "capex", "2027", "replace", 1.2e12),
        ("tokens_per_task=x2", "tokens_per_task", "", "scale", 2.0),
        ("tokens_per_task = x0.5", "tokens_per_task", "", "scale", 0.5),
        ("agent_penetration@2028=+5pp", "agent_penetration", "2028", "shift", 0.05),
        ("agent_penetration@2028=-5pp", "agent_penetration", "2028", "shift", -0.05),
        ("capex@2028=-100B", "capex", "2028", "shift", -1e11),
        ("power_additions@2027=+3 GW", "power_additions", "2027", "shift", 3e9),
        ("power_additions=delay-1y", "power_additions", "", "delay", 4.0),
        ("power_additions@2027=delay-2q", "power_additions", "2027", "delay", 2.0),
        ("capex=delay 18 months", "capex", "", "delay", 6.0),
        ("capex@2028==$1.2T", "capex", "2028", "replace", 1.2e12),
    ],
)
def test_a_value_replaces_scales_or_shifts(
    inputs: Inputs, text: str, key: str, period: str, operation: str, value: float
) -> None:
    (setting,) = parse_settings([text], inputs, "command line")
    assert (setting.key, setting.period, setting.operation) == (key, period, operation)
    assert setting.value == pytest.approx(value, rel=1e-12)
    assert (setting.text, setting.origin) == (text, "command line")


@settings(deadline=None)
@given(share=st.integers(0, 10_000).map(lambda n: n / 100))
def test_a_percentage_and_its_fraction_are_one_value(share: float) -> None:
    inputs = load(GOOD)
    texts = [f"agent_penetration@2028={share}%", f"agent_penetration@2028={share / 100}"]
    percentage, fraction = parse_settings(texts, inputs, "command line")
    assert percentage.value == pytest.approx(fraction.value, abs=1e-12)


def test_a_slip_in_the_name_and_in_the_value_are_told_together(inputs: Inputs) -> None:
    found = problem(inputs, "agent_penetraton@2028=25")
    assert found.hint == (
        "Did you mean agent_penetration? "
        "Also: 25 would be 2,500% (unit: share, 0–1). Write 25% or 0.25."
    )


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        ("agent_penetration@2028=25", "25", "Write 25% or 0.25."),
        ("agent_penetration@2026Q1=25%", "the period 2026Q1", "History does not move"),
        ("agent_penetration@2024=25%", "the period 2024", "History does not move"),
        ("agent_penetration@soon=25%", "'soon' is neither a year", ""),
        ("agent_penetration@=25%", "'' is neither a year", ""),
        ("agent_penetration@2028=+5%", "a shift by 5%", "Write +5pp"),
        ("capex@2028=+5pp", "5pp for USD", ""),
        ("capex@2028=25%", "25%", "percentage"),
        ("capex@2028=x0", "x0", ""),
        ("capex@2028=xyz", "xyz", ""),
        ("tokens_per_task@2028=x2", "a period, 2028", "leave out @2028"),
        ("tokens_per_task=delay-1y", "delay-1y", "does not change with time"),
        ("capex=delay-1m", "delay-1m", ""),
        ("capex=delay-0y", "delay-0y", ""),
        ("capex=delay-soon", "delay-soon", ""),
        ("tokens_per_task", "'tokens_per_task'", ""),
        ("tokens_per_task=", "'tokens_per_task='", ""),
        ("=5", "'=5'", ""),
    ],
)
def test_what_cannot_be_meant_is_refused(inputs: Inputs, text: str, found: str, hint: str) -> None:
    refused = problem(inputs, text)
    assert found in refused.found
    assert hint in refused.hint


@pytest.mark.parametrize("value", ["350", "+350", "-21.5", "999999"])
def test_a_bare_number_of_dollars_is_refused_with_what_it_likely_means(
    inputs: Inputs, value: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings([f"capex@2028={value}"], inputs, "command line")
    (told,) = refused.value.problems
    assert "a number without a unit" in told.found
    assert f"Write ${value.lstrip('+-')}B" in told.hint
    (taken,) = parse_settings([f"capex@2028={value}B"], inputs, "command line")
    assert abs(taken.value) == abs(float(value)) * 1e9


def test_all_problems_come_at_once(inputs: Inputs) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings(["capex@2028=x2", "capx=1", "capex@2020=1"], inputs, "command line")
    assert [each.subject for each in refused.value.problems] == [
        "--set capx=1",
        "--set capex@2020=1",
    ]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["agent_penetration@2028=25%", "agent_penetration@2028=30%"], "=25%"),
        (["agent_penetration@2028=25%", "agent_penetration@2028Q4=30%"], "=25%"),
        (["tokens_per_task=2M", "tokens_per_task=3M"], "=2M"),
        (["tokens_per_task=x2", "tokens_per_task=2M"], "=x2"),
        (["capex@2028=x2", "capex@2027=x2", "capex@2028=+$1B"], "capex@2028=x2"),
        (["capex=delay-1y", "capex=delay-2y"], "=delay-1y"),
    ],
)
def test_two_values_for_one_date_are_refused(inputs: Inputs, texts: list[str], found: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_settings(texts, inputs, "command line")
    (told,) = refused.value.problems
    assert (told.place, told.subject) == ("command line", f"--set {texts[-1]}")
    assert told.found.startswith("a contradiction of ")
    assert told.found.endswith(found)


@pytest.mark.parametrize(
    "texts",
    [
        ["agent_penetration@2028=25%", "agent_penetration@2028Q4=0.25"],
        ["capex@2028=$1T", "capex@2028Q4=$300B"],  # a year of a flow is its sum
        ["agent_penetration@2027=20%", "agent_penetration@2028=30%"],
        ["capex=delay-1y", "capex=x0.5"],  # later, and less of it
    ],
)
def test_what_agrees_is_no_contradiction(inputs: Inputs, texts: list[str]) -> None:
    assert len(parse_settings(texts, inputs, "command line")) == 2


def write_scenario(folder: Path, name: str, rest: str) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(f"{{title: T, story: A try., sources: [me], {rest}}}", encoding="utf-8")
    return file


def test_a_scenario_inherits_and_its_own_settings_win(workspace: Path, tmp_path: Path) -> None:
    folder = workspace / "assumptions/scenarios"
    write_scenario(folder, "slower", "extends: slow-agents, set: {tokens_per_task: x3}")
    write_scenario(folder, "a-slowest", "extends: slower, set: {agent_penetration@2028Q4: 8%}")
    inputs = load(workspace)
    slowest = inputs.scenarios["a-slowest"]
    assert [(each.text, each.origin) for each in slowest.settings] == [
        ("power_additions@2027Q4=-5 GW", "slow-agents"),
        ("tokens_per_task=x3", "slower"),
        ("agent_penetration@2028Q4=8%", "a-slowest"),
    ]
    assert (slowest.extends, slowest.probability) == ("slower", None)
    # a file from elsewhere may build on it, and the cache keeps it all
    mine = write_scenario(tmp_path, "mine", "extends: slower, set: {capex@2028: x2}")
    assert len(find_scenario(str(mine), inputs).settings) == 4
    assert load(workspace) == inputs


def test_an_unknown_parent_of_a_file_is_told_its_neighbour(inputs: Inputs, tmp_path: Path) -> None:
    mine = write_scenario(tmp_path, "mine", "extends: slow-agent, set: {capex@2028: x2}")
    with pytest.raises(InputError, match=r"mine.yaml:1:\d+: mine.extends.*mean slow-agents\?"):
        find_scenario(str(mine), inputs)


def test_settings_that_data_overtook_are_told_once_of_the_file_that_says_them(
    workspace: Path,
) -> None:
    folder = workspace / "assumptions/scenarios"
    write_scenario(folder, "heir", "extends: old, set: {tokens_per_task: x3}")
    write_scenario(folder, "old", "set: {capex@2025: x2}")
    inputs = load(workspace)
    assert [each.text for each in inputs.scenarios["heir"].settings] == ["tokens_per_task=x3"]
    assert len(inputs.warnings) == 1
    assert "old.yaml: capex@2025=x2 left out" in inputs.warnings[0]


def test_a_circle_of_scenarios_is_told_once_with_its_chain(workspace: Path) -> None:
    folder = workspace / "assumptions/scenarios"
    for name, parent in (("b", "c"), ("c", "d"), ("d", "b"), ("leads-in", "b"), ("own", "own")):
        write_scenario(folder, name, f"extends: {parent}, set: {{tokens_per_task: x3}}")
    with pytest.raises(InputError) as refused:
        load(workspace)
    assert [(each.place, each.found) for each in refused.value.problems] == [
        ("assumptions/scenarios/b.yaml:1:42", "a circle: b extends c extends d extends b"),
        ("assumptions/scenarios/own.yaml:1:42", "a circle: own extends own"),
    ]


def test_a_scenario_is_found_by_name_or_file(inputs: Inputs, tmp_path: Path) -> None:
    slow = find_scenario("slow-agents", inputs)
    assert (len(slow.settings), slow.probability) == (3, 0.2)
    file = tmp_path / "mine.yaml"
    file.write_text("{title: Mine, story: A try., sources: [me], set: {capex@2028: x2}}")
    mine = find_scenario(str(file), inputs)
    assert (mine.name, mine.settings[0].operation) == ("mine", "scale")


def test_an_unknown_scenario_is_told_its_neighbour(inputs: Inputs, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such scenario.*Did you mean slow-agents\?"):
        find_scenario("slow-agent", inputs)
    with pytest.raises(InputError, match="No such file"):
        find_scenario(str(tmp_path / "missing.yaml"), inputs)
    file = tmp_path / "past.yaml"
    file.write_text("{title: Past, story: A try., sources: [me], set: {capex@2025: x2}}")
    with pytest.raises(InputError, match="a period after 2026Q2"):
        find_scenario(str(file), inputs)
