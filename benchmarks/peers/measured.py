"""What every peer in Python tells of a run, as JSON on standard output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95
REPEATS = 3


class Stages:
    """Seconds of stages, by the clock and of the processor."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Within it time counts to a stage."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall[name] = time.perf_counter() - wall
        self.processor[name] = time.process_time() - processor


def unit(draws: int) -> float:
    """Return L: processor seconds of `standard_normal` of draws × 20 by NumPy's PCG64 on one
    thread, the least of a few."""
    rng, taken = np.random.default_rng(1), []
    for _ in range(REPEATS):
        begun = time.process_time()
        rng.standard_normal(draws * 20)
        taken.append(time.process_time() - begun)
    return min(taken)


def quantiles(series: dict[str, Any]) -> dict[str, list[list[float]]]:
    """Return P5, P50 and P95 by series, (3, quarters), from (draws, quarters)."""
    shares = (LOW, MIDDLE, HIGH)
    return {name: np.quantile(values, shares, axis=0).tolist() for name, values in series.items()}


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024.0


def run(version: str, work: Callable[[int, int, Stages], Any]) -> None:
    """Run `work` of draws and seed, which the command line names, and print what it took."""
    draws, seed = int(sys.argv[1]), int(sys.argv[2])
    stages = Stages()
    work(8192, seed, Stages())  # what is loaded at first use
    found = work(draws, seed, stages)
    peak = peak_megabytes()
    print(json.dumps({
        "version": version, "draws": draws, "seed": seed, "wall": stages.wall,
        "processor": stages.processor, "unit": unit(draws), "megabytes": peak, "quantiles": found,
    }))  # fmt: skip


def run_indices(version: str, work: Callable[[int, int, Stages], tuple[Any, Any]]) -> None:
    """Run `work` of points and seed, which the command line names, and print what it took and the
    indices of first and total order that it found."""
    points, seed = int(sys.argv[1]), int(sys.argv[2])
    stages = Stages()
    work(64, seed, Stages())
    first, total = work(points, seed, stages)
    print(json.dumps({
        "version": version, "processor": stages.processor, "unit": unit(1 << 20),
        "first": list(first), "total": list(total),
    }))  # fmt: skip
