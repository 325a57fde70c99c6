"""Inference demand: what serving the tokens takes, and the inference that no token count shows."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import PEAK_OPERATIONS, QUARTERS_PER_YEAR, SECONDS_PER_DAY, Array
from forecast.model.graph import quantity
from forecast.periods import quarter

EFFICIENCY_REFERENCE_YEAR = 2025.5
EMBEDDED_REFERENCE_QUARTER = "2025Q4"


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
    developer_api_tokens: Array,
    chat_peak_per_operation: Array,
    agent_peak_per_operation: Array,
) -> Array:
    """Tokens times the peak operations each occupies, in tokens of the chat model's size; product
    surfaces run smaller models."""
    chat = consumer_tokens + product_surface_tokens * product_relative_parameters
    agents = enterprise_agent_tokens + developer_api_tokens
    return chat * chat_peak_per_operation + agents * agent_peak_per_operation


@quantity("H100e", "stock", "Compute that counted tokens need")
def counted_inference_compute(
    occupied_tokens: Array,
    active_parameters: Array,
    context_overhead: Array,
    serving_efficiency_growth: Array,
    year_fraction: Array,
) -> Array:
    """Compute that the counted tokens need: 2 FLOP per active parameter and token, with attention
    over the context, over the peak; batching and quantisation improve from mid 2025."""
    efficiency = np.exp(serving_efficiency_growth * (year_fraction - EFFICIENCY_REFERENCE_YEAR))
    operations = occupied_tokens * 2.0 * active_parameters * context_overhead
    return operations / (PEAK_OPERATIONS * SECONDS_PER_DAY * efficiency)


@quantity("H100e", "stock", "Language-model inference demand")
def language_model_demand(inference_scale: Array, counted_inference_compute: Array) -> Array:
    """Compute that serving language models would use: the counted tokens' need times the scale that
    history identifies."""
    return inference_scale * counted_inference_compute


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


@quantity("share", "share", "Language-model fleet that counted tokens explain")
def counted_share(inference_scale: Array) -> Array:
    """Share of language-model inference compute that counted tokens explain; above one, the count
    would need more than is there."""
    return 1.0 / inference_scale
