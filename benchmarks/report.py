"""How long a whole report takes, against a projection from the same cache.

The first report of a seed computes every section; the second finds them in the cache. Both follow
`forecast project`, and processes take turns, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

SEEDS = range(1, 6)
FORECAST = (sys.executable, "-m", "forecast")


def seconds(*arguments: str) -> float:
    """Return the wall time of one run of the program."""
    begun = time.perf_counter()
    subprocess.run([*FORECAST, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the median of each, and its ratio to a cached projection."""
    taken: dict[str, list[float]] = {}
    with TemporaryDirectory() as folder:
        # A cache of its own, so that every seed's first report is its first.
        os.environ |= {"FORECAST_HINTS": "0", "HOME": folder, "XDG_CACHE_HOME": folder}
        out = Path(folder) / "reports"
        for seed in map(str, SEEDS):
            seconds("project", "-q", "--seed", seed)
            report = ("report", "-q", "--seed", seed, "--out", str(out))
            for name, arguments in (
                ("forecast project, cached", ("project", "-q", "--seed", seed)),
                ("forecast report, its first time", report),
                ("forecast report, again", report),
            ):
                taken.setdefault(name, []).append(seconds(*arguments))
        page = (out / "forecast.html").stat().st_size
    unit = statistics.median(taken["forecast project, cached"])
    for name, found in taken.items():
        middle = statistics.median(found)
        print(f"{name:<34} {middle:6.2f} s {middle / unit:7.2f} x")
    print(f"{'forecast.html':<34} {page / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
