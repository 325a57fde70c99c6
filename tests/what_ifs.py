"""Running the model under settings, and with anything else replaced, on a few draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from forecast.inputs import parse_settings
from forecast.world.values import Values
from forecast.world.world import World

DRAWS = 128
# Memory, packaging and power without end, and nothing that answers: only money limits.
MONEY_ALONE = {
    "memory_supply": 1e30,
    "packaging_supply": 1e30,
    "power_additions": 1e15,
    "spending_response": 0.0,
    "service_price_elasticity": 0.0,
}
Runner = Callable[..., Values]


def runner(world: World) -> Runner:
    """Return a function that evaluates quantities on the first draws, under settings as a person
    writes them and with changed draws of assumptions or quantities."""
    few = world.of_draws(slice(0, DRAWS))

    def run(wanted: Sequence[str], *texts: str, **changed: Any) -> Values:
        bent = few.with_settings(parse_settings(texts, world.inputs, "a test"))
        column = np.ones((DRAWS, 1))
        return bent.moved({name: values * column for name, values in changed.items()}).values(
            wanted
        )

    return run
