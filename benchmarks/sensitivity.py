"""What a tornado over every assumption costs, against a full run for each end of each bar.

Seconds are of the processor, all threads together, so that neighbours on the machine count little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from forecast.analysis.sensitivity.factors import Question, ask, factors, of_draws, quantile_paths
from forecast.analysis.sensitivity.sensitivity import sensitivity
from forecast.analysis.sensitivity.tornado import FEWEST_MOVED
from forecast.beliefs import Array
from forecast.inputs import load
from forecast.world.case import Case
from forecast.world.evaluate import evaluate

DRAWS = 8192
# The last one looks at quarters after its own, which it therefore cannot leave out.
METRICS = ("inference_share", "chip_spend", "ai_power_capacity", "inference_spend_share")
LIMIT = 1.0 / 3.0
EVERY = 4  # of the full runs, one in so many is timed


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the processor's and the wall's seconds of some work."""
    begun, began = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - begun, time.perf_counter() - began


def ends(asked: Question) -> list[Mapping[str, Array]]:
    """Return both ends of each bar."""
    return [
        {factor.name: path}
        for factor in factors(asked.inputs)
        for path in quantile_paths(asked, factor.name, (10.0, 90.0))
    ]


def compare(case: Case, metric: str) -> tuple[float, float]:
    """Return the processor's seconds of all bars of a metric's tornado: as it computes them, and by
    full runs on the same draws."""
    timeline = case.timeline("2028")
    asked = ask(case, metric, "2028", draws=DRAWS, seed=1, through="2028")
    few = of_draws(asked, np.arange(FEWEST_MOVED))
    apart, _ = seconds(lambda: few.after(ends(asked)))
    moves = ends(replace(asked, timeline=timeline))

    def full_runs() -> None:
        for move in moves[::EVERY]:
            changed = {name: np.repeat(path, FEWEST_MOVED, axis=0) for name, path in move.items()}
            evaluate(case.inputs, few.ensemble, timeline, few.wanted, changed=changed)

    full, _ = seconds(full_runs)
    return apart, full * len(moves) / len(moves[::EVERY])


def main() -> None:
    """Print seconds and ratios; fail where those of the first metric are a third or more."""
    case = Case(load(), None, (), (), None)
    ratios = {}
    for metric in METRICS:
        apart, full = compare(case, metric)
        ratios[metric] = apart / full
        print(f"{metric:<24} bars {apart:5.1f} s, full runs {full:5.1f} s: {ratios[metric]:.2f}")
    for method in ("tornado", "sobol", "given-data"):
        _, wall = seconds(lambda method=method: sensitivity(case, method=method, draws=DRAWS))  # type: ignore[misc]
        print(f"sensitivity --method {method:<12} {wall:5.1f} s")
    if ratios[METRICS[0]] >= LIMIT:
        raise SystemExit(f"a tornado costs {ratios[METRICS[0]]:.2f} of full runs")


if __name__ == "__main__":
    main()
