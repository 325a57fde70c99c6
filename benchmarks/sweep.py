"""A sweep on a Dask cluster of one worker and of two, in pairs; what a point ships and costs.

Other work on the machine makes clocks unfit, so both are told: seconds by the clock, and seconds of
a processor, by which two workers take as long as the busier of them. `--write` keeps the page.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
import platform
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
from distributed import Client, LocalCluster

from forecast.analysis.sweep.parquet_parts import Parts
from forecast.analysis.sweep.points import Design, figures_of
from forecast.analysis.sweep.sweep import sweep
from forecast.analysis.sweep.sweep_design import design_points, read_axes
from forecast.cli.files import write_file
from forecast.processors.memory import keep_freed_memory
from forecast.result import RunOptions
from forecast.world.case import Case, load_case
from forecast.world.ensemble import open_world
from forecast.world.metrics import metric_meanings

VARY = ("research_level=0.6..1.6", "chip_life=4..7")
POINTS, PAIRS = 32, 3
TASKS, MANY_PARTS = 5_000, 2_000


@dataclass(frozen=True)
class Pass:
    """One sweep: its seconds by the clock, in all and since the ensemble was open; processor
    seconds of each worker and of the client; and the bytes of the file."""

    whole: float
    working: float
    workers: tuple[float, ...]
    client: float
    content: bytes


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        os.environ["SOURCE_DATE_EPOCH"] = "1767225600"
        page = measured(Path(folder), asked.pairs)
    print(page)
    if asked.write:
        asked.write.write_text(page, encoding="utf-8")


def measured(folder: Path, count: int) -> str:
    """Return the page of figures of so many pairs, measured in a folder."""
    keep_freed_memory()  # as the program does
    case = load_case(None)
    open_world(case, RunOptions())  # so that no pass builds the ensemble
    serial = one_pass(case, folder / "serial.parquet", None)
    pairs = []
    for number in range(count):
        pair = tuple(on_cluster(case, folder / f"{number}-{n}.parquet", n) for n in (1, 2))
        assert all(found.content == serial.content for found in pair), "bytes differ"
        pairs.append(pair)
    load = os.getloadavg()[1]
    return page_of(serial, pairs, load, costs(case, folder))


def on_cluster(case: Case, out: Path, workers: int) -> Pass:
    """Return a sweep on a cluster of so many processes with one thread each."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    ) as cluster:
        return one_pass(case, out, cluster)


def one_pass(case: Case, out: Path, cluster: Any) -> Pass:
    """Return a sweep on a cluster, in this process without one."""
    processes = [psutil.Process(each.pid) for each in cluster.workers.values()] if cluster else []
    before, own = [busy(each) for each in processes], time.process_time()
    begun: list[float] = [time.perf_counter()]
    sweep(
        case,
        vary=VARY,
        design="sobol",
        points=POINTS,
        out=out,
        write=write_file,
        scheduler=cluster.scheduler_address if cluster else None,
        progress=lambda done, of: begun.append(time.perf_counter()),
    )
    end = time.perf_counter()
    used = [busy(each) - first for each, first in zip(processes, before, strict=True)]
    client = time.process_time() - own
    return Pass(end - begun[0], end - begun[1], tuple(used), client, out.read_bytes())


def busy(process: psutil.Process) -> float:
    """Return how many processor seconds a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def costs(case: Case, folder: Path) -> dict[str, str]:
    """Return what is shipped and what each part costs whoever collects it, in words."""
    axes = tuple(read_axes(VARY, case.inputs, []))
    meanings = metric_meanings(case.inputs)
    metrics = tuple(n for n, each in meanings.items() if each.headline and each.kind != "event")
    places = design_points("sobol", POINTS, axes, 1)
    world = open_world(case, RunOptions(), also=[axis.low for axis in axes])
    design = Design(world, axes, metrics, places)
    chunk = range(8)
    figures, seconds = timed(lambda: figures_of(design, chunk))
    parts = Parts(folder / "many.parquet", write_file, "a benchmark")

    def collect() -> None:
        for index in range(MANY_PARTS):
            parts.keep(index, design.columns(chunk, figures + index * 1e-3))

    _, kept = timed(collect)
    _, joined = timed(lambda: parts.join(MANY_PARTS))
    size = (folder / "many.parquet").stat().st_size
    points = MANY_PARTS * len(chunk)
    return {
        "the world, pickled, to each worker once": f"{len(pickle.dumps(design, 5)) / 1e6:.1f} MB",
        "a part of 8 points, evaluated alone": f"{seconds:.2f} s",
        "a part's figures, sent back": f"{len(pickle.dumps(figures, 5)) / 1e3:.0f} kB",
        "a part, written by the client": f"{kept / MANY_PARTS * 1e3:.1f} ms",
        f"the parts of {points:,} points, joined": f"{joined:.1f} s",
        "the file, of 1,000 points": f"{size / points * 1e3 / 1e6:.1f} MB",
        "a task of nothing, on Dask with two workers": f"{overhead() * 1e3:.2f} ms",
    }


def timed(work: Any) -> tuple[Any, float]:
    """Return what work returns, and the processor seconds that it took."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def overhead() -> float:
    """Return the seconds that Dask takes for one of many tasks that do nothing."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        client = Client(cluster)
        begun = time.perf_counter()
        client.gather(client.map(abs, np.arange(TASKS), pure=False))
        seconds = time.perf_counter() - begun
        client.close()
    return seconds / TASKS


def page_of(serial: Pass, pairs: list[tuple[Pass, ...]], load: float, found: dict[str, str]) -> str:
    """Return the page."""
    lines = [
        "| workers | command, s | evaluating, s | busier worker, s of a processor | all workers "
        "| client |",
        "|---|---|---|---|---|---|",
    ]
    for count, passes in enumerate(zip(*pairs, strict=True), 1):
        cells = (
            median(each.whole for each in passes),
            median(each.working for each in passes),
            median(max(each.workers) for each in passes),
            median(sum(each.workers) for each in passes),
            median(each.client for each in passes),
        )
        lines.append(f"| {count} | {' | '.join(f'{x:.1f}' for x in cells)} |")
    clock = median(one.whole / two.whole for one, two in pairs) / 2
    own = median(max(one.workers) / max(two.workers) for one, two in pairs) / 2
    shipped = [f"| {name} | {value} |" for name, value in found.items()]
    return "\n".join(
        [
            f"# A sweep shared out, {date.today().isoformat()}",
            "",
            f"`make bench-sweep` on {os.cpu_count()} cores (load {load:.1f}), {platform.system()}, "
            f"Python {platform.python_version()}: {POINTS} points of the headline metrics on "
            "8,192 draws, on a Dask cluster of processes with one thread each; medians of pairs: "
            f"{len(pairs)}. The file is in every byte that of a run without a cluster, which took "
            f"{serial.client:.1f} s of a processor.",
            "",
            *lines,
            "",
            f"**From one worker to two: {own:.0%} of ideal speed by processor seconds of the "
            f"busier worker**, and {clock:.0%} by the clock of the whole command, which other work "
            "on the machine disturbs.",
            "",
            "| what is shipped, and costs | |",
            "|---|---|",
            *shipped,
            "",
        ]
    )


if __name__ == "__main__":
    main()
