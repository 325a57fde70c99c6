"""What `forecast watch` says of a surprise, against fitting and conditioning anew with the figure.

For each figure to come two forecasts are made from the beginning on the same seed: with the figure
one standard error above and one below expectation. Half their difference is what a surprise of one
standard error does; `watch` says so without refitting. Prints the table of benchmarks/watch.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from forecast.analysis.watch.upcoming import known_on, upcoming, with_figure
from forecast.analysis.watch.watch import HEADLINE, Expected, expected, watch
from forecast.beliefs import Array
from forecast.inputs import load
from forecast.result import Row
from forecast.world.case import Case
from forecast.world.ensemble import build_ensemble
from forecast.world.samples import sample

DRAWS = 8192
UNITS = {"share": (0.01, "pp"), "USD": (1e9, "$B")}


def means(case: Case) -> Array:
    """Return the mean of each headline metric in 2028 of a forecast made from the beginning."""
    timeline = case.timeline("2028")
    ensemble = build_ensemble(case, timeline, DRAWS, 1, use_cache=False)
    drawn = sample(case.inputs, ensemble, timeline, HEADLINE, changed={})
    return np.array([drawn.at(name, "2028").mean() for name in HEADLINE])


def refitted(case: Case, figure: Expected, steps: float) -> Array:
    """Return the means with a figure so many standard errors above its expectation."""
    value = figure.value(float(figure.draws.mean()) + steps * figure.spread)
    return means(replace(case, inputs=with_figure(case.inputs, figure.each, value)))


def line(row: Row, up: float, down: float) -> str:
    """Return a row of the table: what watch says, and what conditioning anew does."""
    size, unit = UNITS[row["metric_unit"]]
    said = f"{row['effect'] / size:+.2f} ± {row['effect_error'] / size:.2f}"
    said = said if row["clear"] else f"({said})"
    half = (up - down) / 2.0
    sides = f"{up / size:+.2f} / {down / size:+.2f}"
    return f"| {row['observation']}, {row['period']} | {row['metric']}, {unit} | {said} | " + (
        f"{half / size:+.2f} | {sides} |"
    )


def main() -> None:
    """Print the table, for the figures named on the command line or for all."""
    case = Case(load(), None, (), (), None)
    timeline = case.timeline("2028")
    rows = watch(case, draws=DRAWS).rows
    to_come, _ = upcoming(case.inputs, known_on(case.inputs))
    ensemble = build_ensemble(case, timeline, DRAWS, 1)
    figures, _ = expected(case.inputs, ensemble, timeline, to_come, {})
    by_name = {figure.each.name: figure for figure in figures}
    middle = means(case)
    print("| figure | metric, 2028 | `watch` | anew, half of ± | anew: above / below |")
    print("|---|---|---|---|---|")
    for name in dict.fromkeys(row["observation"] for row in rows):
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        above, below = (refitted(case, by_name[name], steps) - middle for steps in (1.0, -1.0))
        for index, row in enumerate(each for each in rows if each["observation"] == name):
            print(line(row, float(above[index]), float(below[index])), flush=True)


if __name__ == "__main__":
    main()
