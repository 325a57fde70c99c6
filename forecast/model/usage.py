"""From people and firms to tokens: adoption, channels of usage, reported and computed tokens."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array
from forecast.model.graph import quantity

AGENT_REFERENCE_YEAR = 2026.5
LARGEST_AGENT_INDEX = 5.0


@quantity("share", "share", "Adoption among knowledge workers, world")
def worker_adoption(
    business_adoption: Array, employment_weighting: Array, world_adoption_factor: Array
) -> Array:
    """Share of the world's knowledge workers whose employer uses AI: the US firm rate, weighted by
    employment and carried to the world. A union bound keeps it below one."""
    return 1.0 - (1.0 - business_adoption) ** (employment_weighting * world_adoption_factor)


@quantity("requests/day", "rate", "ChatGPT messages a day")
def consumer_requests(weekly_users: Array, requests_per_user_day: Array) -> Array:
    """Messages that ChatGPT's weekly users send a day."""
    return weekly_users * requests_per_user_day


@quantity("tokens/day", "rate", "Tokens of consumer assistants")
def consumer_tokens(
    consumer_requests: Array, other_assistants_factor: Array, tokens_per_request: Array
) -> Array:
    """Input and output tokens of all consumer assistants: ChatGPT's messages, carried to the other
    assistants net of overlap, times tokens per request."""
    return consumer_requests * other_assistants_factor * tokens_per_request


@quantity("people", "stock", "Workers with an active agent")
def active_agent_seats(
    knowledge_workers: Array,
    worker_adoption: Array,
    agent_penetration: Array,
    seats_active_given_apps: Array,
) -> Array:
    """Knowledge workers who actively use an agent inside an enterprise application."""
    return knowledge_workers * worker_adoption * agent_penetration * seats_active_given_apps


@quantity("tokens/day", "rate", "Tokens of enterprise agents")
def enterprise_agent_tokens(
    active_agent_seats: Array,
    tasks_per_seat_day: Array,
    tokens_per_task: Array,
    tokens_per_task_growth: Array,
    year_fraction: Array,
) -> Array:
    """Input and output tokens of enterprise agents: active seats × tasks a day × tokens per task,
    the latter growing from its level in mid 2026."""
    growth = np.exp(tokens_per_task_growth * (year_fraction - AGENT_REFERENCE_YEAR))
    return active_agent_seats * tasks_per_seat_day * tokens_per_task * growth


@quantity("ratio", "ratio", "Agent penetration since the history over its reference")
def agent_index(
    agent_penetration: Array, reference_agent_penetration: Array, history_quarters: int
) -> Array:
    """Growth of agent penetration since the end of the history over the base case's median growth.
    One in the history; the reference is held fixed in what-ifs, so that it cannot cancel them."""
    last = history_quarters - 1
    grown = agent_penetration / agent_penetration[:, last : last + 1]
    expected = reference_agent_penetration / reference_agent_penetration[:, last : last + 1]
    index: Array = np.clip(grown / expected, 1.0 / LARGEST_AGENT_INDEX, LARGEST_AGENT_INDEX)
    index[:, :history_quarters] = 1.0
    return index


@quantity("tokens/day", "rate", "Tokens of the developer API")
def developer_api_tokens(
    google_api_tokens: Array,
    openai_api_tokens: Array,
    other_api_vendors_factor: Array,
    api_overlap: Array,
    agentic_share_of_api: Array,
    agent_index: Array,
) -> Array:
    """Developer-API tokens of all vendors less what other channels already count. The agentic part
    of the fitted path rises and falls with agent penetration."""
    fitted = (google_api_tokens + openai_api_tokens) * other_api_vendors_factor
    agentic = 1.0 + agentic_share_of_api * (agent_index - 1.0)
    return fitted * (1.0 - api_overlap) * agentic


@quantity("tokens/day", "rate", "Tokens of product surfaces")
def product_surface_tokens(
    google_tokens: Array, google_api_tokens: Array, doubao_tokens: Array
) -> Array:
    """Language models inside search, office and phone products: Google's total less its API, and
    Doubao. The API never takes more than nine tenths of Google's total."""
    return google_tokens - np.minimum(google_api_tokens, 0.9 * google_tokens) + doubao_tokens


@quantity("tokens/day", "rate", "Tokens processed", metric=True, headline=True)
def tokens(
    consumer_tokens: Array,
    enterprise_agent_tokens: Array,
    developer_api_tokens: Array,
    product_surface_tokens: Array,
) -> Array:
    """Tokens a day as vendors report them, input and output: consumer assistants, enterprise
    agents, developer API and product surfaces, each counted once."""
    return consumer_tokens + enterprise_agent_tokens + developer_api_tokens + product_surface_tokens


@quantity("ratio", "ratio", "Computed input per token, chat and products")
def chat_computed_input(
    chat_output_share: Array, chat_cache_hit: Array, cached_cost: Array
) -> Array:
    """Input tokens that the hardware computes per reported token of chat and product surfaces;
    cached input costs a fraction."""
    return (1.0 - chat_output_share) * (1.0 - chat_cache_hit * (1.0 - cached_cost))


@quantity("ratio", "ratio", "Computed input per token, agents and API")
def agent_computed_input(
    agent_output_share: Array, agent_cache_hit: Array, cached_cost: Array
) -> Array:
    """Input tokens that the hardware computes per reported token of agent and API traffic."""
    return (1.0 - agent_output_share) * (1.0 - agent_cache_hit * (1.0 - cached_cost))
