"""A sweep: metrics at every point of a design, into a Parquet file, part by part.

Parts stand in a folder beside the file until all are there. Each is written whole or not at all, so
that a sweep goes on where it was stopped; a folder or file of another design is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from forecast.analysis.sweep.cluster import Cluster, check_scheduler, computed, connected
from forecast.analysis.sweep.parquet_parts import Parts, Write
from forecast.analysis.sweep.sweep_design import Axis, Kind, check_design, design_points, read_axes
from forecast.beliefs import Array
from forecast.code_hash import code_sha256
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Kind as MetricKind
from forecast.result import (
    DEFAULT,
    POINTS,
    Band,
    Cells,
    Columns,
    Figures,
    Quantiles,
    Result,
    RunOptions,
    columns,
)
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricInfo, metric_ids, metric_info, metric_meanings
from forecast.world.rows import value_row
from forecast.world.world import World

POINTS_OF_A_PART = 8


@dataclass(frozen=True)
class PointRow:
    """A metric in a year at a point, with the values of what is varied."""

    point: int
    place: Cells[float]
    metric: str
    period: str
    unit: str
    kind: MetricKind
    mean: float
    quantiles: Quantiles
    mc_error: float


@dataclass(frozen=True, slots=True)
class Extreme(Figures):
    """A metric at the point at which its median is lowest, or highest."""

    band: Band
    point: int
    place: Cells[float]

    def columns(self, name: str) -> Columns:
        """Yield NAME_p10 to NAME_p90, NAME_point, and NAME_KEY of each key varied."""
        yield from self.band.columns(name)
        yield f"{name}_point", self.point
        for key, value in self.place.columns(""):
            yield f"{name}_{key}", value


@dataclass(frozen=True)
class ExtremesRow:
    """Where a metric is lowest and highest."""

    metric: str
    period: str
    unit: str
    lowest: Extreme
    highest: Extreme


@dataclass(frozen=True)
class Sweep(Result):
    """Where each metric is lowest and highest over the points of a design, at the last year; what
    the `file` holds, and how many `points` were there before. `axes` are keys and their units."""

    rows: tuple[ExtremesRow, ...]
    metrics: dict[str, MetricInfo]
    file: str
    points: int
    before: int
    file_rows: int
    axes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Design:
    """What every point of a sweep shares; `places` is points by axes, each in its axis's unit."""

    world: World
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]
    places: Array


def sweep(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    vary: Sequence[str],
    out: Path,
    write: Write,
    design: Kind = "grid",
    points: int | None = None,
    metrics: Sequence[str] = (),
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Sweep:
    """Evaluate metrics (the headline ones if none are named) by year at every point of a design,
    and return where each is lowest and highest at the last year.

    `out` gets a PointRow for each point, metric and year. `write` writes a file whole; `progress`
    is told how many points of how many are done. The points are shared out among `workers`
    processes, or the workers of the Dask cluster whose `scheduler` is at tcp://HOST:PORT; neither
    changes a byte. Raises InputError with all that is wrong, also where parts or a file of another
    design are in the way, and where the cluster does not answer or runs other code.
    """
    problems: list[Problem] = []
    axes = read_axes(vary, case.inputs, problems)
    check_design(design, points, axes, problems)
    names = _metric_names(case, metrics, problems)
    check_scheduler(scheduler, workers, problems)
    if problems:
        raise InputError(problems)
    places = design_points(design, points, axes, options.seed)
    period = case.timeline(options.through).years[-1]
    parts = Parts(out, write, _identity(case, axes, places, names, options))
    chunks = [
        range(start, min(start + POINTS_OF_A_PART, len(places)))
        for start in range(0, len(places), POINTS_OF_A_PART)
    ]
    missing = [] if parts.is_complete() else parts.missing(len(chunks))
    before = done = len(places) - sum(len(chunks[index]) for index in missing)
    if missing:
        # A cluster is asked first, so that nobody waits for an ensemble to hear that it is away.
        with connected(scheduler) if scheduler else nullcontext() as cluster:
            world = open_world(case, options, also=[axis.low for axis in axes])
            shared = Design(world, tuple(axes), names, places)
            tasks = {index: chunks[index] for index in missing}
            for index, rows in _computed(shared, tasks, workers, cluster):
                parts.keep(index, [columns(row) for row in rows])
                done += len(chunks[index])
                progress(done, len(places))
    parts.join(len(chunks))
    rows = [_read(row, axes) for row in parts.rows()]
    meanings = metric_meanings(case.inputs)
    return Sweep(
        command="sweep",
        run=run_of(case, options),
        rows=tuple(_extremes(rows, names, period)),
        warnings=(),
        metrics=metric_info(meanings[name] for name in names),
        file=str(out),
        points=len(places),
        before=before,
        file_rows=len(rows),
        axes=tuple((axis.name, axis.unit) for axis in axes),
    )


def _metric_names(case: Case, asked: Sequence[str], problems: list[Problem]) -> tuple[str, ...]:
    """Return the metrics of a sweep: those asked for, or the headline ones with values."""
    meanings = metric_meanings(case.inputs)
    found_ids = metric_ids(asked, meanings, problems)
    for name in found_ids:
        if meanings[name].kind == "event":
            found, expected = "an event, which has no value at a period", "a metric with values"
            problems.append(Problem("command line", f"--metric {name}", found, expected))
    headlines = (each.name for each in meanings.values() if each.headline and each.kind != "event")
    return found_ids or tuple(headlines)


def _identity(
    case: Case,
    axes: Sequence[Axis],
    places: Array,
    metrics: Sequence[str],
    options: RunOptions,
) -> str:
    """Return a hash of all that the rows of a sweep rest on."""
    settings = [(each.text, each.origin) for each in case.settings]
    run = options.draws, options.seed, options.through
    parts = (
        *(code_sha256(), case.inputs.sha256, str(case.as_of), settings, run, tuple(metrics)),
        *([axis.name for axis in axes], places.tolist()),
    )
    return sha256(json.dumps(parts).encode()).hexdigest()


_shared: Design | None = None  # what a worker process was started with


def _computed(
    shared: Design, tasks: Mapping[int, range], workers: int, cluster: Cluster | None
) -> Iterator[tuple[int, list[PointRow]]]:
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


def _start(shared: Design) -> None:
    global _shared  # noqa: PLW0603
    _shared = shared


def _work(chunk: range) -> list[PointRow]:
    assert _shared is not None
    return _rows_of(_shared, chunk)


def _rows_of(shared: Design, chunk: range) -> list[PointRow]:
    """Return the rows of some points: one for each point, metric and year."""
    world = shared.world
    meanings = metric_meanings(world.inputs)
    names = tuple(axis.name for axis in shared.axes)
    rows: list[PointRow] = []
    for point in chunk:
        place = tuple(float(x) for x in shared.places[point])
        own = [axis.setting(x) for axis, x in zip(shared.axes, place, strict=True)]
        values = world.with_settings((*world.settings, *own)).values(shared.metrics)
        for name in shared.metrics:
            for year in world.timeline.years:
                row = value_row(meanings[name], year, values.at(name, year), "projected", None)
                figures = row.unit, row.kind, row.mean, row.quantiles, row.mc_error
                rows.append(PointRow(point, Cells(names, place), name, year, *figures))
    return rows


def _read(row: Mapping[str, Any], axes: Sequence[Axis]) -> PointRow:
    """Return a row from its columns in the file."""
    place = Cells(tuple(axis.name for axis in axes), tuple(row[axis.name] for axis in axes))
    quantiles = Quantiles(tuple(row[each] for each in POINTS))
    names = ("point", "metric", "period", "unit", "kind", "mean", "mc_error")
    return PointRow(**{name: row[name] for name in names}, place=place, quantiles=quantiles)


def _extremes(
    rows: Sequence[PointRow], metrics: Sequence[str], period: str
) -> Iterator[ExtremesRow]:
    """Yield where the median of each metric at a period is lowest and highest."""
    for metric in metrics:
        own = [row for row in rows if row.metric == metric and row.period == period]
        medians = np.array([row.quantiles.p50 for row in own])
        low, high = own[int(medians.argmin())], own[int(medians.argmax())]
        yield ExtremesRow(metric, period, low.unit, _extreme(low), _extreme(high))


def _extreme(row: PointRow) -> Extreme:
    low, middle, high = (row.quantiles.at(each) for each in (10, 50, 90))
    return Extreme(Band(low, middle, high), row.point, row.place)
