"""`METRIC@PERIOD`: what is understood, and everything that is refused at once."""

from __future__ import annotations

import pytest

from forecast.errors import InputError
from forecast.world.case import Case
from forecast.world.metrics import read_metric_at
from forecast.world.timeline import Timeline


@pytest.mark.parametrize("text", ["chip_spend@2028", "chip_spend@2028q4", " chip_spend @ 2027 "])
def test_a_metric_at_a_period_is_understood(
    text: str, base_case: Case, base_grid: Timeline
) -> None:
    at = read_metric_at(text, base_case.inputs, base_grid)
    assert at.metric == "chip_spend"
    assert at.key == ("chip_spend", at.text.partition("@")[2])
    assert at.text == text.replace(" ", "").replace("q", "Q")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chip_spend", ["inference_share@2028"]),
        ("chip_spent@2028", ["Did you mean chip_spend"]),
        ("crossover@2028", ["an event"]),
        ("chip_spend@2019", ["2019", "2022Q1"]),
        ("chip_spend@2031", ["--through"]),
        ("chip_spent@20 28", ["Did you mean chip_spend", "neither a year"]),
    ],
)
def test_what_is_wrong_is_said_at_once(
    text: str, said: list[str], base_case: Case, base_grid: Timeline
) -> None:
    with pytest.raises(InputError) as refused:
        read_metric_at(text, base_case.inputs, base_grid, "--metric")
    for part in said:
        assert part in str(refused.value)
