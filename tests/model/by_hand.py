"""Running one equation on plain numbers, for examples worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forecast.model.equations import model_graph

NODES = model_graph().nodes
PEAK = 1.979e15


def row(*numbers: float) -> np.ndarray:
    """Return one draw over quarters, (1, quarters)."""
    return np.array([numbers], dtype=float)


def run(name: str, **arguments: Any) -> Any:
    """Return what an equation makes of plain numbers."""
    ready = {
        key: np.atleast_2d(np.asarray(value, float))
        if isinstance(value, float | np.ndarray)
        else value
        for key, value in arguments.items()
    }
    return NODES[name].equation(**ready)


def made(kind: Any, *numbers: float) -> Any:
    """Return a record of one draw and one quarter from plain numbers."""
    return kind(*(row(number) for number in numbers))


def numbers(record: tuple[np.ndarray, ...]) -> list[float]:
    """Return the fields of a record of one draw and one quarter."""
    return [float(part[0, 0]) for part in record]


def holds(name: str, arguments: dict[str, Any], expected: float) -> None:
    """Fail unless an equation makes of plain numbers, in one draw and quarter, what is expected."""
    result = run(name, **arguments)
    assert result.shape == (1, 1)
    assert result[0, 0] == pytest.approx(expected, rel=1e-9)
