"""Everything that a report shows, from one case and one ensemble."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from forecast.analysis.assumptions import list_assumptions
from forecast.analysis.case import Case, run_of
from forecast.analysis.claims import claims
from forecast.analysis.compare import BASE, compare
from forecast.analysis.ensemble import build_ensemble, shared_ensembles
from forecast.analysis.evaluate import model_graph
from forecast.analysis.fit import fit_named
from forecast.analysis.overrides import apply_settings
from forecast.analysis.project import project
from forecast.analysis.risks import risks
from forecast.analysis.samples import sample
from forecast.analysis.sections import Section, kept_sections
from forecast.analysis.sensitivity import sensitivity
from forecast.analysis.summary import metric_table, plain
from forecast.analysis.watch import watch
from forecast.curves.evidence import driver_points
from forecast.inputs.schema import Inputs, Scenario
from forecast.periods import FIRST_QUARTER, label
from forecast.result import Result, Row, Run

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
"""Metrics whose quarters a report draws."""
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
DRIVER_DRAWS = 2048  # paths of a driver alone, which a band needs no more of


@dataclass(frozen=True)
class Report:
    """What a report shows. `since` (a `diff`) and `scores` come from runs kept before, and are
    nothing where there are none; `alerts` are rows of `alert_rows`: those that fire are shown."""

    run: Run
    projection: Result
    quarters: Result
    crossings: Result
    drivers: Result
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
) -> Report:
    """Return everything that a report of a case shows; the ensemble is built or read once, and what
    takes long is kept in the cache with it.

    Raises InputError for what `project` refuses.
    """
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through, "started": started}
    cached = {**asked, "use_cache": use_cache}
    names = [name for name in case.inputs.scenarios if name != BASE]

    # In such an order that every second one is about half of the work.
    slow: dict[str, Section] = {
        "watch": partial(watch, case, top=WATCHED, **cached),
        SENSITIVE[0]: partial(sensitivity, case, metric=SENSITIVE[0], **cached),
        "scenarios": partial(compare, case, names, metrics=COMPARED, **cached),
        SENSITIVE[1]: partial(sensitivity, case, metric=SENSITIVE[1], **cached),
        "risks": partial(risks, case, **cached),
        "drivers": partial(_drivers, case, **asked),
    }
    with shared_ensembles():
        projection = project(case, **cached)
        run = replace(projection.run, duration_s=None)
        kept = kept_sections(case, run, slow, use_cache=use_cache)
        return Report(
            run=run,
            projection=projection,
            quarters=project(case, by="quarter", metrics=FANS, **cached),
            crossings=crossings(case, **cached),
            drivers=kept["drivers"],
            claims=claims(case, **cached),
            scenarios=kept["scenarios"],
            risks=kept["risks"],
            sensitivity=tuple(kept[name] for name in SENSITIVE),
            watch=kept["watch"],
            assumptions=list_assumptions(case, **cached),
            sources=sources(case, **asked),
            stories=tuple(case.inputs.scenarios[name] for name in names),
        )


def crossings(
    case: Case, *, draws: int, seed: int, through: str, use_cache: bool, started: str
) -> Result:
    """Return when inference overtakes training for good, quarter by quarter.

    Rows: for each of CROSSINGS and each quarter, `share` of draws that cross in it and `share_by`
    that have crossed by its end; what crosses before the first quarter counts into it.
    """
    grid = case.grid(through)
    ensemble = build_ensemble(case, grid, draws, seed, use_cache=use_cache)
    changed, _ = apply_settings(case.inputs, ensemble, grid, case.settings)
    values = sample(case.inputs, ensemble, grid, CROSSINGS, changed=changed).values
    rows: list[Row] = []
    for metric in CROSSINGS:
        moments = np.maximum(values[metric][:, 0], FIRST_QUARTER)
        for quarter in range(FIRST_QUARTER, FIRST_QUARTER + grid.horizon):
            share, by = np.mean(moments == quarter), np.mean(moments <= quarter)
            row = {"metric": metric, "period": label(quarter), "unit": "share"}
            rows.append(row | {"share": plain(float(share)), "share_by": plain(float(by))})
    extra = {
        "metrics": metric_table([model_graph().nodes[name].meaning for name in CROSSINGS]),
        "first_projected": grid.first_projected,
    }
    return Result("crossings", run_of(case, draws, seed, through, started), tuple(rows), (), extra)


def _drivers(case: Case, *, draws: int, seed: int, through: str, started: str) -> Result:
    """Return every driver's fitted path, with its assumed points beside it."""
    few = min(draws, DRIVER_DRAWS)
    result = fit_named(
        case, (), through=through, seed=seed, draws=few, members=False, started=started
    )
    drivers = case.inputs.drivers
    extra = {
        **result.extra,
        "assumed": {name: _assumed(case.inputs, name) for name in drivers},
    }
    return replace(result, extra=extra)


def _assumed(inputs: Inputs, name: str) -> tuple[tuple[float, float], ...]:
    """Return the points that somebody supposes of a driver: (time in years, value)."""
    points = driver_points(inputs.drivers[name], inputs)
    return tuple((point.time, point.value) for point in points if point.assumed)


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
    return Result("sources", run_of(case, draws, seed, through, started), tuple(rows))
