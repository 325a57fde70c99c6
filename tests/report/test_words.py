"""The answer in words: its grammar in every case that a projection can end in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example_result import event_row, projection, run

from forecast.report.words import answer, crossover_sentence, first_line, in_short, legend

BANDS = (10, 50, 90)
Quarters = tuple[str | None, ...]


@pytest.mark.parametrize(
    ("quarters", "never", "sentence"),
    [
        (
            ("2024Q1",) * 2 + ("2024Q4", "2025Q2", "2025Q4", "2026Q1", "2026Q2") + ("2026Q3",) * 2,
            0.0,
            "Inference overtook training around 2025Q4 (80% band 2024Q4–2026Q2); "
            "it has in every draw by the end of 2028.",
        ),
        (
            ("2024Q1", "2024Q1", "2024Q4", "2025Q2", "2025Q4", "2026Q1", None, None, None),
            0.194,
            "Inference overtook training around 2025Q4 (80% band 2024Q4 to after 2028); "
            "in 19 of 100 draws it has not by the end of 2028.",
        ),
        (
            ("2026Q1", "2026Q1", "2026Q4", "2027Q1", "2027Q3", "2028Q1", "2028Q3", None, None),
            0.002,
            "Inference overtakes training around 2027Q3 (80% band 2026Q4–2028Q3); "
            "in fewer than 1 of 100 draws it has not by the end of 2028.",
        ),
        (
            ("2022Q1",) * 3 + ("2022Q2", "2022Q4", "2023Q1", "2023Q3", "2024Q1", "2024Q1"),
            0.01,
            "Inference overtook training around 2022Q4 (80% band 2022Q1 or before–2023Q3); "
            "in 1 of 100 draws it has not by the end of 2028.",
        ),
        (
            ("2026Q1", "2026Q1", "2026Q4", "2028Q2", None, None, None, None, None),
            0.613,
            "Inference does not overtake training by the end of 2028 in the median draw; "
            "it does in 39 of 100, in 10 of 100 by 2026Q4.",
        ),
        (
            ("2028Q1", "2028Q1", None, None, None, None, None, None, None),
            0.93,
            "Inference does not overtake training by the end of 2028 in the median draw; "
            "it does in 7 of 100.",
        ),
        (
            (None, None, None, None, None, None, None, None, None), 1.0,
            "Inference does not overtake training in any draw by the end of 2028.",
        ),
    ],
)  # fmt: skip
def test_when_inference_overtakes_training(quarters: Quarters, never: float, sentence: str) -> None:
    row = event_row("crossover", quarters, never)
    assert crossover_sentence(projection(), row, BANDS) == sentence


def test_the_answer_holds_share_and_spend_with_their_bands() -> None:
    text = answer(projection(), BANDS)
    assert "By then it holds 79% (33–97%) of AI compute" in text
    assert text.endswith("AI chip spend is $620B a year ($370B–$1.0T).")
    assert in_short(projection(), BANDS) == (
        "2028: inference 79% of compute (33–97%); AI chips $620B ($370B–$1.0T)"
    )


def test_other_bands_name_themselves() -> None:
    text = answer(projection(), (25, 50, 75))
    assert "(50% band 2025Q3–2026Q4)" in text
    lines = legend(projection(), (5, 50, 95), has_observed=True, has_bar=True)
    assert "P5–P95: 9 of 10 draws" in lines


def test_a_quarterly_horizon_speaks_of_a_quarter() -> None:
    quarterly = projection("quarter")
    rows = tuple(row for row in quarterly.rows if (row.period or "") <= "2027Q2")
    cut = replace(quarterly, rows=rows, run=run(through="2027Q2"))
    text = answer(cut, BANDS)
    assert "by the end of 2027Q2" in text
    assert "AI chip spend is $120B in 2027Q2" in text


def test_a_horizon_within_a_year_names_the_last_whole_year() -> None:
    full = projection()
    text = answer(replace(full, run=run(through="2029Q2")), BANDS)
    assert "by the end of 2029Q2. By the end of 2028 it holds 79% (33–97%) of AI compute" in text


def test_without_the_headline_metrics_each_metric_answers_for_itself() -> None:
    full = projection()
    rows = tuple(row for row in full.rows if row.metric == "agent_penetration")
    text = answer(replace(full, rows=rows), BANDS)
    assert text == "Enterprise apps with agents, 2028: 57% (15–91%)."


def test_the_first_line_names_every_change() -> None:
    changed = run(scenario=("base", "grid-bound"), overrides=("research_level=x2",))
    line = first_line(changed)
    assert "scenario grid-bound" in line
    assert "--set research_level=x2" in line
    assert changed.run_id != run().run_id


@pytest.mark.parametrize(
    ("first", "said"),
    [("2026Q3", "(2026 observed to June)"), ("2027Q1", "forecast."), ("2026Q2", "to March)")],
)
def test_the_legend_says_how_far_the_last_year_is_observed(first: str, said: str) -> None:
    full = projection()
    result = replace(full, first_projected=first)
    assert said in legend(result, BANDS, has_observed=False, has_bar=True)
