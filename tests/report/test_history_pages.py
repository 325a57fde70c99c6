"""Pages of runs kept, of what moved between two, and of how forecasts did; figures are made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from example_result import run, spread

from forecast.report.formats.drawing import draw
from forecast.report.formats.terminal import plain
from forecast.report.pages.diff_pages import IDENTICAL, diff_page, in_short
from forecast.report.pages.history_pages import history_page, score_blocks
from forecast.result import PERCENTILES, Result, Row

METRICS = {
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


def rows(metric: str) -> list[Row]:
    unit, kind, _, before, after, width = METRICS[metric]
    head = {"metric": metric, "period": "2028", "member": None, "unit": unit, "kind": kind}
    change = after - before
    band = {f"p{p}": change + (p - 50) / 50.0 * abs(change) * 0.9 for p in PERCENTILES}
    up = 0.5 if not change else 0.9 if change > 0.0 else 0.1
    moved = {**band, "mean": change, "mc_error": 0.0, "probability_up": up, "change": change}
    return [
        {"case": "base", **head, **spread(before, width, unit)},
        {"case": "changed", **head, **spread(after, width, unit)},
        {"case": "difference", **head, **moved},
    ]


def crossover() -> list[Row]:
    head = {"metric": "crossover", "period": None, "member": None, "unit": "date", "kind": "event"}
    ends = (("base", "2027Q1", 0.25, None), ("changed", "2026Q3", 0.21, None))
    return [
        *({"case": case, **head, "p50": p50, "probability_never": n} for case, p50, n, _ in ends),
        {"case": "difference", **head, "p50": None, "probability_never": -0.04, "change": -2},
    ]


def attribution(metric: str) -> list[Row]:
    unit, _, _, before, after, _ = METRICS[metric]
    head = {"metric": metric, "period": "2028", "unit": unit}
    names = ("part", "name", "old", "new", "place")
    return [
        {**head, **dict(zip(names, words, strict=True)), "amount": share * (after - before),
         "error": 0.02 * abs(after - before) if words[0] == "sampling" else None}
        for *words, share in PARTS
    ]  # fmt: skip


def result(**changed: Any) -> Result:
    runs = [
        {"run_id": "3d20aa", "number": 1, "name": "forecast", "started": "2026-11-14T02:00:00Z"},
        {"run_id": "7c1e4f", "number": 2, "name": "forecast", "started": "2026-11-21T02:00:00Z"},
    ]
    extra = {
        "runs": runs,
        "metrics": {name: {"title": each[2]} for name, each in METRICS.items()},
        "attribution": [row for metric in METRICS for row in attribution(metric)],
        "identical": False,
        "same_draws": True,
        "checked": ["idc_shipments"],
    }
    found = tuple(row for metric in METRICS for row in rows(metric))
    return Result("diff", run(), (*found, *crossover()), (), {**extra, **changed})


@pytest.mark.parametrize("width", [80, 140])
def test_what_moved_as_a_page(width: int, as_expected: Callable[[str, str], None]) -> None:
    as_expected(f"diff-{width}.txt", plain(draw(diff_page(result()), width)))


def test_every_metric_asked_for_says_why() -> None:
    text = plain(draw(diff_page(result(), ("chip_spend@2028", "inference_share@2028")), 80))
    assert text.count("WHY") == len(METRICS)
    assert text.count("in all") == len(METRICS)


def test_nothing_that_changed_is_a_sentence() -> None:
    same = result(identical=True, attribution=[])
    text = plain(draw(diff_page(same), 80))
    assert " ".join(IDENTICAL.split()) in " ".join(text.split())
    assert in_short(same) == "nothing changed"


def test_other_draws_have_no_band() -> None:
    blank = dict.fromkeys([*(f"p{p}" for p in PERCENTILES), "mean", "probability_up"])
    other = tuple(row | blank if row["case"] == "difference" else row for row in result().rows)
    shown = Result("diff", run(), other, (), {**result().extra, "same_draws": False})
    text = plain(draw(diff_page(shown), 80))
    assert "on other draws" in " ".join(text.split())
    (line,) = [line for line in text.splitlines() if line.startswith(" AI chip spend, $B")]
    assert line.split()[-1] == "−20"


def test_runs_kept_as_a_page(as_expected: Callable[[str, str], None]) -> None:
    entries: list[Row] = []
    for number, (share, new) in enumerate([(0.7, ["inputs", "code"]), (0.6, []), (0.5, None)]):
        points = spread(share, 0.3, "share")
        spend = spread(540e9, 0.3, "USD")
        entries.append(
            {
                "run_id": f"3d20a{number}",
                "name": "forecast",
                "started": f"2026-11-{20 - number}T02:00:00Z",
                "new": new,
                "inference_share_period": "2028",
                **{f"inference_share_p{p}": points[f"p{p}"] for p in PERCENTILES},
                **{f"chip_spend_p{p}": spend[f"p{p}"] for p in PERCENTILES},
            }
        )
    text = plain(draw(history_page(entries, 12, "workspace [/x]"), 80))
    as_expected("history-80.txt", text)


def test_scores_as_a_page(as_expected: Callable[[str, str], None]) -> None:
    forecasts = [
        {"metric": "inference_share", "period": f"2026Q{number}", "number": number,
         "run_id": "3d20aa", "unit": "share", "observed": 0.5, "observed_qualifier": said,
         **spread(0.55, 0.1, "share")}
        for number, said in ((3, "eq"), (4, "gt"))
    ]  # fmt: skip
    score = {"metric": "inference_share", "kind": "share", "crps": 2.34, "bounds": 1}
    scores = tuple(
        {**score, "horizon": ahead, "forecasts": count, "coverage_80": 0.5 * count,
         "coverage_90": 1.0, "bias": bias}
        for ahead, count, bias in ((None, 2, 5.0), (1, 1, None), (2, 1, -0.04))
    )  # fmt: skip
    extra = {"forecasts": forecasts, "metrics": {"inference_share": {"title": "Inference share"}}}
    found = Result("scores", run(), scores, (), extra)
    as_expected("scores-80.txt", plain(draw(score_blocks(found), 80)))
