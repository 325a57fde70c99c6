"""What was asked of the hindcast, beside what was measured: on the same rows, with an honest no."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.hindcast.aims import ALL, NINE, Aim, beside_walk
from forecast.analysis.hindcast.scoring.rows import HindcastRow, Method
from forecast.curves.quantiles import PROBABILITIES
from forecast.periods import label, quarter
from forecast.result import Quantiles

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hindcast.md"


def row(method: Method, origin: str, horizon: int, miss: float) -> HindcastRow:
    """Return a forecast that is sure of itself, `miss` above what came in logarithms."""
    levels = tuple(100.0 * float(np.exp(miss)) for _ in PROBABILITIES)
    period = label(quarter(origin) + horizon)
    at = "money", "sales", method, origin, horizon, period, "USD", 100.0, "eq"
    return HindcastRow(*at, Quantiles(levels))  # type: ignore[arg-type]


def test_a_walk_is_scored_on_the_rows_that_both_have() -> None:
    """A sure forecast's CRPS is how far it was off: ours by 0.1 and 0.3, the walk by 0.2 and 0.6;
    where the walk is missing, where neither is asked for and what the model says, nobody counts."""
    rows = [
        row("forecast", "2024Q1", 1, 0.1),
        row("walk", "2024Q1", 1, -0.2),
        row("growth", "2024Q1", 1, 5.0),
        row("forecast", "2024Q2", 8, -0.3),
        row("walk", "2024Q2", 8, 0.6),
        row("forecast", "2024Q3", 1, 9.0),
        replace(row("walk", "2024Q3", 1, 9.0), part="model"),
    ]
    both = beside_walk(rows, "sales", NINE)
    assert (both.rows, both.origins) == (2, NINE.name)
    assert (both.ours, both.walk) == (pytest.approx(0.2), pytest.approx(0.4))
    assert both.wis_over_walk == pytest.approx(0.5)
    far = [row("forecast", "2024Q2", 9, 1.0), row("walk", "2024Q2", 9, 1.0)]
    assert beside_walk([*rows, *far], "sales", NINE) == both
    assert beside_walk([*rows, *far], "sales", ALL).ours == pytest.approx(1.4 / 3.0)


@pytest.mark.parametrize(
    ("least", "most", "measured", "holds"),
    [
        (None, 0.01, 0.01, True),
        (None, 0.01, 0.0101, False),
        (0.8, None, 0.79, False),
        (0.8, 0.97, 0.97, True),
        (0.8, 0.97, 0.98, False),
    ],
)
def test_an_aim_is_reached_between_its_ends(
    least: float | None, most: float | None, measured: float, holds: bool
) -> None:
    assert Aim("", least, most, measured).holds == holds


def test_the_page_says_of_each_aim_what_was_measured_and_whether_it_holds() -> None:
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if re.search(r"\| (yes|no) \|$", line) and re.search(r"at (most|least)| to ", line)
    ]
    assert len(lines) == 19
    for name, asked, measured, reached in lines:
        ends = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", asked)]
        least = ends[0] if "most" not in asked else None
        most = ends[-1] if "least" not in asked else None
        aim = Aim(name, least, most, float(measured.replace("−", "-")))
        assert aim.holds == (reached == "yes"), name
    assert sum("NVIDIA" in name for name, *_ in lines) == 2
