"""The fan chart: every mark stands where its value and its time say."""

from __future__ import annotations

import pytest

from forecast.report.characters.drawing import draw
from forecast.report.characters.fans import HEIGHT, LABEL, Moment, fan_chart
from forecast.report.characters.terminal import ASCII, plain
from forecast.report.formats.markdown import render
from forecast.result import Quantiles

WIDTH = 74  # 60 columns of marks
OBSERVED = [(2000.0, 10.0), (2015.0, 100.0)]
PATH = [
    Moment(
        2016.0 + k,
        Quantiles(
            (80.0 - 10 * k, 90.0 - 10 * k, 100.0 - 10 * k, 110.0, 120.0, 125.0, 130.0, 140.0, 150.0)
        ),
    )
    for k in range(5)
]


def marks(width: int = WIDTH) -> list[str]:
    """Return the drawn area, the lowest line first."""
    lines = fan_chart("a", "", OBSERVED, PATH, width).lines[:HEIGHT]
    return [line[LABEL + 2 :].ljust(width - LABEL - 3) for line in reversed(lines)]


def test_observations_and_band_stand_at_their_values_and_times() -> None:
    grid = marks()
    columns = WIDTH - LABEL - 3
    # From 0 to 130 over 13 steps a line is worth 10; 2000 to 2020 is the whole width.
    assert grid[1][0] == "•"
    assert grid[10][round(0.75 * (columns - 1))] == "•"
    last = [grid[line][columns - 1] for line in range(HEIGHT)]
    assert last[5] == " "
    assert set(last[6:11]) == {"░"}
    assert last[11] == "▒"
    assert last[12] == "━"


def test_a_wide_range_is_drawn_in_logarithms() -> None:
    path = [Moment(2011.0, Quantiles((1e6,) * 9))]
    observed = [(2000.0, 1.0), (2005.0, 1e3), (2010.0, 1e6)]
    lines = fan_chart("a", "", observed, path, WIDTH).lines
    places = [index for index, line in enumerate(lines) if "•" in line]
    assert places == [0, HEIGHT // 2, HEIGHT - 1] or places == [0, HEIGHT // 2 - 1, HEIGHT - 1]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_charts_keep_their_width_and_draw_in_text_and_markdown(width: int) -> None:
    chart = fan_chart("shares", "share", [(2000.0, 0.2)], PATH[:1], width)
    assert max(len(line) for line in chart.lines) <= width
    text = plain(draw([chart], width))
    assert chart.legend in text
    assert "```" in render([chart])
    assert text.translate(ASCII).isascii()
