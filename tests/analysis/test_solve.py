"""Goal seek: exact answers where they are known, and answers put back into the model elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.solve.rows import SolutionRow
from forecast.analysis.solve.search import Crossing, Search
from forecast.analysis.solve.solve import solve
from forecast.analysis.solve.solve_request import Goal, Lever
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case
from forecast.world.world import World

FEW = RunOptions(draws=512, use_cache=False)
YEAR = Lever("key", "", "key", "Key", "year", "linear", "stock")


def answer(case: Case, question: str, **asked: Any) -> SolutionRow:
    """Return the row of a goal seek."""
    return solve(case, FEW, question=question, **asked).rows[0]


def metric(world: World, where: str, *texts: str) -> Array:
    """Return a metric's draws under settings as a person writes them."""
    name, period = where.split("@")
    return world.with_settings(parse_settings(texts, world.inputs, "a test")).at(name, period)


def seek(curve: Callable[[float], float], low: float, high: float) -> Crossing | None:
    """Return where a curve, the same in every draw, rises above zero or falls below it."""
    search = Search(Goal("at_least", 0.0, 0.5), YEAR, lambda value: np.full(3, curve(value)))
    return search.nearest(search.scan(low, high), low)


def test_a_cubic_crosses_at_the_cube_root_of_two() -> None:
    looked: list[float] = []

    def cubic(x: float) -> float:
        looked.append(x)
        return x**3 - 2.0

    found = seek(cubic, 0.0, 2.0)
    assert found is not None
    assert found.stand.value == pytest.approx(2.0 ** (1.0 / 3.0), abs=2e-6)
    assert found.above
    assert len(set(looked)) < 9 + 8 + 2, "bisection alone would take 17 beside scan and slope"


@given(
    root=st.floats(-0.9, 0.9),
    steep=st.floats(0.01, 100.0),
    flat=st.floats(0.0, 1.0),
    sign=st.sampled_from([-1.0, 1.0]),
)
@settings(max_examples=100, deadline=None)
def test_any_monotone_curve_crosses_where_it_does(
    root: float, steep: float, flat: float, sign: float
) -> None:
    def curve(x: float) -> float:
        away = x - root
        return sign * (steep * away**5 + flat * away)

    found = seek(curve, -1.0, 1.0)
    assert found is not None
    value = found.stand.value
    assert abs(value - root) <= 2e-6 or abs(curve(value)) < 1e-25
    assert found.above == (sign > 0.0)


def test_no_crossing_is_made_up() -> None:
    assert seek(lambda x: x, 1.0, 2.0) is None


@pytest.mark.slow
def test_a_driver_reaches_its_own_median_exactly(base_case: Case) -> None:
    row = answer(base_case, "agent_penetration@2028", vary="agent_penetration", at_least="50%")
    assert row.value == pytest.approx(0.5, abs=1e-6)
    assert row.key == "agent_penetration"
    assert row.setting == "agent_penetration@2028=50%"
    assert row.satisfied == "above"
    assert row.achieved == pytest.approx(0.5, abs=1e-6)


def test_a_probability_asks_for_the_quantile(base_case: Case, base_world: World) -> None:
    # The path moves by a constant in logits, so that its P20 meets 40% where the median stands as
    # far from 40% in logits as it stands from P20 now.
    drawn = metric(base_world, "agent_penetration@2028")
    low, middle = (float(np.quantile(drawn, share)) for share in (0.2, 0.5))
    logit = into_scale(0.4, "logit") - into_scale(low, "logit") + into_scale(middle, "logit")
    row = answer(
        base_case,
        "agent_penetration@2028",
        vary="agent_penetration@2028",
        at_least="40%",
        probability="80%",
    )
    assert row.value == pytest.approx(float(out_of_scale(logit, "logit")), rel=1e-4)
    assert row.achieved == pytest.approx(0.4, abs=1e-6)
    assert row.probability_now == pytest.approx(float(np.mean(drawn >= 0.4)))


@pytest.mark.parametrize(
    ("question", "bound", "target", "key", "probability"),
    [
        ("inference_share@2028", "at_least", "x1.01", "agent_penetration", None),
        ("chip_spend@2027", "at_most", "x0.9", "hyperscaler_capex", None),
        ("ai_revenue@2028", "at_least", "x1.1", "agent_hours_per_seat", None),
        ("inference_share@2028", "at_least", "42%", "research_level", "0.7"),
        ("inference_share@2028", "at_most", "-2pp", "unpaid_inference_level", "60%"),
    ],
)
def test_the_answer_put_back_meets_the_target_and_just_beyond_it_does_not(
    base_case: Case,
    base_world: World,
    question: str,
    bound: str,
    target: str,
    key: str,
    probability: str | None,
) -> None:
    asked: dict[str, Any] = {bound: target, "probability": probability}
    row = answer(base_case, question, vary=key, **asked)
    assert row.status == "solved"
    level = row.probability if bound == "at_most" else 1.0 - row.probability

    def reached(value: float) -> float:
        drawn = metric(base_world, question, f"{row.varied}={value!r}")
        return float(np.quantile(drawn, level))

    assert reached(row.value) == pytest.approx(row.target, rel=1e-5)
    inwards = 1.05 if row.satisfied == "above" else 0.95
    inside, outside = reached(row.value * inwards), reached(row.value / inwards)
    side = 1.0 if bound == "at_least" else -1.0
    assert side * inside > side * row.target > side * outside
    as_written = metric(base_world, question, row.setting)
    assert np.quantile(as_written, level) == pytest.approx(row.target, rel=1e-3)


def test_a_path_is_set_where_the_question_is_asked(base_case: Case, base_world: World) -> None:
    asked: dict[str, Any] = {"vary": "agent_hours_per_seat", "at_least": "x1.1"}
    row = answer(base_case, "ai_revenue@2028", **asked)
    assert (row.varied, row.key_period) == ("agent_hours_per_seat@2028", "2028")
    own = base_world.belief("agent_hours_per_seat")[:, -1]
    assert row.key_now.p50 == pytest.approx(np.median(own), rel=1e-6)


@pytest.mark.slow
def test_what_nothing_reaches_says_how_near_it_comes(base_case: Case) -> None:
    row = answer(base_case, "inference_share@2028", vary="unpaid_inference_level", at_least="99%")
    assert (row.status, row.value, row.error) == ("unreachable", None, None)
    assert row.satisfied == "nowhere"
    assert row.base_achieved < row.achieved < 0.99
    assert row.best_value == row.high


@pytest.mark.slow
def test_what_holds_already_says_so(base_case: Case) -> None:
    near = answer(base_case, "inference_share@2028", vary="agent_penetration", at_least="x0.99")
    assert near.met_now
    assert near.satisfied == "above"
    assert near.value < near.key_now.p50
    always = answer(base_case, "inference_share@2028", vary="agent_penetration", at_least="1%")
    assert (always.status, always.satisfied) == ("solved", "everywhere")
    assert always.value == always.key_now.p50


@pytest.mark.slow
def test_a_range_asked_for_is_the_range_searched(base_case: Case) -> None:
    asked: dict[str, Any] = {"vary": "agent_penetration", "at_least": "x0.99"}
    wide = answer(base_case, "inference_share@2028", **asked)
    narrow = answer(base_case, "inference_share@2028", **asked, between=("60%", "70%"))
    assert wide.low < wide.value < 0.6
    assert (narrow.low, narrow.high) == (0.6, 0.7)
    assert narrow.satisfied == "everywhere"


def test_of_two_crossings_the_nearest_to_the_base_value_counts() -> None:
    still = np.linspace(-0.1, 0.1, 101)

    def hill(value: float) -> Array:
        return np.asarray(1.0 - (value - 1.0) ** 2 + still)

    search = Search(Goal("at_least", 0.5, 0.5), YEAR, hill)
    scanned = search.scan(0.0, 2.0)
    left, right = (search.nearest(scanned, base) for base in (0.1, 1.9))
    assert left is not None
    assert right is not None
    assert left.stand.value == pytest.approx(1.0 - np.sqrt(0.5), abs=1e-5)
    assert right.stand.value == pytest.approx(1.0 + np.sqrt(0.5), abs=1e-5)
    assert (left.above, right.above) == (True, False)
    # The rank of the median of 101 draws has error 0.0498; draws 0.002 apart make that 0.00995,
    # and the hill's slope there is √2.
    assert left.error == pytest.approx(0.2 * 0.5 / np.sqrt(101) / np.sqrt(2.0), rel=0.01)


def test_the_error_is_that_of_other_draws(
    base_case: Case, base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for _ in range(10):
        drawn = base_world.ensemble.of_draws(rng.integers(0, 512, 512))
        monkeypatch.setattr(ensemble, "build_ensemble", lambda *_, drawn=drawn, **__: drawn)
        asked: dict[str, Any] = {"vary": "hyperscaler_capex", "at_most": "550B"}
        rows.append(answer(base_case, "chip_spend@2027", **asked, between=("500B", "2T")))
    scatter = float(np.std([row.value for row in rows if row.value], ddof=1))
    stated = float(np.mean([row.error for row in rows if row.error]))
    assert 0.5 < stated / scatter < 2.0


@pytest.mark.slow
def test_values_that_no_path_can_meet_are_left_out(base_case: Case) -> None:
    asked: dict[str, Any] = {"vary": "hyperscaler_capex@2026", "at_most": "x0.98"}
    row = answer(base_case, "chip_spend@2026", **asked, between=("100B", "1T"))
    assert row.low > 100e9, "two quarters of 2026 are known"
    with pytest.raises(InputError, match="no path can reach"):
        answer(base_case, "chip_spend@2026", **asked, between=("1B", "2B"))


def test_everything_wrong_is_said_at_once(base_case: Case) -> None:
    with pytest.raises(InputError) as error:
        answer(
            base_case,
            "inference_shre@2028",
            vary="agent_penetraton@2028",
            at_least="50%",
            at_most="60%",
            probability="1",
        )
    subjects = [problem.subject for problem in error.value.problems]
    assert subjects == [
        "--vary agent_penetraton@2028",
        "inference_shre@2028",
        "--at-least, --at-most",
        "--probability 1",
    ]
    assert "agent_penetration" in error.value.problems[0].hint
    assert "inference_share" in error.value.problems[1].hint


@pytest.mark.parametrize(
    ("question", "asked", "found"),
    [
        ("inference_share@2028", {"vary": "agent_penetration"}, "neither"),
        (
            "agent_seats@2028",
            {"vary": "spending_response", "at_least": "1B"},
            "does not depend on it",
        ),
        ("inference_share@2023", {"vary": "spending_response", "at_least": "50%"}, "history"),
        ("crossover@2028", {"vary": "spending_response", "at_least": "50%"}, "an event"),
        ("inference_share@2028", {"vary": "spending_response", "at_least": "70"}, "7,000%"),
        ("inference_share@2028", {"vary": "spending_response@2028", "at_least": "70%"}, "a period"),
        ("inference_share@2028", {"vary": "agent_penetration@2025", "at_least": "7%"}, "2025"),
        (
            "inference_share@2028",
            {"vary": "agent_penetration", "at_least": "7%", "between": ("50%", "40%")},
            "50% and 40%",
        ),
        (
            "inference_share@2028",
            {"vary": "agent_penetration", "at_least": "7%", "probability": "0"},
            "0",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    base_case: Case, question: str, asked: dict[str, Any], found: str
) -> None:
    with pytest.raises(InputError) as error:
        answer(base_case, question, **asked)
    assert found in error.value.problems[0].sentence()
    assert len(error.value.problems) == 1


@pytest.mark.slow
def test_what_the_case_already_sets_stays_set(base_case: Case) -> None:
    setting = parse_settings(["agent_penetration@2028=20%"], base_case.inputs, "command line")
    changed = replace(base_case, settings=setting)
    row = answer(changed, "inference_share@2028", vary="agent_penetration", at_least="x1.01")
    assert row.key_now.p50 == pytest.approx(0.2, abs=1e-6)
    assert row.value > 0.2
    free = answer(base_case, "inference_share@2028", vary="agent_penetration", at_least="x1.01")
    assert free.value > row.value, "a higher base needs more"
    asked: dict[str, Any] = {"vary": "unpaid_inference_level", "at_least": "x1.01"}
    fixed, other = (answer(each, "inference_share@2028", **asked) for each in (base_case, changed))
    assert fixed.base_achieved > other.base_achieved


def test_scanned_values_are_even_in_the_scale_of_the_key() -> None:
    lever = Lever("key", "", "key", "Key", "USD", "log", "stock")
    search = Search(Goal("at_least", 5.0, 0.5), lever, lambda value: np.full(3, value))
    values = [stand.value for stand in search.scan(1.0, 256.0)]
    assert values == pytest.approx([2.0**power for power in range(9)])


@pytest.mark.slow
def test_the_response_holds_the_answer_among_the_values_searched(base_case: Case) -> None:
    result = solve(
        base_case,
        FEW,
        question="inference_demand@2028",
        vary="agent_penetration",
        at_least="x1.01",
    )
    (row,) = result.rows
    values = [each.key_value for each in result.response]
    assert values == sorted(values)
    assert (values[0], values[-1], len(values)) == (row.low, row.high, 10)
    (found,) = (each for each in result.response if each.is_answer)
    assert (found.key_value, found.achieved) == (row.value, row.achieved)
    shares = [each.probability for each in result.response]
    assert shares == sorted(shares), "more agents, more inference"
