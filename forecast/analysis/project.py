"""The main job: fit, condition and project, and say what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from forecast.beliefs import Array
from forecast.curves.evidence import driver_points
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import aggregated, year_value
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, is_year, label
from forecast.result import Result, Row
from forecast.timing import Stopwatch
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import evaluate, model_graph, with_parts
from forecast.world.metrics import breakdowns, metric_meanings, status_of
from forecast.world.observed import observed_value
from forecast.world.rows import (
    constraint_rows,
    event_row,
    metric_table,
    plain,
    sentence_share,
    value_row,
)
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

FEWEST_DRAWS = 64


def project(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    by: Literal["year", "quarter"] = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
    breakdown: str | None = None,
    prior: bool = False,
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return the projection of a case: one row per metric and period, with percentiles, and with a
    `breakdown` one more per member of it. Without `metrics` all are computed, or with `headline`
    those that are shown first.

    Raises InputError for an unknown metric, a horizon in the history, too few draws or a setting
    that cannot be applied.
    """
    watch = Stopwatch()
    meanings = metric_meanings(case.inputs)
    _check(meanings, metrics, breakdown, draws, seed)
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, prior=prior, use_cache=use_cache)
    watch.lap("condition_s")
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    names = metrics or [name for name in meanings if meanings[name].headline or not headline]
    chosen = [meanings[name] for name in names]
    splits = breakdowns(breakdown) if breakdown else {}
    parts = {whole: name for name, (_dimension, whole) in splits.items() if whole in names}
    extras = {"counted_share"} if not metrics else set()
    wanted = with_parts(names) | extras | set(parts.values())
    values = evaluate(case.inputs, ensemble, timeline, wanted, changed=changed)
    rows = [
        row
        for meaning in chosen
        for row in (
            *metric_rows(case.inputs, meaning, meanings, values, timeline, by),
            *_member_rows(
                meaning, values.get(parts.get(meaning.name, "")), breakdown, timeline, by
            ),
        )
    ]
    watch.lap("project_s")
    report = ensemble.report
    return Result(
        command="project",
        run=replace(run_of(case, draws, seed, through, started), duration_s=watch.total()),
        rows=tuple(rows),
        warnings=(*report["warnings"], *warnings),
        extra={
            "metrics": metric_table(chosen),
            "first_projected": timeline.first_projected,
            "targets": report["targets"],
            "conditioning": report["conditioning"],
            "findings": _findings(case.inputs, metrics, values, report),
            "timing": {**watch.laps, "cached": ensemble.from_cache},
        },
    )


def _check(
    meanings: dict[str, Meaning],
    metrics: Sequence[str],
    breakdown: str | None,
    draws: int,
    seed: int,
) -> None:
    problems = [
        Problem(
            "command line",
            f"--metric {name}",
            "no such metric",
            "one of `forecast metrics`",
            did_you_mean(name, meanings),
        )
        for name in metrics
        if name not in meanings
    ]
    dimensions = sorted({dimension for dimension, _whole in breakdowns(None).values()})
    if breakdown is not None and breakdown not in dimensions:
        hint = did_you_mean(breakdown, dimensions)
        expected = ", ".join(dimensions)
        problems.append(Problem("command line", "--breakdown", breakdown, expected, hint))
    if draws < FEWEST_DRAWS:
        expected = f"{FEWEST_DRAWS} or more, 8192 by default"
        problems.append(Problem("command line", "--draws", str(draws), expected))
    if seed < 0:
        problems.append(Problem("command line", "--seed", str(seed), "zero or a positive number"))
    if problems:
        raise InputError(problems)


def metric_rows(
    inputs: Inputs,
    meaning: Meaning,
    meanings: dict[str, Meaning],
    values: dict[str, Array],
    timeline: Timeline,
    by: Literal["year", "quarter"],
) -> list[Row]:
    """Return the rows of one metric over every quarter or whole year of the grid."""
    draws = values[meaning.name]
    if meaning.name == "binding_constraint":
        return _constraint_rows(meaning, draws, timeline, by)
    if meaning.kind == "event":
        return [event_row(meaning, draws[:, 0])]

    def part(name: str) -> tuple[Array, Kind]:
        kind = meanings[name].kind if name in meanings else model_graph().nodes[name].meaning.kind
        return values[name], kind

    rows = []
    for period in timeline.years if by == "year" else timeline.periods:
        first, last = _columns(period, timeline, by)
        sample = draws[:, last] if by == "quarter" else aggregated(meaning, part, first)
        observed = observed_value(inputs, meaning.name, period, meaning.kind)
        rows.append(
            value_row(meaning, period, sample, status_of(observed, last, timeline), observed)
        )
    return rows


def _member_rows(
    whole: Meaning,
    parts: Any,
    dimension: str | None,
    timeline: Timeline,
    by: Literal["year", "quarter"],
) -> list[Row]:
    """Return the rows of each member of a metric's breakdown, none if it has no parts; `share_…`
    holds the member's share of the whole, which is the sum of its parts."""
    if parts is None:
        return []
    rows: list[Row] = []
    for period in timeline.years if by == "year" else timeline.periods:
        first, last = _columns(period, timeline, by)
        status = status_of(None, last, timeline)
        samples = [
            draws[:, last] if by == "quarter" else year_value(draws, whole.kind, first)
            for draws in parts
        ]
        total = np.sum(samples, axis=0)
        for member, sample in zip(parts._fields, samples, strict=True):
            row = value_row(whole, period, sample, status, None)
            named = {"dimension": dimension, "member": member}
            rows.append(row | named | _share_points(sample, total))
    return sorted(rows, key=lambda row: parts._fields.index(row["member"]))


def _share_points(part: Array, whole: Array) -> Row:
    """Return P10, P50 and P90 of a part's share of a whole, (draws,), where there is a whole."""
    there = whole > 0.0
    if not there.any():
        return {f"share_p{p}": None for p in (10, 50, 90)}
    points = np.percentile(part[there] / whole[there], (10.0, 50.0, 90.0))
    return {f"share_p{p}": plain(float(x)) for p, x in zip((10, 50, 90), points, strict=True)}


def _columns(period: str, timeline: Timeline, by: str) -> tuple[int, int]:
    if by == "year":
        first = 4 * int(period) - FIRST_QUARTER
        return first, first + 3
    column = timeline.periods.index(period)
    return column, column


def _constraint_rows(meaning: Meaning, codes: Array, timeline: Timeline, by: str) -> list[Row]:
    rows: list[Row] = []
    for period in (
        timeline.years if is_year(timeline.years[0]) and by == "year" else timeline.periods
    ):
        first, last = _columns(period, timeline, by)
        rows += constraint_rows(meaning, period, codes[:, first : last + 1], "projected")
    return rows


def _findings(
    inputs: Inputs, metrics: Sequence[str], values: dict[str, Array], report: dict[str, Any]
) -> list[str]:
    """Return what a reader should know beside the tables, in sentences."""
    found = _assumed(inputs, metrics)
    if "counted_share" in values:
        found.append(
            sentence_share(
                "Counted tokens explain",
                np.minimum(values["counted_share"][:, -1], 1.0),
                "of the language-model fleet.",
            )
        )
    targets = report["targets"]
    if targets:
        wide = [row for row in targets if abs(row["misfit"]) > 2.0]
        named = ", ".join(f"{row['target']} {row['period']} ({row['misfit']:+.1f})" for row in wide)
        verb = "misses" if len(wide) == 1 else "miss"
        found.append(
            f"{len(wide) or 'None'} of {len(targets)} targets {verb} by more than 2 standard errors"
            f"{': ' + named if named else ''}."
        )
    return found


def _assumed(inputs: Inputs, metrics: Sequence[str]) -> list[str]:
    """Return which drivers lean on points that somebody supposes."""
    leaning = []
    for name, driver in inputs.drivers.items():
        times = [point.time for point in driver_points(driver, inputs) if point.assumed]
        if times and (not metrics or name in metrics):
            when = ", ".join(label(int(4.0 * time - 0.01)) for time in times)
            leaning.append(f"{driver.title[0].lower()}{driver.title[1:]} ({when})")
    return [f"Assumed points shape {'; '.join(leaning)}."] if leaning else []
