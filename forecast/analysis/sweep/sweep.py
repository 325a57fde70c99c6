"""A sweep: metrics at every point of a design, into a Parquet file, part by part.

Parts stand in a folder beside the file until all are there. Each is written whole or not at all, so
that a sweep goes on where it was stopped; a folder or file of another design is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from forecast.analysis.sweep.cluster import KEPT, Cluster, check_scheduler, computed, connected
from forecast.analysis.sweep.parquet_parts import Parts, Write
from forecast.analysis.sweep.points import Design, figures_of
from forecast.analysis.sweep.sweep_design import Axis, Kind, check_design, design_points, read_axes
from forecast.beliefs import Array
from forecast.code_hash import code_sha256
from forecast.errors import ForecastError, InputError, Problem
from forecast.model.graph import Meaning
from forecast.processors.memory import keep_freed_memory
from forecast.result import DEFAULT, Band, Cells, Columns, Figures, Result, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricInfo, metric_ids, metric_info, metric_meanings

POINTS_OF_A_PART = 8  # at most
BAND = ("p10", "p50", "p90")


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
    say: Callable[[str], None] = lambda text: None,
) -> Sweep:
    """Evaluate metrics (the headline ones if none are named) by year at every point of a design,
    and return where each is lowest and highest at the last year.

    `out` gets a row for each point, metric and year. `write` writes a file whole; `progress` is
    told how many points of how many are there, first before any is evaluated, and `say` what a
    person should know meanwhile. The points are shared out among `workers` processes, or the
    workers of the Dask cluster whose `scheduler` is at tcp://HOST:PORT; neither changes a byte.
    Raises InputError with all that is wrong, also where parts or a file of another design are in
    the way, and where the cluster does not answer or runs other code; and ForecastError where
    those who share the work are lost.
    """
    problems: list[Problem] = []
    axes = read_axes(vary, case.inputs, problems)
    check_design(design, points, axes, problems)
    names = _metric_names(case, metrics, problems)
    check_scheduler(scheduler, workers, problems)
    if problems:
        raise InputError(problems)
    places = design_points(design, points, axes, options.seed)
    parts = Parts(out, write, _identity(case, axes, places, names, options))
    chunks = _chunks(len(places))
    missing = [] if parts.is_complete() else parts.missing(len(chunks))
    before = done = len(places) - sum(len(chunks[index]) for index in missing)
    if missing:
        # A cluster is asked first, so that nobody waits for an ensemble to hear that it is away.
        with connected(scheduler) if scheduler else nullcontext() as cluster:
            world = open_world(case, options, also=[axis.low for axis in axes])
            shared = Design(world, tuple(axes), names, places)
            tasks = {index: chunks[index] for index in missing}
            progress(done, len(places))
            for index, figures in _computed(shared, tasks, workers, cluster, say):
                parts.keep(index, shared.columns(chunks[index], figures))
                done += len(chunks[index])
                progress(done, len(places))
    parts.join(len(chunks))
    meanings = metric_meanings(case.inputs)
    return Sweep(
        command="sweep",
        run=run_of(case, options),
        rows=tuple(
            _extremes(parts, names, axes, case.timeline(options.through).years[-1], meanings)
        ),
        warnings=(),
        metrics=metric_info(meanings[name] for name in names),
        file=str(out),
        points=len(places),
        before=before,
        file_rows=parts.count(),
        axes=tuple((axis.name, axis.unit) for axis in axes),
    )


def _chunks(points: int) -> list[range]:
    """Return the points of each part, of nearly the same number."""
    parts = -(-points // POINTS_OF_A_PART)
    ends = [points * part // parts for part in range(parts + 1)]
    return [range(*each) for each in pairwise(ends)]


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
    shared: Design,
    tasks: Mapping[int, range],
    workers: int,
    cluster: Cluster | None,
    say: Callable[[str], None],
) -> Iterator[tuple[int, Array]]:
    """Yield the figures of each task under its number when it is done, from whoever shares the
    work: a cluster if there is one, else as many processes as `workers`.
    """
    if cluster:
        yield from computed(cluster, figures_of, shared, tasks, say)
        return
    if workers == 1 or len(tasks) < 2:
        for index, chunk in tasks.items():
            yield index, figures_of(shared, chunk)
        return
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start, initargs=(shared,)
    )
    try:
        waiting = {pool.submit(_work, chunk): index for index, chunk in tasks.items()}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BrokenProcessPool as error:
        raise ForecastError(f"one of the {workers} processes was killed; {KEPT}") from error
    finally:  # whoever stops a sweep does not wait for what has not begun
        pool.shutdown(cancel_futures=True)


def _start(shared: Design) -> None:
    global _shared  # noqa: PLW0603
    keep_freed_memory()
    _shared = shared


def _work(chunk: range) -> Array:
    assert _shared is not None
    return figures_of(_shared, chunk)


def _extremes(
    parts: Parts,
    metrics: Sequence[str],
    axes: Sequence[Axis],
    period: str,
    meanings: Mapping[str, Meaning],
) -> Iterator[ExtremesRow]:
    """Yield where the median of each metric at a period is lowest and highest."""
    names = tuple(axis.name for axis in axes)
    columns = parts.columns_at(period, ("metric", "point", *BAND, *names))
    for metric in metrics:
        own = np.flatnonzero(columns["metric"] == metric)
        medians = columns["p50"][own]
        low, high = (
            _extreme({name: values[place] for name, values in columns.items()}, names)
            for place in (own[medians.argmin()], own[medians.argmax()])
        )
        yield ExtremesRow(metric, period, meanings[metric].unit, low, high)


def _extreme(row: Mapping[str, Any], names: tuple[str, ...]) -> Extreme:
    """Return an extreme from the columns of its row."""
    place = Cells(names, tuple(float(row[name]) for name in names))
    return Extreme(Band(*(float(row[name]) for name in BAND)), int(row["point"]), place)
