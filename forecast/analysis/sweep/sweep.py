"""A sweep: metrics at every point of a design, into a Parquet file, part by part.

Parts stand in a folder beside the file until all are there. Each is written whole or not at all, so
that a sweep goes on where it was stopped; a folder or file of another design is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from forecast.analysis.sweep.cluster import Cluster, check_scheduler, computed, connected
from forecast.analysis.sweep.parquet_parts import Parts, Write
from forecast.analysis.sweep.sweep_design import Axis, Kind, check_design, design_points, read_axes
from forecast.beliefs import Array
from forecast.code_hash import code_sha256
from forecast.errors import InputError, Problem, did_you_mean
from forecast.result import PERCENTILES, OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.metrics import metric_meanings
from forecast.world.rows import metric_table, value_row
from forecast.world.samples import sample
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

POINTS_OF_A_PART = 8
VALUES = ("mean", *(f"p{each}" for each in PERCENTILES), "mc_error")


@dataclass(frozen=True)
class Sweep:
    """What every point of a sweep shares: where it stands and what it asks for.

    `places` is points by axes, each value in the unit of its axis.
    """

    case: Case
    timeline: Timeline
    ensemble: Ensemble
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]
    places: Array


def sweep(
    case: Case,
    vary: Sequence[str],
    out: Path,
    write: Write,
    *,
    design: Kind = "grid",
    points: int | None = None,
    metrics: Sequence[str] = (),
    workers: int = 1,
    scheduler: str | None = None,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Result:
    """Evaluate metrics (the headline ones if none are named) by year at every point of a design,
    and return where each is lowest and highest at the last year.

    `out` gets one row for each point, metric and year: `point`, a column for each key varied,
    `metric`, `period`, `unit`, `kind` and the percentiles of a projection. `write` writes a file
    whole; `progress` is told how many points of how many are done. The points are shared out among
    `workers` processes, or the workers of the Dask cluster whose `scheduler` is at tcp://HOST:PORT;
    neither changes a byte. Raises InputError with all that is wrong, also where parts or a file of
    another design are in the way, and where the cluster does not answer or runs other code.
    """
    problems: list[Problem] = []
    axes = read_axes(vary, case.inputs, problems)
    check_design(design, points, axes, problems)
    names = _metric_names(case, metrics, problems)
    check_scheduler(scheduler, workers, problems)
    if problems:
        raise InputError(problems)
    places = design_points(design, points, axes, seed)
    timeline = replace(case, settings=(*case.settings, *(axis.low for axis in axes))).timeline(
        through
    )
    parts = Parts(out, write, _identity(case, axes, places, names, (draws, seed, through)))
    chunks = [
        range(start, min(start + POINTS_OF_A_PART, len(places)))
        for start in range(0, len(places), POINTS_OF_A_PART)
    ]
    missing = [] if parts.is_complete() else parts.missing(len(chunks))
    before = done = len(places) - sum(len(chunks[index]) for index in missing)
    if missing:
        # A cluster is asked first, so that nobody waits for an ensemble to hear that it is away.
        with connected(scheduler) if scheduler else nullcontext() as cluster:
            ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
            shared = Sweep(case, timeline, ensemble, tuple(axes), names, places)
            tasks = {index: chunks[index] for index in missing}
            for index, rows in _computed(shared, tasks, workers, cluster):
                parts.keep(index, rows)
                done += len(chunks[index])
                progress(done, len(places))
    parts.join(len(chunks))
    found = parts.rows()
    return OldResult(
        "sweep",
        run_of(case, draws, seed, through, started),
        tuple(_extremes(found, names, timeline.years[-1], axes)),
        (),
        {
            "metrics": metric_table([metric_meanings(case.inputs)[name] for name in names]),
            "file": str(out),
            "points": len(places),
            "before": before,
            "rows": len(found),
            "axes": [(axis.name, axis.unit) for axis in axes],
        },
    )


def _metric_names(case: Case, asked: Sequence[str], problems: list[Problem]) -> tuple[str, ...]:
    """Return the metrics of a sweep: those asked for, or the headline ones with values."""
    meanings = metric_meanings(case.inputs)
    for name in asked:
        if name not in meanings:
            hint = did_you_mean(name, meanings)
            expected = "an id that `forecast metrics` lists"
            problems.append(
                Problem("command line", f"--metric {name}", "no such metric", expected, hint)
            )
        elif meanings[name].kind == "event":
            found, expected = "an event, which has no value at a period", "a metric with values"
            problems.append(Problem("command line", f"--metric {name}", found, expected))
    headlines = (each.name for each in meanings.values() if each.headline and each.kind != "event")
    return tuple(dict.fromkeys(asked)) or tuple(headlines)


def _identity(
    case: Case,
    axes: Sequence[Axis],
    places: Array,
    metrics: Sequence[str],
    run: tuple[int, int, str],
) -> str:
    """Return a hash of all that the rows of a sweep rest on."""
    settings = [(each.text, each.origin) for each in case.settings]
    parts = (
        *(code_sha256(), case.inputs.sha256, str(case.as_of), settings, run, tuple(metrics)),
        *([axis.name for axis in axes], places.tolist()),
    )
    return sha256(json.dumps(parts).encode()).hexdigest()


_shared: Sweep | None = None  # what a worker process was started with


def _computed(
    shared: Sweep, tasks: Mapping[int, range], workers: int, cluster: Cluster | None
) -> Iterator[tuple[int, list[Row]]]:
    """Yield the rows of each task under its number when it is done, from whoever shares the work:
    a cluster if there is one, else as many processes as `workers`.
    """
    if cluster:
        yield from computed(cluster, _rows_of, shared, tasks)
        return
    if workers == 1 or len(tasks) < 2:
        for index, chunk in tasks.items():
            yield index, _rows_of(shared, chunk)
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start, initargs=(shared,)
    )
    try:
        waiting = {index: pool.submit(_work, chunk) for index, chunk in tasks.items()}
        for index, future in waiting.items():
            yield index, future.result()
    finally:  # whoever stops a sweep does not wait for what has not begun
        pool.shutdown(cancel_futures=True)


def _start(shared: Sweep) -> None:
    global _shared  # noqa: PLW0603
    _shared = shared


def _work(chunk: range) -> list[Row]:
    assert _shared is not None
    return _rows_of(_shared, chunk)


def _rows_of(shared: Sweep, chunk: range) -> list[Row]:
    """Return the rows of some points: one for each point, metric and year."""
    inputs, meanings = shared.case.inputs, metric_meanings(shared.case.inputs)
    rows: list[Row] = []
    for point in chunk:
        here = list(zip(shared.axes, shared.places[point], strict=True))
        own = [axis.setting(float(x)) for axis, x in here]
        settings = (*shared.case.settings, *own)
        changed, _ = apply_settings(inputs, shared.ensemble, shared.timeline, settings)
        found = sample(inputs, shared.ensemble, shared.timeline, shared.metrics, changed=changed)
        place: Row = {"point": point} | {axis.name: float(x) for axis, x in here}
        for name in shared.metrics:
            for year in shared.timeline.years:
                row = value_row(meanings[name], year, found.at(name, year), "projected", None)
                kept = {key: row[key] for key in ("metric", "period", "unit", "kind", *VALUES)}
                rows.append(place | kept)
    return rows


def _extremes(
    rows: Sequence[Row], metrics: Sequence[str], period: str, axes: Sequence[Axis]
) -> Iterator[Row]:
    """Yield where the median of each metric at a period is lowest and highest."""
    for metric in metrics:
        own = [row for row in rows if row["metric"] == metric and row["period"] == period]
        medians = np.array([row["p50"] for row in own])
        low, high = own[int(medians.argmin())], own[int(medians.argmax())]
        found: Row = {"metric": metric, "period": period, "unit": low["unit"]}
        for name, row in (("lowest", low), ("highest", high)):
            found |= {f"{name}_{each}": row[each] for each in ("p10", "p50", "p90", "point")}
            found |= {f"{name}_{axis.name}": row[axis.name] for axis in axes}
        yield found
