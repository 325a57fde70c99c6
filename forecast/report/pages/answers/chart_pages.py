"""Fan charts for the terminal, one metric after another, and the same as text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forecast import periods
from forecast.analysis.chart import Charted
from forecast.report import words
from forecast.report.blocks import Block, Chart, Prose
from forecast.report.characters.drawing import draw
from forecast.report.characters.table_lines import Line
from forecast.report.characters.terminal_fan import (
    LEGEND,
    LEVELS,
    FanPath,
    Observed,
    TerminalFan,
    fan_lines,
)
from forecast.report.charts.fan_figure import time_of
from forecast.report.layout import titled

HEIGHT = 16
LEAST, MOST = 40, 160  # columns that a chart takes


def chart_lines(result: Charted, width: int) -> Iterator[Line]:
    """Yield the page of charts in colour, line by line."""
    yield from draw([Prose(words.first_line(result.run), "quiet")], width)
    room = min(max(width, LEAST), MOST) - 2
    for name, fan in _fans(result):
        yield ()
        yield from draw([Prose(_title(result, name, fan), "strong")], width)
        for line in fan_lines(fan, room, HEIGHT):
            yield ((" ", "plain"), *line)
    yield ()
    yield from draw([Prose(_legend(result), "quiet")], width)


def chart_page(result: Charted, width: int) -> list[Block]:
    """Return the page of charts without colour, as Markdown has it."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    for name, fan in _fans(result):
        lines = ("".join(text for text, _ in line) for line in fan_lines(fan, width - 2, HEIGHT))
        blocks.append(Chart(_title(result, name, fan), tuple(lines), _legend(result)))
    return blocks


def _fans(result: Charted) -> Iterator[tuple[str, TerminalFan]]:
    """Yield each metric with what a chart shows of it."""
    for name in result.metrics:
        rows = result.drawn(name)
        path = FanPath(
            np.array([time_of(row) for row in rows]),
            np.array([[row.quantiles.at(level) for row in rows] for level in LEVELS]),
        )
        observed = tuple(
            Observed(time_of(row), row.observed, row.observed_qualifier == "gt")
            for row in rows
            if row.observed is not None
        )
        begins = periods.quarter(result.first_projected) / 4.0
        yield name, TerminalFan(rows[0].unit, (path,), observed, begins)


def _title(result: Charted, name: str, fan: TerminalFan) -> str:
    unit = f", {fan.scale.unit}" if fan.scale.unit else ""
    return f"{titled(name, result.metrics[name].title)}{unit}"


def _legend(result: Charted) -> str:
    return f"{LEGEND}  │ forecast from {result.first_projected}"
