"""What companies have reported, quarter by quarter, on their own clocks.

A fiscal quarter belongs to the calendar quarter of its middle month: NVIDIA's to late January is a
fourth quarter, Oracle's to the end of February a first one. Capex is put on calendar quarters month
by month: where a quarter ends a month early, a third of the next one belongs to this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Driver, Inputs, Observation
from forecast.periods import fiscal_quarter, nearest_month

_KNOWN = {"eq", "approx"}


@dataclass(frozen=True)
class Reported:
    """Quarterly figures in one definition: `quarters` rise, `published` is the day of each.

    `months_early` is how many months before the calendar quarter the company's own ends.
    """

    quarters: tuple[int, ...]
    values: tuple[float, ...]
    published: tuple[date, ...]
    months_early: int

    @property
    def first(self) -> int:
        """The first quarter that has a figure."""
        return self.quarters[0]

    @property
    def last(self) -> int:
        """The newest quarter that has a figure."""
        return self.quarters[-1]

    def logs(self) -> Array:
        """Return natural logarithms from the first to the newest quarter, NaN in gaps."""
        found = np.full(self.last - self.first + 1, np.nan)
        found[np.array(self.quarters) - self.first] = np.log(self.values)
        return found

    def known_by(self, day: date) -> dict[int, float]:
        """Return figures by quarter, those that were published by a day."""
        rows = zip(self.quarters, self.values, self.published, strict=True)
        return {quarter: value for quarter, value, published in rows if published <= day}


def reported(driver: Driver, inputs: Inputs) -> Reported:
    """Return what is reported of a driver of the money group.

    Of several definitions the first that has a quarter counts, each times its `scale_by`.
    """
    series = {each for evidence in driver.evidence for each in evidence.series}
    rows = [row for row in inputs.observations if row.series_id in series]
    found: dict[int, tuple[float, date]] = {}
    for evidence in driver.evidence:
        for row in rows:
            if row.series_id in evidence.series and _is_quarter(row):
                value = row.value * evidence.scale_by
                found.setdefault(fiscal_quarter(row.period_end), (value, row.published))
    quarters = tuple(sorted(found))
    values, days = zip(*(found[each] for each in quarters), strict=True) if quarters else ((), ())
    early = {months_early(row.period_end) for row in rows if _is_quarter(row)}
    return Reported(quarters, values, days, min(early, default=0))


def quarterly(series_id: str, inputs: Inputs) -> dict[int, tuple[float, date]]:
    """Return the figures of a series and their days of publication by fiscal quarter."""
    return {
        fiscal_quarter(row.period_end): (row.value, row.published)
        for row in inputs.observations
        if row.series_id == series_id and _is_quarter(row)
    }


def months_early(period_end: date) -> int:
    """Return how many months before the calendar quarter that it belongs to a quarter ends."""
    return 3 * fiscal_quarter(period_end) + 2 - nearest_month(period_end)


def on_calendar(values: Array, months_early: int) -> Array:
    """Return a flow on calendar quarters, (…, quarters − 1), from own ones, (…, quarters)."""
    if months_early <= 0:
        return values[..., :-1]
    rest = months_early / 3.0
    return (1.0 - rest) * values[..., :-1] + rest * values[..., 1:]


def last_in_all(reports: Iterable[Reported]) -> int:
    """Return the newest calendar quarter that every company whose quarters are calendar quarters
    has reported."""
    return min(each.last for each in reports if each.months_early == 0)


def _is_quarter(row: Observation) -> bool:
    """Return whether a row is a quarter's figure, known after it; zero has no logarithm, and is a
    gap."""
    is_known = row.qualifier in _KNOWN and row.period_end <= row.published
    return row.frequency == "Q" and is_known and row.value > 0.0
