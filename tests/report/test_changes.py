"""A change reads the same in a sentence and in a table."""

from __future__ import annotations

import pytest
from example_result import projection
from hypothesis import given
from hypothesis import strategies as st

from forecast.report.pages.whatif.changes import change_cells, ends_of, in_words, own_scale
from forecast.result import PERCENTILES, Quantiles
from forecast.units import parse_value
from forecast.world.rows import ChangeRow, fields_of

BANDS = (10, 50, 90)
BASE = 480e9


@given(st.lists(st.floats(min_value=-0.9, max_value=3.0), min_size=3, max_size=3))
def test_an_amount_in_a_sentence_is_that_of_the_table(shares: list[float]) -> None:
    low, middle, high = (BASE * each for each in sorted(shares))
    row = projection().find("chip_spend", "2028")
    assert row is not None
    points = {10: low, 90: high}
    quantiles = Quantiles(tuple(points.get(each, middle) for each in PERCENTILES))
    moved = {"quantiles": quantiles, "mean": middle, "probability_up": 0.5, "change": middle}
    change = ChangeRow(**fields_of(row) | moved, relative=None)
    scale = own_scale("chip_spend", "USD", (BASE, BASE + middle))
    cells = change_cells(BASE, BASE + middle, ends_of(change, BANDS), scale)
    said = in_words(change, BASE, BANDS).partition(" ")[0]
    written = float(cells.change.replace("−", "-").replace(",", "")) * scale.divisor
    assert said.startswith("−") == (written < 0.0)
    assert parse_value(said.strip("+−"), "USD") == pytest.approx(abs(written), rel=0.0501)
