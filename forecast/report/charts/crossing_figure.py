"""When inference overtakes training, quarter by quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast import periods
from forecast.report.charts.frame import INFERENCE, TRAINING, forecast_line, frame, years
from forecast.report.layout import EVENTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forecast.analysis.runs.report_contents import Crossings


def crossing_figure(result: Crossings, metric: str = "crossover") -> Figure:
    """Return in how many of 100 draws inference overtakes training in each quarter, and in how many
    it does not by the horizon."""
    rows = [row for row in result.rows if row.metric == metric]
    figure, axes = frame(EVENTS[metric], "of 100 draws, in each quarter", result.run)
    times = [periods.mid_year_fraction(periods.quarter(row.period)) for row in rows]
    heights = [100.0 * row.share for row in rows]
    axes.bar(times, heights, width=0.21, color=INFERENCE, linewidth=0)
    years(axes, rows[0].period, rows[-1].period)
    never = 100.0 * (1.0 - rows[-1].share_by)
    end = axes.get_xlim()[1]
    axes.bar([end + 0.35], [never], width=0.35, color=TRAINING, linewidth=0, clip_on=False)
    top = max(*heights, never) * 1.15
    axes.set_ylim(0.0, top)
    text = f"{never:.0f}" if never >= 0.5 else "<1"
    axes.text(
        end + 0.35,
        never + 0.02 * top,
        f"{text} not by\n{result.run.through}",
        size=10,
        color=TRAINING,
        ha="center",
        va="bottom",
    )
    forecast_line(axes, periods.quarter(result.first_projected) / 4.0)
    return figure
