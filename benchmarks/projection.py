"""How long a projection takes, against the time of drawing as many normal numbers as it has inputs.

L is the time of NumPy's PCG64 `standard_normal` of draws × 20, one thread, in this process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from forecast.analysis.case_rows import case_rows, keys_of
from forecast.analysis.project import project
from forecast.inputs import load, parse_settings
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import build_ensemble, open_world
from forecast.world.metrics import metric_meanings

DRAWS = 8192
REPEATS = 9
SETTING = "agent_penetration@2028=30%"


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median time of some work, after one run to warm up."""
    work()
    taken = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def stages() -> dict[str, float]:
    """Return the seconds of each stage of a projection whose ensemble is cached."""
    case, options = Case(load(), None, (), (), None), RunOptions(draws=DRAWS)
    world = open_world(case, options)
    settings = parse_settings([SETTING], case.inputs, "command line")
    meanings = metric_meanings(case.inputs)
    shown = [meaning for name, meaning in meanings.items() if name not in case.inputs.drivers]
    years = world.timeline.years
    wanted = keys_of(shown, years)
    taken = world.take(wanted)
    rng = np.random.default_rng(1)

    def rows() -> None:
        case_rows(case.inputs, world.timeline, shown, years, taken)

    return {
        "L: standard_normal of draws x 20": median_seconds(lambda: rng.standard_normal(DRAWS * 20)),
        "read the cached ensemble": median_seconds(
            lambda: build_ensemble(case, world.timeline, options)
        ),
        "apply settings": median_seconds(lambda: world.with_settings(settings)),
        "evaluate": median_seconds(lambda: world.take(wanted)),
        "quantiles and rows": median_seconds(rows),
        "project, all of it": median_seconds(lambda: project(case, options)),
    }


def second_run() -> tuple[float, float]:
    """Return the median seconds of `forecast project` with a setting not seen before, and of
    importing NumPy and pandas, in processes of their own that take turns."""
    imports, projects = [], []
    for turn in range(REPEATS):
        share = f"agent_penetration@2028={30 + turn / 10 + time.time() % 1 / 100:.4f}%"
        command = [sys.executable, "-m", "forecast", "project", "-q", "--json", "--set", share]
        for taken, words in (
            (imports, [sys.executable, "-c", "import numpy, pandas"]),
            (projects, command),
        ):
            begun = time.perf_counter()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.perf_counter() - begun)
    return statistics.median(projects), statistics.median(imports)


def main() -> None:
    """Print milliseconds and ratios."""
    os.environ["FORECAST_HINTS"] = "0"
    taken = stages()
    unit = next(iter(taken.values()))
    for name, seconds in taken.items():
        print(f"{name:<40} {1000 * seconds:8.1f} ms {seconds / unit:8.2f} L")
    whole, imports = second_run()
    print(f"{'import numpy, pandas':<40} {1000 * imports:8.1f} ms {1.0:8.2f} x")
    print(f"{'forecast project --set, a second run':<40} {1000 * whole:8.1f} ms"
          f" {whole / imports:8.2f} x")  # fmt: skip


if __name__ == "__main__":
    main()
