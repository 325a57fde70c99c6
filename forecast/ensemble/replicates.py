"""Replicates: the draws of an ensemble fall into equal parts that are sampled independently.

Draw d belongs to replicate d modulo `REPLICATES`. Each is stratified by itself and moved by its own
estimate of the smoother's gain, so how far results of replicates lie apart measures the whole error
of sampling: that of the draws, and that of what they are taken to say of history (Owen, Monte Carlo
theory, methods and examples, 2013, chapter 10).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array

REPLICATES = 8


def replicates(draws: int) -> list[slice]:
    """Return where each replicate's draws are among `draws`; no replicate is empty."""
    return [slice(number, None, REPLICATES) for number in range(min(REPLICATES, draws))]


def mean_error(draws: Array) -> float:
    """Return the standard error of the mean of draws, (draws,); 0 of one draw alone."""
    return _error([float(draws[mine].mean()) for mine in replicates(draws.size)])


def share_error(is_so: NDArray[np.bool_]) -> float:
    """Return the standard error of the share of draws in which something is so, (draws,); 0 of one
    draw alone."""
    parts = (is_so[mine] for mine in replicates(is_so.size))
    return _error([np.count_nonzero(part) / part.size for part in parts])


def _error(means: list[float]) -> float:
    """Return the standard error of the mean of all draws from the means of replicates."""
    return float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
