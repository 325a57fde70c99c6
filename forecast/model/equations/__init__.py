"""Every equation of the model: one quantity, one function, one name."""

from __future__ import annotations

from functools import cache
from typing import Any

from forecast.model.graph import Graph


def all_equations() -> list[Any]:
    """Return every equation of the model, in the order of the chain."""
    from forecast.model.equations import (
        adoption,
        balance,
        capex,
        deployment,
        economics,
        edge,
        hardware,
        market,
        operation,
        owners,
        power,
        research,
        revenue,
        serving,
        splits,
        tokens,
    )

    modules = (
        adoption,
        revenue,
        serving,
        research,
        hardware,
        deployment,
        market,
        capex,
        balance,
        operation,
        owners,
        splits,
        tokens,
        power,
        economics,
        edge,
    )
    return [
        value
        for module in modules
        for value in vars(module).values()
        if callable(value) and hasattr(value, "meaning") and value.__module__ == module.__name__
    ]


@cache
def model_graph() -> Graph:
    """Return the model's graph."""
    return Graph(all_equations())
