"""By how much each metric of a what-if changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.report.charts.frame import INK, PLAIN, TOTAL, frame
from forecast.report.numbers import signed
from forecast.report.pages.changes import is_unmoved
from forecast.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def difference_figure(result: Result) -> Figure:
    """Return by how much each metric of a what-if changes at its last period: median and P10–P90 of
    the change draw by draw, in per cent of the base median, in points for a share.

    What is the same in every draw is left out; raises ValueError if everything is.
    """
    last = max((row["period"] for row in result.rows if row["period"]), key=periods.quarter)
    changes = [
        row
        for row in result.rows
        if row.get("case") == "difference" and row["period"] == last and row["member"] is None
    ]
    rows = [(row, result.find(row["metric"], last, case="base", member=None)) for row in changes]
    found = [(row, base) for row, base in rows if base and base["p50"] and not is_unmoved(row)]
    if not found:
        raise ValueError("nothing changes")
    size = (PLAIN[0], 96.0 + 32.0 * len(found))
    subtitle = f"change in {last}: per cent of the base, points for a share"
    figure, axes = frame("What changes", subtitle, result.run, size)
    axes.set_position((0.02, 40.0 / size[1], 0.8, 1.0 - 96.0 / size[1]))
    axes.grid(visible=False)
    for place, (row, base) in enumerate(found):
        title = str(result.extra["metrics"][row["metric"]]["title"])
        _difference_bar(axes, len(found) - 1 - place, title, row, float(base["p50"]))
    axes.set_ylim(-0.6, len(found) - 0.1)
    axes.set_yticks([])
    return figure


def _difference_bar(axes: Axes, height: int, title: str, row: Row, base: float) -> None:
    """Draw a change below its metric's name, and write it to the right."""
    is_share = row["unit"] == "share"
    scale = 100.0 if is_share else 100.0 / abs(base)
    low, middle, high = (scale * float(row[key]) for key in ("p10", "p50", "p90"))
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
