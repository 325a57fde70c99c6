"""A headline as it was before, step by step, beside the run that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast.report.charts.frame import INFERENCE, INK, MUTED, TOTAL, UNITS, frame, values
from forecast.result import Run, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def steps_figure(before: Sequence[tuple[str, Spread]], now: Spread, title: str, run: Run) -> Figure:
    """Return what a share was expected to be at each of some moments, by name, and of `now`, the
    run that is shown: medians, P25–P75 and P10–P90, from left to right."""
    figure, axes = frame(title, UNITS["share"], run)
    for place, (_, spread) in enumerate(before):
        _bar(axes, place, spread, INFERENCE)
    _bar(axes, len(before), now, TOTAL)
    names = [*(name for name, _ in before), "this\nrun"]
    axes.set_xticks(range(len(names)), names, size=9.5, color=MUTED)
    axes.set_xlim(-0.6, len(before) + 0.6)
    values(axes, "share")
    return figure


def _bar(axes: Axes, place: float, spread: Spread, colour: str) -> None:
    for low, high, strength in ((10, 90, 0.16), (25, 75, 0.24)):
        bottom, top = spread.at(low), spread.at(high)
        axes.bar([place], [top - bottom], 0.5, bottom, color=colour, alpha=strength, linewidth=0)
    axes.hlines([spread.p50], place - 0.25, place + 0.25, color=colour, linewidth=2.4)
    style: dict[str, Any] = {"ha": "center", "va": "bottom", "size": 9.5, "color": INK}
    axes.text(place, spread.p50, f"{100.0 * spread.p50:.0f}", **style)
