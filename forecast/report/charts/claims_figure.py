"""Published claims as dots beside our band of the same metric and period, subject by subject."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from forecast.analysis.claims.held_against import point
from forecast.analysis.claims.rows import ComparedClaim
from forecast.report.charts.frame import GROUND, INFERENCE, INK, MUTED, TRAINING, frame, tick
from forecast.report.numbers import quantity
from forecast.report.pages.beliefs.claims_pages import in_order, subject_of
from forecast.report.pages.beliefs.claims_words import claimed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecast.result import Run

WIDTH, LINE, HEAD = 480.0, 17.0, 24.0  # of the chart, of a claim and of its subject
TOP, BOTTOM, LEFT = 62.0, 44.0, 0.47  # above and below; what names and figures take of the width
LETTERS = 42  # that there is room for to the left
BANDS = ((5, 95, 0.18), (10, 90, 0.30))
RELATIVE = "ratio"
KEY = (
    "Band: our P5–P95, darker P10–P90, stroke the median. ▸ a floor, ◂ a ceiling.\n"
    "Orange: outside P5–P95. Hollow: its fact is also evidence of ours."
)


def claims_figure(claims: Sequence[ComparedClaim], unit: str, title: str, run: Run) -> Figure:
    """Return claims with a line each, those of a subject and period below its name and on our band;
    of a `unit` that all share, or `ratio` for multiples of our median."""
    groups = [list(mine) for _, mine in groupby(in_order(claims), subject_of)]
    rows = HEAD * len(groups) + LINE * len(claims)
    size = (WIDTH, TOP + rows + BOTTOM)
    figure, axes = frame(title, KEY, run, size)
    axes.set_position((LEFT, BOTTOM / size[1], 0.98 - LEFT, rows / size[1]))
    axes.grid(visible=False)
    axes.set_ylim(rows, 0.0)
    axes.set_yticks([])
    axes.set_xlim(*_limits(claims, unit))
    _axis(axes, unit)
    top = 0.0
    for mine in groups:
        _subject(axes, top, mine, unit)
        top += HEAD + LINE * len(mine)
    return figure


def _axis(axes: Axes, unit: str) -> None:
    """Make the axis one of shares, or of factors, where it has few ticks."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if unit == "share":
        axes.xaxis.set_major_locator(MaxNLocator(4))
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10.0, (1.0, 3.0)))
        axes.xaxis.set_minor_locator(NullLocator())
    sign = "×" if unit == RELATIVE else ""
    text = FuncFormatter(lambda value, _: f"{value:g}{sign}" if sign else tick(value, unit))
    axes.xaxis.set_major_formatter(text)


def _limits(claims: Sequence[ComparedClaim], unit: str) -> tuple[float, float]:
    """Return the ends of the axis."""
    ends = [end for each in claims for end in (*_ends(each, unit), *_band(each, 5, 95, unit))]
    if unit == "share":
        return 0.0, max(*ends, 0.2) * 1.04
    return min(ends) / 1.25, max(ends) * 1.25


def _own(claim: ComparedClaim, unit: str) -> float:
    """Return what one of the axis is in a claim's unit."""
    return claim.p50 if unit == RELATIVE else 1.0


def _band(claim: ComparedClaim, low: int, high: int, unit: str) -> tuple[float, float]:
    ours = _own(claim, unit)
    return claim.quantiles.at(low) / ours, claim.quantiles.at(high) / ours


def _ends(claim: ComparedClaim, unit: str) -> list[float]:
    """Return the numbers that a claim states, on the axis."""
    stated = (claim.low, claim.mid, claim.high)
    return [end / _own(claim, unit) for end in stated if end is not None]


def _subject(axes: Axes, top: float, claims: Sequence[ComparedClaim], unit: str) -> None:
    """Draw a subject's name with our median, our band, and its claims on it."""
    first, bottom = claims[0], top + HEAD + LINE * len(claims)
    style: dict[str, Any] = {"parse_math": False, "va": "center", "clip_on": False}
    place = {"transform": axes.get_yaxis_transform(), **style}
    left = -LEFT / (0.98 - LEFT)
    name = f"{subject_of(first)}: ours {quantity(first.p50, first.unit)}"
    axes.text(left, top + 0.6 * HEAD, name, size=10, color=INK, weight="bold", **place)
    start = top + HEAD
    for low, high, strength in BANDS:
        ends = _band(first, low, high, unit)
        axes.fill_betweenx([start, bottom], *ends, color=INFERENCE, alpha=strength, linewidth=0)
    middle = first.p50 / _own(first, unit)
    axes.plot([middle, middle], [start, bottom], color=INFERENCE, linewidth=1.6)
    for number, claim in enumerate(claims):
        at = start + LINE * (number + 0.5)
        figure = claimed(claim)
        room = LETTERS - len(figure) - len(claim.published)
        who = textwrap.shorten(claim.who, max(room, 8), placeholder=" …")
        axes.text(left, at, f"{who}, {claim.published}", size=9, color=MUTED, **place)
        axes.text(-0.02, at, figure, size=9, color=INK, ha="right", **place)
        _dot(axes, at, claim, unit)


def _dot(axes: Axes, at: float, claim: ComparedClaim, unit: str) -> None:
    """Draw a claim: a dot, on a line where it is a range, pointed where it is a floor or a
    ceiling."""
    colour = TRAINING if claim.outside else INK
    ends = _ends(claim, unit)
    axes.plot([min(ends), max(ends)], [at, at], color=colour, linewidth=1.4)
    marker = "o"
    if claim.mid is None and len(ends) == 1:
        marker = ">" if claim.low is not None else "<"
    middle = (point(claim) or 0.0) / _own(claim, unit)
    face = GROUND if claim.used else colour
    style: dict[str, Any] = {"color": colour, "markerfacecolor": face, "clip_on": False}
    axes.plot([middle], [at], marker, markersize=6, **style)
