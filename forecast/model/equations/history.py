"""What equations share about the end of the history, where a what-if begins to matter."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.quarters import running_sum


def since_history(values: Array, history_quarters: int) -> Array:
    """Return values over what they are at the end of the history, (draws, quarters), one in it."""
    last = history_quarters - 1
    index: Array = values / values[:, last : last + 1]
    index[:, :history_quarters] = 1.0
    return index


def surprise(values: Array, reference: Array, history_quarters: int) -> Array:
    """Return log values less their reference, a logarithm, and less the same at the end of the
    history, (draws, quarters): zero in the history."""
    beyond = np.log(values) - reference
    beyond = beyond - beyond[:, history_quarters - 1 : history_quarters]
    beyond[:, :history_quarters] = 0.0
    return np.asarray(beyond)


def mean_of_year(values: Array) -> Array:
    """Return the mean of the last four quarters, of as many as there are at the start."""
    year = int(QUARTERS_PER_YEAR)
    total = running_sum(values)
    total[:, year:] = total[:, year:] - total[:, :-year].copy()
    return total / np.minimum(np.arange(1, values.shape[1] + 1), year)
