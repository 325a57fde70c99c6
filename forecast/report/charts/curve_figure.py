"""The growth curve of a fitted series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.analysis.series.fit import Fit
from forecast.report.charts.frame import (
    GROUND,
    INK,
    SMALL,
    TOTAL,
    UNITS,
    End,
    end_labels,
    fan,
    frame,
    values,
)
from forecast.report.numbers import spelled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE_RANGE = 30.0  # levels that span more than this are drawn on a logarithmic scale


def curve_figure(result: Fit, series: str, title: str = "") -> Figure:
    """Return the growth curve of a fitted series: figures, median, P25–P75 and P10–P90, on a
    logarithmic scale where levels span much. Assumed points are hollow.

    Raises ValueError for a series that the result lacks.
    """
    rows = result.path(series)
    if not rows:
        raise ValueError(f"the result has no {series}")
    figures, assumed = result.figures[series], result.assumed.get(series, ())
    name = title or result.titles.get(series, series)
    unit, per = rows[0].unit, " a quarter" if series in result.flows else ""
    figure, axes = frame(name, UNITS.get(unit, spelled(unit)) + per, result.run, SMALL)
    times = [_curve_time(row.period, bool(per)) for row in rows]
    fan(axes, times, [row.quantiles for row in rows], TOTAL)
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.8, "markersize": 3.8}
    shown = {"fill": INK, "edge": GROUND}, {"fill": GROUND, "edge": INK}
    for points, colours in zip((figures, assumed), shown, strict=True):
        x, y = [time for time, _ in points], [value for _, value in points]
        axes.plot(x, y, "o", color=colours["fill"], markeredgecolor=colours["edge"], **style)
    lows = [*(row.quantiles.at(10) for row in rows), *(value for _, value in figures)]
    highs = [*(row.quantiles.at(90) for row in rows), *(value for _, value in figures)]
    is_log = min(lows) > 0.0 and max(highs) / min(lows) > WIDE_RANGE
    start, end = math.floor(min([times[0], *(time for time, _ in figures)])), math.ceil(times[-1])
    axes.set_xlim(start, end)
    step = max(1, round((end - start) / 4))
    ticks = range(end - step * ((end - start) // step), end + 1, step)
    axes.set_xticks(list(ticks), [str(year) for year in ticks])
    values(axes, unit, is_log=is_log)
    end_labels(axes, times[-1], [End(rows[-1].quantiles, unit, TOTAL)], 9.0)
    return figure


def _curve_time(period: str, is_flow: bool) -> float:
    """Return when a value of a curve holds: the middle of a flow's quarter, else its end."""
    if is_flow:
        return periods.mid_year_fraction(periods.quarter(period))
    return periods.day_year_fraction(periods.parse_day(period))
