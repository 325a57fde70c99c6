"""A fan chart in braille dots: what was observed, the band ahead, and other paths as ghosts.

A cell holds two dots across and four down, so that a band bends long before it crosses a line of
text. Nothing is computed here but places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.report.characters.table_lines import Line
from forecast.report.numbers import UnitScale, band_cell, cell, scale_for, side_decimals

Array = NDArray[np.float64]
Dots = NDArray[np.bool_]

LEVELS = (10, 25, 50, 75, 90)  # percentiles of a path
WIDE_RANGE = 20.0  # levels that span more than this are drawn on a logarithmic scale
FEWEST_COLUMNS, FEWEST_ROWS = 12, 3
YEAR = 5  # columns that the name of a year takes
LEGEND = "• observed  ⠤ median  ⢕ 25–75%  ⠅ 10–90%"
GHOSTS = ("ghost", "second ghost")  # styles of the paths after the first
CELL_STYLES = ("rule", "fan outer", "fan inner", *GHOSTS, "fan", "observed")
# What each dot of a cell adds to the sign, down the left side and then down the right.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800


@dataclass(frozen=True)
class FanPath:
    """A quantity by quarter: `times` in years, (quarters,), `levels` at LEVELS, (5, quarters), in
    its unit; `name` is said at its end."""

    times: Array
    levels: Array
    name: str = ""


class Observed(NamedTuple):
    """A figure at a time, a year fraction; a floor if others, who publish nothing, are missing."""

    time: float
    value: float
    is_floor: bool = False


@dataclass(frozen=True)
class TerminalFan:
    """What a chart shows: the first path as a fan, those after it as ghosts; figures observed, and
    the year in which the forecast `begins`."""

    unit: str
    paths: tuple[FanPath, ...]
    observed: tuple[Observed, ...]
    begins: float

    @property
    def scale(self) -> UnitScale:
        """What values are divided by, and the unit that the title should state."""
        return scale_for(self.unit, [float(np.max(each.levels)) for each in self.paths])


@dataclass(frozen=True)
class Axis:
    """From values to heights: 0 at the bottom, 1 at the top. `ticks` are the values to label."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...]

    def height(self, values: Array) -> Array:
        """Return heights of values of any shape, kept inside the chart."""
        low, high, at = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.is_log:
            low, high, at = math.log(low), math.log(high), np.log(np.maximum(at, 1e-300))
        return np.clip((at - low) / (high - low), 0.0, 1.0)


def fan_lines(fan: TerminalFan, width: int, height: int) -> list[Line]:
    """Return the chart as `height` styled lines of at most `width` columns: rows, then the axis and
    its years."""
    rows = max(FEWEST_ROWS, height - 2)
    axis = axis_of(fan, most_ticks=max(2, (rows + 1) // 2))
    ticks = _tick_labels(axis, fan.scale, rows)
    ends = _end_labels(fan, axis, rows)
    left = max(map(len, ticks.values()))
    right = max(len(text) for text, _ in ends.values())
    columns = max(FEWEST_COLUMNS, width - left - right - 3)
    signs, styles = _cells(fan, axis, rows, columns)
    lines = [
        (
            (f"{ticks.get(row, ''):>{left}}", "quiet"),
            ("┤" if row in ticks else "│", "rule"),
            *_spans(signs[row], styles[row]),
            *(((" " + ends[row][0], ends[row][1]),) if row in ends else ()),
        )
        for row in range(rows)
    ]
    return [*lines, *_years(fan, left, columns)]


def axis_of(fan: TerminalFan, most_ticks: int) -> Axis:
    """Return an axis that holds every path and figure, ends on a round value, and moves only when
    that value does."""
    values = [each.levels.ravel() for each in fan.paths]
    values.append(np.array([each.value for each in fan.observed]))
    every = np.concatenate(values)
    low, high = float(np.min(every)), float(np.max(every))
    if low > 0.0 and high / low > WIDE_RANGE:
        return _log_axis(low, high, most_ticks)
    low = min(low, 0.0)
    step = _round_step((high - low) / most_ticks or 1.0)
    first, last = math.floor(low / step), max(1, math.ceil(high / step - 1e-9))
    ticks = tuple(step * count for count in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], False, ticks)


def _log_axis(low: float, high: float, most_ticks: int) -> Axis:
    """Return a logarithmic axis whose ends are 1, 2 or 5 times a power of ten."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    round_values = [size * 10.0**power for power in powers for size in (1, 2, 5)]
    first = max(each for each in round_values if each <= low * (1 + 1e-9))
    last = min(each for each in round_values if each >= high * (1 - 1e-9))
    inside = [each for each in round_values if first <= each <= last]
    if len(inside) > most_ticks:
        inside = [each for each in inside if math.log10(each).is_integer()]
    every = math.ceil(len(inside) / most_ticks)
    return Axis(first, last, True, tuple(inside[::every]))


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= least * (1 - 1e-9))


def _tick_labels(axis: Axis, scale: UnitScale, rows: int) -> dict[int, str]:
    """Return labels by row, 0 the highest."""
    return {
        _row(float(axis.height(np.array(tick))), rows): f"{tick / scale.divisor:g}"
        for tick in axis.ticks
    }


def _row(height: float, rows: int) -> int:
    return min(rows - 1, int((1.0 - height) * rows))


def _end_labels(fan: TerminalFan, axis: Axis, rows: int) -> dict[int, tuple[str, str]]:
    """Return by row what is said at the end of each path, with its style; of two that would stand
    on one row the later gives way."""
    found: dict[int, tuple[str, str]] = {}
    for path, style in zip(fan.paths, ("fan", *GHOSTS), strict=False):
        wanted = _row(float(axis.height(path.levels[2, -1])), rows)
        free = [row for row in range(rows) if row not in found]
        row = min(free, key=lambda each: (abs(each - wanted), -each))
        found[row] = _end_label(path, fan.scale, is_ghost=style != "fan"), style
    return found


def _end_label(path: FanPath, scale: UnitScale, *, is_ghost: bool) -> str:
    low, middle, high = (float(path.levels[at, -1]) / scale.divisor for at in (0, 2, 4))
    decimals = side_decimals([middle])
    text = cell(middle, decimals, is_share=scale.is_share)
    if is_ghost:
        return f"{path.name} {text}".strip()
    band = band_cell(low, high, decimals, is_share=scale.is_share)
    return f"{path.name} {text} ({band})".strip()


def _cells(
    fan: TerminalFan, axis: Axis, rows: int, columns: int
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return the chart's signs, as code points, and their styles, as places in CELL_STYLES, both
    (rows, columns)."""
    first, last = _span(fan)
    times = np.linspace(first, last, 2 * columns)
    at_row = 1.0 - (np.arange(4 * rows)[:, np.newaxis] + 0.5) / (4 * rows)
    outer, inner, median = _fan_dots(fan.paths[0], times, axis, at_row)
    ghosts = [_ghost_dots(path, times, axis, at_row) for path in fan.paths[1 : 1 + len(GHOSTS)]]
    signs = np.full((rows, columns), ord(" "))
    styles = np.full((rows, columns), CELL_STYLES.index("rule"))
    begins = round((fan.begins - first) / (last - first) * (columns - 1))
    if 0 <= begins < columns:
        signs[:, begins] = ord("│")
    layers = [(outer, "fan outer"), (inner, "fan inner"), *zip(ghosts, GHOSTS, strict=False)]
    # Later layers hide earlier ones; of two ghosts the first hides the second.
    for dots, style in (*layers[:2], *reversed(layers[2:]), (median, "fan")):
        drawn = _signs(dots)
        there = drawn > 0
        signs[there], styles[there] = _BLANK + drawn[there], CELL_STYLES.index(style)
    for time, value, is_floor in fan.observed:
        column = round((time - first) / (last - first) * (columns - 1))
        if 0 <= column < columns:
            place = _row(float(axis.height(np.array(value))), rows), column
            signs[place] = ord("▲" if is_floor else "•")
            styles[place] = CELL_STYLES.index("observed")
    return signs, styles


def _span(fan: TerminalFan) -> tuple[float, float]:
    """Return the first and the last moment of any path."""
    return (
        min(float(each.times[0]) for each in fan.paths),
        max(float(each.times[-1]) for each in fan.paths),
    )


def _fan_dots(path: FanPath, times: Array, axis: Axis, at_row: Array) -> tuple[Dots, Dots, Dots]:
    """Return the dots of P10–P90, of P25–P75 and of the median, each (4 × rows, 2 × columns).

    The wide band has one dot in four, the narrow one every other.
    """
    low, lower, middle, upper, high = _heights(path, times, axis)
    down, across = np.indices((at_row.size, times.size))
    outer = (at_row >= low) & (at_row <= high) & (down % 2 == 0) & (across % 2 == 0)
    inner = (at_row >= lower) & (at_row <= upper) & ((down + across) % 2 == 0)
    return outer, inner, _line(middle, at_row)


def _ghost_dots(path: FanPath, times: Array, axis: Axis, at_row: Array) -> Dots:
    """Return a broken line for the median and a dotted one for each end of P10–P90."""
    low, _, middle, _, high = _heights(path, times, axis)
    across = np.arange(times.size)
    edges = (_line(low, at_row) | _line(high, at_row)) & (across % 4 == 0)
    found: Dots = (_line(middle, at_row) & (across % 4 < 2)) | edges
    return found


def _heights(path: FanPath, times: Array, axis: Axis) -> list[Array]:
    """Return the heights of a path's levels at each moment; NaN, which no dot meets, outside it."""
    levels = axis.height(path.levels)
    return [np.interp(times, path.times, each, left=np.nan, right=np.nan) for each in levels]


def _line(height: Array, at_row: Array) -> Dots:
    """Return a line through heights, (dots across,), without gaps where it is steep."""
    before = np.concatenate([height[:1], height[:-1]])
    before = np.where(np.isnan(before), height, before)
    half = 0.5 / at_row.size
    low = np.clip(np.minimum(before, height), half, 1.0 - half) - half
    high = np.clip(np.maximum(before, height), half, 1.0 - half) + half
    found: Dots = (at_row > low) & (at_row <= high)
    return found


def _signs(dots: Dots) -> NDArray[np.int_]:
    """Return what the dots of each cell add to the sign, (rows, columns)."""
    rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
    cells = dots.reshape(rows, 4, columns, 2).transpose(0, 2, 1, 3)
    return np.asarray((cells * _BITS).sum(axis=(2, 3)))


def _spans(signs: NDArray[np.int_], styles: NDArray[np.int_]) -> Iterator[tuple[str, str]]:
    """Yield neighbouring cells of one style, both (columns,), as one text."""
    changes = np.flatnonzero(np.diff(styles)) + 1
    text = "".join(map(chr, signs))
    for first, last in pairwise([0, *changes.tolist(), len(text)]):
        yield text[first:last], CELL_STYLES[styles[first]]


def _years(fan: TerminalFan, left: int, columns: int) -> Iterator[Line]:
    """Yield the axis, and under their middles as many years as there is room for."""
    first, last = _span(fan)
    yield ((" " * left, "quiet"), ("└" + "─" * columns, "rule"))
    every = math.ceil(YEAR * (last - first) / columns)
    line = ""
    for year in range(math.floor(first), math.floor(last - 1e-6) + 1, every):
        middle = (year + 0.5 - first) / (last - first) * (columns - 1)
        line = line.ljust(min(columns - 4, max(0, round(middle) - 2))) + str(year)
    yield ((f"{'':{left}} {line}", "quiet"),)
