"""Inference: what is sold, given away and unpaid, its tokens and its cost, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import PEAK, holds, made, numbers, row, run

from forecast.model.equations.demand.research import Owners
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.demand.serving import InferenceComponents, Unpaid

HOURS = 8760.0
AT_COST = made(Segments, 1000.0 * HOURS, 2000.0 * HOURS, 400.0 * HOURS, 100.0 * HOURS)
NEED = made(Segments, 0.5, 1.0, 1.0, 2.0)
LABS = made(Segments, 30.0, 40.0, 6.0, 4.0)
SOLD = made(Segments, 10.0, 20.0, 2.0, 8.0)
UNPAID = made(Unpaid, 15.0, 20.0, 5.0)
COMPONENTS = made(InferenceComponents, 20.0, 30.0, 4.0, 6.0, 7.5, 10.0, 2.5, 40.0)
BY_OWNER = {
    "sold_by_owner": made(Owners, 40.0, 15.0, 0.0, 5.0, 0.0, 0.0, 20.0, 0.0),
    "unpaid_by_owner": made(Owners, 0.0, 5.0, 0.0, 0.0, 5.0, 0.0, 5.0, 5.0),
}

CASES: list[tuple[str, dict[str, Any], float]] = [
    ("contract_price", {"cost_of_recent_hardware": 1.6, "contract_markup": 1.25}, 2.0),
    ("embedded_serving", {"embedded_inference": 2e6, "unpaid_inference_level": 1.5}, 3e6),
    # 80, 40 and 40, and a quarter more than the model knows of
    ("generative_demand", {"lab_serving": LABS, "sold_serving": SOLD, "unpaid_serving": UNPAID,
                           "inference_discrepancy": np.log(1.25)}, 200.0),
    ("embedded_demand", {"embedded_serving": 40.0, "inference_discrepancy": np.log(1.25)}, 50.0),
    ("inference_demand", {"generative_demand": 200.0, "embedded_demand": 50.0}, 250.0),
    # 80 is spent on serving, of which 20 is free, half of 40 needed, for revenue of 120
    ("serving_cost_share", {"lab_serving_at_cost": LABS, "weekly_users": 20.0,
                            "free_cost_per_user": 2.0, "serving_need": NEED,
                            "lab_revenue": 120.0}, 0.5),
    ("serving_cost_share", {"lab_serving_at_cost": LABS, "weekly_users": 0.0,
                            "free_cost_per_user": 2.0, "serving_need": NEED, "lab_revenue": 20.0},
     0.9),
    ("service_price", {"serving_cost_share": 0.4, "rent_over_cost": 3.0}, 1.8),
    # four times the revenue that is explained asks for twice the machines
    ("serving_part", {"serving_of_unexplained_revenue": 0.5, "revenue_discrepancy": np.log(4.0)},
     0.5),
    ("consumer_serving_part", {"consumer_cost_share": 0.4, "serving_part": 0.5}, 0.2),
    ("agent_serving_part", {"agent_cost_share": 0.3, "serving_part": 2.0}, 0.6),
    # four fifths at a quarter, a fifth at a half of which a half is needed
    ("anthropic_serving_over_revenue", {"consumer_serving_part": 0.5, "agent_serving_part": 0.25,
                                        "anthropic_consumer_share": 0.2, "serving_need": NEED},
     0.25),
    # of 80 on 200 Anthropic spends 0.3 on each of its 80, so that 56 is left for OpenAI's 120
    ("openai_serving_over_revenue", {"lab_serving_at_cost": LABS, "lab_revenue": 200.0,
                                     "anthropic_serving_over_revenue": 0.3, "anthropic_part": 0.4},
     56.0 / 120.0),
    ("openai_serving_over_revenue", {"lab_serving_at_cost": LABS, "lab_revenue": 200.0,
                                     "anthropic_serving_over_revenue": 1.0, "anthropic_part": 0.5},
     0.02),
    ("openai_serving_spend", {"openai_serving_over_revenue": 0.5, "openai_revenue": 4e10}, 5e9),
    ("anthropic_serving_spend", {"anthropic_serving_over_revenue": 0.25,
                                 "anthropic_revenue": 8e10}, 5e9),
    ("tokens_per_h100e_hour", {"token_yield": 2e6, "serving_efficiency": 1.5}, 3e6),
    ("language_model_compute", {"inference_components": COMPONENTS}, 70.0),
    ("serving_compute", {"language_model_compute": 70.0, "utilised_share": 0.9}, 63.0),
    ("tokens", {"serving_compute": 1e6, "tokens_per_h100e_hour": 2e6}, 4.8e13),
    ("google_part_of_tokens", BY_OWNER, 0.2),
    ("google_tokens", {"tokens": 1e14, "google_part_of_tokens": 0.2, "google_relative_yield": 1.5},
     3e13),
    ("china_part_of_tokens", BY_OWNER, 0.25),
    ("doubao_tokens", {"tokens": 1e14, "china_part_of_tokens": 0.125, "china_relative_yield": 2.0,
                       "doubao_share_of_china_tokens": 0.4}, 1e13),
    ("tokens_per_second", {"tokens": 8.64e14}, 1e10),
    # two of the three allocated are used, at nine tenths of their rating and a tenth of the peak,
    # for the 7.884 million seconds of a quarter
    ("inference_flop", {"inference_compute": 3e6, "utilised_share": 2.0 / 3.0,
                        "inference_utilisation": 0.1, "inference_effectiveness": 0.9},
     2e6 * 0.9 * 0.1 * PEAK * 7.884e6),
    ("cost_per_million_tokens", {"rent": 2.0, "tokens_per_h100e_hour": 4e6}, 0.5),
    # of 20 that serve consumers the laboratories have three quarters, OpenAI and Anthropic four
    # fifths of these: 12 for 24 hours at two dollars, over a thousand messages
    ("cost_per_query", {"inference_components": COMPONENTS, "rent": 2.0,
                        "consumer_requests": 1000.0, "lab_serving": LABS, "sold_serving": SOLD,
                        "other_labs_share": 0.2}, 0.576),
    # 30 for a year at two dollars, over ten seats with four tasks on each of 250 days
    ("cost_per_agent_task", {"inference_components": COMPONENTS, "rent": 2.0, "agent_seats": 10.0,
                             "tasks_per_seat_day": 4.0}, 52.56),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_the_last_year_is_averaged() -> None:
    found = run("cost_of_recent_hardware", cost_per_h100e_hour=row(4.0, 2.0, 3.0, 3.0, 8.0, 2.0))
    assert found == pytest.approx(row(4.0, 3.0, 3.0, 3.0, 4.0, 4.0))


def test_efficiency_saves_what_rebound_leaves_and_devices_take_their_part() -> None:
    found = run(
        "serving_need",
        serving_efficiency=row(1.0, 1.0, 4.0),
        efficiency_rebound=0.5,
        edge_offload_share=row(0.0, 0.2, 0.6),
        history_quarters=2,
    )
    # four times the efficiency halves the compute; devices take half of what was left at the end
    for each in found[1:]:
        assert each == pytest.approx(row(1.0, 1.0, 0.5))
    assert found.consumer == pytest.approx(row(1.0, 1.0, 0.25))
    for rebound, left in ((0.0, 0.25), (1.0, 1.0), (1.5, 2.0)):  # above one: Jevons
        need = run(
            "serving_need",
            serving_efficiency=row(1.0, 4.0),
            efficiency_rebound=rebound,
            edge_offload_share=row(0.0, 0.0),
            history_quarters=1,
        )
        assert need.autonomous[0, 1] == pytest.approx(left)


SELLING = {
    "lab_consumer_revenue": 800.0 * HOURS,
    "lab_share_of_agents": 0.6,
    "revenue_at_cost": AT_COST,
    "consumer_serving_part": 0.25,
    "agent_serving_part": 0.5,
    "weekly_users": 10.0 * HOURS,
    "free_cost_per_user": 5.0,
    "serving_need": NEED,
}


def test_laboratories_serve_a_share_of_revenue_and_free_use() -> None:
    spend = run("lab_serving_at_cost", **SELLING)
    # consumers: 200 paid and 50 free, half of it needed; then 0.3 of 2,000, 400 and 100
    found = [each / HOURS for each in numbers(spend)]
    assert found == pytest.approx([125.0, 600.0, 120.0, 60.0])
    serving = run(
        "lab_serving", lab_serving_at_cost=spend, contract_price=2.0, other_labs_share=0.2
    )
    # at two dollars an hour, and a quarter more by other laboratories
    assert numbers(serving) == pytest.approx([78.125, 375.0, 75.0, 37.5])


def test_others_serve_on_their_own_hardware() -> None:
    found = run(
        "sold_serving",
        **SELLING,
        other_consumer_revenue_ratio=0.5,
        other_cost_ratio=0.8,
        other_free_use=2.0,
        cost_of_recent_hardware=1.6,
    )
    # consumers: 0.25 × 400 × 0.8 paid and 100 free, half needed; then 0.4 × 0.5 × 0.8 of each
    # segment, over 1.6 dollars an hour
    assert numbers(found) == pytest.approx([56.25, 200.0, 40.0, 20.0])


def test_what_no_revenue_shows_needs_less_as_serving_does() -> None:
    found = run(
        "unpaid_serving",
        product_inference=10.0,
        media_inference=20.0,
        self_hosted_inference=30.0,
        unpaid_inference_level=2.0,
        serving_need=made(Segments, 0.5, 0.75, 9.0, 9.0),
    )
    assert numbers(found) == pytest.approx([10.0, 30.0, 45.0])


def test_inference_is_what_it_serves() -> None:
    found = run(
        "inference_components",
        inference_compute=120.0,
        embedded_inference_compute=40.0,
        lab_serving=LABS,
        sold_serving=SOLD,
        unpaid_serving=UNPAID,
    )
    # 80 of language and media models for the 160 that they ask for
    assert numbers(found) == pytest.approx([20.0, 30.0, 4.0, 6.0, 7.5, 10.0, 2.5, 40.0])
