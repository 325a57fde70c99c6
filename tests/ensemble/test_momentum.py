"""Momentum: what the growth of a run rate says of a quarter to come, and from what it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.analysis.hindcast.origins import known_by
from forecast.ensemble.momentum import momentum_data
from forecast.ensemble.targets import Datum, datum_of
from forecast.inputs.schema import Inputs, Observation, Target
from forecast.world.case import Case
from forecast.world.history.conditioning import known_data
from forecast.world.world import World

TARGET = Target(
    "onward", "anthropic_revenue", (), (), "USD", 0.2, "statements", "because", "t.yaml", 1,
    momentum="run_rate", growth_kept=0.25,
)  # fmt: skip


def said(day: str, value: float, **changes: object) -> Observation:
    row = Observation(
        "run_rate", date.fromisoformat(day), "point", value, "USD", "eq",
        date.fromisoformat(day), "a test", "https://example.org", "primary", "", "test.csv", 1,
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def inputs(base_case: Case) -> Inputs:
    return base_case.inputs


def found(inputs: Inputs, *rows: Observation, told: tuple[Datum, ...] = ()) -> list[Datum]:
    return list(momentum_data(replace(inputs, observations=rows, targets=(TARGET,)), told))


def test_a_quarter_of_last_year_s_growth_goes_on_along_a_smooth_path(inputs: Inputs) -> None:
    """Fourfold in the year to the end of 2025, 181 days before the second quarter of 2026 ends."""
    (datum,) = found(inputs, said("2024-12-31", 1e9), said("2025-12-31", 4e9))
    # a year on √2 fold; by then 0.25^0.4959 = 0.5029, (1 − 0.5029) ÷ (1 − 0.25) = 0.6628 of it
    assert datum.value == pytest.approx(4e9 * 2.0 ** (0.5 * 0.6628), rel=1e-4)
    assert (datum.period, datum.target, datum.origin) == ("2026Q2", "onward", "statements")
    assert datum.error == pytest.approx(0.2 * np.sqrt(181 / 365))


def test_a_year_before_lies_between_what_was_said_and_half_a_year_will_do(inputs: Inputs) -> None:
    first, last = said("2024-12-31", 1e9), said("2025-12-31", 4e9)
    (whole,) = found(inputs, first, last)
    # twice as much at the middle of two years is the same growth in the last of them
    (between,) = found(inputs, said("2024-01-01", 0.25e9), last)
    assert between.value == pytest.approx(whole.value, rel=1e-3)
    (half,) = found(inputs, said("2025-07-01", 2e9), last)
    assert half.value == pytest.approx(whole.value, rel=2e-3)
    assert found(inputs, said("2025-07-03", 2e9), last) == []
    assert found(inputs, last) == found(inputs) == []


def test_bounds_and_what_was_supposed_or_expected_have_no_momentum(inputs: Inputs) -> None:
    rows = [said("2024-12-31", 1e9), said("2025-12-31", 4e9)]
    later = (
        said("2026-03-31", 9e9, qualifier="gt"),
        said("2026-03-31", 9e9, assumed=True),
        said("2026-03-31", 9e9, published=date(2026, 1, 1)),
    )
    for row in later:
        assert found(inputs, *rows, row) == found(inputs, *rows)


def test_momentum_ends_where_a_figure_of_its_quarter_is_told(inputs: Inputs) -> None:
    rows = said("2024-12-31", 1e9), said("2025-12-31", 4e9)
    assert found(inputs, *rows, told=(datum_of(TARGET, "2026Q1", 5e9),))
    assert found(inputs, *rows, told=(datum_of(TARGET, "2026Q2", 5e9),)) == []


def test_nothing_said_after_a_day_moves_the_momentum_of_that_day(inputs: Inputs) -> None:
    day = date(2025, 9, 30)
    louder = tuple(
        replace(row, value=9.0 * row.value) if row.published > day else row
        for row in inputs.observations
    )
    read = [
        {each.target: each for each in known_data(known_by(case, day)) if "momentum" in each.target}
        for case in (inputs, replace(inputs, observations=louder))
    ]
    assert read[0] == read[1]
    assert {name: each.period for name, each in read[0].items()} == {
        "openai_momentum": "2026Q1",
        "anthropic_momentum": "2026Q1",
    }


def test_what_is_conditioned_lies_between_beliefs_and_momentum(base_world: World) -> None:
    """Melded, not obeyed: seats, hours and prices have their say."""
    rows = {row.target: row for row in base_world.ensemble.learnt.targets}
    row = rows["anthropic_momentum"]
    assert row.prior.p50 < row.modelled.p50 < row.observed
