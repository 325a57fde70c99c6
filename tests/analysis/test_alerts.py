"""Alerts: read as people write them, refused with the place, true or not as arithmetic says."""

from __future__ import annotations

import pytest

from forecast.analysis.runs.alerts import alert_rows, parse_alerts
from forecast.analysis.runs.kept_runs import KeptFigures, KeptRow
from forecast.errors import InputError
from forecast.report.pages.runs.history_pages import alert_sentence
from forecast.result import PERCENTILES, Quantiles, Quarters
from forecast.world.case import Case
from forecast.world.rows import EventRow
from forecast.world.timeline import Timeline


def figures(share: float, spend: float, crossover: str | None, never: float) -> KeptFigures:
    """Return figures of a run; P10 of the share is 20 points below its median."""
    rows = (
        KeptRow(
            "inference_share", None, None, "2028", "share", "share", "projected", None, share,
            Quantiles(tuple(share + (p - 50) / 200.0 for p in PERCENTILES)), 0.0, None,
        ),
        KeptRow(
            "chip_spend", None, None, "2028", "USD", "flow", "projected", None, spend,
            Quantiles((spend,) * len(PERCENTILES)), 0.0, None,
        ),
        EventRow(
            "crossover", None, None, None, "date", "event", "projected", None, None,
            Quarters((crossover,) * len(PERCENTILES)), 0.0, never, None,
        ),
    )  # fmt: skip
    return {(row.metric, row.period, row.member): row for row in rows}


NOW = figures(0.55, 450e9, "2027Q2", 0.35)
BEFORE = figures(0.62, 540e9, "2026Q4", 0.2)


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("inference_share@2028.p50 < 60%", True),
        ("inference_share@2028 < 0.6", True),
        ("  inference_share@2028.mean>0.55 ", False),
        ("inference_share@2028.mean >= 55%", True),
        ("inference_share@2028.p10 <= 35%", True),
        ("chip_spend@2028 > $0.5T", False),
        ("chip_spend@2028 < 500B", True),
        ("crossover.p50 > 2027Q1", True),
        ("crossover.p50 > 2027", False),
        ("crossover.probability_never > 0.3", True),
        ("change(inference_share@2028) < -5pp", True),
        ("change(inference_share@2028.p50) < -0.08", False),
        ("change(chip_spend@2028) < -10%", True),
        ("change( chip_spend@2028 ) < −$100B", False),
        ("change(crossover.p50) >= 2", True),
        ("change(crossover.p50) > 2 quarters", False),
        ("change(crossover.probability_never) > 10pp", True),
    ],
)
def test_alerts_say_what_they_seem_to_say(
    base_case: Case, base_grid: Timeline, text: str, fires: bool
) -> None:
    (row,) = alert_rows(parse_alerts([text], base_case.inputs, base_grid), NOW, BEFORE)
    assert row.fires is fires


def test_what_never_happens_is_later_than_any_quarter(base_case: Case, base_grid: Timeline) -> None:
    alerts = parse_alerts(["crossover.p50 > 2028Q4"], base_case.inputs, base_grid)
    (row,) = alert_rows(alerts, figures(0.5, 1.0, None, 0.6), None)
    assert row.fires
    assert row.now is None
    assert alert_sentence(row) == "crossover.p50 > 2028Q4: it is never, as far as the run goes"


def test_a_change_without_an_earlier_run_does_not_fire(
    base_case: Case, base_grid: Timeline
) -> None:
    texts = ["change(chip_spend@2028) < 10%", "change(chip_spend@2028) > -10%"]
    rows = alert_rows(parse_alerts(texts, base_case.inputs, base_grid), NOW, None)
    assert [row.fires for row in rows] == [False, False]


def test_a_sentence_holds_the_figures(base_case: Case, base_grid: Timeline) -> None:
    texts = ["change(chip_spend@2028) < -10%", "inference_share@2028 < 60%"]
    rows = alert_rows(parse_alerts(texts, base_case.inputs, base_grid), NOW, BEFORE)
    assert [alert_sentence(row) for row in rows] == [
        "change(chip_spend@2028) < -10%: it went from $540B to $450B",
        "inference_share@2028 < 60%: it is 55.0%",
    ]


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("inference_share@2028.p50 = 0.6", "character 26", "<, <=, > or >="),
        ("inferense_share@2028 < 0.6", "", "forecast metrics"),
        ("inference_share < 0.6", "", "2022Q1 to 2028Q4"),
        ("inference_share@2040 < 0.6", "", "2022Q1 to 2028Q4"),
        ("inference_share@2028.p33 < 0.6", "", "p5, p10"),
        ("crossover@2028 > 2027", "", "crossover.p50"),
        ("change(chip_spend@2028 < 1", "character 24", ")"),
        ("chip_spend@2028) < 1", "character 16", "<, <=, > or >="),
        ("inference_share@2028 <", "character 23", "a value"),
        ("inference_share@2028 < 60", "character 24", "a value in share"),
        ("change(inference_share@2028) > 5%", "points: 5pp", "5pp or 0.05"),
        ("crossover.p50 > soon", "character 17", "2027Q1"),
        ("binding_constraint@2028 > 1", "", "forecast metrics"),
        ("[/x] < 3", "character 1:", "a metric"),
        ("", "character 1:", "a metric"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    base_case: Case, base_grid: Timeline, text: str, found: str, expected: str
) -> None:
    with pytest.raises(InputError) as refused:
        parse_alerts([text], base_case.inputs, base_grid)
    (problem,) = refused.value.problems
    assert found in problem.excerpt
    assert expected in problem.expected
    assert problem.subject == f"--alert {text}"


def test_all_alerts_are_checked_at_once(base_case: Case, base_grid: Timeline) -> None:
    with pytest.raises(InputError) as refused:
        parse_alerts(["a < 1", "tokens@2028 < 1T", "b < 1"], base_case.inputs, base_grid)
    assert len(refused.value.problems) == 2
