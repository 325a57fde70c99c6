"""A report's parts are of one run: one ensemble, and the same figure wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path

import pytest

from forecast.analysis.runs import section_cache as sections
from forecast.analysis.runs.report_contents import CROSSINGS, FANS, Report
from forecast.analysis.runs.section_cache import kept_sections
from forecast.inputs.schema import Setting
from forecast.result import Result
from forecast.second_process import T, here
from forecast.store import Store
from forecast.world import ensemble
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble, shared_ensembles
from forecast.world.timeline import Timeline


def p50(result: Result, metric: str, period: str, **where: object) -> float:
    """Return the median of a metric at a period."""
    row = result.find(metric, period, member=None, **where)
    assert row is not None
    return float(row["p50"])


def test_one_ensemble_is_built_though_nothing_is_cached(gathered: tuple[Report, int]) -> None:
    assert gathered[1] == 1


def test_ensembles_are_shared_by_what_decides_them_and_no_longer_than_asked_for(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def stand_in(*arguments: object) -> Ensemble:
        built.append(arguments)
        return base_ensemble

    monkeypatch.setattr(ensemble, "_build", stand_in)

    def build(seed: int) -> Ensemble:
        return build_ensemble(base_case, base_grid, 512, seed, use_cache=False)

    with shared_ensembles():
        first = build(1)
        assert build(1).normals is first.normals
        build(2)
        assert len(built) == 2
    build(1)
    assert len(built) == 3


def test_a_figure_is_the_same_in_every_part(base_report: Report) -> None:
    projection = base_report.projection
    for metric in ("training_compute", "inference_compute", "inference_share"):
        at_end = p50(base_report.quarters, metric, "2028Q4")
        assert p50(projection, metric, "2028") == pytest.approx(at_end, rel=1e-9)
    for metric in ("inference_share", "chip_spend", "ai_capex"):
        told = p50(projection, metric, "2028")
        assert p50(base_report.scenarios, metric, "2028", case="base") == told
    for result in base_report.sensitivity:
        assert result.extra["base"]["p50"] == p50(
            projection, result.extra["base"]["metric"], "2028"
        )
    risk = next(row for row in base_report.risks.rows if row["metric"] == "chip_spend")
    assert risk["base_p50"] == pytest.approx(p50(projection, "chip_spend", "2028"), rel=1e-9)


def test_every_part_is_of_the_same_run(base_report: Report) -> None:
    results = (base_report.quarters, base_report.crossings, base_report.risks, base_report.drivers)
    assert {each.run.run_id for each in results} == {base_report.run.run_id}
    assert base_report.run.duration_s is None


def test_draws_that_cross_add_up_to_those_that_ever_do(base_report: Report) -> None:
    for metric in CROSSINGS:
        rows = [row for row in base_report.crossings.rows if row["metric"] == metric]
        assert [row["period"] for row in rows][::27] == ["2022Q1", "2028Q4"]
        sums = list(accumulate(row["share"] for row in rows))
        assert sums == pytest.approx([row["share_by"] for row in rows], abs=1e-9)
        event = base_report.projection.find(metric, None)
        assert event is not None
        assert 1.0 - sums[-1] == pytest.approx(event["probability_never"], abs=1e-9)


def test_what_is_drawn_is_there_to_draw(base_report: Report) -> None:
    assert {row["metric"] for row in base_report.quarters.rows} > set(FANS)
    drivers = base_report.drivers
    assert set(drivers.extra["titles"]) == {row["series_id"] for row in drivers.rows}
    assert drivers.extra["assumed"]["agent_penetration"]
    roles = {row["role"] for row in base_report.sources.rows}
    assert roles == {"driver", "target"}
    assert all(row["source"] for row in base_report.sources.rows)


def test_what_takes_long_is_kept_until_something_that_decides_it_changes(
    base_case: Case, base_report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "open_store", lambda _: Store(tmp_path / "store.sqlite"))
    computed = []
    odd = {"text": "=1+1", "number": 0.1 + 0.2, "nothing": None, "pair": (1.0, 2.0)}

    def compute() -> list[Result]:
        computed.append(1)
        return [Result("risks", base_report.run, (odd,), ("a warning",), {"odd": odd})]

    def kept(case: Case, started: str, claims: str = "", *, use_cache: bool = True) -> Result:
        run, named = replace(base_report.run, started=started), {"risks": compute}
        found = kept_sections(
            case, run, named, decided_by=claims, apart=(), beside=here, use_cache=use_cache
        )
        return found["risks"][0]

    fresh = kept(base_case, "one")
    again = kept(base_case, "two")
    assert len(computed) == 1
    assert (fresh.rows, fresh.extra, fresh.warnings) == (again.rows, again.extra, again.warnings)
    assert fresh.rows[0]["number"] == odd["number"]
    assert (fresh.run.started, again.run.started) == ("one", "two")
    assert kept(base_case, "three", use_cache=False).rows == fresh.rows
    kept(replace(base_case, as_of=date(2026, 1, 31)), "four")
    setting = Setting("tokens_per_task", "", "scale", 2.0, "tokens_per_task=x2", "command line")
    kept(replace(base_case, settings=(setting,)), "five")
    kept(base_case, "six", "other claims")
    assert len(computed) == 5


def test_what_stands_apart_is_asked_for_once_the_first_section_is_there(
    base_case: Case, base_report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []

    def section(name: str) -> list[Result]:
        events.append(name)
        return [replace(base_report.risks, command=name)]

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        events.append("asked")
        return work

    monkeypatch.setattr(sections, "open_store", lambda _: Store(tmp_path / "store.sqlite"))
    named = {name: partial(section, name) for name in ("one", "two", "three", "four")}
    found = kept_sections(
        base_case, base_report.run, named, apart=("two",), beside=beside, use_cache=True
    )
    assert events == ["one", "asked", "three", "four", "two"]
    assert [results[0].command for results in found.values()] == list(named)
    again = kept_sections(
        base_case, base_report.run, named, apart=("two",), beside=beside, use_cache=True
    )
    assert (len(events), again) == (5, found)
