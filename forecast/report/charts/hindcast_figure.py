"""Fans from every origin, each with what came drawn on it: small multiples on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast.analysis.hindcast.scoring.rows import Hindcast, HindcastRow
from forecast.periods import mid_year_fraction, quarter
from forecast.report.charts.frame import GROUND, INK, MUTED, RULE, TOTAL, fan, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 6
PANEL = (124.0, 92.0)  # points
TOP, BOTTOM = 34.0, 18.0
BEFORE = 8  # quarters of history in a panel


def hindcast_figure(result: Hindcast, metric: str, title: str, source: str) -> Figure:
    """Return the fan of a metric from every origin of the money group, with what came, on a
    logarithmic scale that all panels share. `source` stands below.

    Raises ValueError for a metric that the result lacks.
    """
    from matplotlib.figure import Figure

    rows = [
        row
        for row in result.rows
        if (row.part, row.metric, row.method) == ("money", metric, "forecast")
    ]
    if not rows:
        raise ValueError(f"the result has no {metric}")
    origins = list(dict.fromkeys(row.origin for row in rows))
    came = {quarter(row.period): row.observed for row in rows}
    down = math.ceil(len(origins) / ACROSS)
    width, height = ACROSS * PANEL[0], TOP + down * PANEL[1] + BOTTOM
    figure = Figure(figsize=(width / 72.0, height / 72.0), facecolor=GROUND)
    style: dict[str, Any] = {"color": INK, "va": "top", "parse_math": False}
    figure.text(4 / width, 1 - 4 / height, title, size=13, weight="bold", **style)
    figure.text(4 / width, 4 / height, source, size=8, va="bottom", color=MUTED)
    lows, highs = min(row.quantiles.at(10) for row in rows), max(came.values())
    for index, origin in enumerate(origins):
        left = index % ACROSS * PANEL[0] + 30.0
        below = height - TOP - (index // ACROSS + 1) * PANEL[1] + 16.0
        box = (left / width, below / height, (PANEL[0] - 36) / width, (PANEL[1] - 34) / height)
        axes = figure.add_axes(box)
        axes.set_yscale("log")
        axes.set_ylim(0.8 * lows, 2.0 * highs)
        _panel(axes, origin, [row for row in rows if row.origin == origin], came)
    return figure


def _panel(axes: Axes, origin: str, rows: Sequence[HindcastRow], came: dict[int, float]) -> None:
    """Draw the fan of an origin and what came from two years before it on."""
    times = [mid_year_fraction(quarter(row.period)) for row in rows]
    fan(axes, times, [row.quantiles for row in rows], TOTAL)
    last = quarter(rows[-1].period)
    shown = [at for at in sorted(came) if quarter(origin) - BEFORE <= at <= last]
    points = [mid_year_fraction(at) for at in shown]
    axes.plot(points, [came[at] for at in shown], color=INK, linewidth=1.0)
    start = mid_year_fraction(quarter(origin) - BEFORE)
    axes.set_xlim(start, start + 5.25)
    axes.set_title(origin, size=8.5, color=INK, pad=2.0)
    years = range(math.ceil(start), math.ceil(start) + 6, 2)
    axes.set_xticks(list(years), [str(year) for year in years])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: tick(value, "USD"))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.set_facecolor("none")
    axes.tick_params(length=0, labelsize=7.0, labelcolor=MUTED)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
