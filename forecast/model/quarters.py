"""Stepping through quarters: rows of draws, which lie together in memory, and lags between rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.model.arrays import Array


def by_quarter(values: Array, shape: tuple[int, int]) -> Array:
    """Return the last quarters of values, (draws, quarters), as (quarters, draws), quarters
    contiguous; what is the same in every quarter is not copied."""
    draws, quarters = shape
    if values.shape == (draws, 1):
        return np.broadcast_to(np.ascontiguousarray(values[:, 0]), (quarters, draws))
    if values.shape[1] > quarters:
        values = values[:, -quarters:]
    return np.ascontiguousarray(np.broadcast_to(values, shape).T)


def running_sum(values: Array) -> Array:
    """Return sums over the quarters up to each, (draws, quarters), draws of a quarter contiguous.

    Whole quarters are added: `np.cumsum` goes through them draw by draw, which takes 18 times as
    long where draws of a quarter lie together.
    """
    total = np.array(values, order="F")
    for quarter in range(1, total.shape[1]):
        total[:, quarter] += total[:, quarter - 1]
    return total


class Lag(NamedTuple):
    """Where in a history, rows of draws, each of some quarters finds what stood a lag before it:
    the flat places of the rows around, and the part of the way between them, (quarters, draws)."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    part: Array

    def read(self, history: Array, step: int) -> Array:
        """Return what stood a lag before a quarter, (draws,), interpolated between rows."""
        flat, part = history.reshape(-1), self.part[step]
        result: Array = flat.take(self.before[step]) * (1.0 - part)
        result += flat.take(self.after[step]) * part
        return result


def lagged(lag: Array, first: int, *, rows_before: int) -> Lag:
    """Return where to read lags, (quarters, draws), of quarters from `first` on, in a history that
    has so many rows before that of the first quarter. It is constant before its first row, and no
    lag looks beyond the row of its own quarter."""
    quarters, draws = lag.shape
    own = np.arange(first, first + quarters)[:, np.newaxis]
    position = own - lag
    below = np.floor(position).astype(np.int64)

    def place(index: NDArray[np.int64]) -> NDArray[np.int64]:
        row = np.clip(index, -rows_before, own) + rows_before
        found: NDArray[np.int64] = row * draws + np.arange(draws)
        return found

    return Lag(place(below), place(below + 1), position - below)
