"""Beliefs as of an earlier day: what was known, its vintages, and the defaults before them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecast.inputs import load
from forecast.inputs.as_of import beliefs_as_of, count_beliefs, lean_on_beliefs, replaced_warnings
from forecast.inputs.schema import AssumedPoint, Distribution, Inputs, Replaced
from forecast.units import UNITS

VINTAGES = """\
  vintages:
    - known_from: 2024-03-31
      p10: 1_000
      p90: 100_000
      ceiling: 500_000
      source: judgement
      status: judged
      reasoning: There were no agents yet.
    - known_from: 2025-03-31
      value: 70_000
      source: A first session
      source_url: https://example.org/session
      status: secondary
"""
DRIVER_VINTAGES = """\
  vintages:
    - known_from: 2024-10-21
      saturation: {p10: 10%, p50: 30%, p90: 70%}
      source: judgement
      status: judged
      reasoning: A third was forecast for 2028.
"""


@pytest.fixture
def today(workspace: Path) -> Inputs:
    """The good workspace, with vintages of an assumption and of a driver."""
    usage = workspace / "assumptions/base/usage.yaml"
    _insert(
        usage, "  reasoning: Surveys of coding agents differ by a factor of thirty.\n", VINTAGES
    )
    drivers = workspace / "assumptions/drivers.yaml"
    _insert(drivers, "  reasoning: Other office software took a decade.\n", DRIVER_VINTAGES)
    correlations = workspace / "assumptions/base/correlations.yaml"
    _insert(correlations, "again.\n", "  known_from: 2025-06-30\n")
    return load(workspace, use_cache=False)


def _insert(file: Path, after: str, text: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert after in content
    file.write_text(content.replace(after, after + text), encoding="utf-8")


def _median(inputs: Inputs, name: str) -> float:
    return dict(inputs.assumptions[name].knots[0].belief.quantiles).get(0.5, 0.0)


def test_today_all_of_todays_beliefs_are_known(today: Inputs) -> None:
    assert beliefs_as_of(today, date(2026, 11, 1)) == (today, ())
    assert replaced_warnings(today) == ()


def test_the_newest_vintage_that_was_known_takes_the_place_of_a_belief(today: Inputs) -> None:
    later, replaced = beliefs_as_of(today, date(2025, 3, 31))
    task = later.assumptions["tokens_per_task"]
    assert _median(later, "tokens_per_task") == 70_000
    assert (task.floor, task.ceiling, task.provenance.source) == (None, None, "A first session")
    assert task.provenance.date == date(2025, 3, 31)
    assert Replaced("tokens_per_task", "assumption", "vintage", date(2025, 3, 31)) in replaced
    before = beliefs_as_of(today, date(2025, 3, 30))[0].assumptions["tokens_per_task"]
    assert before.knots[0].belief.quantiles == ((0.1, 1_000), (0.9, 100_000))
    assert (before.ceiling, before.vintages) == (500_000, ())


def test_before_every_vintage_stands_the_default_of_unit_and_kind(today: Inputs) -> None:
    then, replaced = beliefs_as_of(today, date(2024, 3, 30))
    defaults = {(each.unit, each.kind): each.belief for each in today.defaults}
    assert then.assumptions["tokens_per_task"].knots[0].belief == defaults["tokens", ""]
    assert then.assumptions["utilisation"].knots[0].belief == defaults["share", ""]
    path = then.assumptions["power_additions"]
    assert {knot.belief for knot in path.knots} == {defaults["W/year", ""]}
    assert path.is_path
    assert path.persistence == 1.0
    assert Replaced("power_additions", "assumption", "default") in replaced


def test_a_driver_believes_what_was_believed_then_and_else_its_data_alone(today: Inputs) -> None:
    then = beliefs_as_of(today, date(2024, 10, 21))[0].drivers["agent_penetration"]
    assert then.saturation is not None
    assert dict(then.saturation.quantiles)[0.5] == 0.3
    assert (then.growth, then.ceiling) == (None, None)
    before, replaced = beliefs_as_of(today, date(2024, 10, 20))
    assert before.drivers["agent_penetration"].saturation is None
    assert Replaced("agent_penetration", "driver", "nothing") in replaced


def test_what_nothing_can_stand_for_is_left_out(today: Inputs) -> None:
    then, replaced = beliefs_as_of(today, date(2025, 6, 29))
    assert (then.correlations, then.drivers["agent_penetration"].assumed) == ((), ())
    assert [target.name for target in then.targets] == ["compute_sold"]
    assert then.scenarios == today.scenarios
    kinds = {each.kind for each in replaced if each.by == "nothing"}
    assert kinds == {"correlation", "assumed point", "target"}
    assert beliefs_as_of(today, date(2025, 6, 30))[0].correlations == today.correlations


def test_a_driver_of_which_nothing_was_published_leans_on_its_saturation(today: Inputs) -> None:
    unseen = replace(today, observations=())
    then, replaced = beliefs_as_of(unseen, date(2024, 10, 21))
    (point,) = then.drivers["agent_penetration"].assumed
    assert isinstance(point, AssumedPoint)
    stated = dict(point.belief.quantiles)
    assert stated[0.1] == pytest.approx(0.1 / 1000.0)
    assert stated[0.9] == pytest.approx(0.7 / 3.0)
    assert stated[0.5] == pytest.approx((stated[0.1] * stated[0.9]) ** 0.5)
    assert Replaced("agent_penetration", "evidence", "default") in replaced
    two = Distribution("quantiles", ((0.1, 0.2), (0.9, 0.6)))  # without a median
    agents = replace(today.drivers["agent_penetration"], assumed=(), saturation=two)
    leaning, _ = lean_on_beliefs(replace(unseen, drivers={"a": agents}), date(2024, 10, 21))
    assert leaning.drivers["a"].assumed[0].belief.quantiles[2] == (0.9, pytest.approx(0.2))
    # Nobody believes anything of the saturation of capex, so it has no level to lean on.
    assert then.drivers["capex"].assumed == ()


def test_loading_as_of_a_day_says_what_was_not_known(today: Inputs, workspace: Path) -> None:
    then = load(workspace, date(2026, 8, 31))
    assert then.replaced == beliefs_as_of(load(workspace), date(2026, 8, 31))[1]
    (said,) = replaced_warnings(then)
    assert said == (
        f"7 of {count_beliefs(then)} beliefs were not known by then: 2 stand as of an earlier day; "
        "2 are left out; 3 are the default of their unit"
    )
    with_today = load(workspace, date(2026, 8, 31), beliefs="today")
    assert with_today.assumptions == today.assumptions
    assert len({then.sha256, with_today.sha256, today.sha256}) == 3


def test_every_unit_has_a_default() -> None:
    plain = {each.unit for each in load(use_cache=False).defaults if not each.kind}
    assert plain == set(UNITS)
