"""The reference model by us and by others: time at equal draws, and at equal error of P5 and P95.

Each peer runs in an environment of its own under build/peers, made at the first run, and one after
the other; `benchmarks/peers/` has a script for each. Prints benchmarks/peers.md, or writes it:
--write FILE; --seeds N and --times N for fewer runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
SCRIPTS, BUILD = HERE / "peers", HERE.parent / "build" / "peers"
MILLION = 1 << 20
CHECKED = 1 << 17  # draws at which errors are measured
FEW = 1 << 13  # draws for Squiggle, which takes a thousand L at a million
POINTS = 4096  # base points of Sobol indices
TRUTH = (1 << 18, 4)  # points and scrambles of the long run
PART = 8192  # draws that ours makes at once
PACKAGES = {
    "squigglepy": ("squigglepy==0.30", "numpy==2.4.6"),
    "openturns": ("openturns==1.27.post1", "numpy==2.4.6"),
    "salib": ("SALib==1.6.0", "numpy==2.4.6"),
}
SQUIGGLE = "@quri/squiggle-lang@0.10.0"
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Peer:
    """A way to run the reference model: a script, its environment (ours if it has no name) and its
    own arguments; how many draws are timed, and at how many errors are measured, None where they
    are another's."""

    title: str
    script: str
    environment: str = ""
    arguments: tuple[str, ...] = ()
    timed: int = MILLION
    checked: int | None = CHECKED

    def run(self, draws: int, seed: int) -> dict[str, Any]:
        """Return what the script tells of a run."""
        return told(self.environment, self.script, draws, seed, *self.arguments)


OURS, CORRELATED = "ours.py", ("2", "correlated")
US = Peer("forecast, two threads", OURS, arguments=("2",))
ARRAYS = Peer("squigglepy, arrays", "squigglepy_arrays.py", "squigglepy")
SQUIGGLE_ON_NODE = Peer("Squiggle on Node", "squiggle.mjs", "squiggle", (), FEW, FEW)
PEERS = (
    US,
    Peer("forecast, one thread", OURS, arguments=("1",), checked=None),
    Peer("forecast, two threads, four inputs correlated", OURS, "", CORRELATED, checked=None),
    ARRAYS,
    Peer("OpenTURNS, random draws", "openturns_arrays.py", "openturns"),
    Peer("OpenTURNS, randomised Sobol points", "openturns_arrays.py", "openturns", ("sobol",)),
    SQUIGGLE_ON_NODE,
)


@dataclass(frozen=True)
class Found:
    """What was measured of a peer: L at a million draws by the processor, by its stages and by the
    clock (None of what does not tell it); most memory in MB; and the error of P5 and P95 at a
    million draws, in widths between them."""

    peer: Peer
    version: str
    stages: dict[str, float]
    clock: float | None
    megabytes: float
    error: float | None

    @property
    def processor(self) -> float:
        """L by the processor, of all threads."""
        return sum(self.stages.values())


def told(environment: str, script: str, *arguments: object) -> dict[str, Any]:
    """Return what a script prints in its environment."""
    python = BUILD / environment / "bin" / "python" if environment else sys.executable
    interpreter = "node" if script.endswith(".mjs") else python
    words = [str(interpreter), str(SCRIPTS / script), *map(str, arguments)]
    where = BUILD / environment if interpreter == "node" else None
    done = subprocess.run(words, env=ALONE, cwd=where, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def build() -> None:
    """Make the environments that are not there yet."""
    for name, packages in PACKAGES.items():
        if not (BUILD / name).exists():
            subprocess.run([sys.executable, "-m", "venv", BUILD / name], check=True)
            pip = [BUILD / name / "bin" / "pip", "install", "-q", *packages]
            subprocess.run(pip, check=True)
    if shutil.which("npm") and not (BUILD / "squiggle" / "node_modules").exists():
        (BUILD / "squiggle").mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--silent", "--prefix", str(BUILD / "squiggle"), SQUIGGLE]
        subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)


def square_error(quantiles: dict[str, Any], truth: dict[str, Any]) -> float:
    """Return the mean square error of P5 and P95 over series and quarters, in widths between P5 and
    P95."""
    found, true = (np.array([each[name] for name in truth]) for each in (quantiles, truth))
    width = true[:, 2] - true[:, 0]
    return float(np.mean(((found[:, [0, 2]] - true[:, [0, 2]]) / width[:, np.newaxis]) ** 2))


def measure(peer: Peer, truth: dict[str, Any], seeds: int, times: int) -> Found:
    """Return what a peer takes, the least of so many times, and how far off it is."""
    print(peer.title, file=sys.stderr)
    scale = MILLION / peer.timed
    runs = [peer.run(peer.timed, 1 + number) for number in range(times)]
    units = [run.get("unit") or unit() / scale for run in runs]
    in_units = list(zip(runs, units, strict=True))
    best, own = min(in_units, key=lambda each: sum(each[0]["processor"].values()) / each[1])
    clocks = [sum(run["wall"].values()) / each for run, each in in_units if "wall" in run]
    error = None
    if peer.checked:
        squares = [
            square_error(peer.run(peer.checked, 1 + number)["quantiles"], truth)
            for number in range(seeds)
        ]
        error = (statistics.mean(squares) * peer.checked / MILLION) ** 0.5
    stages = {name: taken / own for name, taken in best["processor"].items()}
    megabytes = max(run["megabytes"] for run in runs)
    return Found(peer, best["version"], stages, min(clocks, default=None), megabytes, error)


def unit() -> float:
    """Return L at a million draws, in processor seconds."""
    return float(told("squigglepy", ARRAYS.script, FEW, 1)["unit"]) * MILLION / FEW


def timed_lines(found: list[Found]) -> Iterator[str]:
    """Yield the table of times at equal draws."""
    yield "| what | version | L by the clock | L of the processor | of these | most memory, MB |"
    yield "|---|---|---|---|---|---|"
    for each in found:
        clock = "" if each.clock is None else f"{each.clock:.1f}"
        stages = ", ".join(f"{name} {taken:.1f}" for name, taken in each.stages.items())
        draws = "" if each.peer.timed == MILLION else f", from {each.peer.timed:,} draws"
        yield (
            f"| {each.peer.title}{draws} | {each.version} | {clock} | {each.processor:,.1f} | "
            f"{stages} | {each.megabytes:,.0f} |"
        )


def equal_lines(found: list[Found]) -> Iterator[str]:
    """Yield the table of what the error of a million draws of squigglepy takes."""
    goal = next(each.error for each in found if each.peer is ARRAYS) or 0.0
    ours = next(each for each in found if each.peer is US)
    yield "| what | error at a million draws, ‰ of the width | draws needed | L | × ours |"
    yield "|---|---|---|---|---|"
    known = [(each, (each.error / goal) ** 2) for each in found if each.error]
    own = ours.processor * next(share for each, share in known if each is ours)
    for each, share in known:
        taken = each.processor * share
        yield (
            f"| {each.peer.title} | {1000.0 * (each.error or 0.0):.2f} | {share * MILLION:,.0f} | "
            f"{taken:,.1f} | {taken / own:,.1f} |"
        )


def index_lines(seeds: int) -> Iterator[str]:
    """Yield the table of Sobol indices of one output."""
    print("Sobol indices", file=sys.stderr)
    yield "| what | L of the processor at a million draws | of these |"
    yield "|---|---|---|"
    totals = []
    for title, environment, script in (
        ("forecast", "", "ours_indices.py"),
        ("SALib", "salib", "salib_indices.py"),
    ):
        runs = [told(environment, script, POINTS, 1 + number) for number in range(seeds)]
        totals.append(np.mean([run["total"] for run in runs], axis=0))
        best = min(runs, key=lambda run: sum(run["processor"].values()) / run["unit"])
        stages = {name: taken / best["unit"] for name, taken in best["processor"].items()}
        said = ", ".join(f"{name} {taken:.2f}" for name, taken in stages.items())
        yield f"| {title} {best['version']} | {sum(stages.values()):.2f} | {said} |"
    apart = float(np.max(np.abs(totals[0] - totals[1])))
    yield ""
    yield f"Total orders lie {apart:.3f} apart at most, in the mean of {seeds} seeds."


def page(seeds: int, times: int) -> Iterator[str]:
    """Yield the lines of the page."""
    build()
    load = os.getloadavg()[0]
    truth = told("", "truth.py", *TRUTH)
    peers = [each for each in PEERS if each is not SQUIGGLE_ON_NODE or shutil.which("node")]
    found = [measure(peer, truth, seeds, times) for peer in peers]
    us, arrays = (next(each for each in found if each.peer is one) for one in (US, ARRAYS))
    points, scrambles = TRUTH
    yield f"# The reference model, by us and by others, {date.today()}"
    yield ""
    yield (
        f"`make bench-peers` on {os.cpu_count()} cores (load {load:.1f} at the start, "
        f"{os.getloadavg()[0]:.1f} at the end), {platform.system()}, Python "
        f"{platform.python_version()}, NumPy {np.__version__}. 20 inputs, 24 quarters, 8 series "
        f"([benchmarks/peers/](peers)). L is the processor time of NumPy's PCG64 `standard_normal` "
        f"for draws × 20 on one thread, measured in each process. Least of {times} runs; errors "
        f"from {seeds} seeds. On a loaded machine the clock says little; the processor says more."
    )
    yield ""
    yield "## At a million draws"
    yield ""
    yield from timed_lines(found)
    yield ""
    yield (
        f"squigglepy takes {arrays.processor / us.processor:.1f} times the processor time of ours, "
        f"and on one thread each; ours uses both cores besides."
    )
    yield ""
    yield "## At equal error of P5 and P95"
    yield ""
    yield (
        f"Root mean square over all series and quarters, against {points * scrambles:,} scrambled "
        f"Sobol points of SciPy's by none of these. Measured at {CHECKED:,} draws "
        f"({FEW:,} of Squiggle) and carried on by the root of the draws, which is hard on Sobol "
        f"points. Needed for the error of a million draws of squigglepy:"
    )
    yield ""
    yield from equal_lines(found)
    yield ""
    if us.clock and arrays.clock and us.error and arrays.error:
        ratio = arrays.clock / (us.clock * (us.error / arrays.error) ** 2)
        yield f"By the clock squigglepy takes {ratio:.0f} times as long as ours for the same error."
        yield ""
    yield f"## Sobol indices of one output, {POINTS:,} base points"
    yield ""
    yield from index_lines(seeds)
    yield ""
    yield from REMARKS


REMARKS = (
    "## Where the time goes, and where we lose",
    "",
    "- Ours is no kernel for this model: beliefs, stratified draws, graph, blocks, threads and",
    "  rows are those of the program, in double precision. A row has nine percentiles, the mean",
    "  and the error of the median; the others compute three percentiles.",
    "- Most of what squigglepy and OpenTURNS take is `np.quantile`, and whole arrays that leave",
    "  the cache; whoever sorts rows and works in blocks by hand gets most of it back.",
    "- Stratified draws take twice the time of pseudo-random ones. They are worth it where an",
    "  output follows few inputs smoothly, and less so in the tails of many.",
    "- Randomised Sobol points, which OpenTURNS draws readily, need the fewest draws; ours are",
    "  stratified one input at a time, so that one more assumption leaves the others as they were.",
    "- Squiggle's time is that of an interpreter of a language.",
)


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--times", type=int, default=4)
    asked = parser.parse_args()
    text = "\n".join(page(asked.seeds, asked.times)) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
