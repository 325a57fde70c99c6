"""What all charts have in common: title, unit and stamp (source, as-of date, run) inside, because
people cut charts out; axes, colours, ticks.

Figures are objects of their own; nothing global of Matplotlib is touched. Sizes are in points,
which SVG reads as pixels.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.report.cells import bare, own_value, with_band
from forecast.report.numbers import quantity
from forecast.result import Run, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Told apart by people who see few colours; a page puts a variable in the place of each.
INK, MUTED, RULE, GROUND = "#1b2430", "#5b6673", "#d9dee4", "#fefefe"
TRAINING, INFERENCE, TOTAL = "#b3500b", "#0a5ca8", "#2f6f62"
UNITS = {"USD": "US dollars", "W": "watts", "share": "per cent", "H100e": "H100-equivalents"}
LARGEST_TICK = 1e18  # from here on ticks are powers of ten, letters being little known
PLAIN = (480.0, 330.0)
SMALL = (320.0, 220.0)


@dataclass(frozen=True)
class End:
    """The right end of a line: its last values, and the name and colour of the line."""

    spread: Spread
    unit: str
    colour: str
    name: str = ""


def stamp(run: Run) -> str:
    """Return what a chart says of itself: source, as-of date and run."""
    as_of = f"as of {run.as_of}" if run.as_of else f"data to {run.data_through}"
    text = f"forecast {run.version}, {run.source} · {as_of} · run {run.run_id}"
    # matplotlib draws no byte of a folder's name that is not UTF-8.
    return text.encode("utf-8", "backslashreplace").decode()


def frame(
    title: str, unit: str, run: Run, size: tuple[float, float] = PLAIN
) -> tuple[Figure, Axes]:
    """Return a figure with its title, unit and stamp, and axes with no more than a baseline."""
    from matplotlib.figure import Figure

    width, height = size
    is_small = width < PLAIN[0]
    figure = Figure(figsize=(width / 72.0, height / 72.0), facecolor="none")
    heading, text, small = (11.0, 9.5, 8.0) if is_small else (14.0, 11.0, 9.0)
    lines = textwrap.wrap(title, 44 if is_small else 52)
    style: dict[str, Any] = {"color": MUTED, "va": "top", "parse_math": False}
    for number, line in enumerate((*lines, unit)):
        is_title = number < len(lines)
        own = {"size": heading, "color": INK, "weight": "bold"} if is_title else {"size": text}
        at = 4.0 + number * 1.3 * heading
        figure.text(2 / width, 1 - at / height, line, **{**style, **own})
    figure.text(2 / width, 3 / height, stamp(run), **{**style, "size": small, "va": "bottom"})
    left, right = (44.0, 62.0) if is_small else (50.0, 98.0)
    top, bottom = 24.0 + 1.3 * heading * (1 + len(lines)), 38.0 if is_small else 46.0
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    )
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(length=0, labelsize=text, labelcolor=MUTED)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def fan(axes: Axes, times: Sequence[float], spreads: Sequence[Spread], colour: str) -> None:
    """Draw median, P25–P75 and P10–P90 over times."""
    for low, high, strength in ((10, 90, 0.16), (25, 75, 0.24)):
        lows, highs = [each.at(low) for each in spreads], [each.at(high) for each in spreads]
        axes.fill_between(times, lows, highs, color=colour, alpha=strength, linewidth=0)
    axes.plot(times, [each.p50 for each in spreads], color=colour, linewidth=2.2)


def years(axes: Axes, first: str, last: str) -> None:
    """Label years at their middle, with a faint line where each begins."""
    start, end = periods.quarter(first) // 4, periods.quarter(last) // 4
    years = list(range(start, end + 1))
    step = 2 if len(years) > 9 else 1
    axes.set_xlim(start, end + 1)
    axes.set_xticks([year + 0.5 for year in years[::step]], [str(year) for year in years[::step]])


def values(axes: Axes, unit: str, *, is_log: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if is_log:
        axes.set_yscale("log")
        axes.minorticks_off()
    elif unit == "share":
        top = axes.get_ylim()[1]
        axes.set_ylim(0.0, 1.0 if top > 0.5 else top)
        axes.yaxis.set_major_locator(MaxNLocator(4))
    else:
        axes.set_ylim(0.0)
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit)))


def tick(value: float, unit: str) -> str:
    if value == 0.0:
        return "0"
    if unit == "share":
        return f"{100.0 * value:.3g}%"
    if value >= LARGEST_TICK:
        return f"1e{round(math.log10(value))}"
    return re.sub(r"\.0(?!\d)", "", quantity(value, bare(unit)))


def forecast_line(axes: Axes, time: float) -> None:
    axes.axvline(time, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
    style: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "va": "bottom"}
    axes.text(time, 1.01, "forecast →", size=10, color=MUTED, **style)


def end_labels(axes: Axes, time: float, ends: Sequence[End], size: float = 10.5) -> None:
    """Write the last median and band to the right of the axes, apart from one another."""
    labels = []
    for end in ends:
        low, median, high = (end.spread.at(percentile) for percentile in (10, 50, 90))
        middle, _ = with_band(low, median, high, end.unit)
        labels.append((median, f"{end.name} {middle}".strip(), end.colour, "bold"))
        if len(ends) == 1:
            for name, value in (("P10", low), ("P90", high)):
                labels.append((value, f"{name} {own_value(value, end.unit)}", MUTED, "normal"))
    height = axes.get_window_extent().height
    floor = 0.0
    for value, text, colour, weight in sorted(labels):
        at = axes.transData.transform((time, value))[1] - axes.get_window_extent().y0
        at = max(min(at, height), floor)
        floor = at + 1.2 * size * axes.figure.dpi / 72.0
        style: dict[str, Any] = {"va": "center", "weight": weight, "size": size, "color": colour}
        place = (1.0, at / height)
        axes.annotate(
            text, place, xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
            annotation_clip=False, parse_math=False, **style,
        )  # fmt: skip
