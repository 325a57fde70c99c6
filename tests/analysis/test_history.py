"""Runs kept and referred to, what differs between their inputs, and how their forecasts did."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.project import Projection, project
from forecast.analysis.runs.history import history_rows
from forecast.analysis.runs.input_changes import MOST_CHANGES, input_changes, mixed, together
from forecast.analysis.runs.kept_runs import (
    KeptRow,
    KeptRun,
    event_in,
    find_run,
    keep,
    kept_runs,
    last_run,
    new_run,
    value_in,
)
from forecast.analysis.runs.since_kept import since_kept
from forecast.analysis.runs.track_record import forecast_rows, score_rows
from forecast.errors import InputError
from forecast.inputs import schema
from forecast.inputs.schema import Distribution, Inputs, Kind, Observation
from forecast.result import PERCENTILES, Quantiles, Run, RunOptions
from forecast.store import open_store
from forecast.world.case import Case
from forecast.world.rows import ValueRow

SHARE = "business_adoption"
SERIES = "btos_ai_use_new"


def run(**changes: object) -> Run:
    given = {
        "version": "1", "started": "2026-11-20T02:00:00Z", "as_of": None,
        "data_through": "2026-09-30", "seed": 1, "draws": 512, "through": "2028", "scenario": (),
        "overrides": (), "inputs_sha256": "a" * 64, "duration_s": None,
    }  # fmt: skip
    return Run(**{**given, **changes})  # type: ignore[arg-type]


def kept(number: int, started: str = "2026-11-20T02:00:00Z", **changes: object) -> KeptRun:
    return KeptRun(number, "forecast", run(started=started, **changes), ())


RUNS = [
    kept(1, "2026-11-18T02:00:00Z", seed=1),
    kept(2, "2026-11-20T02:00:00Z", seed=2),
    kept(3, "2026-11-19T02:00:00Z", seed=3),  # the clock was moved back
    kept(4, "2026-11-19T03:00:00Z", seed=3),
]


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("last", 4),
        ("LAST~1", 3),
        ("last~3", 1),
        (RUNS[0].run.run_id, 1),
        (RUNS[1].run.run_id[:5], 2),
        (RUNS[2].run.run_id, 4),  # the same run twice: the later
        ("2026-11-18", 1),
        ("2026-11-19", 4),
        ("2026-12-31", 4),
    ],
)
def test_a_run_is_found_by_id_beginning_place_and_day(reference: str, number: int) -> None:
    assert find_run(reference, RUNS).number == number


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("last~4", "only 4 runs kept"),
        ("zzzzzz", "no such run"),
        ("", "no such run"),
        ("last~x", "no such run"),
        ("2026-11-01", "no such run"),
        ("2026-13-01", "no such run"),
    ],
)
def test_a_run_that_is_not_there_is_refused(reference: str, found: str) -> None:
    with pytest.raises(InputError, match=found):
        find_run(reference, RUNS)


def test_a_beginning_that_several_share_is_refused() -> None:
    many = [kept(seed, seed=seed) for seed in range(40)]
    with pytest.raises(InputError, match=r"the beginning of \d+ runs"):
        find_run(many[0].run.run_id[:1], many)
    with pytest.raises(InputError, match="no run was kept here yet"):
        find_run("last", [])


def test_a_run_is_another_with_any_cause_and_none_without() -> None:
    changes: list[dict[str, object]] = [
        {"seed": 2}, {"draws": 64}, {"through": "2027"}, {"inputs_sha256": "b" * 64},
        {"code_sha256": "c"}, {"version": "2"}, {"overrides": ("a=1",)}, {"scenario": ("b",)},
    ]  # fmt: skip
    ids = {run(**change).run_id for change in changes} | {run().run_id}
    assert len(ids) == len(changes) + 1
    assert run(started="later", duration_s=1.0, source="elsewhere").run_id == run().run_id


@pytest.fixture(scope="module")
def projections(base_case: Case) -> tuple[Projection, Projection]:
    options = RunOptions(draws=64, use_cache=False, started="2026-11-20T02:00:00Z")
    yearly = project(base_case, options, prior=True)
    metrics = (SHARE, "inference_share")
    return yearly, project(base_case, options, by="quarter", metrics=metrics, prior=True)


def made_of(case: Case, projections: tuple[Projection, Projection]) -> KeptRun:
    """Return a run that found projections."""
    yearly, quarterly = projections
    return new_run(case, "nightly", yearly.run, (*yearly.rows, *quarterly.rows))


@pytest.mark.slow
def test_a_run_comes_back_as_it_was_kept(
    base_case: Case, projections: tuple[Projection, Projection], tmp_path: Path
) -> None:
    case = replace(base_case, workspace=tmp_path)
    made = made_of(case, projections)
    keep(case, made)
    keep(case, made, ["/a/b.html"])
    first, second = kept_runs(tmp_path)
    assert (second.number, second.files) == (2, ("/a/b.html",))
    assert first.run == replace(made.run, duration_s=None)
    assert first.key == made.key
    assert first.inputs == base_case.inputs
    assert first.figures is not None
    assert made.figures is not None
    assert first.figures.keys() == made.figures.keys()
    row, same = (value_in(each, SHARE, "2028Q4") for each in (made.figures, first.figures))
    assert isinstance(row, ValueRow)
    assert isinstance(same, KeptRow)
    names = [each.name for each in fields(KeptRow) if each.name != "probability_never"]
    assert [getattr(same, name) for name in names] == [getattr(row, name) for name in names]
    assert event_in(first.figures, "crossover") == event_in(made.figures, "crossover") is not None
    binding = [key for key in first.figures if key[0] == "binding_constraint"]
    assert [first.figures[key] for key in binding] == [made.figures[key] for key in binding] != []
    listed = history_rows([first, second])
    assert [each.new for each in listed] == [(), None]
    shown = listed[0].shown.quantiles("inference_share")
    there = value_in(made.figures, "inference_share", "2028")
    assert there is not None
    assert shown == there.quantiles
    assert last_run([first, second], "nightly") == second
    assert last_run([first, second], "other") is None


@pytest.mark.slow
def test_what_moved_the_headline_since_the_last_run_is_named(
    base_case: Case, projections: tuple[Projection, Projection], tmp_path: Path
) -> None:
    case = replace(base_case, workspace=tmp_path)
    now, _ = projections
    keep(case, made_of(case, projections))
    assert since_kept(case, now) is None  # nothing is new
    after = with_figure(case.inputs, SERIES, date(2026, 11, 15), 0.25)
    after = with_belief(after, "requests_per_user_day", 2.0)
    other = replace(now, run=replace(now.run, inputs_sha256=after.sha256, version="9"))
    since = since_kept(replace(case, inputs=after), other)
    assert since is not None
    assert set(since.medians) == {"inference_share", "chip_spend"}
    assert all(first == second for first, second in since.medians.values())
    figure, belief, program = since.new
    title = case.inputs.series[SERIES].title
    assert figure.startswith(f"{title} 2026-11-15 25% (")
    assert belief.startswith("requests_per_user_day 4.2 requests/day (3.2–5) → 8.4")
    assert program == f"program {now.run.version} → 9"


@pytest.mark.slow
def test_a_run_that_cannot_be_read_is_left_out(
    base_case: Case, projections: tuple[Projection, Projection], tmp_path: Path
) -> None:
    case = replace(base_case, workspace=tmp_path)
    for _ in range(3):
        keep(case, made_of(case, projections))
    with sqlite3.connect(open_store(tmp_path).path) as connection:
        connection.execute("UPDATE runs SET about = substr(about, 9) WHERE number = 1")
        connection.execute("UPDATE runs SET about = '{}' WHERE number = 2")
    assert [each.number for each in kept_runs(tmp_path)] == [3]


@pytest.mark.slow
def test_inputs_of_another_shape_are_not_read_wrongly(
    base_case: Case,
    projections: tuple[Projection, Projection],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep(replace(base_case, workspace=tmp_path), made_of(base_case, projections))
    monkeypatch.setattr(schema, "Another", Projection, raising=False)
    (kept_run,) = kept_runs(tmp_path)
    assert kept_run.inputs is None
    assert kept_run.figures is not None


def with_belief(inputs: Inputs, name: str, factor: float) -> Inputs:
    """Return inputs in which an assumption's first belief is scaled."""
    assumption = inputs.assumptions[name]
    knot = assumption.knots[0]
    quantiles = tuple((share, value * factor) for share, value in knot.belief.quantiles)
    changed = replace(knot, belief=Distribution(knot.belief.kind, quantiles))
    knots = (changed, *assumption.knots[1:])
    assumptions = {**inputs.assumptions, name: replace(assumption, knots=knots)}
    return replace(inputs, assumptions=assumptions, sha256=f"{inputs.sha256[:-1]}{name}")


def with_figure(inputs: Inputs, series: str, day: date, value: float) -> Inputs:
    """Return inputs with one more observation."""
    last = [row for row in inputs.observations if row.series_id == series][-1]
    new = replace(last, period_end=day, published=day, value=value, qualifier="eq", high=None)
    rows = (*inputs.observations, new)
    return replace(inputs, observations=rows, sha256=f"{inputs.sha256[:-1]}{series}")


def test_only_what_may_move_a_number_is_a_change(base_case: Case) -> None:
    before = base_case.inputs
    worded = {name: replace(each, title="!", line=9) for name, each in before.assumptions.items()}
    assert input_changes(before, replace(before, assumptions=worded)) == []
    after = with_belief(before, "requests_per_user_day", 2.0)
    after = with_figure(after, SERIES, date(2026, 11, 15), 0.25)
    checked = next(name for name, each in before.series.items() if each.role == "check")
    after = with_figure(after, checked, date(2026, 11, 16), 0.5)
    changes = {change.title: change for change in input_changes(before, after)}
    assert set(changes) == {SERIES, checked, "requests_per_user_day"}
    assert not changes[checked].counts
    assert changes[SERIES].new == "2026-11-15 25%"
    belief = changes["requests_per_user_day"]
    assert belief.old == "4.2 requests/day (3.2–5)"
    assert belief.new == "8.4 requests/day (6.4–10)"
    assert belief.place.startswith("assumptions/base/revenue.yaml:")


def test_changes_made_one_by_one_lead_from_one_to_the_other(base_case: Case) -> None:
    before = base_case.inputs
    after = with_figure(
        with_belief(before, "requests_per_user_day", 2.0), SERIES, date(2026, 11, 15), 0.25
    )
    first, second = input_changes(before, after)
    half = mixed(before, after, [first])
    assert half.assumptions == before.assumptions
    assert half.data_through == date(2026, 11, 15)
    assert sorted(half.observations, key=repr) == sorted(after.observations, key=repr)
    whole = mixed(before, after, [first, second])
    assert input_changes(whole, after) == []
    assert len({before.sha256, half.sha256, whole.sha256, after.sha256}) == 4


def test_guidance_is_a_change_of_its_own(base_case: Case) -> None:
    before = base_case.inputs
    first = before.guidance[0]
    day = first.period_end
    low = replace(first, low=50e9, mid=None, high=None, published=day)
    ceiling, words = replace(low, low=None, high=60e9), replace(low, low=None, words="up")
    band = replace(low, mid=55e9, high=60e9)
    for said, text in ((low, ">$50B"), (ceiling, "<$60B"), (band, "$50B to $60B"), (words, "up")):
        after = replace(before, guidance=(*before.guidance, said), sha256="c" * 64)
        (change,) = input_changes(before, after)
        assert (change.title, change.old) == (f"guidance for {first.series_id}", "")
        assert (change.new, change.counts) == (f"{day} {text}", True)
        whole = mixed(before, after, [change])
        assert sorted(whole.guidance, key=repr) == sorted(after.guidance, key=repr)
        assert mixed(before, after, []).guidance == before.guidance


def test_too_many_changes_are_valued_together(base_case: Case) -> None:
    before = after = base_case.inputs
    names = list(before.assumptions)[: MOST_CHANGES + 3]
    for name in names:
        after = with_belief(after, name, 1.01)
    after = with_figure(after, SERIES, date(2026, 11, 15), 0.25)
    found = together(input_changes(before, after))
    assert [change.part for change in found] == ["observations", "assumptions"]
    assert {name for _, name in found[1].records} == set(names)


def forecast_of(inputs: Inputs, rows: tuple[ValueRow, ...], **changes: object) -> KeptRun:
    """Return a run whose figures are `rows`."""
    return KeptRun(1, "forecast", run(**changes), (), rows=rows, given=inputs)


def row_of(metric: str, unit: str, kind: Kind, period: str, points: Quantiles) -> ValueRow:
    """Return the row of a forecast."""
    head = (metric, None, None, period, unit, kind, "projected", None)
    return ValueRow(*head, points.p50, points, 0.0, None)  # type: ignore[arg-type]


def share_row(period: str, median: float) -> ValueRow:
    """Return a row whose percentiles lie evenly, a point for each per cent, around the median."""
    points = Quantiles(tuple(median + (p - 50) / 100.0 * 0.1 for p in PERCENTILES))
    return row_of(SHARE, "share", "share", period, points)


@pytest.fixture
def later(base_case: Case) -> tuple[Inputs, Inputs]:
    """Inputs that end before 2026Q4, and with one figure of that quarter."""
    rows = tuple(
        row
        for row in base_case.inputs.observations
        if row.series_id != SERIES or row.period_end <= date(2026, 9, 30)
    )
    then = replace(base_case.inputs, observations=rows)
    return then, with_figure(then, SERIES, date(2026, 11, 15), 0.25)


def test_a_forecast_is_scored_once_its_quarter_is_observed(later: tuple[Inputs, Inputs]) -> None:
    then, now = later
    rows = (share_row("2026Q4", 0.22), share_row("2027Q1", 0.3), share_row("2026Q3", 0.2))
    made = forecast_of(then, rows)
    assert forecast_rows([made], then) == []
    (row,) = forecast_rows([made, made], now)
    assert (row.period, row.horizon, row.observed) == ("2026Q4", 1, 0.25)
    whole, ahead = score_rows([row])
    assert (whole.horizon, ahead.horizon) == (None, 1)
    assert whole.bias == pytest.approx(-3.0)
    # P75 is 24.5% and P90 26%: inside both bands.
    assert (whole.coverage_80, whole.coverage_90) == (1.0, 1.0)
    # Twice the pinball loss at the seven levels, with trapezoidal weights, worked by hand.
    levels = np.array(PERCENTILES) / 100.0
    weights = np.diff(np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2.0, [1.0]]))
    miss = 25.0 - (22.0 + (levels - 0.5) * 10.0)
    loss = np.where(miss > 0.0, levels * miss, (levels - 1.0) * miss)
    assert whole.crps == pytest.approx(float(2.0 * loss @ weights))


def test_a_driver_is_read_on_its_path_where_its_figure_stands(base_case: Case) -> None:
    name, series, day = "broadcom_ai_revenue", "avgo_ai_semi_rev", date(2026, 11, 1)
    rows = tuple(
        row_of(
            name,
            "USD",
            "flow",
            period,
            Quantiles(tuple(value * (0.5 + p / 100.0) for p in PERCENTILES)),
        )
        for period, value in (("2026Q3", 50e9), ("2026Q4", 80e9), ("2027Q1", 90e9))
    )
    then = base_case.inputs
    made = forecast_of(then, rows)
    (row,) = forecast_rows([made], with_figure(then, series, day, 60e9))
    # The middle month of the fiscal quarter is September, so it stands in 2026Q3.
    assert (row.metric, row.period, row.observed) == (name, "2026Q3", 60e9)
    assert row.quantiles.p50 == pytest.approx(50e9)
    assert forecast_rows([forecast_of(then, rows[2:])], with_figure(then, series, day, 6e10)) == []
    assert forecast_rows([made], with_figure(then, series, date(2026, 5, 3), 60e9)) == []


def test_what_a_run_had_seen_is_never_scored(later: tuple[Inputs, Inputs]) -> None:
    _, now = later
    again = with_figure(now, SERIES, date(2026, 12, 13), 0.26)
    made = forecast_of(now, (share_row("2026Q4", 0.22),))
    assert forecast_rows([made], again) == []


def test_a_backtest_is_no_forecast(later: tuple[Inputs, Inputs]) -> None:
    then, now = later
    rows = (share_row("2026Q4", 0.22),)
    after = {"as_of": "2026-09-30", "started": "2026-12-01T00:00:00Z"}
    assert forecast_rows([forecast_of(then, rows, **after)], now) == []
    before = {"as_of": "2026-09-30", "started": "2026-10-01T00:00:00Z"}
    assert len(forecast_rows([forecast_of(then, rows, **before)], now)) == 1


def test_a_bound_counts_on_its_side_alone(later: tuple[Inputs, Inputs]) -> None:
    then, now = later

    def observed(qualifier: str, value: float) -> Inputs:
        last: Observation = replace(now.observations[-1], qualifier=qualifier, value=value)  # type: ignore[arg-type]
        return replace(now, observations=(*now.observations[:-1], last))

    made = forecast_of(then, (share_row("2026Q4", 0.22),))
    for qualifier, value in (("gt", 0.1), ("lt", 0.4)):
        (whole, _) = score_rows(forecast_rows([made], observed(qualifier, value)))
        assert whole.crps == pytest.approx(0.0, abs=1e-9)
        assert whole.coverage_90 == 1.0
        assert whole.bias is None
    (whole, _) = score_rows(forecast_rows([made], observed("gt", 0.4)))
    assert whole.crps > 10.0
    assert whole.coverage_90 == 0.0
