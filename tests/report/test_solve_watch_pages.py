"""The page of what to watch, character by character."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from example_result import run

from forecast.report.formats.drawing import draw
from forecast.report.formats.terminal import plain
from forecast.report.pages.watch_pages import watch_page
from forecast.result import Result, Row


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


def test_the_page_of_what_to_watch(as_expected: Callable[[str, str], None]) -> None:
    left_out = [{"observation": "guidance", "reason": "a [forecast]"}]
    result = Result("watch", run(), WATCHED, (), {"to_come": 5, "left_out": left_out})
    as_expected("watch-80.txt", text(watch_page(result)))


def test_nothing_to_watch_is_said() -> None:
    result = Result("watch", run(), (), (), {"to_come": 0, "left_out": []})
    assert "Nothing that the forecast rests on" in text(watch_page(result))
