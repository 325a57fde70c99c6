"""What `forecast watch` says of a surprise, against fitting and conditioning anew with the figure.

For each figure to come two forecasts are made from the beginning on the same seed: with the figure
one standard error above and one below expectation. Half their difference is what a surprise of one
standard error does; `watch` says so without refitting. Prints the table of benchmarks/watch.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from forecast.analysis.watch.expected import Expected, expected
from forecast.analysis.watch.upcoming import known_on, upcoming, with_figure
from forecast.analysis.watch.watch import HEADLINE, WatchRow, watch
from forecast.beliefs import Array
from forecast.inputs import load
from forecast.result import DEFAULT
from forecast.world.case import Case
from forecast.world.ensemble import open_world

UNITS = {"share": (0.01, "pp"), "USD": (1e9, "$B")}


def means(case: Case) -> Array:
    """Return the mean of each headline metric in 2028 of a forecast made from the beginning."""
    values = open_world(case, replace(DEFAULT, use_cache=False)).values(HEADLINE)
    return np.array([values.at(name, "2028").mean() for name in HEADLINE])


def refitted(case: Case, figure: Expected, steps: float) -> Array:
    """Return the means with a figure so many standard errors above its expectation."""
    value = figure.value(float(figure.draws.mean()) + steps * figure.spread)
    return means(replace(case, inputs=with_figure(case.inputs, figure.each, value)))


def line(row: WatchRow, up: float, down: float) -> str:
    """Return a row of the table: what watch says, and what conditioning anew does."""
    size, unit = UNITS[row.metric_unit]
    said = f"{row.effect / size:+.2f} ± {row.effect_error / size:.2f}"
    said = said if row.clear else f"({said})"
    half = (up - down) / 2.0
    sides = f"{up / size:+.2f} / {down / size:+.2f}"
    name = f"{row.figure.observation}, {row.figure.period}"
    return f"| {name} | {row.metric}, {unit} | {said} | {half / size:+.2f} | {sides} |"


def main() -> None:
    """Print the table, for the figures named on the command line or for all."""
    case = Case(load(), None, (), (), None)
    rows = watch(case).rows
    to_come, _ = upcoming(case.inputs, known_on(case.inputs))
    figures, _ = expected(open_world(case, DEFAULT), to_come)
    by_name = {figure.each.name: figure for figure in figures}
    middle = means(case)
    print("| figure | metric, 2028 | `watch` | anew, half of ± | anew: above / below |")
    print("|---|---|---|---|---|")
    for name in dict.fromkeys(row.figure.observation for row in rows):
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        above, below = (refitted(case, by_name[name], steps) - middle for steps in (1.0, -1.0))
        mine = (row for row in rows if row.figure.observation == name)
        for row, up, down in zip(mine, above.tolist(), below.tolist(), strict=True):
            print(line(row, up, down), flush=True)


if __name__ == "__main__":
    main()
