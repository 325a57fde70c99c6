"""Everything that a report shows, from one case and one ensemble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forecast.analysis.beliefs.assumptions import list_assumptions
from forecast.analysis.claims import claims
from forecast.analysis.project import project
from forecast.analysis.runs.section_cache import Section, kept_sections
from forecast.analysis.runs.track_record import driver_rows
from forecast.analysis.scenarios.compare import BASE, compared, scenarios_of
from forecast.analysis.scenarios.risks import risk_keys, risky, weighed
from forecast.analysis.scenarios.variants import variants
from forecast.analysis.sensitivity.sensitivity import sensitivities
from forecast.analysis.series.driver_fits import driver_fits
from forecast.analysis.watch.watch import watch
from forecast.inputs.claims import claims_sha256
from forecast.inputs.schema import Inputs, Scenario
from forecast.periods import FIRST_QUARTER, label
from forecast.result import OldResult, Result, Row, Run
from forecast.second_process import Beside, here
from forecast.world.case import Case, run_of
from forecast.world.case_rows import keys_of
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import model_graph
from forecast.world.metrics import metric_meanings
from forecast.world.observed import BESIDE
from forecast.world.rows import metric_table, plain
from forecast.world.samples import sample
from forecast.world.settings import apply_settings

FANS = (
    "training_compute",
    "inference_compute",
    "inference_share",
    "chip_spend",
    "training_chip_spend",
    "inference_chip_spend",
    "inference_spend_share",
    "ai_capex",
    "ai_power_capacity",
)
"""Metrics whose quarters a report draws, all of them `quarterly`."""
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
APART = ("scenarios", "watch")  # sections that make up about half of the work


@dataclass(frozen=True)
class Report:
    """What a report shows, and `paths`, the conditioned drivers by quarter, which are kept of it.
    `since` (a `diff`) and `scores` come from runs kept before, and are nothing where there are
    none; `alerts` are rows of `alert_rows`: those that fire are shown."""

    run: Run
    projection: Result
    quarters: Result
    crossings: Result
    drivers: Result
    paths: Result
    claims: Result
    scenarios: Result
    risks: Result
    sensitivity: tuple[Result, ...]
    watch: Result
    assumptions: Result
    sources: Result
    stories: tuple[Scenario, ...]
    since: Result | None = None
    scores: Result | None = None
    alerts: tuple[Row, ...] = ()


def gather(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
    beside: Beside = here,
) -> Report:
    """Return everything that a report of a case shows; the ensemble is built or read once, and what
    is made of it is kept in the cache, too. About half of the work is done `beside` this process.

    Raises InputError for what `project` and `risks` refuse.
    """
    risky(case.inputs)  # before anything is computed
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through, "started": started}
    cached = {**asked, "use_cache": use_cache}
    names = [name for name in case.inputs.scenarios if name != BASE]
    sections: dict[str, Section] = {
        "drivers": partial(_alone, driver_fits, case, **cached),
        "projection": partial(_alone, project, case, **cached),
        "sensitivity": partial(sensitivities, case, SENSITIVE, **cached),
        "scenarios": partial(_scenarios, case, names, **cached),
        "watch": partial(_alone, watch, case, top=WATCHED, **cached),
        "quarters": partial(
            _alone, project, case, by="quarter", metrics=quarterly(case.inputs), **cached
        ),
        "crossings": partial(_alone, crossings, case, **cached),
        "paths": partial(_alone, driver_rows, case, **cached),
        "claims": partial(_alone, claims, case, **cached),
        "assumptions": partial(_alone, list_assumptions, case, **cached),
        "sources": partial(_alone, sources, case, **asked),
    }
    run = run_of(case, **asked)
    found = kept_sections(
        case,
        run,
        sections,
        decided_by=claims_sha256(case.workspace),
        apart=APART,
        beside=beside,
        use_cache=use_cache,
    )
    scenarios, risks = found.pop("scenarios")
    sensitivity = tuple(found.pop("sensitivity"))
    single: dict[str, Any] = {name: results[0] for name, results in found.items()}
    return Report(
        run=run,
        scenarios=scenarios,
        risks=risks,
        sensitivity=sensitivity,
        stories=tuple(case.inputs.scenarios[name] for name in names),
        **single,
    )


def quarterly(inputs: Inputs) -> list[str]:
    """Return the metrics that a report has by quarter: headlines, and what can be observed."""
    return [
        name
        for name, meaning in metric_meanings(inputs).items()
        if (meaning.headline or name in BESIDE) and name not in CROSSINGS
    ]


def _alone(function: Callable[..., Result], *given: Any, **named: Any) -> tuple[Result]:
    """Return the one result of a section."""
    return (function(*given, **named),)


def _scenarios(
    case: Case, names: Sequence[str], *, use_cache: bool, started: str, **asked: Any
) -> tuple[Result, Result]:
    """Return scenarios side by side, and the risks among them, computed once for both."""
    timeline, meanings = case.timeline(asked["through"]), metric_meanings(case.inputs)
    keys = keys_of([meanings[name] for name in COMPARED], timeline.years)
    scenarios = scenarios_of(case, names)
    found = variants(case, scenarios, [*keys, *risk_keys(timeline)], use_cache=use_cache, **asked)
    return (
        compared(case, found, COMPARED, timeline.years, started=started, **asked),
        weighed(case, found, started=started, **asked),
    )


def crossings(
    case: Case, *, draws: int, seed: int, through: str, use_cache: bool, started: str
) -> Result:
    """Return when inference overtakes training for good, quarter by quarter.

    Rows: for each of CROSSINGS and each quarter, `share` of draws that cross in it and `share_by`
    that have crossed by its end; what crosses before the first quarter counts into it.
    """
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, _ = apply_settings(case.inputs, ensemble, timeline, case.settings)
    values = sample(case.inputs, ensemble, timeline, CROSSINGS, changed=changed).values
    rows: list[Row] = []
    for metric in CROSSINGS:
        moments = np.maximum(values[metric][:, 0], FIRST_QUARTER)
        for quarter in range(FIRST_QUARTER, FIRST_QUARTER + timeline.horizon):
            share, by = np.mean(moments == quarter), np.mean(moments <= quarter)
            row = {"metric": metric, "period": label(quarter), "unit": "share"}
            rows.append(row | {"share": plain(float(share)), "share_by": plain(float(by))})
    extra = {
        "metrics": metric_table([model_graph().nodes[name].meaning for name in CROSSINGS]),
        "first_projected": timeline.first_projected,
    }
    return OldResult(
        "crossings", run_of(case, draws, seed, through, started), tuple(rows), (), extra
    )


def sources(case: Case, *, draws: int, seed: int, through: str, started: str) -> Result:
    """Return one row for each observed series that shapes the forecast: its role, how much of it
    there is, its last figure, and where that comes from."""
    inputs = case.inputs
    used = {
        name
        for driver in inputs.drivers.values()
        for each in driver.evidence
        for name in each.series
    } | {name for target in inputs.targets for name in target.series}
    rows: list[Row] = []
    for name in sorted(used, key=lambda each: (inputs.series[each].role, each)):
        mine = [row for row in inputs.observations if row.series_id == name]
        if not mine:
            continue
        last = max(mine, key=lambda row: row.period_end)
        rows.append(
            {
                "series_id": name,
                "title": inputs.series[name].title,
                "role": inputs.series[name].role,
                "unit": inputs.series[name].unit,
                "observations": len(mine),
                "last": last.period_end.isoformat(),
                "last_value": plain(last.value),
                "published": last.published.isoformat(),
                "status": last.status,
                "source": last.source,
                "source_url": last.source_url or None,
            }
        )
    return OldResult("sources", run_of(case, draws, seed, through, started), tuple(rows))
