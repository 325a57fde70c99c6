"""How cost grows: make bench-growth.

Processor time and peak memory of one question at several sizes of each thing that may grow, the
slope between the larger sizes in logarithms (1 is linear), and what that makes of a hundred times
today's size. `--most-draws` bounds the draws; `--write` keeps the tables as a page.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from forecast.analysis.project import project
from forecast.analysis.runs.kept_runs import keep, kept_runs, new_run
from forecast.analysis.scenarios.compare import compare
from forecast.inputs.schema import Inputs
from forecast.periods import FIRST_QUARTER
from forecast.processors.memory import give_back_freed_memory
from forecast.result import RunOptions
from forecast.world.case import Case, load_case

METRICS = ("inference_share", "inference_compute", "training_compute", "ai_revenue", "chip_spend",
           "crossover", "inference_ahead", "ai_capex")  # fmt: skip
FEW = RunOptions(draws=2048, use_cache=False)
DRAWS = (1 << 10, 1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 18, 1 << 20)
HUNDRED = 100
FIRST_YEAR = FIRST_QUARTER // 4
Point = tuple[float, float, float]  # size, seconds of processor time, MiB at the peak


@dataclass(frozen=True)
class Growth:
    """What grows, how large it is today, what it costs by size, and whether it can grow to a
    hundred times."""

    what: str
    today: float
    points: tuple[Point, ...]
    can_grow: bool = True

    @property
    def slope(self) -> float:
        """How cost grows between the larger half of the sizes, in logarithms."""
        size, seconds, _ = np.log(np.array(self.points[-(1 + len(self.points) // 2) :])).T
        return float(np.polyfit(size, seconds, 1)[0])

    def at_hundred(self, column: int) -> float:
        """Return the seconds (1) or MiB (2) at a hundred times today's size, by the line through
        the last two sizes."""
        before, last = self.points[-2:]
        each = max((last[column] - before[column]) / (last[0] - before[0]), 0.0)
        return last[column] + each * (HUNDRED * self.today - last[0])


def measured(size: float, work: Callable[[], object]) -> Point:
    """Return what some work of a size costs."""
    give_back_freed_memory()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    begun = _processor()
    work()
    return size, _processor() - begun, _peak()


def _processor() -> float:
    """Return the seconds of the processor so far, those of copies that have ended with them."""
    return sum(os.times()[:4])


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def growths(case: Case, most_draws: int) -> Iterator[Growth]:
    """Yield how the cost of each thing grows."""
    sizes = [n for n in DRAWS if n <= most_draws]

    def asked(case: Case, options: RunOptions) -> Callable[[], object]:
        return lambda: project(case, options, metrics=METRICS)

    asked(case, replace(FEW, draws=64))()  # imports what is imported when asked for
    points = [measured(n, asked(case, replace(FEW, draws=n))) for n in sizes]
    yield Growth("draws", RunOptions().draws, tuple(points))
    quarters = {str(year): 4 * (year + 1 - FIRST_YEAR) for year in (2026, 2028, 2031, 2035)}
    points = [
        measured(size, asked(case, replace(FEW, through=year))) for year, size in quarters.items()
    ]
    yield Growth("quarters", quarters[FEW.through], tuple(points), can_grow=False)
    for what, more, today in (
        ("assumptions", with_assumptions, len(case.inputs.assumptions)),
        ("series", with_series, len(case.inputs.drivers)),
    ):
        points = [
            measured(times * today, asked(replace(case, inputs=more(case.inputs, times)), FEW))
            for times in (1, 2, 4)
        ]
        yield Growth(what, today, tuple(points))
    yield of_scenarios(case)
    yield of_runs(case)


def with_assumptions(inputs: Inputs, times: int) -> Inputs:
    """Return inputs with so many times the assumptions; no equation takes the further ones."""
    more = {
        f"{name}_{number}": replace(each, name=f"{name}_{number}")
        for name, each in inputs.assumptions.items()
        for number in range(1, times)
    }
    return replace(inputs, assumptions=inputs.assumptions | more)


def with_series(inputs: Inputs, times: int) -> Inputs:
    """Return inputs with so many times the drivers, each fitted to a series of its own; no equation
    takes the further ones."""
    fitted = [each for each in inputs.drivers.values() if not each.process]
    count = (times - 1) * len(inputs.drivers)
    more = {
        f"{each.name}_{number}": replace(each, name=f"{each.name}_{number}")
        for number in range(count)
        for each in (fitted[number % len(fitted)],)
    }
    return replace(inputs, drivers=inputs.drivers | more)


def of_scenarios(case: Case) -> Growth:
    """Return how comparing scenarios grows with their number."""
    names = [each for each in case.inputs.scenarios if each != "base"]
    options = replace(FEW, use_cache=True)
    project(case, options, metrics=METRICS)  # what all of them stand on is kept
    points = [
        measured(n, lambda n=n: compare(case, options, names=names[:n], metrics=METRICS))
        for n in (2, 4, 8, len(names))
    ]
    return Growth("scenarios", len(names), tuple(points))


def of_runs(case: Case) -> Growth:
    """Return how reading all runs kept grows with their number, and keeping the last of them."""
    found = project(case, replace(FEW, use_cache=True), metrics=METRICS)
    points = []
    for last, number in ((0, 30), (30, 100), (100, 300)):
        for seed in range(last, number - 1):
            keep(case, new_run(case, "", replace(found.run, seed=seed), found.rows))
        made = new_run(case, "", replace(found.run, seed=number), found.rows)
        points.append(measured(number, lambda made=made: _keep_and_read(case, made)))
    return Growth("runs kept", 100, tuple(points))


def _keep_and_read(case: Case, made: object) -> None:
    keep(case, made)
    assert kept_runs(case.workspace)


def page(found: Sequence[Growth]) -> str:
    """Return the tables."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines = [
        f"# Growth in cost, {date.today()}",
        "",
        f"`make bench-growth`, {platform.system()}, {os.cpu_count()} cores, load {load}. Processor",
        "time, so that a busy machine changes little; it includes what a run costs at any size,",
        "most of all the fits. A slope of 1 is linear.",
        "",
        "| what grows | today | sizes | seconds | MiB | slope | at a hundred times today |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        sizes, seconds, mib = zip(*each.points, strict=True)
        lines.append(
            f"| {each.what} | {each.today:,.0f} | {_listed(sizes, ',.0f')} | "
            f"{_listed(seconds, '.2f')} | {_listed(mib, ',.0f')} | {each.slope:.2f} | "
            f"{_at_hundred(each)} |"
        )
    worst = max((each for each in found if each.can_grow), key=lambda each: each.at_hundred(2))
    lines += [
        "",
        f"At a hundred times today's size the first to break is memory, of {worst.what}: a member",
        "holds every assumption and every quarter of every series, and conditioning holds members",
        "several times. Quarters cannot grow so far: a horizon after 2035 is refused.",
        "Draws beyond the members take no more memory, so a line through two sizes overstates it:",
        "[why](../docs/decisions/40-members-and-parts.md).",
    ]
    return "\n".join(lines) + "\n"


def _at_hundred(growth: Growth) -> str:
    if not growth.can_grow:
        return "–"
    return f"{growth.at_hundred(1):,.0f} s, {growth.at_hundred(2) / 1024:,.1f} GiB"


def _listed(values: Sequence[float], form: str) -> str:
    return " · ".join(format(each, form) for each in values)


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most-draws", type=int, default=1 << 20)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"XDG_DATA_HOME": place, "XDG_CACHE_HOME": place}
        text = page(list(growths(load_case(), asked.most_draws)))
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
