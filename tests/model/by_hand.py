"""Running one equation on plain numbers, for examples worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.model.equations import model_graph

NODES = model_graph().nodes
PEAK = 1.979e15


def row(*numbers: float) -> np.ndarray:
    """Return one draw over quarters, (1, quarters)."""
    return np.array([numbers], dtype=float)


def run(name: str, **arguments: Any) -> Any:
    """Return what an equation makes of plain numbers."""
    ready = {
        key: value if isinstance(value, int | tuple) else np.atleast_2d(np.asarray(value, float))
        for key, value in arguments.items()
    }
    return NODES[name].equation(**ready)


def with_history(vendor_quarters: int, **arguments: Any) -> dict[str, Any]:
    """Return what `supply_path` takes: its arguments, and the history that they imply."""
    needs = set(NODES["supply_history"].needs) & set(arguments)
    shared = {name: arguments[name] for name in needs}
    history = run("supply_history", vendor_quarters=vendor_quarters, **shared)
    return {"supply_history": history, **arguments}


def numbers(record: tuple[np.ndarray, ...]) -> list[float]:
    """Return the fields of a record of one draw and one quarter."""
    return [float(part[0, 0]) for part in record]
