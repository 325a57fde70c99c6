"""From people and firms to tokens: adoption, channels of usage, reported and computed tokens."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array
from forecast.model.graph import quantity

AGENT_REFERENCE_YEAR = 2026.5
LARGEST_INDEX = 5.0


@quantity(
    "share",
    "share",
    "Adoption among knowledge workers, world",
    formula="business_adoption * rest",
    rest=("world_workers", "From firms in the US to workers of the world"),
)
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


@quantity(
    "tokens/day",
    "rate",
    "Tokens of consumer assistants",
    formula=(
        "consumer_requests * other_assistants_factor * tokens_per_request * "
        "reasoning_index * usage_response"
    ),
)
def consumer_tokens(
    consumer_requests: Array,
    other_assistants_factor: Array,
    tokens_per_request: Array,
    reasoning_index: Array,
    usage_response: Array,
) -> Array:
    """Input and output tokens of all consumer assistants: ChatGPT's messages, carried to the other
    assistants net of overlap, times tokens per request, which grow with reasoning."""
    requests = consumer_requests * other_assistants_factor * usage_response
    return requests * tokens_per_request * reasoning_index


@quantity("people", "stock", "Workers with an active agent")
def active_agent_seats(
    knowledge_workers: Array,
    worker_adoption: Array,
    agent_penetration: Array,
    seats_active_given_apps: Array,
) -> Array:
    """Knowledge workers who actively use an agent inside an enterprise application."""
    return knowledge_workers * worker_adoption * agent_penetration * seats_active_given_apps


@quantity(
    "tokens/day",
    "rate",
    "Tokens of enterprise agents",
    formula=(
        "active_agent_seats * tasks_per_seat_day * tokens_per_task * rest * "
        "reasoning_index * usage_response"
    ),
    rest=("growth_of_tokens_per_task", "Growth of tokens per task"),
)
def enterprise_agent_tokens(
    active_agent_seats: Array,
    tasks_per_seat_day: Array,
    tokens_per_task: Array,
    tokens_per_task_growth: Array,
    reasoning_index: Array,
    usage_response: Array,
    year_fraction: Array,
) -> Array:
    """Input and output tokens of enterprise agents: active seats × tasks a day × tokens per task,
    the latter growing from its level in mid 2026 and with reasoning."""
    growth = np.exp(tokens_per_task_growth * (year_fraction - AGENT_REFERENCE_YEAR))
    tasks = active_agent_seats * tasks_per_seat_day * usage_response
    return tasks * tokens_per_task * growth * reasoning_index


@quantity("tokens/day", "rate", "Tokens of autonomous agents")
def autonomous_agent_tokens(
    knowledge_workers: Array,
    worker_adoption: Array,
    agent_penetration: Array,
    always_on_agents_per_worker: Array,
    agent_duty_hours: Array,
    tokens_per_agent_hour: Array,
    reasoning_index: Array,
    usage_response: Array,
) -> Array:
    """Input and output tokens of agents that run without a person waiting: agents of workers whose
    applications have agents × hours a day at work × tokens an hour."""
    agents = knowledge_workers * worker_adoption * agent_penetration * always_on_agents_per_worker
    return agents * agent_duty_hours * tokens_per_agent_hour * reasoning_index * usage_response


@quantity("ratio", "ratio", "Agent penetration since the history over its reference")
def agent_index(
    agent_penetration: Array, reference_agent_penetration: Array, history_quarters: int
) -> Array:
    """Growth of agent penetration since the end of the history over the base case's median growth.
    One in the history; the reference is held fixed in what-ifs, so that it cannot cancel them."""
    return _index(agent_penetration, reference_agent_penetration, history_quarters)


@quantity("ratio", "ratio", "Reasoning since the history over its reference")
def reasoning_index(
    reasoning_token_share: Array,
    reference_reasoning_token_share: Array,
    reasoning_multiplier: Array,
    history_quarters: int,
) -> Array:
    """What more or less reasoning than the base case's median does to tokens per request and task:
    reasoning models use a multiple of the tokens of others. One in the history."""
    tokens_each = 1.0 + reasoning_token_share * (reasoning_multiplier - 1.0)
    expected = 1.0 + reference_reasoning_token_share * (reasoning_multiplier - 1.0)
    return _index(tokens_each, expected, history_quarters)


@quantity("ratio", "ratio", "Answer of usage to serving cost")
def usage_response(
    cost_of_computed_tokens: Array,
    reference_cost_of_computed_tokens: Array,
    usage_elasticity: Array,
    history_quarters: int,
) -> Array:
    """What a serving cost other than the base case's median does to usage, a quarter later:
    (cost / reference) to the power of minus the elasticity, both since the end of the history. The
    reference is held fixed in what-ifs: an efficiency gain must not mechanically kill demand."""
    relative = _index(cost_of_computed_tokens, reference_cost_of_computed_tokens, history_quarters)
    before = np.concatenate([relative[:, :1], relative[:, :-1]], axis=1)
    response: Array = before ** (-usage_elasticity)
    return response


def _index(values: Array, reference: Array, history_quarters: int) -> Array:
    """Return growth since the end of the history over the reference's growth, bounded."""
    last = history_quarters - 1
    grown = values / values[:, last : last + 1]
    expected = reference / reference[:, last : last + 1]
    index: Array = np.clip(grown / expected, 1.0 / LARGEST_INDEX, LARGEST_INDEX)
    index[:, :history_quarters] = 1.0
    return index


@quantity(
    "tokens/day",
    "rate",
    "Tokens of the developer API",
    formula=(
        "(google_api_tokens + openai_api_tokens) * other_api_vendors_factor * "
        "(1 - api_overlap) * (1 - agentic_share_of_api + agentic_share_of_api * "
        "agent_index) * usage_response"
    ),
)
def developer_api_tokens(
    google_api_tokens: Array,
    openai_api_tokens: Array,
    other_api_vendors_factor: Array,
    api_overlap: Array,
    agentic_share_of_api: Array,
    agent_index: Array,
    usage_response: Array,
) -> Array:
    """Developer-API tokens of all vendors less what other channels already count. The agentic part
    of the fitted path rises and falls with agent penetration."""
    fitted = (google_api_tokens + openai_api_tokens) * other_api_vendors_factor
    agentic = 1.0 + agentic_share_of_api * (agent_index - 1.0)
    return fitted * (1.0 - api_overlap) * agentic * usage_response


@quantity(
    "tokens/day",
    "rate",
    "Tokens of product surfaces",
    formula="(rest + doubao_tokens) * usage_response",
    rest=("google_product_tokens", "Google's tokens outside its API"),
)
def product_surface_tokens(
    google_tokens: Array, google_api_tokens: Array, doubao_tokens: Array, usage_response: Array
) -> Array:
    """Language models inside search, office and phone products: Google's total less its API, and
    Doubao. The API never takes more than nine tenths of Google's total."""
    google = google_tokens - np.minimum(google_api_tokens, 0.9 * google_tokens)
    return (google + doubao_tokens) * usage_response


@quantity("tokens/day", "rate", "Tokens processed", metric=True, headline=True)
def tokens(
    consumer_tokens: Array,
    enterprise_agent_tokens: Array,
    autonomous_agent_tokens: Array,
    developer_api_tokens: Array,
    product_surface_tokens: Array,
) -> Array:
    """Tokens a day as vendors report them, input and output: consumer assistants, enterprise and
    autonomous agents, developer API and product surfaces, each counted once."""
    agents = enterprise_agent_tokens + autonomous_agent_tokens
    return consumer_tokens + agents + developer_api_tokens + product_surface_tokens


@quantity("tokens/day", "rate", "Tokens computed", metric=True)
def computed_tokens(
    consumer_tokens: Array,
    product_surface_tokens: Array,
    enterprise_agent_tokens: Array,
    autonomous_agent_tokens: Array,
    developer_api_tokens: Array,
    chat_computed_input: Array,
    chat_output_share: Array,
    agent_computed_input: Array,
    agent_output_share: Array,
) -> Array:
    """Tokens a day that the hardware really computes: output, uncached input, and cached input at
    its cost. Agent traffic is mostly cached input, so reported tokens overstate compute."""
    chat = consumer_tokens + product_surface_tokens
    agents = enterprise_agent_tokens + autonomous_agent_tokens + developer_api_tokens
    chat_each = chat_computed_input + chat_output_share
    return chat * chat_each + agents * (agent_computed_input + agent_output_share)


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
