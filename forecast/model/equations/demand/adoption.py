"""From firms, workers and users to seats, agents and requests."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array
from forecast.model.graph import quantity


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


@quantity("people", "stock", "Workers whose applications have agents")
def equipped_workers(
    knowledge_workers: Array, worker_adoption: Array, agent_penetration: Array
) -> Array:
    """Knowledge workers whose employer uses AI, times the share of its applications that have
    agents."""
    return knowledge_workers * worker_adoption * agent_penetration


@quantity("people", "stock", "Agent seats", metric=True)
def agent_seats(equipped_workers: Array, agent_seats_per_penetration: Array) -> Array:
    """Knowledge workers with an active, paid seat of an agent."""
    return equipped_workers * agent_seats_per_penetration


@quantity("count", "stock", "Agents that are always on")
def always_on_agents(equipped_workers: Array, always_on_agents_per_worker: Array) -> Array:
    """Agents that run without a person waiting for them."""
    return equipped_workers * always_on_agents_per_worker


@quantity("years", "ratio", "Years since the history", formula=())
def years_since_history(year_fraction: Array, history_quarters: int) -> Array:
    """Years since the end of the history, zero in it."""
    end = year_fraction[:, history_quarters - 1 : history_quarters]
    return np.maximum(year_fraction - end, 0.0)


@quantity("log", "ratio", "What capability adds since the history", formula=())
def capability_gain(
    capability: Array, capability_effect: Array, years_since_history: Array
) -> Array:
    """Logarithm of what better models than expected add to agents' hours and to research budgets:
    so many deviations of `capability` times the effect of one in a year, from the end of the
    history on."""
    return capability * capability_effect * years_since_history


@quantity(
    "hours/year",
    "rate",
    "Paid agent-hours a seat",
    formula="agent_hours_per_seat * exp(capability_gain) * rest",
    rest=("dilution", "Later seats are used less"),
)
def agent_hours(
    agent_hours_per_seat: Array,
    agent_penetration: Array,
    seat_dilution: Array,
    capability_gain: Array,
    history_quarters: int,
) -> Array:
    """Paid hours of agents a seat and year. The keenest came first: after the history hours fall
    with penetration, to the power of the dilution."""
    last = history_quarters - 1
    spread = agent_penetration / agent_penetration[:, last : last + 1]
    diluted: Array = spread**-seat_dilution
    diluted[:, :history_quarters] = 1.0
    return agent_hours_per_seat * np.exp(capability_gain) * diluted
