"""Targets: what series say of a period, by kind; error covariance; bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.ensemble.targets import (
    Datum,
    comparable,
    data_of,
    error_covariance,
    observed_in,
    observed_vector,
)
from forecast.inputs import load
from forecast.inputs.schema import Kind, Observation
from forecast.model.equations import model_graph
from forecast.world.case import Case

KINDS: dict[str, Kind] = {name: node.meaning.kind for name, node in model_graph().nodes.items()}


def observed(period_end: str, value: float, frequency: str = "Q") -> Observation:
    return Observation(
        "a_series", date.fromisoformat(period_end), frequency, value, "USD", "eq",
        date(2026, 1, 1), "a test", "https://example.org", "primary", "", "test.csv", 1,
    )  # fmt: skip


CALENDAR = [
    observed("2024-12-31", 9.0),
    observed("2025-03-31", 10.0),
    observed("2025-06-30", 20.0),
    observed("2025-09-30", 30.0),
    observed("2025-12-31", 41.0),
]
FISCAL = [  # quarters that end in January, April, July and October
    observed("2025-01-26", 30.0),
    observed("2025-04-27", 60.0),
    observed("2025-07-27", 90.0),
    observed("2025-10-26", 120.0),
    observed("2026-01-25", 150.0),
]


STATED = [
    observed("2025-01-10", 5.0, "point"),
    observed("2025-03-01", 10.0, "point"),
    observed("2025-04-30", 40.0, "point"),
    observed("2025-06-30", 0.0, "point"),
    observed("2025-12-31", 80.0, "point"),
]


@pytest.mark.parametrize(
    ("rows", "period", "kind", "value"),
    [
        (CALENDAR, "2025Q2", "flow", 20.0),
        (CALENDAR, "2025", "flow", 101.0),
        (CALENDAR, "2025", "stock", 41.0),
        (CALENDAR, "2025Q3", "cumulative", 30.0),
        (CALENDAR, "2025", "rate", 25.25),
        (CALENDAR, "2025", "share", 25.25),
        (CALENDAR, "2024", "flow", None),
        (CALENDAR, "2026Q1", "stock", None),
        (CALENDAR, "2026", "rate", None),
        # half of the sixty days from 10 to 40: twice 10
        (STATED, "2025Q1", "rate", 20.0),
        (STATED, "2025Q2", "rate", 40.0),  # the next one is two quarters later
        (STATED, "2025Q3", "rate", None),
        # February and March of one fiscal quarter and January of the one before: 20 + 20 + 10
        (FISCAL, "2025Q1", "flow", 50.0),
        # 50, then 20 + 30 + 30, 30 + 40 + 40 and 40 + 50 + 50
        (FISCAL, "2025", "flow", 380.0),
        ([*CALENDAR, observed("2025-12-31", 400.0, "A")], "2025", "flow", 400.0),
        ([*CALENDAR, observed("2025-12-31", 400.0, "A")], "2025Q4", "flow", 41.0),
    ],
)
def test_a_period_is_read_as_its_kind_says(
    rows: list[Observation], period: str, kind: Kind, value: float | None
) -> None:
    expected = None if value is None else pytest.approx(value)
    assert observed_in(rows, period, kind) == expected


def datum(value: float, error: float, correlation: float, origin: str, **changes: str) -> Datum:
    whole = Datum("t", "q", "2025", value, "log", error, correlation, origin, "", "because", "USD")
    return replace(whole, **changes)


def opinion(period: str, error: float, correlation: float, origin: str) -> Datum:
    stated = datum(0.5, error, correlation, origin, scale="logit", unit="share", period=period)
    return replace(stated, opinion=True)


def test_errors_of_one_origin_correlate_by_the_smaller_correlation() -> None:
    data = [datum(1, 0.1, 0.8, "Epoch"), datum(1, 0.2, 0.5, "Epoch"), datum(1, 0.3, 0.8, "Gartner")]
    # 0.5 × 0.1 × 0.2 between the first two
    expected = [[0.01, 0.01, 0.0], [0.01, 0.04, 0.0], [0.0, 0.0, 0.09]]
    assert error_covariance(data) == pytest.approx(np.array(expected))


def test_opinions_share_errors_of_level_and_slope_whichever_their_origin() -> None:
    data = [
        opinion("2023", 0.5, 0.5, "Deloitte"),
        opinion("2025", 0.5, 0.0, "McKinsey"),
        opinion("2026Q2", 0.4, 0.8, "Deloitte"),
        datum(0.5, 0.1, 0.5, "Deloitte"),
    ]
    # level 0.6² = 0.36; slopes 0.4 × (2023.5, 2025.5, 2026.375 − 2025.5) = −0.8, 0 and 0.35
    expected = [
        [0.25 + 0.36 + 0.64, 0.36, 0.10 + 0.36 - 0.28, 0.025],
        [0.36, 0.25 + 0.36, 0.36, 0.0],
        [0.10 + 0.36 - 0.28, 0.36, 0.16 + 0.36 + 0.1225, 0.02],
        [0.025, 0.0, 0.02, 0.01],
    ]
    assert error_covariance(data) == pytest.approx(np.array(expected))
    assert [each.standard_error**2 for each in data] == pytest.approx([1.25, 0.61, 0.6425, 0.01])


def test_a_bound_that_is_met_says_nothing_of_what_others_miss_by() -> None:
    told = opinion("2023", 0.5, 0.9, "NVIDIA")
    met = replace(opinion("2024Q1", 0.5, 0.9, "NVIDIA"), bound="lower")
    # 0.5² + 0.6² + (0.4 × (2024.125 − 2025.5))²
    whole = 0.25 + 0.36 + 0.3025
    assert error_covariance([told, met]) == pytest.approx(np.diag([1.25, whole]))


STATEMENTS = st.builds(
    lambda period, error, correlation, origin, is_opinion: replace(
        opinion(period, error, correlation, origin), opinion=is_opinion
    ),
    st.sampled_from(["2023", "2024Q1", "2025", "2026Q3", "2028"]),
    st.floats(0.05, 1.0),
    st.floats(0.0, 0.95),
    st.sampled_from(["a", "b", "c"]),
    st.booleans(),
)


@given(st.lists(STATEMENTS, min_size=1, max_size=12))
def test_errors_are_positive_definite_and_more_opinions_leave_their_level_open(
    data: list[Datum],
) -> None:
    covariance = error_covariance(data)
    assert np.linalg.eigvalsh(covariance).min() > 1e-5
    assert np.diag(covariance) == pytest.approx([each.standard_error**2 for each in data])
    if all(each.opinion for each in data):
        # the error of the best mean of opinions is never below that of their shared level
        ones = np.ones(len(data))
        assert 1.0 / (ones @ np.linalg.solve(covariance, ones)) >= 0.36 - 1e-9


def test_a_prediction_inside_a_bound_meets_it_and_one_beyond_keeps_its_miss() -> None:
    predicted = np.array([np.e, 1.0, np.e**3])
    plain = datum(np.e, 0.1, 0.0, "o")
    assert comparable(plain, predicted) == pytest.approx([1.0, 0.0, 3.0])
    assert comparable(replace(plain, bound="lower"), predicted) == pytest.approx([1.0, 0.0, 1.0])
    assert comparable(replace(plain, bound="upper"), predicted) == pytest.approx([1.0, 1.0, 3.0])
    share = replace(plain, value=0.5, scale="logit", unit="share")
    # a share of nothing or of all says no more than one in a thousand
    assert comparable(share, np.array([0.5, 0.0, 1.0])) == pytest.approx(
        [0.0, -np.log(999.0), np.log(999.0)]
    )


def test_every_target_of_the_base_case_is_a_number_in_its_scale(base_case: Case) -> None:
    data = data_of(base_case.inputs, KINDS)
    stated = sum(len(target.periods) for target in base_case.inputs.targets)
    assert len(data) == stated
    assert np.all(np.isfinite(observed_vector(data)))
    assert np.linalg.eigvalsh(error_covariance(data)).min() > 0.0
    by_name = {(each.target, each.period): each for each in data}
    # two laboratories' statements of 2024 are added up
    spent = {
        row.series_id: row.value
        for row in base_case.inputs.observations
        if row.series_id in {"openai_compute_rd", "anthropic_compute_rd"}
        and row.period_end == date(2024, 12, 31)
    }
    assert len(spent) == 2
    assert by_name["lab_research_2024", "2024"].value == pytest.approx(sum(spent.values()))


def test_nothing_is_read_of_a_period_after_the_data(base_case: Case) -> None:
    early = replace(base_case.inputs, data_through=date(2025, 6, 24))
    read = {(each.target, each.period) for each in data_of(early, KINDS)}
    assert {("tokens_2024", "2024Q4"), ("openai_revenue", "2024Q4")} <= read
    assert not read & {("tokens_2025", "2025Q4"), ("openai_revenue", "2025Q2")}


def test_a_quarter_that_is_over_as_of_a_day_is_read_though_its_last_statement_is_older() -> None:
    """OpenAI's statement of 9 June 2025 was the newest row by the end of that quarter."""
    then = load(None, date(2025, 6, 30), use_cache=False)
    assert then.data_through < then.known_through == date(2025, 6, 30)
    before = replace(then, as_of=date(2025, 6, 29))
    new = {(each.target, each.period): each.value for each in data_of(then, KINDS)}
    old = {(each.target, each.period): each.value for each in data_of(before, KINDS)}
    assert new["openai_revenue", "2025Q2"] == 1e10
    assert {period for _, period in new.keys() - old.keys()} == {"2025Q2"}
    assert old.items() <= new.items()
    assert load(None).known_through == load(None).data_through


def test_a_period_that_ends_on_the_last_day_of_the_data_is_read(base_case: Case) -> None:
    periods = []
    for day in (29, 30):
        early = replace(base_case.inputs, data_through=date(2025, 9, day))
        periods.append({each.period for each in data_of(early, KINDS)})
    assert periods[1] - periods[0] == {"2025Q3"}
