"""Running the model under settings, and with anything else replaced, on a few draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from forecast.inputs import parse_settings
from forecast.world.values import Values
from forecast.world.world import World

DRAWS = 128
# Nothing answers demand or revenue.
NO_ANSWER = {"spending_response": 0.0, "bust_gap_elasticity": 0.0}
# Memory, packaging, power and lenders without end: plans alone say what is spent.
MONEY_ALONE = NO_ANSWER | {
    "memory_supply": 1e30,
    "packaging_supply": 1e30,
    "power_additions": 1e15,
    "outside_money_limit": 1e30,
}
Runner = Callable[..., Values]


def runner(world: World) -> Runner:
    """Return a function that evaluates quantities on the first draws, under settings as a person
    writes them and with changed draws of assumptions or quantities."""
    few = world.of_draws(slice(0, DRAWS))

    def run(wanted: Sequence[str], *texts: str, **changed: Any) -> Values:
        bent = few.with_settings(parse_settings(texts, world.inputs, "a test"))
        everywhere = np.ones((DRAWS, few.timeline.size))
        move = {name: values * everywhere for name, values in changed.items()}
        return bent.moved(move).values(wanted)

    return run
