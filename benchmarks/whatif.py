"""How long a what-if on a cached ensemble takes, start-up included, against importing NumPy.

Processes take turns, so that whatever else the machine does slows all of them alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

REPEATS = 9
FORECAST = (sys.executable, "-m", "forecast")
ONE = ("--set", "agent_penetration@2028=25%")
TWO = (*ONE, "--set", "token_yield=x2")
FIVE = (
    *TWO,
    *("--set", "retirement_rate=x1.1", "--set", "weekly_users@2028=x1.1"),
    *("--set", "deployment_lag=+0.5"),
)
COMMANDS = {
    "import numpy": (sys.executable, "-c", "import numpy"),
    "forecast project --set, one change": (*FORECAST, "project", "-q", *ONE),
    "forecast whatif, one change": (*FORECAST, "whatif", "-q", *ONE),
    "forecast whatif, two changes": (*FORECAST, "whatif", "-q", *TWO),
    "forecast whatif, five changes": (*FORECAST, "whatif", "-q", *FIVE),
}


def seconds() -> dict[str, float]:
    """Return the median seconds of each command, after one run of each to fill the caches."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for turn in range(1 + REPEATS):
        for name, command in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            if turn:
                taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(found) for name, found in taken.items()}


def main() -> None:
    """Print milliseconds and ratios to the import of NumPy."""
    os.environ["FORECAST_HINTS"] = "0"
    taken = seconds()
    unit = taken["import numpy"]
    for name, found in taken.items():
        print(f"{name:<40} {1000 * found:8.1f} ms {found / unit:8.2f} x")


if __name__ == "__main__":
    main()
