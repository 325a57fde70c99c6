"""How long the program takes to answer, against the time that importing its two libraries takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

REPEATS = 15
BASE = "import typer, rich"
MEASURED = {
    "import typer, rich": [sys.executable, "-c", BASE],
    "forecast --help": [sys.executable, "-m", "forecast", "--help"],
    "forecast": [sys.executable, "-m", "forecast"],
    "forecast project, cached": [sys.executable, "-m", "forecast", "project", "-q", "--json"],
}


def seconds(command: list[str]) -> float:
    """Return the wall time of one run."""
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def fastest() -> dict[str, float]:
    """Return each command's fastest run; the rounds alternate, so that load falls on all alike."""
    best = {name: seconds(command) for name, command in MEASURED.items()}
    for _ in range(REPEATS):
        for name, command in MEASURED.items():
            best[name] = min(best[name], seconds(command))
    return best


def main() -> None:
    """Print milliseconds and the ratio to the bare imports."""
    os.environ["FORECAST_HINTS"] = "0"
    best = fastest()
    for name, taken in best.items():
        print(f"{name:<28} {1000 * taken:6.0f} ms   {taken / best['import typer, rich']:5.2f} x")


if __name__ == "__main__":
    main()
