"""Tokens: what language-model inference yields, in all and by the vendors that report totals."""

from __future__ import annotations

from forecast.model.arrays import (
    PEAK_OPERATIONS,
    QUARTERS_PER_YEAR,
    SECONDS_PER_DAY,
    SECONDS_PER_YEAR,
    Array,
)
from forecast.model.equations.demand.research import Owners
from forecast.model.equations.demand.serving import InferenceComponents
from forecast.model.graph import quantity

HOURS_PER_DAY = 24.0


@quantity("tokens/H100e-hour", "ratio", "Tokens an H100e-hour", metric=True)
def tokens_per_h100e_hour(token_yield: Array, serving_efficiency: Array) -> Array:
    """Reported tokens, input and output, that an H100e serves in an hour of language-model
    inference: the expected yield, times serving efficiency over what is expected."""
    return token_yield * serving_efficiency


@quantity(
    "H100e",
    "stock",
    "Language-model inference compute",
    formula="inference_compute * rest",
    rest=("language_models", "Language models' part of inference"),
)
def language_model_compute(inference_components: InferenceComponents) -> Array:
    """Inference compute that serves tokens: all but media and embedded models."""
    return (
        inference_components.consumer
        + inference_components.agents
        + inference_components.autonomous
        + inference_components.other_api
        + inference_components.product_surfaces
        + inference_components.self_hosted
    )


@quantity("H100e", "stock", "Language-model inference compute at work")
def serving_compute(language_model_compute: Array, utilised_share: Array) -> Array:
    """Language-model inference compute that is not idle."""
    return language_model_compute * utilised_share


@quantity("tokens/day", "rate", "Tokens processed", metric=True, headline=True)
def tokens(serving_compute: Array, tokens_per_h100e_hour: Array) -> Array:
    """Tokens a day as vendors report them, input and output, cached input included: compute times
    yield, so no path of tokens outgrows the fleet that could serve it."""
    return serving_compute * tokens_per_h100e_hour * HOURS_PER_DAY


@quantity("share", "share", "Google's part of language-model inference", formula=())
def google_part_of_tokens(sold_by_owner: Owners, unpaid_by_owner: Owners) -> Array:
    """Google's part of language and media inference."""
    return (sold_by_owner.google + unpaid_by_owner.google) / (
        sum(sold_by_owner) + sum(unpaid_by_owner)
    )


@quantity("tokens/day", "rate", "Tokens that Google processes")
def google_tokens(
    tokens: Array, google_part_of_tokens: Array, google_relative_yield: Array
) -> Array:
    """Google's tokens a day over all its products and its API: its part of the compute, at a yield
    relative to the world's."""
    return tokens * google_part_of_tokens * google_relative_yield


@quantity("share", "share", "China's part of language-model inference", formula=())
def china_part_of_tokens(sold_by_owner: Owners, unpaid_by_owner: Owners) -> Array:
    """Chinese companies' part of language and media inference."""
    whole = sum(sold_by_owner) + sum(unpaid_by_owner)
    return (sold_by_owner.china + unpaid_by_owner.china) / whole


@quantity("tokens/day", "rate", "Tokens that Doubao processes")
def doubao_tokens(
    tokens: Array,
    china_part_of_tokens: Array,
    china_relative_yield: Array,
    doubao_share_of_china_tokens: Array,
) -> Array:
    """Doubao's tokens a day: its share of the tokens of Chinese companies, whose compute yields
    more or less than the world's."""
    return tokens * china_part_of_tokens * china_relative_yield * doubao_share_of_china_tokens


@quantity(
    "FLOP",
    "flow",
    "FLOP of inference",
    metric=True,
    formula=(
        "inference_compute * utilised_share * inference_effectiveness * inference_utilisation * "
        "PEAK_OPERATIONS * SECONDS_PER_YEAR / QUARTERS_PER_YEAR"
    ),
)
def inference_flop(
    inference_compute: Array,
    utilised_share: Array,
    inference_utilisation: Array,
    inference_effectiveness: Array,
) -> Array:
    """FLOP performed in inference: compute that is used, at the useful share of the 8-bit peak."""
    used = inference_compute * utilised_share * inference_effectiveness
    return used * PEAK_OPERATIONS * inference_utilisation * SECONDS_PER_YEAR / QUARTERS_PER_YEAR


@quantity("tokens/s", "rate", "Tokens a second")
def tokens_per_second(tokens: Array) -> Array:
    """Reported tokens a second."""
    return tokens / SECONDS_PER_DAY
