"""Inference demand: what serving the tokens takes, and the inference that no token count shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import (
    PEAK_OPERATIONS,
    QUARTERS_PER_YEAR,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    Array,
)
from forecast.model.graph import quantity
from forecast.periods import quarter

EFFICIENCY_REFERENCE_YEAR = 2025.5
EMBEDDED_REFERENCE_QUARTER = "2025Q4"


class OccupiedTokens(NamedTuple):
    """Tokens a day weighted by the peak operations they occupy, by channel of usage."""

    consumer: Array
    enterprise_agents: Array
    autonomous_agents: Array
    developer_api: Array
    product_surfaces: Array


@quantity("ratio", "ratio", "Seconds of peak per operation, chat and products")
def chat_peak_per_operation(
    chat_computed_input: Array,
    chat_output_share: Array,
    prefill_utilisation: Array,
    decode_utilisation: Array,
) -> Array:
    """Peak operations occupied per useful operation of a chat token: prefill and decode at their
    own utilisation of the 8-bit peak."""
    return chat_computed_input / prefill_utilisation + chat_output_share / decode_utilisation


@quantity("ratio", "ratio", "Seconds of peak per operation, agents and API")
def agent_peak_per_operation(
    agent_computed_input: Array,
    agent_output_share: Array,
    prefill_utilisation: Array,
    decode_utilisation: Array,
) -> Array:
    """Peak operations occupied per useful operation of an agent or API token."""
    return agent_computed_input / prefill_utilisation + agent_output_share / decode_utilisation


@quantity("tokens/day", "rate", "Tokens weighted by the peak they occupy")
def occupied_tokens(
    consumer_tokens: Array,
    product_surface_tokens: Array,
    product_relative_parameters: Array,
    enterprise_agent_tokens: Array,
    autonomous_agent_tokens: Array,
    developer_api_tokens: Array,
    chat_peak_per_operation: Array,
    agent_peak_per_operation: Array,
    edge_offload_share: Array,
) -> OccupiedTokens:
    """Tokens times the peak operations each occupies, by channel, in tokens of the chat model's
    size; product surfaces run smaller models, and a share of consumer and product tokens is served
    on devices instead."""
    served = (1.0 - edge_offload_share) * chat_peak_per_operation
    return OccupiedTokens(
        consumer_tokens * served,
        enterprise_agent_tokens * agent_peak_per_operation,
        autonomous_agent_tokens * agent_peak_per_operation,
        developer_api_tokens * agent_peak_per_operation,
        product_surface_tokens * product_relative_parameters * served,
    )


@quantity(
    "H100e",
    "stock",
    "Compute that counted tokens need",
    formula=(
        "total(occupied_tokens) * 2 * active_parameters * context_overhead * "
        "rest / (PEAK_OPERATIONS * SECONDS_PER_DAY)"
    ),
    rest=("serving_efficiency", "Batching and quantisation"),
)
def counted_inference_compute(
    occupied_tokens: OccupiedTokens,
    active_parameters: Array,
    context_overhead: Array,
    serving_efficiency_growth: Array,
    year_fraction: Array,
) -> Array:
    """Compute that the counted tokens need: 2 FLOP per active parameter and token, with attention
    over the context, over the peak; batching and quantisation improve from mid 2025."""
    efficiency = np.exp(serving_efficiency_growth * (year_fraction - EFFICIENCY_REFERENCE_YEAR))
    operations = sum(occupied_tokens) * 2.0 * active_parameters * context_overhead
    return operations / (PEAK_OPERATIONS * SECONDS_PER_DAY * efficiency)


@quantity("H100e", "stock", "Language-model inference demand")
def language_model_demand(
    inference_scale: Array, counted_inference_compute: Array, inference_effectiveness: Array
) -> Array:
    """Compute that serving language models would use: the counted tokens' need times the scale that
    history identifies, over what the fleet's chips do in inference against their 8-bit rating."""
    return inference_scale * counted_inference_compute / inference_effectiveness


@quantity("H100e", "stock", "Embedded inference demand")
def embedded_demand(
    embedded_share_of_running: Array,
    funded_fleet: Array,
    embedded_growth: Array,
    first_quarter: int,
) -> Array:
    """Compute of search, advertising, recommendation and vision models: a level of the fleet at the
    end of 2025 with its own growth; it produces no reported tokens."""
    reference = quarter(EMBEDDED_REFERENCE_QUARTER) - first_quarter
    grown = np.cumsum(embedded_growth, axis=1) / QUARTERS_PER_YEAR
    grown = grown - grown[:, reference : reference + 1]
    level = funded_fleet[:, reference : reference + 1]
    return embedded_share_of_running * level * np.exp(grown)


@quantity("H100e", "stock", "Inference demand", metric=True)
def inference_demand(
    language_model_demand: Array, embedded_demand: Array, inference_discrepancy: Array
) -> Array:
    """Compute that inference would use if there were enough: serving language models and embedded
    models, times the model's own discrepancy."""
    return (language_model_demand + embedded_demand) * np.exp(inference_discrepancy)


class InferenceComponents(NamedTuple):
    """What inference compute serves; the parts sum to inference."""

    consumer: Array
    enterprise_agents: Array
    autonomous_agents: Array
    developer_api: Array
    product_surfaces: Array
    embedded: Array


@quantity(
    "H100e", "stock", "Inference compute by component", breakdown=("component", "inference_compute")
)
def inference_components(
    inference_compute: Array,
    language_model_demand: Array,
    embedded_demand: Array,
    occupied_tokens: OccupiedTokens,
) -> InferenceComponents:
    """Inference compute by what it serves: language models by the tokens of each channel weighted
    by the peak they occupy, and embedded models."""
    language_models = inference_compute * (
        language_model_demand / (language_model_demand + embedded_demand)
    )
    occupied: Array = sum(occupied_tokens)  # type: ignore[assignment]
    per_token = language_models / occupied
    return InferenceComponents(
        occupied_tokens.consumer * per_token,
        occupied_tokens.enterprise_agents * per_token,
        occupied_tokens.autonomous_agents * per_token,
        occupied_tokens.developer_api * per_token,
        occupied_tokens.product_surfaces * per_token,
        inference_compute - language_models,
    )


@quantity("share", "ratio", "Inference utilisation of the 8-bit peak", formula=())
def inference_utilisation(
    chat_computed_input: Array,
    chat_output_share: Array,
    agent_computed_input: Array,
    agent_output_share: Array,
    chat_peak_per_operation: Array,
    agent_peak_per_operation: Array,
    occupied_tokens: OccupiedTokens,
) -> Array:
    """Useful over occupied operations of serving: each channel's computed tokens over the peak they
    occupy, weighted by what it occupies."""
    chat = occupied_tokens.consumer + occupied_tokens.product_surfaces
    occupied: Array = sum(occupied_tokens)  # type: ignore[assignment]
    chat_useful = (chat_computed_input + chat_output_share) / chat_peak_per_operation
    agent_useful = (agent_computed_input + agent_output_share) / agent_peak_per_operation
    return (chat * chat_useful + (occupied - chat) * agent_useful) / occupied


@quantity(
    "FLOP",
    "flow",
    "FLOP of inference",
    metric=True,
    formula=(
        "inference_compute * rest * inference_effectiveness * "
        "inference_utilisation * PEAK_OPERATIONS * SECONDS_PER_YEAR / "
        "QUARTERS_PER_YEAR"
    ),
    rest=("inference_at_work", "Allocated inference compute at work"),
)
def inference_flop(
    inference_compute: Array,
    inference_demand: Array,
    inference_utilisation: Array,
    inference_effectiveness: Array,
) -> Array:
    """FLOP performed in inference: compute that is allocated and used, at the useful share of the
    8-bit peak."""
    used = np.minimum(inference_compute, inference_demand) * inference_effectiveness
    return used * PEAK_OPERATIONS * inference_utilisation * SECONDS_PER_YEAR / QUARTERS_PER_YEAR


@quantity("share", "share", "Language-model fleet that counted tokens explain")
def counted_share(inference_scale: Array) -> Array:
    """Share of language-model inference compute that counted tokens explain; above one, the count
    would need more than is there."""
    return 1.0 / inference_scale
