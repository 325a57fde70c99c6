"""The page of what to watch, character by character."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from example_result import run

from forecast.analysis.watch.upcoming import LeftOut
from forecast.analysis.watch.watch import FigureToCome, Watch, WatchRow
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain
from forecast.report.pages.sensitivity.watch_pages import watch_page
from forecast.result import Band

CAPEX = FigureToCome(
    observation="capex",
    role="driver",
    driver="capex",
    target=None,
    series="capex",
    title="Figure of [capex]",
    period="2026Q3",
    first_published="2026-11-04",
    expected_published="2027-01-04",
    due=False,
    usually_a_bound=False,
    unit="USD",
    expected=Band(2.02e11, 2.23e11, 2.42e11),
    surprise=2.39e11,
)
RUNS = replace(
    CAPEX, observation="runs", title="Figure of [runs]", expected_published="2026-11-04", due=True,
    usually_a_bound=True, unit="FLOP", expected=Band(8.5e26, 1.7e27, 3.4e27), surprise=3.1e27,
)  # fmt: skip
SURVEY = replace(
    CAPEX, observation="survey", title="Figure of [survey]", expected_published="2026-11-04",
    unit="share", expected=Band(0.21, 0.22, 0.24),
)  # fmt: skip


def rows(figure: FigureToCome, *effects: tuple[float, float]) -> list[WatchRow]:
    """Return the rows of a figure to come, with (effect, error) on each headline metric."""
    metrics = (("inference_share", "share", 0.2), ("chip_spend", "USD", 2e11))
    return [
        WatchRow(
            figure=figure,
            metric=metric,
            metric_title=metric,
            metric_period="2028",
            metric_unit=unit,
            effect=effect,
            effect_error=error,
            effect_relative=effect / spread,
            variance_reduction=(effect / spread) ** 2,
            clear=abs(effect) > 2.0 * error,
        )
        for (metric, unit, spread), (effect, error) in zip(metrics, effects, strict=True)
    ]


WATCHED = Watch(
    command="watch",
    run=run(),
    rows=(
        *rows(CAPEX, (-0.002, 0.0013), (9.5e9, 3.4e9)),
        *rows(RUNS, (-0.01, 0.0027), (0.0, 1e9)),
        *rows(SURVEY, (0.0018, 0.0003), (0.0, 1e9)),
    ),
    warnings=(),
    left_out=(LeftOut("guidance", "a [forecast]"),),
    to_come=5,
)


def text(result: Watch) -> str:
    return plain(draw(watch_page(result), 80))


def test_the_page_of_what_to_watch(as_expected: Callable[[str, str], None]) -> None:
    as_expected("watch-80.txt", text(WATCHED))


def test_nothing_to_watch_is_said() -> None:
    nothing = replace(WATCHED, rows=(), left_out=(), to_come=0)
    assert "Nothing that the forecast rests on" in text(nothing)
