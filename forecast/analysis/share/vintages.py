"""The headline as of earlier days: what was known then, with the beliefs of then and of today."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.places import builtin_folder
from forecast.result import PERCENTILES, POINTS, Quantiles, RunOptions
from forecast.world.case import load_case
from forecast.world.ensemble import open_world
from forecast.world.rows import plain

Beliefs = Literal["then", "today"]
BELIEFS: tuple[Beliefs, Beliefs] = ("then", "today")
VINTAGES_FILE = "data/share_vintages.csv"  # what make share found
PERIOD = "2028"
UNITS = {"inference_share": "share", "chip_spend": "USD", "ai_revenue": "USD"}
DAYS = tuple(
    date(year, *day) for year in (2023, 2024, 2025, 2026) for day in ((6, 30), (12, 31))
)[1:-1]  # fmt: skip
STABLE_FROM = date(2024, 12, 31)
FACTOR, ALLOWANCE = 1.5, 36.0  # of the fall of variance, and in points² besides
_COLUMNS = ("day", "beliefs", "metric", "period", "unit", *POINTS, "variance")


@dataclass(frozen=True)
class Vintage:
    """A metric in PERIOD as of a day, with the beliefs of then or of today; the variance of its
    draws is in `unit`²."""

    day: date
    beliefs: Beliefs
    metric: str
    period: str
    unit: str
    quantiles: Quantiles
    variance: float


@dataclass(frozen=True)
class Stability:
    """The sum of squared steps of the share's median, and how far its variance fell, in points²:
    with the beliefs of today from the first day on, so that only evidence can narrow it."""

    steps: float
    fall: float

    @property
    def allowed(self) -> float:
        """What steps may come to."""
        return FACTOR * self.fall + ALLOWANCE


def vintages(options: RunOptions) -> list[Vintage]:
    """Return the vintages of every day, the newest last and under the day of its newest figure."""
    found: list[Vintage] = []
    for day in DAYS:
        for beliefs in BELIEFS:
            found += vintages_of(day, beliefs, options)
    return [*found, *vintages_of(None, "today", options)]


def vintages_of(day: date | None, beliefs: Beliefs, options: RunOptions) -> Iterator[Vintage]:
    """Yield each metric of the built-in case as of a day, of today if it is None."""
    from forecast.analysis.hindcast.frozen import newest_day  # heavy beside reading what is kept

    case = load_case(as_of=day, beliefs=beliefs)
    values = open_world(case, options).values(UNITS)
    for metric, unit in UNITS.items():
        draws = values.at(metric, PERIOD)
        stated = day or newest_day(case.inputs)
        variance = plain(float(np.var(draws)))
        yield Vintage(stated, beliefs, metric, PERIOD, unit, _quantiles(draws), variance)


def _quantiles(draws: Array) -> Quantiles:
    return Quantiles(tuple(plain(float(x)) for x in np.percentile(draws, PERCENTILES)))


def day_by_day(found: Sequence[Vintage], metric: str, beliefs: Beliefs) -> list[Vintage]:
    """Return the vintages of a metric with beliefs of then or of today, day by day; the newest
    belongs to both."""
    mine = [each for each in found if each.metric == metric]
    newest = max(each.day for each in mine)
    return [each for each in mine if each.beliefs == beliefs or each.day == newest]


def stability(found: Sequence[Vintage], beliefs: Beliefs) -> Stability:
    """Return how steady the median of the share was from STABLE_FROM on with some beliefs."""
    recent = [
        each for each in day_by_day(found, "inference_share", beliefs) if each.day >= STABLE_FROM
    ]
    held = [
        each for each in day_by_day(found, "inference_share", "today") if each.day >= STABLE_FROM
    ]
    medians = [100.0 * each.quantiles.p50 for each in recent]
    steps = sum((after - before) ** 2 for before, after in pairwise(medians))
    return Stability(steps, 1e4 * (held[0].variance - held[-1].variance))


def written(found: Sequence[Vintage]) -> str:
    """Return vintages as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in found:
        said = each.day, each.beliefs, each.metric, each.period, each.unit
        writer.writerow((*said, *each.quantiles.values, each.variance))
    return text.getvalue()


def read(text: str) -> list[Vintage]:
    """Return the vintages of CSV that `written` wrote."""
    return [
        Vintage(
            date.fromisoformat(row["day"]),
            "then" if row["beliefs"] == "then" else "today",
            row["metric"],
            row["period"],
            row["unit"],
            Quantiles(tuple(float(row[name]) for name in POINTS)),
            float(row["variance"]),
        )
        for row in csv.DictReader(io.StringIO(text))
    ]


def kept_vintages() -> list[Vintage]:
    """Return the vintages that were written down of the built-in case."""
    return read(vintages_text())


def vintages_text() -> str:
    """Return the CSV in which they are written down."""
    return (builtin_folder() / VINTAGES_FILE).read_text(encoding="utf-8")
