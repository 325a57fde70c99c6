"""A report's parts are of one run: one ensemble, and the same figure wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from pathlib import Path

import pytest

from forecast.analysis.runs.report_contents import CROSSINGS, Report, gather
from forecast.analysis.runs.section_cache import kept
from forecast.codec import Tagged, decode, encode
from forecast.inputs.schema import Setting
from forecast.processors.second_process import T
from forecast.report.charts.drawings import FANS
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
from forecast.world.ensemble import build_ensemble, shared_ensembles
from forecast.world.metrics import MetricTable
from forecast.world.timeline import Timeline


def p50(result: MetricTable, metric: str, period: str) -> float:
    """Return the median of a metric at a period."""
    row = result.find(metric, period)
    assert row is not None
    return row.quantiles.p50


def test_one_ensemble_is_built_though_nothing_is_cached(gathered: tuple[Report, int]) -> None:
    assert gathered[1] == 1


@pytest.mark.usefixtures("own_ensembles")
def test_ensembles_are_shared_by_what_decides_them_and_no_longer_than_asked_for(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def stand_in(*arguments: object) -> Ensemble:
        built.append(arguments)
        return base_ensemble

    monkeypatch.setattr(ensemble, "_build", stand_in)

    def build(seed: int) -> Ensemble:
        options = RunOptions(draws=512, seed=seed, use_cache=False)
        return build_ensemble(base_case, base_grid, options)

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
        assert p50(base_report.scenarios.case("base"), metric, "2028") == told
    for result in base_report.sensitivity:
        told = p50(projection, result.base.metric, "2028")
        assert result.base.quantiles.p50 == told
    risk = base_report.risks.by_scenario()[0].metrics["chip_spend"]
    assert risk.base_p50 == pytest.approx(p50(projection, "chip_spend", "2028"), rel=1e-9)


def test_every_part_is_of_the_same_run(base_report: Report) -> None:
    results = (base_report.quarters, base_report.crossings, base_report.risks, base_report.drivers)
    assert {each.run.run_id for each in results} == {base_report.run.run_id}
    assert base_report.run.duration_s is None


def test_draws_that_cross_add_up_to_those_that_ever_do(base_report: Report) -> None:
    for metric in CROSSINGS:
        rows = [row for row in base_report.crossings.rows if row.metric == metric]
        assert [row.period for row in rows][::27] == ["2022Q1", "2028Q4"]
        sums = list(accumulate(row.share for row in rows))
        assert sums == pytest.approx([row.share_by for row in rows], abs=1e-9)
        event = base_report.projection.event(metric)
        assert event is not None
        assert 1.0 - sums[-1] == pytest.approx(event.probability_never, abs=1e-9)


def test_what_is_drawn_is_there_to_draw(base_report: Report) -> None:
    drawn = {metric for metrics, _ in FANS for metric in metrics}
    assert {row.metric for row in base_report.quarters.rows} > drawn
    drivers = base_report.drivers
    assert set(drivers.titles) == {row.series_id for row in drivers.rows}
    assert drivers.assumed["agent_penetration"]
    roles = {row.role for row in base_report.sources.rows}
    assert roles == {"driver", "target"}
    assert all(row.source for row in base_report.sources.rows)


def test_a_report_comes_back_from_text_as_it_was(base_report: Report) -> None:
    assert decode(Report, encode(base_report)) == base_report


@dataclass(frozen=True)
class Odd(Tagged):
    """What text might lose."""

    text: str
    number: float
    nothing: float | None
    pair: tuple[float, float]


@dataclass(frozen=True)
class Kept:
    """Something that takes long."""

    rows: tuple[Odd, ...]


def test_what_takes_long_is_kept_until_something_that_decides_it_changes(
    base_case: Case, base_report: Report, tmp_path: Path
) -> None:
    computed = []
    odd = Odd("=1+1", 0.1 + 0.2, None, (1.0, 2.0))

    def compute() -> Kept:
        computed.append(1)
        return Kept((odd,))

    def ask(case: Case, claims: str = "", *, use_cache: bool = True) -> Kept:
        case = replace(case, workspace=tmp_path)
        run = replace(base_report.run, started=f"{len(computed)}")
        return kept(Kept, case, run, compute, decided_by=claims, use_cache=use_cache)

    assert ask(base_case) == ask(base_case) == Kept((odd,))
    assert len(computed) == 1
    assert ask(base_case, use_cache=False) == Kept((odd,))
    ask(replace(base_case, as_of=date(2026, 1, 31)))
    setting = Setting("token_yield", "", "scale", 2.0, "token_yield=x2", "command line")
    ask(replace(base_case, settings=(setting,)))
    ask(base_case, "other claims")
    assert len(computed) == 5


@pytest.mark.slow
@pytest.mark.usefixtures("own_ensembles", "few_movers")
def test_half_is_asked_for_elsewhere_once_the_ensemble_is_in_the_cache(
    base_case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = replace(base_case, workspace=tmp_path)
    options = RunOptions(draws=64, started="2026-11-20T00:00:00Z")
    build, built, asked = ensemble._build, [], []

    def counted(*arguments: object) -> Ensemble:
        built.append(arguments)
        return build(*arguments)  # type: ignore[arg-type]

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        asked.append(len(built))
        return work

    monkeypatch.setattr(ensemble, "FEWEST_CONDITIONED", 1024)
    monkeypatch.setattr(ensemble, "_build", counted)
    first = gather(case, options, beside=beside)
    assert asked == [1]
    later = replace(options, started="2026-11-21T00:00:00Z")
    again = gather(case, later, beside=beside)
    assert (asked, len(built)) == ([1], 1)
    assert again.run == replace(first.run, started=later.started)
    assert again.watch == replace(first.watch, run=again.run)
