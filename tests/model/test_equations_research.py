"""Training: research budgets, what they are used for, and work that looks like inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import PEAK, holds, made, numbers, run

from forecast.model.equations.demand.research import Owners, TrainingComponents

HOURS = 8760.0
BUDGET = {
    "lab_revenue": 1e10,
    "lab_research_ratio": 0.5,
    "lab_research_floor": 0.1,
    "research_revenue_elasticity": 0.5,
}
AT_COST = made(Owners, 50.0, 20.0, 30.0, 5.0, 5.0, 40.0, 10.0, 20.0)
FINANCED = made(Owners, 50.0, 40.0, 60.0, 10.0, 10.0, 80.0, 20.0, 40.0)
COMPONENTS = made(TrainingComponents, 30.0, 20.0, 40.0, 16.0, 8.0, 6.0)

CASES: list[tuple[str, dict[str, Any], float]] = [
    # half of revenue as expected
    ("lab_research_budget", {**BUDGET, "revenue_surprise": 0.0, "capability_gain": 0.0}, 5e9),
    # revenue fourfold beyond expectation doubles the budget: half of the share
    ("lab_research_budget", {**BUDGET, "revenue_surprise": np.log(4.0), "capability_gain": 0.0},
     2.5e9),
    # a quarter of it, with half as much again for capability: three times the share
    ("lab_research_budget", {**BUDGET, "revenue_surprise": -np.log(4.0),
                             "capability_gain": np.log(1.5)}, 1.5e10),
    # never below a tenth
    ("lab_research_budget", {**BUDGET, "revenue_surprise": np.log(100.0), "capability_gain": 0.0},
     1e9),
    ("embedded_training", {"embedded_demand": 40.0, "embedded_training_ratio": 0.25}, 10.0),
    ("training_demand", {"research_demand": FINANCED, "embedded_training": 10.0}, 320.0),
    # odds of 1 to 3, twice that with capability
    ("learning_share", {"reinforcement_learning_share": 0.25, "capability_gain": 0.0}, 0.25),
    ("learning_share", {"reinforcement_learning_share": 0.25,
                        "capability_gain": np.log(2.0) / 2.0}, 0.4),
    # 30 H100e for a year at a fifth of their peak and nine tenths of their rating, four runs
    ("largest_run_flop", {"training_components": COMPONENTS, "training_utilisation": 0.2,
                          "training_effectiveness": 0.9, "frontier_runs_per_year": 4.0},
     30.0 * PEAK * 31.536e6 * 0.2 * 0.9 / 4.0),
    ("training_flop", {"training_compute": 2e6, "utilised_share": 0.5,
                       "training_utilisation": 0.2, "training_effectiveness": 0.5},
     1e5 * PEAK * 7.884e6),
    ("lab_rd_spend", {"lab_research_budget": 4e10}, 1e10),
    ("anthropic_compute_spend", {"anthropic_serving_spend": 3e9, "lab_rd_spend": 1e10,
                                 "anthropic_part_of_research": 0.4}, 7e9),
    ("openai_compute_spend", {"openai_serving_spend": 3e9, "lab_rd_spend": 1e10,
                              "anthropic_part_of_research": 0.4}, 9e9),
    # half of the revenue at half of the research for a dollar is a third of the research
    ("anthropic_part_of_research", {"anthropic_part": 0.5, "anthropic_relative_research": 0.5},
     1.0 / 3.0),
    # rollouts 15 of 20, all 16, and half of 40 where half of the final run is learning
    ("forward_training", {"training_components": COMPONENTS, "rollout_share": 0.75,
                          "forward_share_of_experiments": 0.5, "learning_share": 0.5}, 51.0),
    ("forward_training", {"training_components": COMPONENTS, "rollout_share": 0.75,
                          "forward_share_of_experiments": 0.5, "learning_share": 0.1}, 43.0),
    # never all of the experiments
    ("forward_training", {"training_components": COMPONENTS, "rollout_share": 0.75,
                          "forward_share_of_experiments": 0.9, "learning_share": 0.9}, 69.0),
    ("forward_compute", {"inference_compute": 80.0, "forward_training": 51.0}, 131.0),
    ("forward_share", {"forward_compute": 131.0, "compute_stock": 200.0}, 0.655),
    ("middle_share", {"inference_share": 0.4, "forward_share": 0.655}, 0.5275),
    # a fifth of what is spent on training looks like inference
    ("forward_spend_share", {"inference_spend_share": 0.4, "forward_training": 24.0,
                             "training_compute": 120.0}, 0.52),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_laboratories_spend_a_budget_and_others_have_a_level() -> None:
    found = run(
        "research_at_cost",
        lab_research_budget=60.0 * HOURS,
        contract_price=2.0,
        other_labs_share=0.25,
        google_research=10.0,
        meta_research=15.0,
        microsoft_amazon_research=5.0,
        cloud_customers_research=20.0,
        china_research=5.0,
        enterprise_research=10.0,
        research_level=2.0,
        capability_gain=np.log(1.5),
        training_discrepancy=-np.log(1.5),
    )
    # 30 at two dollars an hour and a third more, of which two thirds; all others twice their level
    assert numbers(found) == pytest.approx([80.0 / 3.0, 20.0, 30.0, 5.0, 5.0, 40.0, 10.0, 20.0])


def test_all_but_laboratories_follow_their_finance() -> None:
    found = run("research_demand", research_at_cost=AT_COST, finance_of_research=2.0)
    assert numbers(found) == numbers(FINANCED)


SHARES = {
    "adaptation_share": 0.5,
    "final_run_share": 0.2,
    "learning_share": 0.25,
    "synthetic_data_share": 0.375,
}


def test_training_is_used_by_share() -> None:
    found = run(
        "training_components",
        training_compute=160.0,
        research_demand=FINANCED,
        embedded_training=10.0,
        **SHARES,
    )
    # half of 320: 60 of 310 adapts; of 250 a fifth is final runs, a quarter of these learning; of
    # the other 200 three eighths are synthetic data
    assert numbers(found) == pytest.approx([18.75, 6.25, 62.5, 37.5, 30.0, 5.0])
    assert sum(numbers(found)) == pytest.approx(160.0)
