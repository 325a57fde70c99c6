"""A tornado: the strongest assumptions, a bar each."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from forecast.analysis.sensitivity.rows import BarRow
from forecast.analysis.sensitivity.sensitivity import Sensitivity
from forecast.report.cells import own_value
from forecast.report.charts.frame import INFERENCE, INK, MUTED, PLAIN, TRAINING, frame, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARS = 10


def tornado_figure(result: Sensitivity, title: str = "") -> Figure:
    """Return the first assumptions of a tornado, a bar each, its ends labelled with the
    assumption's own values; a stroke marks the base case."""
    rows = result.bars[:BARS]
    unit, middle = result.base.unit, result.base.quantiles.p50
    size = (PLAIN[0], 96.0 + 34.0 * len(rows))
    subtitle = f"{result.base.period}, if one assumption goes to its P10 or its P90"
    figure, axes = frame(title or result.subject, subtitle, result.run, size)
    axes.set_position((0.02, 40.0 / size[1], 0.96, 1.0 - 96.0 / size[1]))
    axes.grid(visible=False)
    for place, row in enumerate(rows):
        _tornado_bar(axes, len(rows) - 1 - place, row, middle, is_first=place == 0)
    ends = [value for row in rows for value in row.ends]
    span = max(ends) - min(ends) or 1.0
    axes.set_xlim(min(ends) - 0.24 * span, max(ends) + 0.24 * span)
    axes.set_ylim(-0.6, len(rows) - 0.1)
    axes.set_yticks([])
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit)))
    return figure


def _tornado_bar(axes: Axes, height: int, row: BarRow, middle: float, *, is_first: bool) -> None:
    """Draw a bar below the assumption's name; the first one says which end is which."""
    at = height - 0.2
    for value, colour in ((row.metric_low, TRAINING), (row.metric_high, INFERENCE)):
        axes.barh(at, value - middle, left=middle, height=0.34, color=colour, linewidth=0)
    axes.plot([middle, middle], [at - 0.24, at + 0.24], color=INK, linewidth=1.4)
    plain: dict[str, Any] = {"va": "center", "parse_math": False, "size": 9.5}
    low = (row.metric_low, row.low_value, "P10 ")
    high = (row.metric_high, row.high_value, "P90 ")
    ends = sorted([low, high], key=lambda end: end[0])
    for (value, own, name), side, offset in zip(ends, ("right", "left"), (-4, 4), strict=True):
        text = (name if is_first else "") + own_value(own, row.unit)
        style = {**plain, "ha": side, "color": MUTED, "textcoords": "offset points"}
        axes.annotate(text, (value, at), xytext=(offset, 0), **style)
    title = textwrap.shorten(row.title, 78, placeholder=" …")
    style = {**plain, "size": 10.5, "color": INK, "transform": axes.get_yaxis_transform()}
    axes.text(0.0, height + 0.22, title, **style)
