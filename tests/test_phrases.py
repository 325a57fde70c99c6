"""What a person would type for a number, and which metric, or which part of one, it means."""

from __future__ import annotations

import pytest
from built_in import INPUTS

from forecast.analysis.get.question import read_question
from forecast.errors import InputError
from forecast.world.case import load_case
from forecast.world.metrics import find_metric, metric_meanings
from forecast.world.timeline import Timeline

PHRASES = {
    "chips for inference": "inference_chip_spend",
    "inference chips": "inference_chip_spend",
    "spend on inference chips": "inference_chip_spend",
    "training cost": "training_chip_spend",
    "chip spending": "chip_spend",
    "gpu spend": "chip_spend",
    "market for AI chips": "chip_spend",
    "share of inference": "inference_share",
    "what share of compute is inference": "inference_share",
    "ratio of training to inference": "training_to_inference_ratio",
    "when does inference overtake training": "crossover",
    "when will inference spend pass training": "spend_crossover",
    "share of custom chips": "chip_spend.custom_asic",
    "how does the share of custom chips evolve": "chip_spend.custom_asic",
    "custom silicon": "chip_spend.custom_asic",
    "TPU share": "chip_spend.custom_asic",
    "AI investment": "ai_capex",
    "AI spending": "ai_capex",
    "hyperscaler capital spending": "hyperscaler_capex",
    "big tech capex": "hyperscaler_capex",
    "Microsoft's capex": "hyperscaler_capex.microsoft",
    "power demand": "ai_power_capacity",
    "data center power": "ai_power_capacity",
    "energy": "ai_power_capacity",
    "share of the grid": "us_grid_share",
    "AI sales": "ai_revenue",
    "OpenAI's sales": "openai_revenue",
    "revenue of NVIDIA": "nvidia_datacenter_revenue",
    "token price": "cost_per_million_tokens",
    "cost of a query": "cost_per_query",
    "price of compute": "rent",
    "GPU rental": "rent",
    "installed base": "compute_stock",
    "unused compute": "idle_compute",
    "R&D of labs": "lab_rd_spend",
    "agents in enterprises": "agent_penetration",
    "agent adoption": "agent_penetration",
    "companies using AI": "business_adoption",
    "how many people use ChatGPT": "weekly_users",
    "tokens per day": "tokens",
    "bubble": "bust_probability",
    "bottleneck": "binding_constraint",
}
# What means no single metric, and what is offered.
OFFERED = {
    "overtake": ("crossover", "spend_crossover"),
    "cost of inference": ("cost_per_query",),
    "chps for infrence": ("inference_chip_spend",),
    "nvida revenue": ("nvidia_datacenter_revenue",),
    "openai valuation": ("openai_revenue",),
    "agent_penetraton": ("agent_penetration",),
}


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return load_case().timeline("2028")


@pytest.mark.parametrize("phrase", PHRASES)
def test_an_ordinary_phrase_means_what_a_person_would_mean(phrase: str, timeline: Timeline) -> None:
    asked = read_question(phrase, None, INPUTS, timeline)
    assert (asked.part.name if asked.part else asked.metric) == PHRASES[phrase]


@pytest.mark.parametrize("phrase", OFFERED)
def test_a_phrase_that_means_no_single_metric_is_offered_the_nearest(
    phrase: str, timeline: Timeline
) -> None:
    with pytest.raises(InputError) as refused:
        read_question(phrase, None, INPUTS, timeline)
    hint = refused.value.problems[0].hint
    assert all(name in hint for name in OFFERED[phrase])
    assert hint.count("_") < 12  # a few names, and not a list


def test_what_has_no_word_in_common_is_offered_nothing() -> None:
    assert find_metric("zebra", metric_meanings(INPUTS)).hint == ""
