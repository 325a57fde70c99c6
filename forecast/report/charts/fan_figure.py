"""Fans: median and bands of metrics over time, what was observed, and where the forecast begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.analysis.chart import Charted, annual_rate
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
from forecast.report.layout import PRESENTATIONS, titled
from forecast.report.words import first_projected
from forecast.world.metrics import MetricTable
from forecast.world.rows import ValueRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"training": TRAINING, "inference": INFERENCE, "": TOTAL}
PER = {"flow": " a year", "cumulative": ", cumulative"}


def fan_figure(result: MetricTable, *metrics: str, title: str = "") -> Figure:
    """Return fans of one or several metrics of one unit: median, P25–P75, P10–P90, what was
    observed and where the forecast begins; flows at the rate of a year.

    `result` is a projection by quarter or by year. Raises ValueError for a metric it lacks.
    """
    names = metrics or ("inference_share",)
    groups = [_rows(result, name) for name in names]
    if missing := [name for name, rows in zip(names, groups, strict=True) if not rows]:
        raise ValueError(f"the result has no {', '.join(missing)}")
    first = groups[0][0]
    titles = [titled(name, result.metrics[name].title) for name in names]
    # The rate of a year stands once, under the title.
    stem = first.unit.removesuffix("/year")
    unit = UNITS.get(stem, "") + (" a year" if stem != first.unit else "")
    figure, axes = frame(title or " and ".join(titles), unit + PER.get(first.kind, ""), result.run)
    ends = []
    for name, rows, colour in zip(names, groups, _apart(names), strict=True):
        fan(axes, [time_of(row) for row in rows], [row.quantiles for row in rows], colour)
        _observed(axes, rows)
        label = _short(name, result.metrics[name].title) if len(names) > 1 else ""
        ends.append(End(rows[-1].quantiles, stem, colour, label))
    last = time_of(groups[0][-1])
    years(axes, groups[0][0].period, groups[0][-1].period)
    values(axes, stem)
    forecast_line(axes, first_projected(result) / 4.0)
    end_labels(axes, last, ends)
    return figure


def colour_of(metric: str) -> str:
    """Return the colour in which a metric is drawn everywhere."""
    known = PRESENTATIONS.get(metric)
    return COLOURS[known.colour] if known else TOTAL


def _rows(result: MetricTable, metric: str) -> list[ValueRow]:
    if isinstance(result, Charted):
        return result.drawn(metric)
    rows = (row for row in result.values if row.metric == metric and row.member is None)
    return [annual_rate(row) if _is_quarterly_flow(row) else row for row in rows]


def _is_quarterly_flow(row: ValueRow) -> bool:
    return row.kind == "flow" and not periods.is_year(row.period)


def _apart(metrics: Sequence[str]) -> list[str]:
    """Return a colour for each metric: its own, or of two that share one another for the later."""
    found: list[str] = []
    for metric in metrics:
        free = [each for each in (colour_of(metric), *COLOURS.values()) if each not in found]
        found.append(free[0] if free else TOTAL)
    return found


def _short(metric: str, title: str) -> str:
    workload = metric.partition("_")[0]
    return workload if workload in COLOURS else title


def time_of(row: ValueRow) -> float:
    """Return where a row stands, a year fraction: the end of its period for a level, its middle for
    the rest."""
    last = periods.quarter(row.period)
    if row.kind in {"stock", "share", "cumulative"}:
        return periods.end_year_fraction(last)
    return last // 4 + 0.5 if periods.is_year(row.period) else periods.mid_year_fraction(last)


def _observed(axes: Axes, rows: list[ValueRow]) -> None:
    for marker, is_bound in (("o", False), ("^", True)):
        mine = [
            (time_of(row), row.observed)
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
