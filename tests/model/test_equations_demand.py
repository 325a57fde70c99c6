"""What demand is made of, worked by hand: tokens, what they occupy, research, and who gets what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import PEAK, numbers, row, run
from forecast.model.equations.inference import OccupiedTokens
from forecast.model.equations.training import TrainingComponents

QUARTER_SECONDS = 7_884_000.0  # a quarter of 365 days
TOKENS = {
    "consumer_tokens": 4.0,
    "product_surface_tokens": 6.0,
    "enterprise_agent_tokens": 1.0,
    "autonomous_agent_tokens": 2.0,
    "developer_api_tokens": 7.0,
}
OCCUPIED = OccupiedTokens(row(10.0), row(20.0), row(30.0), row(25.0), row(15.0))

CASES: list[tuple[str, dict[str, Any], float]] = [
    ("tokens", TOKENS, 20.0),
    # ten of chat at 0.4 + 0.2 each, ten of agents at 0.15 + 0.05 each
    ("computed_tokens", {**TOKENS, "chat_computed_input": 0.4, "chat_output_share": 0.2,
                         "agent_computed_input": 0.15, "agent_output_share": 0.05}, 8.0),
    ("agent_peak_per_operation", {"agent_computed_input": 0.3, "agent_output_share": 0.05,
                                  "prefill_utilisation": 0.15, "decode_utilisation": 0.05}, 3.0),
    ("inference_demand", {"language_model_demand": 6e6, "embedded_demand": 2e6,
                          "inference_discrepancy": np.log(1.25)}, 1e7),
    # a quarter of what is occupied is chat's, at 0.6 useful of 6 occupied; the rest at 0.2 of 4
    ("inference_utilisation", {"chat_computed_input": 0.4, "chat_output_share": 0.2,
                               "agent_computed_input": 0.15, "agent_output_share": 0.05,
                               "chat_peak_per_operation": 6.0, "agent_peak_per_operation": 4.0,
                               "occupied_tokens": OCCUPIED}, 0.0625),
    # two of the three allocated are used, at nine tenths of their rating and a tenth of the peak
    ("inference_flop", {"inference_compute": 3e6, "inference_demand": 2e6,
                        "inference_utilisation": 0.1, "inference_effectiveness": 0.9},
     2e6 * 0.9 * 0.1 * PEAK * QUARTER_SECONDS),
    ("inference_flop", {"inference_compute": 1e6, "inference_demand": 2e6,
                        "inference_utilisation": 0.1, "inference_effectiveness": 1.0},
     1e5 * PEAK * QUARTER_SECONDS),
    ("training_flop", {"training_compute": 3e6, "training_demand": 1e6,
                       "training_utilisation": 0.2, "training_effectiveness": 0.5},
     1e5 * PEAK * QUARTER_SECONDS),
    ("total_demand", {"training_demand": 3e6, "inference_demand": 5e6}, 8e6),
    ("training_compute", {"compute_stock": 10.0, "inference_compute": 6.0}, 4.0),
    ("inference_share", {"inference_compute": 6.0, "compute_stock": 8.0}, 0.75),
    ("training_to_inference_ratio", {"training_compute": 2.0, "inference_compute": 8.0}, 0.25),
    ("inference_discrepancy", {"model_discrepancy": 0.2, "inference_shock": -1.5}, -0.3),
    ("training_discrepancy", {"model_discrepancy": 0.2, "training_shock": 2.0}, 0.4),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    result = run(name, **arguments)
    assert result.shape == (1, 1)
    assert result[0, 0] == pytest.approx(expected, rel=1e-9)


def test_reasoning_multiplies_tokens_against_the_reference_held_fixed() -> None:
    expected = row(0.1, 0.2, 0.2, 0.2, 0.2)
    found = run(
        "reasoning_index",
        reasoning_token_share=row(0.3, 0.2, 0.45, 0.2, 1.0),
        reference_reasoning_token_share=expected,
        reasoning_multiplier=5.0,
        history_quarters=2,
    )
    # tokens each are 1 + 4 × share: 1.8 at the end of the history, then 2.8, 1.8 and 5
    assert found == pytest.approx(row(1.0, 1.0, 2.8 / 1.8, 1.0, 5.0 / 1.8))


def test_an_index_falls_as_far_as_it_rises_and_is_bounded() -> None:
    found = run(
        "agent_index",
        agent_penetration=row(0.5, 0.25, 0.01, 0.99),
        reference_agent_penetration=row(0.5, 0.5, 0.5, 0.1),
        history_quarters=1,
    )
    assert found == pytest.approx(row(1.0, 0.5, 0.2, 5.0))


def test_usage_answers_the_cost_of_the_quarter_before_since_the_history() -> None:
    cost = {"reference_cost_of_computed_tokens": row(8.0, 4.0, 2.0, 1.0, 1.0)}
    cheaper = run(
        "usage_response",
        cost_of_computed_tokens=row(16.0, 8.0, 1.0, 0.5, 0.5),
        usage_elasticity=1.0,
        history_quarters=2,
        **cost,
    )
    # twice the reference in the history counts for nothing; then costs fall eightfold and the
    # reference twofold: a quarter of it, answered one quarter later and in full
    assert cheaper == pytest.approx(row(1.0, 1.0, 1.0, 4.0, 4.0))
    dearer = run(
        "usage_response",
        cost_of_computed_tokens=row(8.0, 4.0, 8.0, 4.0, 4.0),
        usage_elasticity=0.5,
        history_quarters=2,
        **cost,
    )
    assert dearer == pytest.approx(row(1.0, 1.0, 1.0, 0.5, 0.5))


def test_tokens_occupy_the_chips_by_their_channel() -> None:
    found = run(
        "occupied_tokens",
        **TOKENS,
        product_relative_parameters=0.5,
        chat_peak_per_operation=6.0,
        agent_peak_per_operation=3.0,
        edge_offload_share=0.25,
    )
    # chat: three quarters are served here, at 6 each, products by models of half the size
    assert numbers(found) == pytest.approx([18.0, 3.0, 6.0, 21.0, 13.5])


def test_inference_is_what_it_serves() -> None:
    found = run(
        "inference_components",
        inference_compute=50.0,
        language_model_demand=60.0,
        embedded_demand=15.0,
        occupied_tokens=OCCUPIED,
    )
    # four fifths of 50 are language models', 0.4 for each of a hundred occupied tokens
    assert numbers(found) == pytest.approx([4.0, 8.0, 12.0, 10.0, 6.0, 10.0])


NEEDED = TrainingComponents(row(30.0), row(10.0), row(120.0), row(40.0), row(20.0), row(30.0))


def test_training_wants_the_sum_of_its_components_or_the_floor_of_research() -> None:
    needs = {"training_components_needed": NEEDED, "research_floor": 0.1}
    assert run("training_demand", funded_fleet=2400.0, **needs) == pytest.approx(row(250.0))
    assert run("training_demand", funded_fleet=3000.0, **needs) == pytest.approx(row(300.0))


def test_training_compute_is_divided_by_need() -> None:
    found = run("training_components", training_components_needed=NEEDED, training_compute=25.0)
    assert numbers(found) == pytest.approx([3.0, 1.0, 12.0, 4.0, 2.0, 3.0])


def test_spend_crosses_where_compute_does_only_by_its_own_quarters() -> None:
    ahead = row(1.0, 3.0, 1.0, 3.0, 3.0, 1.0)
    behind = np.full((1, 6), 2.0)
    first = 8100
    for horizon, expected in ((5, first + 3.0), (6, np.inf), (3, np.inf), (2, first + 1.0)):
        window = {"first_quarter": first, "horizon_quarters": horizon}
        compute = run("crossover", inference_compute=ahead, training_compute=behind, **window)
        spend = run(
            "spend_crossover", inference_chip_spend=ahead, training_chip_spend=behind, **window
        )
        assert compute.tolist() == spend.tolist() == [[expected]]
