"""What AI services sell: by segment of the world, and by who sells them.

Run-rates at a rent equal to cost come first, because paid inference follows from them; what rent
then changes is read after the market has cleared (`service_price_response`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.equations.history import since_history, surprise
from forecast.model.graph import quantity
from forecast.model.soft import soft_minimum


class Segments(NamedTuple):
    """One value for each segment of AI services."""

    consumer: Array
    agents: Array
    autonomous: Array
    other_api: Array


@quantity("log", "ratio", "Discrepancy of revenue", formula=())
def revenue_discrepancy(unexplained_revenue: Array, revenue_shock: Array) -> Array:
    """What the model does not know about revenue, growing with the square root of the time after
    the history; how large it is was measured by hindcasts."""
    return unexplained_revenue * revenue_shock


@quantity("USD", "rate", "Laboratories' consumer revenue at cost")
def lab_consumer_revenue(
    weekly_users: Array, revenue_per_user: Array, revenue_discrepancy: Array
) -> Array:
    """Yearly consumer revenue of OpenAI and Anthropic: ChatGPT's weekly users × revenue a user,
    times the model's own discrepancy."""
    return weekly_users * revenue_per_user * np.exp(revenue_discrepancy)


@quantity(
    "USD",
    "rate",
    "Revenue of seat agents at cost",
    formula="agent_seats * agent_hours * agent_hour_price * exp(revenue_discrepancy) * rest",
    rest=("budgets", "Ceiling of employers' budgets"),
)
def agent_seat_revenue(
    agent_seats: Array,
    agent_hours: Array,
    agent_hour_price: Array,
    agent_budget_ceiling: Array,
    revenue_discrepancy: Array,
) -> Array:
    """Yearly revenue of coding and enterprise agents and of the API behind them: seats × paid hours
    a seat × price of an hour, times the model's own discrepancy, softly below what employers would
    pay."""
    wanted = agent_seats * agent_hours * agent_hour_price * np.exp(revenue_discrepancy)
    return soft_minimum(wanted, agent_budget_ceiling)


@quantity(
    "USD",
    "rate",
    "Revenue by segment at cost",
    members={"agents": "agent_seat_revenue"},
)
def revenue_at_cost(
    lab_consumer_revenue: Array,
    other_consumer_revenue_ratio: Array,
    agent_seat_revenue: Array,
    always_on_agents: Array,
    always_on_revenue: Array,
    other_api_revenue: Array,
    revenue_discrepancy: Array,
) -> Segments:
    """The world's yearly revenue by segment at a rent equal to cost: consumer assistants, agents,
    agents that are always on, and the rest of the API, each with the model's own discrepancy."""
    unknown = np.exp(revenue_discrepancy)
    return Segments(
        lab_consumer_revenue + lab_consumer_revenue * other_consumer_revenue_ratio,
        agent_seat_revenue,
        always_on_agents * always_on_revenue * unknown,
        other_api_revenue * unknown,
    )


@quantity("log", "ratio", "Surprise of revenue", formula=())
def revenue_surprise(
    revenue_at_cost: Segments, reference_log_revenue: Array, history_quarters: int
) -> Array:
    """Logarithm of revenue beyond the base case's median, since the end of the history."""
    total: Array = sum(revenue_at_cost)  # type: ignore[assignment]
    return surprise(total, reference_log_revenue, history_quarters)


@quantity("ratio", "ratio", "Answer of revenue to the price of services", formula=())
def service_price_response(
    service_price: Array, service_price_elasticity: Array, history_quarters: int
) -> Array:
    """What dearer or cheaper services than at the end of the history do to revenue: use falls by
    the elasticity, revenue by the elasticity less one."""
    relative = since_history(service_price, history_quarters)
    response: Array = relative ** (1.0 - service_price_elasticity)
    return response


@quantity("USD", "flow", "AI revenue by segment", breakdown=("segment", "ai_revenue"))
def segments(revenue_at_cost: Segments, service_price_response: Array) -> Segments:
    """AI revenue in the quarter by segment: a quarter of the yearly rate, after what rent did to
    the price of services."""
    quarter = service_price_response / QUARTERS_PER_YEAR
    return Segments(*(each * quarter for each in revenue_at_cost))


@quantity("USD", "flow", "AI revenue", metric=True, headline=True)
def ai_revenue(segments: Segments) -> Array:
    """Revenue of AI services to those who use them, sold on between sellers counted once."""
    return segments.consumer + segments.agents + segments.autonomous + segments.other_api


@quantity("USD", "flow", "Revenue of agents", metric=True)
def agent_revenue(segments: Segments) -> Array:
    """Revenue of agents with a seat, of the API behind them, and of agents that are always on."""
    return segments.agents + segments.autonomous


@quantity("USD", "rate", "Laboratories' enterprise revenue at cost")
def lab_enterprise_revenue(revenue_at_cost: Segments, lab_share_of_agents: Array) -> Array:
    """Yearly revenue of OpenAI and Anthropic from agents and API."""
    sold = revenue_at_cost.agents + revenue_at_cost.autonomous + revenue_at_cost.other_api
    return sold * lab_share_of_agents


@quantity("USD", "rate", "Laboratories' revenue at cost")
def lab_revenue(lab_consumer_revenue: Array, lab_enterprise_revenue: Array) -> Array:
    """Yearly revenue of OpenAI and Anthropic at a rent equal to cost."""
    return lab_consumer_revenue + lab_enterprise_revenue


@quantity("share", "share", "Anthropic's share of the two laboratories' revenue", formula=())
def anthropic_part(
    lab_revenue: Array,
    lab_enterprise_revenue: Array,
    anthropic_share_of_labs: Array,
    anthropic_consumer_share: Array,
) -> Array:
    """Anthropic's part of the two laboratories' revenue: its share of their enterprise revenue,
    which is all of its own but the consumers' part; nearly all of it at most."""
    own = lab_enterprise_revenue * anthropic_share_of_labs / (1.0 - anthropic_consumer_share)
    return np.minimum(own / lab_revenue, 0.98)


@quantity("USD", "rate", "Anthropic's yearly revenue", metric=True)
def anthropic_revenue(
    lab_revenue: Array, anthropic_part: Array, service_price_response: Array
) -> Array:
    """Anthropic's run-rate: a year of revenue at the pace of the quarter."""
    return lab_revenue * anthropic_part * service_price_response


@quantity("USD", "rate", "OpenAI's yearly revenue", metric=True)
def openai_revenue(
    lab_revenue: Array, anthropic_part: Array, service_price_response: Array
) -> Array:
    """OpenAI's run-rate: a year of revenue at the pace of the quarter."""
    return lab_revenue * (1.0 - anthropic_part) * service_price_response


@quantity("USD", "rate", "Other sellers' yearly revenue")
def other_sellers_revenue(
    ai_revenue: Array, lab_revenue: Array, service_price_response: Array
) -> Array:
    """Run-rate of AI services that neither OpenAI nor Anthropic sell."""
    return ai_revenue * QUARTERS_PER_YEAR - lab_revenue * service_price_response
