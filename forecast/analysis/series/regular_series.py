"""A series on a regular calendar, of a person's file or of a case, to be fitted by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal, get_args

from forecast import __version__
from forecast.inputs.schema import Inputs
from forecast.periods import day_year_fraction, label, quarter_of
from forecast.result import Run

Frequency = Literal["A", "Q", "M", "W"]
FREQUENCIES: tuple[str, ...] = get_args(Frequency)
_LONGEST_GAPS: tuple[tuple[float, Frequency], ...] = ((250, "A"), (70, "Q"), (20, "M"), (0, "W"))


@dataclass(frozen=True)
class FileSeries:
    """One series of a file: days in order, positive values, and the ceiling of a share.

    `times` are year fractions on a regular calendar, so that every quarter lasts equally long.
    """

    series_id: str
    unit: str
    ceiling: float | None
    frequency: Frequency
    days: tuple[date, ...]
    times: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def figures(self) -> tuple[tuple[float, float], ...]:
        """Times with their values."""
        return tuple(zip(self.times, self.values, strict=True))

    def period(self, ahead: int) -> str:
        """Return the name of the period `ahead` periods after the last observation."""
        last = self.days[-1]
        if self.frequency == "A":
            return str(last.year + ahead)
        if self.frequency == "Q":
            return label(quarter_of(last) + ahead)
        if self.frequency == "M":
            month = 12 * last.year + last.month - 1 + ahead
            return f"{month // 12}-{month % 12 + 1:02d}"
        return (last + timedelta(weeks=ahead)).isoformat()

    def lapse(self, ahead: int) -> float:
        """Return the years from the last observation to `ahead` periods after it."""
        return ahead / {"A": 1.0, "Q": 4.0, "M": 12.0, "W": 365.25 / 7.0}[self.frequency]


def file_run(
    source: str,
    digest: str,
    series: Sequence[FileSeries],
    options: tuple[str, ...],
    started: str,
    origin: date | None = None,
) -> Run:
    """Return what identifies a run on series alone: no draws and no horizon of a case."""
    last = max((each.days[-1] for each in series), default=None)
    return Run(
        version=__version__,
        started=started,
        as_of=origin.isoformat() if origin else "",
        data_through=last.isoformat() if last else "",
        seed=0,
        draws=0,
        through="",
        scenario=(),
        overrides=options,
        inputs_sha256=digest,
        duration_s=None,
        source=source,
    )


def observed_series(inputs: Inputs, series_id: str) -> FileSeries | None:
    """Return an observed series of a case, plain figures only; None if it has fewer than two."""
    rows = [
        row
        for row in inputs.observations
        if row.series_id == series_id and row.qualifier in {"eq", "approx"} and row.value > 0.0
    ]
    latest = {row.period_end: row for row in sorted(rows, key=lambda row: row.published)}
    days = tuple(sorted(latest))
    if len(days) < 2:
        return None
    unit, frequency = inputs.series[series_id].unit, usual_frequency(days)
    values = tuple(latest[day].value for day in days)
    ceiling = 1.0 if unit == "share" else None
    return FileSeries(series_id, unit, ceiling, frequency, days, times_of(days, frequency), values)


def usual_frequency(days: tuple[date, ...]) -> Frequency:
    """Return the frequency whose periods are nearest to the usual gap between days."""
    if len(days) < 2:
        return "A"
    gap = median((after - before).days for before, after in pairwise(days))
    return next(frequency for least, frequency in _LONGEST_GAPS if gap >= least)


def times_of(days: Iterable[date], frequency: Frequency) -> tuple[float, ...]:
    """Return year fractions: of whole periods where every figure has its own, else of days."""
    days = tuple(days)
    if frequency == "A":
        times = tuple(float(day.year + 1) for day in days)
    elif frequency == "Q":
        times = tuple((quarter_of(day) + 1) / 4.0 for day in days)
    elif frequency == "M":
        times = tuple((12 * day.year + day.month) / 12.0 for day in days)
    else:
        times = tuple(day_year_fraction(day) for day in days)
    if len(set(times)) < len(times):
        return tuple(day_year_fraction(day) for day in days)
    return times
