"""Fans: median and bands of metrics over time, what was observed, and where the forecast begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.report.charts.frame import (
    GROUND,
    INFERENCE,
    INK,
    TOTAL,
    TRAINING,
    UNITS,
    End,
    end_labels,
    fan,
    forecast_line,
    frame,
    values,
    years,
)
from forecast.report.layout import PRESENTATIONS
from forecast.report.words import first_projected
from forecast.result import Quantiles
from forecast.world.metrics import MetricTable
from forecast.world.rows import ValueRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"training": TRAINING, "inference": INFERENCE, "": TOTAL}
PER = {"flow": " a year", "cumulative": ", cumulative"}


def fan_figure(result: MetricTable, *metrics: str, title: str = "") -> Figure:
    """Return fans of one or several metrics of one unit: median, P25–P75, P10–P90, what was
    observed and where the forecast begins; flows at their yearly rate.

    `result` is a projection by quarter or by year. Raises ValueError for a metric it lacks.
    """
    names = metrics or ("inference_share",)
    groups = [[annual(row) for row in _wholes(result) if row.metric == name] for name in names]
    if missing := [name for name, rows in zip(names, groups, strict=True) if not rows]:
        raise ValueError(f"the result has no {', '.join(missing)}")
    first = groups[0][0]
    titles = [result.metrics[name].title for name in names]
    unit = UNITS.get(first.unit, "") + PER.get(first.kind, "")
    figure, axes = frame(title or " and ".join(titles), unit, result.run)
    ends = []
    for name, rows in zip(names, groups, strict=True):
        colour = colour_of(name)
        fan(axes, [_time(row) for row in rows], [row.quantiles for row in rows], colour)
        _observed(axes, rows)
        label = _short(name) if len(names) > 1 else ""
        ends.append(End(rows[-1].quantiles, first.unit, colour, label))
    last = _time(groups[0][-1])
    years(axes, groups[0][0].period, groups[0][-1].period)
    values(axes, first.unit)
    forecast_line(axes, first_projected(result) / 4.0)
    end_labels(axes, last, ends)
    return figure


def annual(row: ValueRow) -> ValueRow:
    """Return a row with the flow of a quarter at its yearly rate, four times as much."""
    if row.kind != "flow" or periods.is_year(row.period):
        return row
    observed = None if row.observed is None else 4.0 * row.observed
    values = Quantiles(tuple(4.0 * each for each in row.quantiles.values))
    return replace(row, quantiles=values, observed=observed)


def colour_of(metric: str) -> str:
    """Return the colour in which a metric is drawn everywhere."""
    known = PRESENTATIONS.get(metric)
    return COLOURS[known.colour] if known else TOTAL


def _wholes(result: MetricTable) -> list[ValueRow]:
    return [row for row in result.values if row.member is None]


def _short(metric: str) -> str:
    return "training" if metric.startswith("training") else "inference"


def _time(row: ValueRow) -> float:
    """Return where a row stands: the end of its period for a level, its middle for the rest."""
    last = periods.quarter(row.period)
    if row.kind in {"stock", "share", "cumulative"}:
        return periods.end_year_fraction(last)
    return last // 4 + 0.5 if periods.is_year(row.period) else periods.mid_year_fraction(last)


def _observed(axes: Axes, rows: list[ValueRow]) -> None:
    for marker, is_bound in (("o", False), ("^", True)):
        mine = [
            (_time(row), row.observed)
            for row in rows
            if row.observed is not None and (row.observed_qualifier == "gt") is is_bound
        ]
        if mine:
            style: dict[str, Any] = {"markeredgecolor": GROUND, "markeredgewidth": 0.7}
            axes.plot(
                *zip(*mine, strict=True),
                marker,
                color=INK,
                markersize=4.6,
                linestyle="none",
                **style,
            )
