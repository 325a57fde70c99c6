"""The reference model by us and by others: time at equal draws, and at equal error of P5 and P95.

Each peer runs in an environment of its own under build/peers, made at the first run, and alone on the
machine; `benchmarks/peers/` has a script for each. Prints benchmarks/peers.md, or writes it: --write
FILE.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
SCRIPTS, BUILD = HERE / "peers", HERE.parent / "build" / "peers"
MILLION = 1 << 20
CHECKED = 1 << 17  # draws at which errors are measured
SEEDS = tuple(range(1, 9))
TIMES = 3
FEW = 1 << 13  # draws for Squiggle, which takes a thousand L
POINTS = 4096  # base points of Sobol indices
TRUTH = (1 << 18, 8)  # points and scrambles of the long run
PACKAGES = {
    "squigglepy": ("squigglepy==0.30", "numpy==2.4.6"),
    "openturns": ("openturns==1.27.post1", "numpy==2.4.6"),
    "salib": ("SALib==1.6.0", "numpy==2.4.6"),
}
SQUIGGLE = "@quri/squiggle-lang@0.10.0"
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Peer:
    """A way to run the reference model: a script, its environment and its own arguments. Errors and
    times are measured at so many draws."""

    title: str
    script: str
    environment: str
    arguments: tuple[str, ...] = ()
    checked: int = CHECKED
    timed: int = MILLION

    def run(self, draws: int, seed: int) -> dict[str, Any]:
        """Return what the script tells of a run."""
        return told(self.environment, self.script, draws, seed, *self.arguments)


US = Peer("forecast, two threads", "ours.py", "", ("2",))
ONE_THREAD = Peer("forecast, one thread", "ours.py", "", ("1",))
ARRAYS = Peer("squigglepy, arrays", "squigglepy_arrays.py", "squigglepy")
PEERS = (
    US,
    ONE_THREAD,
    Peer("forecast, two threads, four inputs correlated", "ours.py", "", ("2", "correlated")),
    ARRAYS,
    Peer("OpenTURNS, random", "openturns_arrays.py", "openturns"),
    Peer("OpenTURNS, randomised Sobol sequence", "openturns_arrays.py", "openturns", ("sobol",)),
    Peer("Squiggle on Node", "squiggle.mjs", "squiggle", (), FEW, FEW),
)


@dataclass(frozen=True)
class Found:
    """What was measured of a peer: in L by the processor and by the clock (None for what tells the
    first only), most memory, and RMS error of P5 and P95 at a million draws, in per cent of the
    width between them, as it follows from the draws it was measured at."""

    peer: Peer
    version: str
    processor: float
    clock: float | None
    stages: dict[str, float]
    megabytes: float
    error: float


def told(environment: str, script: str, *arguments: object) -> dict[str, Any]:
    """Return what a script prints in its environment."""
    words = [*interpreter(environment), str(SCRIPTS / script), *map(str, arguments)]
    where = BUILD / environment if environment == "squiggle" else None
    done = subprocess.run(words, env=ALONE, cwd=where, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def interpreter(environment: str) -> list[str]:
    """Return what runs the scripts of an environment, our own if it has no name."""
    if environment == "squiggle":
        return ["node"]
    python = BUILD / environment / "bin" / "python" if environment else sys.executable
    return [str(python)]


def build() -> None:
    """Make the environments that are not there yet; without Node there is no Squiggle."""
    for name, packages in PACKAGES.items():
        if not (BUILD / name).exists():
            subprocess.run([sys.executable, "-m", "venv", BUILD / name], check=True)
            pip = [BUILD / name / "bin" / "pip", "install", "-q", *packages]
            subprocess.run(pip, check=True)
    if shutil.which("npm") and not (BUILD / "squiggle" / "node_modules").exists():
        (BUILD / "squiggle").mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--silent", "--prefix", str(BUILD / "squiggle"), SQUIGGLE]
        subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)


def error_of(quantiles: dict[str, Any], truth: dict[str, Any]) -> float:
    """Return the mean square error of P5 and P95 over series and quarters, in widths between P5 and
    P95."""
    off = []
    for name, true in truth.items():
        low, _middle, high = np.array(true)
        for found, right in zip(np.array(quantiles[name])[[0, 2]], (low, high), strict=True):
            off.append((found - right) / (high - low))
    return float(np.mean(np.square(off)))


def measure(peer: Peer, truth: dict[str, Any], unit: float) -> Found:
    """Return what a peer takes and how far off it is; `unit` is L at a million draws where a run
    does not tell its own."""
    runs = [peer.run(peer.timed, seed) for seed in SEEDS[:TIMES]]
    squares = [error_of(peer.run(peer.checked, seed)["quantiles"], truth) for seed in SEEDS]
    own = [run.get("unit", unit * peer.timed / MILLION) for run in runs]
    least = min(range(TIMES), key=lambda at: sum(runs[at]["processor"].values()) / own[at])
    clocks = [sum(run["wall"].values()) / each for run, each in zip(runs, own, strict=True) if "wall" in run]
    return Found(
        peer,
        runs[0]["version"],
        sum(runs[least]["processor"].values()) / own[least],
        min(clocks, default=None),
        {name: taken / own[least] for name, taken in runs[least]["processor"].items()},
        max(run["megabytes"] for run in runs),
        100.0 * (statistics.mean(squares) * peer.checked / MILLION) ** 0.5,
    )
