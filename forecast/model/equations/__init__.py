"""Every equation of the model: one quantity, one function, one name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from forecast.model.graph import Graph

_OWN: ContextVar[tuple[Callable[..., Any], ...]] = ContextVar("own equations", default=())


def all_equations() -> list[Any]:
    """Return every equation of the model, in the order of the chain."""
    from forecast.model.equations.demand import adoption, research, revenue, serving, tokens
    from forecast.model.equations.fleet import deployment, edge, hardware, power, sites, splits
    from forecast.model.equations.market import balance, capex, economics, market, operation, owners

    modules = (
        adoption,
        revenue,
        serving,
        research,
        hardware,
        deployment,
        sites,
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


def model_graph() -> Graph:
    """Return the model's graph, with the equations of a person's own that are in it here."""
    return _graph(_OWN.get())


@contextmanager
def own_equations(equations: Iterable[Callable[..., Any]]) -> Iterator[None]:
    """Within it, in this thread and those that copy its context, equations of a person's own are
    in the model's graph."""
    token = _OWN.set(tuple(equations))
    try:
        yield
    finally:
        _OWN.reset(token)


@lru_cache(maxsize=8)
def _graph(own: tuple[Callable[..., Any], ...]) -> Graph:
    return Graph([*all_equations(), *own])
