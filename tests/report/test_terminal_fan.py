"""The fan chart in dots: every mark stands where its value and its time say."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.report.characters.terminal import ASCII, STYLES, plain
from forecast.report.characters.terminal_fan import FanPath, Observed, TerminalFan, fan_lines

TIMES = np.linspace(2020.0, 2030.0, 41)
FLAT = np.ones_like(TIMES)


def path(*levels: float, name: str = "") -> FanPath:
    return FanPath(TIMES, np.stack([level * FLAT for level in levels]), name)


def drawn(fan: TerminalFan, style: str, width: int = 80, height: int = 12) -> dict[int, list[int]]:
    """Return the columns, by row, at which marks of a style stand in the rows of a chart."""
    found: dict[int, list[int]] = {}
    for row, line in enumerate(fan_lines(fan, width, height)[: height - 2]):
        column = 0
        for text, its in line:
            if its == style and not text.startswith(" "):
                found.setdefault(row, []).extend(range(column, column + len(text)))
            column += len(text)
    return found


def test_bands_and_figures_stand_at_their_values_and_times() -> None:
    # Ten rows from 0 to 100: a row is worth ten points, the highest first.
    fan = TerminalFan(
        "share", (path(0.22, 0.42, 0.55, 0.85, 0.99),), (Observed(2025.0, 0.05),), begins=2025.0
    )
    assert list(drawn(fan, "fan")) == [4]
    assert list(drawn(fan, "fan inner")) == [1, 2, 3, 5]
    assert list(drawn(fan, "fan outer")) == [0, 6, 7]
    median = drawn(fan, "fan")[4]
    figure = drawn(fan, "observed")
    assert list(figure) == [9]
    middle = (median[0] + median[-1]) / 2
    assert figure[9] == [pytest.approx(middle, abs=1)]


def test_a_median_bends_before_it_crosses_a_row() -> None:
    signs = [
        plain(fan_lines(TerminalFan("share", (path(0.0, 0.0, at, 1.0, 1.0),), (), 2025.0), 80, 12))
        for at in (0.55, 0.58)
    ]
    assert signs[0].splitlines()[4][:30] != signs[1].splitlines()[4][:30]


def test_a_wide_range_is_drawn_in_logarithms() -> None:
    figures = tuple(Observed(2020.0 + 2 * k, 10.0**k, is_floor=True) for k in range(5))
    fan = TerminalFan("H100e", (path(1.0, 10.0, 100.0, 1e3, 1e4),), figures, begins=2025.0)
    rows = list(drawn(fan, "observed", height=22))
    assert np.ptp(np.diff(rows)) <= 1
    assert len(rows) == 5
    assert "▲" in plain(fan_lines(fan, 80, 22))


def test_paths_that_end_together_are_named_apart() -> None:
    now, base, pinned = (path(1.0, 2.0, 3.0, 4.0, 5.0, name=name) for name in ("", "was", "c"))
    text = plain(fan_lines(TerminalFan("ratio", (now, base, pinned), (), 2025.0), 80, 14))
    ends = [line.split()[-1] for line in text.splitlines() if line.rstrip()[-1].isalnum()]
    assert "was 3.0" in text
    assert "c 3.0" in text
    assert len(ends) >= 2


@pytest.mark.parametrize(("width", "height"), [(40, 8), (56, 12), (120, 40)])
def test_charts_keep_to_their_place_in_known_styles_and_in_ascii(width: int, height: int) -> None:
    fan = TerminalFan("USD", (path(1e9, 2e9, 3e9, 4e9, 9e11),), (), begins=2025.0)
    lines = fan_lines(fan, width, height)
    assert len(lines) == height
    assert all(style in STYLES for line in lines for _, style in line)
    text = plain(lines)
    assert max(map(len, text.splitlines())) <= width
    assert text.translate(ASCII).isascii()
