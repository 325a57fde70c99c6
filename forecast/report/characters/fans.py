"""A fan chart in characters: what was observed, and the band ahead growing wider."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.report.blocks import Chart
from forecast.report.numbers import quantity
from forecast.result import Spread

HEIGHT = 14
LABEL = 11
WIDE_RANGE = 20.0  # levels that span more than this are drawn on a logarithmic scale
LEGEND = "• observed   ━ median   ▒ 25–75%   ░ 10–90%"
_SIGNS = ((10, 90, "░"), (25, 75, "▒"), (50, 50, "━"))


@dataclass(frozen=True)
class Moment:
    """Where a path stands at a time, a year fraction."""

    time: float
    spread: Spread


@dataclass(frozen=True)
class LineScale:
    """From values to lines: 0 is the lowest."""

    low: float
    high: float
    is_log: bool

    def line(self, value: float) -> int:
        """Return the line of a value, kept inside the chart."""
        low, high = self._map(self.low), self._map(self.high)
        part = (self._map(value) - low) / max(high - low, 1e-300)
        return min(max(round(part * (HEIGHT - 1)), 0), HEIGHT - 1)

    def value(self, line: int) -> float:
        """Return the value that a line stands for."""
        ends = self._map(self.low), self._map(self.high)
        middle = ends[0] + (ends[1] - ends[0]) * line / (HEIGHT - 1)
        return math.exp(middle) if self.is_log else middle

    def _map(self, value: float) -> float:
        return math.log(max(value, 1e-300)) if self.is_log else value


def fan_chart(
    title: str,
    unit: str,
    observed: Sequence[tuple[float, float]],
    path: Sequence[Moment],
    width: int,
) -> Chart:
    """Return a chart of observed (year, value) pairs and of a path."""
    columns = max(20, width - LABEL - 3)
    first = min([*(time for time, _ in observed), path[0].time])
    span = max(path[-1].time - first, 1e-9)
    scale = _scale([value for _, value in observed], path)
    cells = [[" "] * columns for _ in range(HEIGHT)]
    for column in range(columns):
        time = first + span * column / (columns - 1)
        if (moment := _at(path, time)) is not None:
            _draw(cells, column, moment.spread, scale)
    for time, value in observed:
        column = round((time - first) / span * (columns - 1))
        cells[scale.line(value)][min(column, columns - 1)] = "•"
    lines = [
        f"{_tick(scale, line, unit):>{LABEL}} │{''.join(cells[line]).rstrip()}"
        for line in reversed(range(HEIGHT))
    ]
    # The end of a year is the next year's beginning, so a hair before it is the year itself.
    start, end = (str(math.floor(time - 1e-6)) for time in (first, path[-1].time))
    lines.append(f"{'':{LABEL}} └{'─' * columns}")
    lines.append(f"{'':{LABEL}}  {start}{end:>{columns - len(start)}}")
    return Chart(f"{title}  {unit}".rstrip(), tuple(lines), LEGEND)


def _scale(observed: Sequence[float], path: Sequence[Moment]) -> LineScale:
    lows = [*observed, *(each.spread.at(10) for each in path)]
    highs = [*observed, *(each.spread.at(90) for each in path)]
    low, high = min(lows), max(highs)
    is_log = low > 0.0 and high / low > WIDE_RANGE
    return LineScale(low if is_log else 0.0, high if high > 0.0 else 1.0, is_log)


def _at(path: Sequence[Moment], time: float) -> Moment | None:
    """Return the moment nearest to a time, None before the path begins."""
    step = path[1].time - path[0].time if len(path) > 1 else 1.0
    if time < path[0].time - 0.5 * step:
        return None
    return min(path, key=lambda each: abs(each.time - time))


def _draw(cells: list[list[str]], column: int, spread: Spread, scale: LineScale) -> None:
    for low, high, sign in _SIGNS:
        for line in range(scale.line(spread.at(low)), scale.line(spread.at(high)) + 1):
            cells[line][column] = sign


def _tick(scale: LineScale, line: int, unit: str) -> str:
    """Return the label of every third line."""
    if line % 3 != 1:
        return ""
    return quantity(scale.value(line), bare_unit(unit))[:LABEL]


def bare_unit(unit: str) -> str:
    """Return the unit for a number where its own name has no room: only %, $ are written out."""
    return unit if unit == "share" or unit.startswith("USD") else "ratio"
