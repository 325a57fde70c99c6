"""The answer in words: its grammar in every case that a projection can end in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example_result import event_row, projection, run

from forecast.analysis.sensitivity.factors import factors
from forecast.inputs import load
from forecast.report.layout import SHORT_NAMES
from forecast.report.words import answer, crossover_sentence, first_line, in_short, legend
from forecast.result import NO_QUARTERS
from forecast.world.rows import ProbabilityRow

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
    assert text == (
        "Inference holds 59% (42–74%) of AI compute at the end of 2026 and 79% (33–97%) at the end"
        " of 2028. Spending on AI chips comes to $620B in 2028 ($370B–$1.0T)."
    )
    assert in_short(projection(), BANDS) == (
        "2028: inference 79% of compute (33–97%); AI chips $620B ($370B–$1.0T)"
    )


def test_other_bands_name_themselves() -> None:
    assert "79% (56–92%) at the end of 2028" in answer(projection(), (25, 50, 75))
    lines = legend(projection(), (5, 50, 95), has_observed=True, has_bar=True)
    assert "P5–P95: 9 of 10 draws" in lines


def test_a_quarterly_horizon_speaks_of_a_quarter() -> None:
    quarterly = projection("quarter")
    rows = tuple(row for row in quarterly.rows if (row.period or "") <= "2027Q2")
    cut = replace(quarterly, rows=rows, run=run(through="2027Q2"))
    text = answer(cut, BANDS)
    assert "of AI compute at the end of 2026Q3 and 74% (44–91%) at the end of 2027Q2" in text
    assert text.endswith("Spending on AI chips comes to $120B in 2027Q2 ($89–170B).")


def test_a_horizon_within_a_year_names_the_last_whole_year() -> None:
    full = projection()
    text = answer(replace(full, run=run(through="2029Q2")), BANDS)
    assert "79% (33–97%) at the end of 2028" in text


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.43, "Training and inference are about even: inference holds 59%"),
        (0.68, "Inference leads: it holds 59%"),
        (0.001, ", when it is ahead in fewer than 1 of 100 draws."),
        (0.999, ", when it is ahead in more than 99 of 100 draws."),
        (0.2, "Training leads: inference holds 59%"),
    ],
)
def test_who_is_ahead_is_said_first(probability: float, said: str) -> None:
    full = projection()
    lead = ProbabilityRow(
        "inference_ahead", None, None, "2028", "share", "event", "projected", None, probability,
        NO_QUARTERS, 0.01, None,
    )  # fmt: skip
    assert said in answer(replace(full, rows=(*full.rows, lead)), BANDS)


def test_what_binds_alone_is_an_answer_too() -> None:
    full = projection()
    rows = tuple(row for row in full.rows if row.metric == "binding_constraint")
    text = answer(replace(full, rows=rows), BANDS)
    assert text.startswith("What binds supply, 2028: none in 44% of draws, power in 26% of draws")
    assert in_short(replace(full, rows=rows), BANDS) == text


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
    [
        ("2026Q3", "(2026 observed to June)"),
        ("2027Q1", "Forecast from 2027."),
        ("2026Q2", "to March)"),
    ],
)
def test_the_legend_says_how_far_the_last_year_is_observed(first: str, said: str) -> None:
    full = projection()
    result = replace(full, first_projected=first)
    assert said in legend(result, BANDS, has_observed=False, has_bar=True)


def test_short_names_are_shorter_than_the_titles_of_what_they_name() -> None:
    titles = {each.name: each.title for each in factors(load())}
    for name, short in SHORT_NAMES.items():
        assert len(short) < min(len(titles[name]), 36), name
    assert len(set(SHORT_NAMES.values())) == len(SHORT_NAMES)
