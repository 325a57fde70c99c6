"""The pages of goal seek and of what to watch, character by character, and their sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from example_result import run

from forecast.report.formats.drawing import draw
from forecast.report.formats.terminal import plain
from forecast.report.pages.solve_pages import answer, solve_page, standing
from forecast.report.pages.watch_pages import watch_page
from forecast.result import Result, Row

SOLVED: Row = {
    "key": "agent_penetration",
    "value": 0.712,
    "error": 0.031,
    "achieved": 0.7,
    "status": "solved",
    "satisfied": "above",
    "met_now": False,
    "metric": "inference_share",
    "title": "Inference share of [compute]",
    "period": "2028",
    "unit": "share",
    "goal": "at_least",
    "target": 0.7,
    "probability": 0.5,
    "probability_now": 0.443,
    "base_p10": 0.34,
    "base_p50": 0.668,
    "base_p90": 0.856,
    "base_achieved": 0.668,
    "varied": "agent_penetration@2028",
    "key_title": "Enterprise applications with AI agents",
    "key_unit": "share",
    "key_period": "2028",
    "key_p10": 0.226,
    "key_p50": 0.433,
    "key_p90": 0.632,
    "key_percentile": 0.968,
    "best_value": 0.96,
    "low": 0.016,
    "high": 0.96,
    "crossings": 1,
    "moves": True,
    "setting": "agent_penetration@2028=71.2%",
}


def stand(value: float, middle: float, *, is_answer: bool = False) -> Row:
    return {
        "key": "agent_penetration",
        "key_value": value,
        "p10": middle - 0.33,
        "p50": middle,
        "p90": middle + 0.17,
        "achieved": middle - 0.2,
        "probability": middle - 0.2,
        "is_answer": is_answer,
    }


def solved(**changes: Any) -> Result:
    response = [stand(0.016, 0.59), stand(0.39, 0.66), stand(0.712, 0.7, is_answer=True)]
    return Result("solve", run(), ({**SOLVED, **changes},), (), {"response": response})


def figure(name: str, effects: tuple[tuple[float, float], ...], **changes: Any) -> list[Row]:
    """Return the rows of a figure to come, with (effect, error) on each headline metric."""
    metrics = (("inference_share", "share", 0.2), ("chip_spend", "USD", 2e11))
    head: Row = {
        "observation": name,
        "title": f"Figure of [{name}]",
        "period": "2026Q3",
        "first_published": "2026-11-04",
        "expected_published": "2026-11-04",
        "due": False,
        "usually_a_bound": False,
        "unit": "USD",
        "p10": 2.02e11,
        "p50": 2.23e11,
        "p90": 2.42e11,
        "surprise": 2.39e11,
        **changes,
    }
    return [
        {
            **head,
            "metric": metric,
            "metric_title": metric,
            "metric_period": "2028",
            "metric_unit": unit,
            "effect": effect,
            "effect_error": error,
            "effect_relative": effect / spread,
            "variance_reduction": (effect / spread) ** 2,
            "clear": abs(effect) > 2.0 * error,
        }
        for (metric, unit, spread), (effect, error) in zip(metrics, effects, strict=True)
    ]


WATCHED = (
    *figure("capex", ((-0.002, 0.0013), (9.5e9, 3.4e9)), expected_published="2027-01-04"),
    *figure(
        "runs", ((-0.01, 0.0027), (0.0, 1e9)), unit="FLOP", due=True, usually_a_bound=True,
        p10=8.5e26, p50=1.7e27, p90=3.4e27, surprise=3.1e27,
    ),
    *figure("survey", ((0.0018, 0.0003), (0.0, 1e9)), unit="share", p10=0.21, p50=0.22, p90=0.24),
)  # fmt: skip


def text(blocks: Any) -> str:
    return plain(draw(blocks, 80))


def test_the_page_of_an_answer(as_expected: Callable[[str, str], None]) -> None:
    as_expected("solve-80.txt", text(solve_page(solved())))


def test_the_page_of_what_to_watch(as_expected: Callable[[str, str], None]) -> None:
    left_out = [{"observation": "guidance", "reason": "a [forecast]"}]
    result = Result("watch", run(), WATCHED, (), {"to_come": 5, "left_out": left_out})
    as_expected("watch-80.txt", text(watch_page(result)))


def test_nothing_to_watch_is_said() -> None:
    result = Result("watch", run(), (), (), {"to_come": 0, "left_out": []})
    assert "Nothing that the forecast rests on" in text(watch_page(result))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "It takes agent_penetration@2028 of 71% (±3 pp) or more for inference share of "
         "[compute], 2028, to be at least 70% in the median draw."),
        ({"probability": 0.8, "satisfied": "below"}, "It takes agent_penetration@2028 of 71% "
         "(±3 pp) or less for inference share of [compute], 2028, to be at least 70% in 80 of "
         "100 draws."),
        ({"met_now": True, "goal": "at_most", "error": None}, "Inference share of [compute], "
         "2028, is at most 70% in the median draw as things stand, and stays so as long as "
         "agent_penetration@2028 is 71% or more."),
        ({"satisfied": "everywhere"}, "Inference share of [compute], 2028, is at least 70% in the "
         "median draw whatever agent_penetration@2028 is from 1.6% to 96%."),
        ({"satisfied": "nowhere", "value": None, "achieved": 0.68}, "No value of "
         "agent_penetration@2028 from 1.6% to 96% brings inference share of [compute], 2028, to "
         "at least 70% in the median draw: the most is 68.0%, at 96%."),
        ({"satisfied": "nowhere", "value": None, "achieved": 0.68, "moves": False}, "No value of "
         "agent_penetration@2028 from 1.6% to 96% brings inference share of [compute], 2028, to "
         "at least 70% in the median draw: agent_penetration@2028 does not move it from 68.0%."),
    ],
)  # fmt: skip
def test_each_kind_of_answer_in_words(changes: dict[str, Any], said: str) -> None:
    assert answer({**SOLVED, **changes}) == said


def test_how_things_stand_says_how_far_off_the_answer_is() -> None:
    assert "and 71% or more in 3 of 100 draws." in standing(SOLVED)
    assert "3 times from 1.6% to 96%" in standing({**SOLVED, "crossings": 3})
    fixed = standing({**SOLVED, "key_percentile": None})
    assert fixed.endswith("agent_penetration@2028 is 43% in every draw.")
    money = {"key_unit": "USD", "value": 966.4e9, "error": 4.2e9}
    assert "$966B (±4B) or more" in answer({**SOLVED, **money})
