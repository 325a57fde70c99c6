"""Where the time of a first start goes, nothing cached, and of a second one.

Whole processes are timed against importing NumPy and pandas; the stages are taken in a process of
their own, by the wall and by the processor. Stages that are indented are part of the one above
them. What a copy of the process does beside it is in the stage that waits for it, and not shown by
itself. Modules are compiled before, as pip does when it installs them.
"""

from __future__ import annotations

import compileall
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPEATS = 5
IMPORTS = "import numpy, pandas"
# Label, module in which the function is looked up, and its name.
STAGES = (
    ("inputs", "forecast.world.case", "load"),
    ("ensemble", "forecast.world.draws.parts", "open_world"),
    ("  prior draws", "forecast.world.draws.members", "drawn_prior"),
    ("    beliefs", "forecast.world.draws.prior", "prior_normals"),
    ("    money group", "forecast.world.draws.prior", "_money"),
    ("  references, before", "forecast.world.draws.members", "base_references"),
    ("  data predicted, before and after", "forecast.world.draws.members", "predictions"),
    ("  conditioning", "forecast.world.draws.members", "smoothed"),
    ("    data predicted anew", "forecast.world.history.conditioning", "predictions"),
    ("    gains", "forecast.ensemble.conditioning", "gain"),
    ("  beside a copy: curves, references", "forecast.world.draws.members", "side_by_side"),
    ("    without each origin", "forecast.world.draws.members", "without_each"),
    ("  into the cache", "forecast.world.ensemble", "pack"),
    ("evaluation, with the ensemble", "forecast.analysis.front", "evaluated"),
    ("rows", "forecast.analysis.front", "projected"),
    ("what moves it", "forecast.analysis.front", "strongest"),
    ("page", "forecast.report.pages.answers.first_page", "first_page"),
)


def timed(taken: dict[str, tuple[float, float]], label: str, work: Callable[..., Any]) -> Any:
    """Return a function that does some work and adds its seconds by the wall and of the processor,
    those of all threads and of copies that have ended, to what was taken."""

    def run(*arguments: Any, **keywords: Any) -> Any:
        wall, processor = time.perf_counter(), sum(os.times()[:4])
        try:
            return work(*arguments, **keywords)
        finally:
            before = taken.get(label, (0.0, 0.0))
            spent = time.perf_counter() - wall, sum(os.times()[:4]) - processor
            taken[label] = before[0] + spent[0], before[1] + spent[1]

    return run


def stages() -> None:
    """Print what each stage of a start takes in this process, in which nothing is imported yet."""
    taken: dict[str, tuple[float, float]] = {}
    whole = timed(taken, "in all", _start)
    whole(taken)
    for label in ("imports", *(each[0] for each in STAGES), "in all"):
        wall, processor = taken.get(label, (0.0, 0.0))
        if wall:
            print(f"{label:<36} {wall:7.2f} s {processor:7.2f} s of processor")


def _start(taken: dict[str, tuple[float, float]]) -> None:
    """Print the first page as the command does, each stage timed."""

    def imports() -> None:
        import forecast.cli.main
        import forecast.curves.evidence
        import forecast.money.group  # noqa: F401

        for _, module, _ in STAGES:
            importlib.import_module(module)

    timed(taken, "imports", imports)()
    for label, name, function in STAGES:
        module = importlib.import_module(name)
        setattr(module, function, timed(taken, label, getattr(module, function)))
    from forecast.cli.main import run

    sys.stdout, shown = open(os.devnull, "w", encoding="utf-8"), sys.stdout  # noqa: SIM115
    try:
        run(["project", "-q"])
    finally:
        sys.stdout = shown


def seconds(words: list[str], folder: str) -> tuple[float, float]:
    """Return what a process takes by the wall and of the processor, in a folder that has no cache
    but what such processes keep there, and is no workspace with one of its own."""
    before, begun = os.times(), time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True, cwd=folder, env=alone_in(folder))
    after, wall = os.times(), time.perf_counter() - begun
    children = after.children_user - before.children_user
    return wall, children + after.children_system - before.children_system


def alone_in(folder: str) -> dict[str, str]:
    """Return an environment in which nothing is read or kept but in a folder."""
    others = ("FORECAST_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "XDG_CACHE_HOME": folder, "FORECAST_HINTS": "0"}


def compared() -> None:
    """Print what a first start, a second one and importing two libraries take, in turns."""
    compileall.compile_dir(Path(__file__).resolve().parents[1] / "forecast", quiet=1)
    project = [sys.executable, "-m", "forecast", "project", "-q"]
    taken: dict[str, list[tuple[float, float]]] = {}
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            for label, words in (
                (IMPORTS, [sys.executable, "-c", IMPORTS]),
                ("forecast project, nothing cached", project),
                ("forecast project, again", project),
            ):
                taken.setdefault(label, []).append(seconds(words, folder))
    base = statistics.median(wall for wall, _ in taken[IMPORTS])
    for label, each in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*each, strict=True))
        print(f"{label:<36} {wall:7.2f} s {processor:7.2f} s of processor {wall / base:7.1f} x")


def main() -> None:
    """Print both tables; `--stages` those of one start in this process."""
    if sys.argv[1:] == ["--stages"]:
        stages()
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"load {load:.1f} on {os.cpu_count()} processors")
    compared()
    with tempfile.TemporaryDirectory() as folder:
        for label in ("a first start, nothing cached", "a second start"):
            print(f"\n{label}", flush=True)
            words = [sys.executable, os.path.abspath(__file__), "--stages"]
            subprocess.run(words, check=True, cwd=folder, env=alone_in(folder))


if __name__ == "__main__":
    main()
