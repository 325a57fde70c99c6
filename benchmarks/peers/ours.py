"""The reference model by this program: its beliefs, draws, graph, blocks and rows.

`ours.py DRAWS SEED THREADS [correlated]`. Draws are made in parts, as the program makes many of
them; a part is worked out in blocks; what is asked for is put aside column by column; a row is made
of each column. Nothing here is made for speed: equations, draws, threads and rows are those of the
program.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from measured import HIGH, LOW, MIDDLE, Stages, run
from model import QUARTERS, SERIES, YEARS
from reference import FILE, GRAPH, assumptions

from forecast import __version__
from forecast.ensemble.prior import prior_normals, realise_all
from forecast.inputs.schema import Correlation
from forecast.periods import FIRST_QUARTER, label
from forecast.processors.memory import keep_freed_memory
from forecast.processors.threads import in_threads
from forecast.world.rows import ValueRow, value_row
from forecast.world.world import BLOCK

PART = 8192  # draws that are drawn together
THREADS = int(sys.argv[3])
CORRELATED = ("spend_growth", "token_growth", "efficiency_gain", "chip_price_decline")
RANK_CORRELATION = 0.4  # of each two of them


def correlations() -> list[Correlation]:
    """Return a rank correlation between each two of some inputs, if they are asked for."""
    if "correlated" not in sys.argv:
        return []
    return [
        Correlation(first, second, RANK_CORRELATION, "growth comes together", FILE, 0)
        for place, first in enumerate(CORRELATED)
        for second in CORRELATED[:place]
    ]


def work(draws: int, seed: int, stages: Stages) -> Any:
    """Return P5, P50 and P95 by series, (3, quarters)."""
    inputs, related = assumptions(), correlations()
    names, count = sorted(inputs), -(-draws // PART)
    columns = np.empty((len(SERIES), QUARTERS, draws))
    years = np.ascontiguousarray(np.broadcast_to(YEARS, (BLOCK, QUARTERS)).T).T

    def draw(number: int) -> None:
        """Put aside what a part of the draws makes of each series."""
        normals, _ = prior_normals(inputs, related, PART, seed * count + number)
        drawn = realise_all(inputs, normals, YEARS[0], names)
        for start in range(0, PART, BLOCK):
            block = {name: values[start : start + BLOCK] for name, values in drawn.items()}
            given = {**block, "year": years}
            first = number * PART + start
            for place, values in enumerate(GRAPH.evaluate(SERIES, given).values()):
                columns[place, :, first : first + BLOCK] = values.T

    def rows(place: int) -> list[ValueRow]:
        """Return the rows of a series."""
        meaning = GRAPH.nodes[SERIES[place]].meaning
        return [
            value_row(meaning, label(FIRST_QUARTER + quarter), own, "projected", None)
            for quarter, own in enumerate(columns[place])
        ]

    with stages.stage("draws and model"):
        list(in_threads(draw, range(count), THREADS))
    with stages.stage("rows"):
        found = list(in_threads(rows, range(len(SERIES)), THREADS))
    ends = [100.0 * share for share in (LOW, MIDDLE, HIGH)]
    return {
        name: [[row.quantiles.at(end) for row in mine] for end in ends]
        for name, mine in zip(SERIES, found, strict=True)
    }


keep_freed_memory()
run(__version__, work)
