"""Everything that a report shows, from one case and one ensemble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from forecast.analysis.beliefs.assumptions import Assumptions, list_assumptions
from forecast.analysis.case_rows import keys_of
from forecast.analysis.claims.claims import claims
from forecast.analysis.claims.rows import Claims
from forecast.analysis.front import Front, front
from forecast.analysis.project import Projection, project
from forecast.analysis.runs.alerts import AlertRow
from forecast.analysis.runs.diff import Diff
from forecast.analysis.runs.history import Past
from forecast.analysis.runs.input_changes import used_series
from forecast.analysis.runs.section_cache import kept
from forecast.analysis.runs.track_record import DriverPaths, TrackRecord, driver_paths
from forecast.analysis.scenarios.compare import BASE, Comparisons, compared, scenarios_of
from forecast.analysis.scenarios.risks import Risks, risk_keys, risky, weighed
from forecast.analysis.scenarios.variants import variants
from forecast.analysis.sensitivity.sensitivity import Sensitivity, ranked_tornadoes
from forecast.analysis.series.driver_fits import driver_fits
from forecast.analysis.series.fit import Fit
from forecast.analysis.watch.watch import Watch, on_the_day, watch
from forecast.inputs.schema import Inputs, Scenario
from forecast.inputs.yardsticks.claims import claims_sha256
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, label
from forecast.processors.second_process import Beside, here
from forecast.result import DEFAULT, Result, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world, shared_ensembles
from forecast.world.history.observed import BESIDE
from forecast.world.metrics import MetricInfo, metric_info, metric_meanings
from forecast.world.rows import plain

COMPARED = (
    "inference_share",
    "training_compute",
    "inference_compute",
    "ai_capex",
    "chip_spend",
    "inference_spend_share",
    "ai_power_capacity",
    "crossover",
    "binding_constraint",
)
"""Metrics in which a report sets scenarios side by side."""
SENSITIVE = ("inference_share", "chip_spend")
"""Metrics whose tornado a report draws."""
WATCHED = 12  # figures to come that a report lists
CROSSINGS = ("crossover", "spend_crossover")
Own = TypeVar("Own", bound=Result)


@dataclass(frozen=True)
class CrossingRow:
    """The `share` of draws that cross in a quarter, and that have by its end; what crosses
    before the first quarter counts into it."""

    metric: str
    period: str
    unit: str
    share: float
    share_by: float


@dataclass(frozen=True)
class Crossings(Result):
    """When inference overtakes training: CROSSINGS quarter by quarter."""

    rows: tuple[CrossingRow, ...]
    metrics: dict[str, MetricInfo]
    first_projected: str


@dataclass(frozen=True)
class SourceRow:
    """An observed series that shapes the forecast: its role, how many `observations` there are, its
    last figure, and where that comes from."""

    series_id: str
    title: str
    role: str
    unit: str
    observations: int
    last: str
    last_value: float
    published: str
    status: str
    source: str
    source_url: str | None


@dataclass(frozen=True)
class Sources(Result):
    """The observed series that shape the forecast."""

    rows: tuple[SourceRow, ...]


@dataclass(frozen=True)
class Apart:
    """Sections that make up about half of the work."""

    scenarios: Comparisons
    risks: Risks
    watch: Watch


def by_quarter(case: Case, options: RunOptions = DEFAULT) -> Projection:
    """Return the metrics that a report has by quarter."""
    return project(case, options, by="quarter", metrics=quarterly(case.inputs))


def quarterly(inputs: Inputs) -> list[str]:
    """Return the metrics that a report has by quarter: headlines, and what can be observed."""
    return [
        name
        for name, meaning in metric_meanings(inputs).items()
        if (meaning.headline or name in BESIDE) and name not in CROSSINGS
    ]


def crossings(case: Case, options: RunOptions = DEFAULT) -> Crossings:
    """Return when inference overtakes training, quarter by quarter."""
    world = open_world(case, options)
    values = world.values(CROSSINGS)
    rows = []
    for metric in CROSSINGS:
        moments = np.maximum(values[metric][:, 0], FIRST_QUARTER)
        for quarter in range(FIRST_QUARTER, FIRST_QUARTER + world.timeline.horizon):
            share, by = (float(np.mean(x)) for x in (moments == quarter, moments <= quarter))
            rows.append(CrossingRow(metric, label(quarter), "share", plain(share), plain(by)))
    return Crossings(
        command="crossings",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=(),
        metrics=metric_info(model_graph().nodes[name].meaning for name in CROSSINGS),
        first_projected=world.timeline.first_projected,
    )


def sources(case: Case, options: RunOptions = DEFAULT) -> Sources:
    """Return one row for each observed series that shapes the forecast."""
    inputs = case.inputs
    rows = []
    for name in sorted(used_series(inputs), key=lambda each: (inputs.series[each].role, each)):
        mine = [row for row in inputs.observations if row.series_id == name]
        if not mine:
            continue
        last = max(mine, key=lambda row: row.period_end)
        rows.append(
            SourceRow(
                series_id=name,
                title=inputs.series[name].title,
                role=inputs.series[name].role,
                unit=inputs.series[name].unit,
                observations=len(mine),
                last=last.period_end.isoformat(),
                last_value=plain(last.value),
                published=last.published.isoformat(),
                status=last.status,
                source=last.source,
                source_url=last.source_url or None,
            )
        )
    return Sources("sources", run_of(case, options), tuple(rows), ())


def tornadoes(case: Case, options: RunOptions = DEFAULT) -> tuple[Sensitivity, ...]:
    """Return what moves each of the metrics SENSITIVE, in the order that every page has."""
    return ranked_tornadoes(case, options, metrics=SENSITIVE)


def by(compute: Callable[[Case, RunOptions], Any]) -> dict[str, Any]:
    """Return the declaration of a section that a function computes."""
    return {"by": compute}


@dataclass(frozen=True)
class Sections:
    """What is computed for a report of one case on one ensemble, each by its function or `_apart`;
    `paths`, the conditioned drivers by quarter, are kept of it and not shown."""

    front: Front = field(metadata=by(front))
    drivers: Fit = field(metadata=by(driver_fits))
    projection: Projection = field(metadata=by(project))
    sensitivity: tuple[Sensitivity, ...] = field(metadata=by(tornadoes))
    quarters: Projection = field(metadata=by(by_quarter))
    crossings: Crossings = field(metadata=by(crossings))
    paths: DriverPaths = field(metadata=by(driver_paths))
    claims: Claims = field(metadata=by(claims))
    assumptions: Assumptions = field(metadata=by(list_assumptions))
    sources: Sources = field(metadata=by(sources))
    scenarios: Comparisons
    risks: Risks
    watch: Watch


@dataclass(frozen=True)
class Report(Sections):
    """What a report shows. `since`, `scores` and `past` come from runs kept before, and are nothing
    where there are none; of the `alerts` those that fire are shown."""

    run: Run
    stories: tuple[Scenario, ...]
    since: Diff | None = None
    scores: TrackRecord | None = None
    alerts: tuple[AlertRow, ...] = ()
    past: tuple[Past, ...] = ()


def gather(case: Case, options: RunOptions = DEFAULT, *, beside: Beside = here) -> Report:
    """Return everything that a report of a case shows, its sections from the cache if they are
    there. About half of the work is done `beside` this process.

    Raises InputError for what `project` and `risks` refuse.
    """
    risky(case.inputs)  # before anything is computed
    run = run_of(case, options)
    sections = kept(
        Sections,
        case,
        run,
        partial(_sections, case, options, beside),
        decided_by=f"{claims_sha256(case.workspace)} {case.inputs.scenarios_sha256}",
        use_cache=options.use_cache,
    )
    # What was kept is of an earlier run, which started at another moment.
    own: dict[str, Any] = {
        each.name: _of_run(getattr(sections, each.name), run) for each in fields(Sections)
    }
    own["watch"] = on_the_day(own["watch"])
    stories = (each for name, each in case.inputs.scenarios.items() if name != BASE)
    return Report(**own, run=run, stories=tuple(stories))


def _of_run(found: Own | tuple[Own, ...], run: Run) -> Own | tuple[Own, ...]:
    """Return a result, or several, with the run that they are of."""
    if isinstance(found, tuple):
        return tuple(replace(each, run=run) for each in found)
    return replace(found, run=run)


def _sections(case: Case, options: RunOptions, beside: Beside) -> Sections:
    """Return the sections of a report; the ensemble is built or read once in each process."""
    with shared_ensembles():
        open_world(case, options)  # after this the ensemble is in the cache
        apart = beside(partial(_apart, case, options))
        own: dict[str, Any] = {
            each.name: each.metadata["by"](case, options)
            for each in fields(Sections)
            if "by" in each.metadata
        }
        return Sections(**own, **vars(apart()))


def _apart(case: Case, options: RunOptions) -> Apart:
    """Return scenarios side by side and the risks among them, computed once for both, and what to
    watch."""
    timeline, meanings = case.timeline(options.through), metric_meanings(case.inputs)
    chosen = [meanings[name] for name in COMPARED]
    keys = [*keys_of(chosen, timeline.years), *risk_keys(timeline)]
    scenarios = scenarios_of(case, tuple(case.inputs.scenarios))
    with shared_ensembles():
        found = variants(case, options, scenarios=scenarios, keys=keys)
        return Apart(
            compared(case, options, found=found, metrics=COMPARED, periods=timeline.years),
            weighed(case, options, found=found),
            watch(case, options, top=WATCHED),
        )
