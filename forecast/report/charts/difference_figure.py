"""By how much each metric of a what-if changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast.analysis.whatif.rows import Compared
from forecast.analysis.whatif.whatif import WhatIf
from forecast.report.charts.frame import INK, PLAIN, TOTAL, frame
from forecast.report.numbers import signed
from forecast.report.pages.whatif.changes import is_unmoved
from forecast.result import Quantiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def difference_figure(result: WhatIf) -> Figure:
    """Return by how much each metric of a what-if changes at the period compared, beside P10–P90
    of the change draw by draw: in per cent, in points for a share.

    What is the same in every draw is left out; raises ValueError if everything is.
    """
    rows = [found for name in result.metrics if (found := result.compared(name))]
    moved = [each for each in rows if _drawn(each) and not is_unmoved(each.change)]
    if not moved:
        raise ValueError("nothing changes")
    size = (PLAIN[0], 96.0 + 32.0 * len(moved))
    subtitle = f"change in {result.period}: per cent of the base, points for a share"
    figure, axes = frame("What changes", subtitle, result.run, size)
    axes.set_position((0.02, 40.0 / size[1], 0.8, 1.0 - 96.0 / size[1]))
    axes.grid(visible=False)
    for place, each in enumerate(moved):
        title = result.metrics[each.base.metric].title
        _difference_bar(axes, len(moved) - 1 - place, title, each)
    axes.set_ylim(-0.6, len(moved) - 0.1)
    axes.set_yticks([])
    return figure


def _drawn(rows: Compared) -> Quantiles | None:
    """Return the changes that a bar shows, None for what has neither points nor per cent."""
    return rows.change.quantiles if rows.change.unit == "share" else rows.change.relative


def _difference_bar(axes: Axes, height: int, title: str, rows: Compared) -> None:
    """Draw a change below its metric's name, and write it to the right."""
    is_share, change = rows.change.unit == "share", rows.change
    spread = _drawn(rows)
    assert spread is not None, "others are left out"
    whole = 1.0 if is_share else rows.base.quantiles.p50
    low, middle, high = 100.0 * spread.at(10), 100.0 * change.change / whole, 100.0 * spread.at(90)
    at = height - 0.2
    axes.plot([low, high], [at, at], color=TOTAL, linewidth=6, alpha=0.35)
    axes.plot([0.0, 0.0], [at - 0.24, at + 0.24], color=INK, linewidth=1.4)
    axes.plot([middle], [at], "o", color=TOTAL, markersize=6)
    style: dict[str, Any] = {"va": "center", "parse_math": False}
    style["transform"] = axes.get_yaxis_transform()
    axes.text(0.0, height + 0.22, title, size=10.5, color=INK, **style)
    rounded = round(middle, 0 if abs(middle) >= 10.0 else 1)
    said = signed(f"{rounded:+g}") if rounded else "0"
    text = f"{said}{' pp' if is_share else '%'}"
    axes.text(1.02, at, text, size=10.5, color=TOTAL, weight="bold", **style)
