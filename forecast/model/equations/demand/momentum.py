"""Growth that does not stop at the last figure: of revenue, and of who has it.

    g(t + h) = p^a g(t) + (1 − p^a) b(t + h)

g(t) is growth of the last year that is known, in each draw, b what the base case's beliefs make of
the quarters after it, p what a year leaves of the difference and a the years from the middle of
that last year: a damped trend (Gardner and McKenzie 1985) that fades into what is believed. Growth
is of logarithms, of shares in logits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.graph import quantity


class Growing(NamedTuple):
    """One value for the world's revenue, for the odds that the two laboratories sell agents and
    API, and for the odds that Anthropic is the one of them that does."""

    revenue: Array
    laboratories: Array
    anthropic: Array


@quantity(
    "ratio",
    "ratio",
    "Revenue and odds of who sells, as believed",
    formula=(),
    fields={"revenue": ("USD", "rate")},
)
def growing(
    weekly_users: Array,
    revenue_per_user: Array,
    other_consumer_revenue_ratio: Array,
    agent_seats: Array,
    agent_hours: Array,
    agent_hour_price: Array,
    always_on_agents: Array,
    always_on_revenue: Array,
    other_api_revenue: Array,
    lab_share_of_agents: Array,
    anthropic_share_of_labs: Array,
) -> Growing:
    """What beliefs and drivers make of the world's yearly revenue, and of the odds of the
    laboratories' share of agents and API and of Anthropic's share of theirs."""
    consumers = weekly_users * revenue_per_user * (1.0 + other_consumer_revenue_ratio)
    agents = agent_seats * agent_hours * agent_hour_price + always_on_agents * always_on_revenue
    return Growing(
        consumers + agents + other_api_revenue,
        lab_share_of_agents / (1.0 - lab_share_of_agents),
        anthropic_share_of_labs / (1.0 - anthropic_share_of_labs),
    )


@quantity("log", "ratio", "What momentum adds to revenue and odds of who sells", formula=())
def momentum(
    growing: Growing, reference_growing: Array, growth_persistence: Array, vendor_quarters: int
) -> Growing:
    """Logarithm of what growth of the last known year adds to revenue and to odds of who sells,
    beyond the growth that the base case's beliefs have, as it fades into that; nothing as long as
    figures are known."""
    return Growing(
        *(
            carried_on(np.log(values), np.log(believed), growth_persistence, vendor_quarters)
            for values, believed in zip(growing, reference_growing, strict=True)
        )
    )


def carried_on(values: Array, believed: Array, persistence: Array, known: int) -> Array:
    """Return what is added to values, (draws, quarters) in logarithms, once their growth over the
    last year of the `known` quarters fades into that of the `believed`, (quarters,)."""
    last, year = known - 1, int(QUARTERS_PER_YEAR)
    first = max(last - year, 0)
    was = (values[:, last : last + 1] - values[:, first : first + 1]) / (last - first)
    rises = np.diff(believed[last:])
    age = (np.arange(1, len(rises) + 1) + (last - first - 1) / 2.0) / year
    left = np.broadcast_to(persistence, values.shape)[:, known:] ** age
    added = np.zeros_like(values)
    added[:, known:] = np.cumsum(left * (was - rises), axis=1)
    return added


@quantity("share", "share", "Laboratories' share of agents and API", formula=())
def lab_agent_share(lab_share_of_agents: Array, momentum: Growing) -> Array:
    """OpenAI's and Anthropic's share of the world's revenue from agents and API: as believed, and
    as it has been growing."""
    return _share_beyond(lab_share_of_agents, momentum.laboratories)


@quantity("share", "share", "Anthropic's share of the laboratories' agents and API", formula=())
def anthropic_agent_share(anthropic_share_of_labs: Array, momentum: Growing) -> Array:
    """Anthropic's share of the two laboratories' revenue from agents and API: as believed, and as
    it has been growing."""
    return _share_beyond(anthropic_share_of_labs, momentum.anthropic)


def _share_beyond(share: Array, added: Array) -> Array:
    """Return a share whose logit is greater by what is added."""
    odds = share / (1.0 - share) * np.exp(added)
    return np.asarray(odds / (1.0 + odds))
