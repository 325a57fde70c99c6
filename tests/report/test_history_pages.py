"""Pages of runs kept, of what moved between two, and of how forecasts did; figures are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from example_result import event_row, quantiles, run

from forecast.analysis.runs.diff import (
    CauseRow,
    ComparedRun,
    Diff,
    EventMove,
    MedianChangeRow,
    Move,
)
from forecast.analysis.runs.history import HistoryRow, Shown, ShownRow
from forecast.analysis.runs.track_record import ForecastRow, TrackRecord, TrackRow
from forecast.inputs.schema import Kind
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain
from forecast.report.pages.runs.diff_pages import IDENTICAL, diff_page, in_short
from forecast.report.pages.runs.history_pages import history_page, score_blocks
from forecast.result import NO_QUARTERS, PERCENTILES, Quantiles
from forecast.world.metrics import MetricInfo
from forecast.world.rows import ChangeRow, ValueRow

METRICS: dict[str, tuple[str, Kind, str, float, float, float]] = {
    "inference_share": ("share", "share", "Inference share of compute", 0.69, 0.73, 0.3),
    "chip_spend": ("USD", "flow", "AI chip spend", 540e9, 520e9, 0.25),
    "compute_stock": ("H100e", "stock", "Compute running", 128e6, 128e6, 0.2),
}
PARTS = (
    ("observations", "nvda_dc_compute_rev", "", "2026-10-25 $58B", "new.csv:3", 0.7),
    ("assumptions", "tokens_per_task", "900k tokens (400k–2M)", "1.2M tokens (500k–2.6M)",
     "assumptions/base/usage.yaml:41", 0.4),
    ("settings", "scenarios and settings", "none", "[/x]=25%", "", -0.2),
    ("code", "forecast itself", "0.1.0 (aaaaaaa)", "0.2.0 (bbbbbbb)", "", 0.1),
    ("sampling", "sampling noise", "8,192 draws, seed 1", "8,192 draws, seed 1", "", 0.0),
)  # fmt: skip


def value(metric: str, median: float, width: float) -> ValueRow:
    """Return a row of 2028."""
    unit, kind, *_ = METRICS[metric]
    points = quantiles(median, width, unit)
    return ValueRow(
        metric, None, None, "2028", unit, kind, "projected", None, median, points, 0.0, None
    )


def move(metric: str) -> Move:
    """Return how a metric moved, its band nine tenths as wide as the change itself."""
    unit, kind, _, before, after, width = METRICS[metric]
    change = after - before
    points = Quantiles(tuple(change + (p - 50) / 50.0 * abs(change) * 0.9 for p in PERCENTILES))
    up = 0.5 if not change else 0.9 if change > 0.0 else 0.1
    head = (metric, None, None, "2028", unit, kind, "projected", None)
    tail = points, 0.0, None, up, change, None
    difference = ChangeRow(*head, change, *tail)  # type: ignore[arg-type]
    return Move(value(metric, before, width), value(metric, after, width), difference, change)


def without_draws(metric: str, period: str | None, never: float | None) -> MedianChangeRow:
    """Return the change of a median between other draws."""
    unit, kind = METRICS[metric][:2] if metric in METRICS else ("date", "event")
    head = (metric, None, None, period, unit, kind, "projected", None, None)
    return MedianChangeRow(*head, NO_QUARTERS, None, never, None, None)  # type: ignore[arg-type]


def crossover() -> EventMove:
    """Return a crossover that comes two quarters earlier and never comes a little less often."""
    before, after = (
        event_row("crossover", (quarter,) * len(PERCENTILES), never)
        for quarter, never in (("2027Q1", 0.25), ("2026Q3", 0.21))
    )
    return EventMove(before, after, without_draws("crossover", None, -0.04), -2)


def attribution(metric: str) -> list[CauseRow]:
    """Return PARTS of a metric's change."""
    unit, _, _, before, after, _ = METRICS[metric]
    change = after - before
    return [
        CauseRow(
            metric, "2028", unit, *words, amount=share * change,
            error=0.02 * abs(change) if words[0] == "sampling" else None,
        )
        for *words, share in PARTS
    ]  # fmt: skip


def result(**changed: Any) -> Diff:
    """Return what moved between two runs of a week's distance."""
    runs = (
        ComparedRun("3d20aa", 1, "forecast", "2026-11-14T02:00:00Z", "2026-09-30"),
        ComparedRun("7c1e4f", 2, "forecast", "2026-11-21T02:00:00Z", "2026-09-30"),
    )
    found = Diff(
        command="diff",
        run=run(),
        rows=(),
        warnings=(),
        attribution=tuple(row for metric in METRICS for row in attribution(metric)),
        runs=runs,
        moves=tuple(map(move, METRICS)),
        crossover=crossover(),
        metrics={
            name: MetricInfo(unit, kind, title, "", True)
            for name, (unit, kind, title, *_) in METRICS.items()
        },
        identical=False,
        same_draws=True,
        checked=("idc_shipments",),
    )
    return replace(found, **changed)


@pytest.mark.parametrize("width", [80, 140])
def test_what_moved_as_a_page(width: int, as_expected: Callable[[str, str], None]) -> None:
    as_expected(f"diff-{width}.txt", plain(draw(diff_page(result()), width)))


def test_every_metric_asked_for_says_why() -> None:
    text = plain(draw(diff_page(result(), is_asked=True), 80))
    assert text.count("WHY") == len(METRICS)
    assert text.count("in all") == len(METRICS)


def test_nothing_that_changed_is_a_sentence() -> None:
    same = result(identical=True, attribution=())
    text = plain(draw(diff_page(same), 80))
    assert " ".join(IDENTICAL.split()) in " ".join(text.split())
    assert in_short(same) == "nothing changed"


def test_other_draws_have_no_band() -> None:
    moves = tuple(
        replace(move(metric), difference=without_draws(metric, "2028", None)) for metric in METRICS
    )
    text = plain(draw(diff_page(result(moves=moves, same_draws=False)), 80))
    assert "on other draws" in " ".join(text.split())
    (line,) = [line for line in text.splitlines() if line.startswith(" AI chip spend, $B")]
    assert line.split()[-1] == "−20"


def test_runs_kept_as_a_page(as_expected: Callable[[str, str], None]) -> None:
    entries: list[HistoryRow] = []
    for number, (share, new) in enumerate([(0.7, ("inputs", "code")), (0.6, ()), (0.5, None)]):
        shown = Shown(
            (
                ShownRow("inference_share", "2028", quantiles(share, 0.3, "share")),
                ShownRow("chip_spend", "2028", quantiles(540e9, 0.3, "USD")),
            )
        )
        started = run(started=f"2026-11-{20 - number}T02:00:00Z")
        entries.append(HistoryRow(f"3d20a{number}", 3 - number, "forecast", started, new, shown))
    text = plain(draw(history_page(entries, 12, "workspace [/x]"), 80))
    as_expected("history-80.txt", text)


def test_scores_as_a_page(as_expected: Callable[[str, str], None]) -> None:
    forecasts = tuple(
        ForecastRow(
            metric="inference_share",
            run_id="3d20aa",
            number=number,
            started="2026-11-20T02:00:00Z",
            period=f"2026Q{number}",
            horizon=number - 2,
            observed=0.5,
            observed_qualifier=said,  # type: ignore[arg-type]
            published="2027-01-10",
            unit="share",
            quantiles=quantiles(0.55, 0.1, "share"),
        )
        for number, said in ((3, "eq"), (4, "gt"))
    )
    scores = tuple(
        TrackRow("inference_share", "share", 1, 2.34, 0.5 * count, 1.0, count, ahead, bias)
        for ahead, count, bias in ((None, 2, 5.0), (1, 1, None), (2, 1, -0.04))
    )
    metrics = {"inference_share": MetricInfo("share", "share", "Inference share", "", True)}
    found = TrackRecord("scores", run(), scores, (), forecasts, metrics)
    as_expected("scores-80.txt", plain(draw(score_blocks(found), 80)))
