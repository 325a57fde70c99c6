"""Momentum: how far a run rate is believed to have come half a year on, as a datum of that quarter.

A belief about an output of the model stands beside those about its inputs, and conditioning melds
the two (Poole and Raftery 2000, Journal of the American Statistical Association 95, 1244-1255): who
believes that growth goes on has to find it in users, seats, hours and prices, as far as what is
believed of each of them lets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from forecast.ensemble.targets import Datum, datum_of
from forecast.inputs.schema import Inputs, Target
from forecast.periods import label, parse_day, quarter, quarter_of

YEAR = timedelta(days=365)
SHORTEST = timedelta(days=182)  # over which growth is growth: less is one good or bad quarter
# Quarters after that of the last figure. What is further ahead is left to beliefs about levels:
# after a year, growth of what has multiplied by fourteen would say more than is known.
AHEAD = 2


def momentum_data(inputs: Inputs, told: Sequence[Datum]) -> Iterator[Datum]:
    """Yield what the momentum of each target says of a quarter to come, in the target's unit.

    Growth of the last year goes on: `growth_kept` of it in logarithms in the next year, the same
    part of that in the year after, and along a smooth path within them. Its error grows with the
    root of time. A series of less than half a year has none, and none is left where `told` holds
    a figure of that quarter or later.
    """
    for target in inputs.targets:
        if not target.momentum:
            continue
        newest = [quarter(each.period) for each in told if each.quantity == target.quantity]
        stated = _stated(inputs, target.momentum)
        datum = _datum(target, stated) if stated else None
        if datum and quarter(datum.period) > max(newest, default=0):
            yield datum


def _stated(inputs: Inputs, series: str) -> dict[date, float]:
    """Return logarithms of what was stated of a series by day, in order of time; no bounds, and
    nothing that was supposed or expected."""
    rows = [
        row
        for row in inputs.observations
        if row.series_id == series and row.value > 0.0 and row.qualifier in {"eq", "approx"}
        if not row.assumed and row.period_end <= row.published
    ]
    rows.sort(key=lambda row: (row.period_end, row.published))
    return {row.period_end: float(np.log(row.value)) for row in rows}


def _datum(target: Target, stated: dict[date, float]) -> Datum | None:
    days = list(stated)
    first, last = days[0], days[-1]
    if last - first < SHORTEST:
        return None
    start = max(first, last - YEAR)
    at_start = np.interp(start.toordinal(), [day.toordinal() for day in days], [*stated.values()])
    growth = (stated[last] - float(at_start)) / ((last - start) / YEAR)
    period, kept = label(quarter_of(last) + AHEAD), target.growth_kept
    years = (parse_day(period) - last) / YEAR
    rise = growth * kept * (1.0 - kept**years) / (1.0 - kept)  # growth × kept after a year
    datum = datum_of(target, period, float(np.exp(stated[last] + rise)))
    return replace(datum, error=target.error * float(np.sqrt(years)))
