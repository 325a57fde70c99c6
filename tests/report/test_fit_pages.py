"""What a fit says of saturation is said of the family that has it, and of how much has none."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from forecast.report.pages.beliefs.fit_pages import ceiling_sentence
from forecast.world.history.learnt import FitRow

BOUNDED, UNBOUNDED = ("logistic", "gompertz"), ("exponential", "damped_trend")
WEIGHTS = st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4)


def fit_row(family: str, weight: float, known: float) -> FitRow:
    level = {"saturation": {"p10": 19.0, "p50": 25.0, "p90": 88.0}}
    is_bounded = family in BOUNDED
    return FitRow(
        series_id="x",
        family=family,
        weight=weight,
        parameters=level if is_bounded else {},
        diagnostics={"ceiling_from_data": known} if is_bounded else {},
    )


@given(WEIGHTS, st.floats(0.0, 1.0))
def test_a_saturation_is_that_of_a_family_with_its_weight(
    weights: list[float], known: float
) -> None:
    shares = [weight / sum(weights) for weight in weights]
    rows = [
        fit_row(name, share, known)
        for name, share in zip((*BOUNDED, *UNBOUNDED), shares, strict=True)
    ]
    said = ceiling_sentence(rows, "ratio")
    heaviest = max(rows[:2], key=lambda row: row.weight)
    assert f"if it is {heaviest.family} ({100 * heaviest.weight:.0f}% of the weight)" in said
    none = re.search(r"(\d+)% of the weight has none\.", said)
    assert none
    assert int(none[1]) == round(100.0 * (shares[2] + shares[3]))


def test_where_every_family_saturates_none_is_said_to_grow_on() -> None:
    rows = [fit_row(name, 0.5, 0.8) for name in BOUNDED]
    assert "has none" not in ceiling_sentence(rows, "ratio")
