"""Running the model under settings, and with anything else replaced, on a few draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from forecast.inputs import parse_settings
from forecast.world.case import Case
from forecast.world.draws import Ensemble, first_draws
from forecast.world.evaluate import evaluate
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

DRAWS = 128
# Memory, packaging and power without end, and nothing that answers: only money limits.
MONEY_ALONE = {
    "memory_supply": 1e30,
    "packaging_supply": 1e30,
    "power_additions": 1e15,
    "capex_response": 0.0,
    "usage_elasticity": 0.0,
}
Runner = Callable[..., dict[str, Any]]


def runner(case: Case, timeline: Timeline, ensemble: Ensemble) -> Runner:
    """Return a function that evaluates quantities on the first draws, under settings as a person
    writes them and with changed draws of assumptions or quantities."""
    few = first_draws(ensemble, DRAWS)

    def run(wanted: Sequence[str], *texts: str, **changed: Any) -> dict[str, Any]:
        settings = parse_settings(texts, case.inputs, "a test")
        bent, _ = apply_settings(case.inputs, few, timeline, settings)
        column = np.ones((DRAWS, 1))
        given = bent | {name: values * column for name, values in changed.items()}
        return evaluate(case.inputs, few, timeline, wanted, changed=given)

    return run
