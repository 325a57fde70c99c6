"""Today's forecast of money, written down with its day, to be scored as it comes due."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.analysis.hindcast.money_alone import Asked, paths_then
from forecast.analysis.hindcast.scoring.truth import TOTAL, reported_money
from forecast.curves.quantiles import PROBABILITIES
from forecast.inputs.schema import Inputs
from forecast.money.group import members
from forecast.periods import label, quarter
from forecast.result import POINTS, Quantiles
from forecast.world.rows import plain

LAST = quarter("2028Q4")
_COLUMNS = ("day", "metric", "period", "unit", *POINTS)


@dataclass(frozen=True)
class FrozenRow:
    """What was forecast on a day of a metric and quarter, in USD."""

    day: date
    metric: str
    period: str
    quantiles: Quantiles


def newest_day(inputs: Inputs) -> date:
    """Return the last day on which anything that inputs hold was published."""
    figures = (row.published for row in inputs.observations)
    return max(*figures, *(row.published for row in inputs.guidance))


def forecast_now(inputs: Inputs, draws: int) -> Iterator[FrozenRow]:
    """Yield the forecast of every member of the money group and of the five together, of every
    quarter through 2028 that is not reported."""
    known = reported_money(inputs)
    first = min(max(quarters) for quarters in known.values()) + 1
    paths = paths_then(inputs, range(first, LAST + 1), Asked(draws))
    drawn = {TOTAL: paths.total(list(members(inputs, "capex"))), **paths.paths}
    for metric, values in drawn.items():
        levels = np.quantile(values, PROBABILITIES, axis=0).T
        for at, level in zip(paths.quarters, levels, strict=True):
            if at > max(known[metric]):
                quantiles = Quantiles(tuple(plain(float(each)) for each in level))
                yield FrozenRow(newest_day(inputs), metric, label(at), quantiles)


def written(rows: Sequence[FrozenRow]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow((row.day, row.metric, row.period, "USD", *row.quantiles.values))
    return text.getvalue()


def read(text: str) -> list[FrozenRow]:
    """Return the rows of CSV that `written` wrote."""
    return [
        FrozenRow(
            date.fromisoformat(row["day"]),
            row["metric"],
            row["period"],
            Quantiles(tuple(float(row[name]) for name in POINTS)),
        )
        for row in csv.DictReader(io.StringIO(text))
    ]
