"""What a tornado over every assumption costs, against a full run for each end of each bar.

Seconds are of the processor, all threads together, so that neighbours on the machine count little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import get_args

import numpy as np

from forecast.analysis.sensitivity.factors import factors, quantile_paths
from forecast.analysis.sensitivity.sensitivity import sensitivity
from forecast.analysis.sensitivity.subject import Method, read_metrics, shortened
from forecast.analysis.sensitivity.tornado import FEWEST_MOVED
from forecast.inputs import load
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.world import Move, World

OPTIONS = RunOptions()
# The last one looks at quarters after its own, which it therefore cannot leave out.
METRICS = ("inference_share", "chip_spend", "ai_power_capacity", "inference_spend_share")
LIMIT = 1.0 / 3.0
EVERY = 4  # of the full runs, one in so many is timed


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the processor's and the wall's seconds of some work."""
    begun, began = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - begun, time.perf_counter() - began


def ends(world: World) -> list[Move]:
    """Return both ends of each bar."""
    return [
        {factor.name: path}
        for factor in factors(world.inputs)
        for path in quantile_paths(world, factor.name, (10.0, 90.0))
    ]


def compare(world: World, metric: str) -> tuple[float, float]:
    """Return the processor's seconds of all bars of a metric's tornado: as it computes them, and by
    full runs on the same draws."""
    (at,) = read_metrics([metric], "2028", world.inputs, world.timeline, [])
    chosen, cut, moves = slice(0, FEWEST_MOVED), shortened(world, [at]), ends(world)
    apart, _ = seconds(lambda: cut.of_draws(chosen).after(ends(cut), [at.key]))
    few = world.of_draws(chosen)

    def full_runs() -> None:
        for move in moves[::EVERY]:
            whole = {name: np.repeat(path, FEWEST_MOVED, axis=0) for name, path in move.items()}
            few.moved(whole).at(*at.key)

    full, _ = seconds(full_runs)
    return apart, full * len(moves) / len(moves[::EVERY])


def main() -> None:
    """Print seconds and ratios; fail where those of the first metric are a third or more."""
    case = Case(load(), None, (), (), None)
    world = open_world(case, OPTIONS)
    ratios = {}
    for metric in METRICS:
        apart, full = compare(world, metric)
        ratios[metric] = apart / full
        print(f"{metric:<24} bars {apart:5.1f} s, full runs {full:5.1f} s: {ratios[metric]:.2f}")
    method: Method
    for method in get_args(Method):
        _, wall = seconds(partial(sensitivity, case, OPTIONS, method=method))
        print(f"sensitivity --method {method:<12} {wall:5.1f} s")
    if ratios[METRICS[0]] >= LIMIT:
        raise SystemExit(f"a tornado costs {ratios[METRICS[0]]:.2f} of full runs")


if __name__ == "__main__":
    main()
