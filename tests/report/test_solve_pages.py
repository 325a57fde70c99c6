"""The page of a goal seek, character by character, and its sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from example_result import run

from forecast.analysis.solve.rows import ResponseRow, SolutionRow
from forecast.analysis.solve.solve import Solution
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain
from forecast.report.pages.whatif.solve_pages import answer, solve_page, standing
from forecast.result import Band

SOLVED = SolutionRow(
    key="agent_penetration",
    value=0.712,
    error=0.031,
    achieved=0.7,
    status="solved",
    satisfied="above",
    met_now=False,
    metric="inference_share",
    title="Inference share of [compute]",
    period="2028",
    unit="share",
    goal="at_least",
    target=0.7,
    probability=0.5,
    probability_now=0.443,
    base=Band(0.34, 0.668, 0.856),
    base_achieved=0.668,
    varied="agent_penetration@2028",
    key_title="Enterprise applications with AI agents",
    key_unit="share",
    key_period="2028",
    key_now=Band(0.226, 0.433, 0.632),
    key_percentile=0.968,
    best_value=0.96,
    low=0.016,
    high=0.96,
    crossings=1,
    moves=True,
    setting="agent_penetration@2028=71.2%",
)


def stand(value: float, middle: float, *, is_answer: bool = False) -> ResponseRow:
    return ResponseRow(
        key="agent_penetration",
        key_value=value,
        metric=Band(middle - 0.33, middle, middle + 0.17),
        achieved=middle - 0.2,
        probability=middle - 0.2,
        is_answer=is_answer,
    )


def test_the_page_of_an_answer(as_expected: Callable[[str, str], None]) -> None:
    response = (stand(0.016, 0.59), stand(0.39, 0.66), stand(0.712, 0.7, is_answer=True))
    result = Solution("solve", run(), (SOLVED,), (), response)
    as_expected("solve-80.txt", plain(draw(solve_page(result), 80)))


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
    assert answer(replace(SOLVED, **changes)) == said


def test_how_things_stand_says_how_far_off_the_answer_is() -> None:
    assert "and 71% or more in 3 of 100 draws." in standing(SOLVED)
    assert "3 times from 1.6% to 96%" in standing(replace(SOLVED, crossings=3))
    fixed = standing(replace(SOLVED, key_percentile=None))
    assert fixed.endswith("agent_penetration@2028 is 43% in every draw.")
    money = replace(SOLVED, key_unit="USD", value=966.4e9, error=4.2e9)
    assert "$966B (±4B) or more" in answer(money)
