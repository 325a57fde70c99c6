"""Learning by weight: each draw counts as an outcome is likely in it, and draws are taken anew.

Nothing is assumed of how outcome and draw are related, so it holds for shares, busts and events as
for sums (importance sampling; systematic resampling: Kitagawa, Journal of Computational and
Graphical Statistics 5 (1996) 1-25). Its price is draws: `effective_draws` says how many are left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array
from forecast.ensemble.replicates import replicates


def log_likelihood(predicted: Array, stated: float, error: float) -> Array:
    """Return how likely a stated figure is in each draw, (draws,), as a logarithm and up to a
    constant: its error is normal around what the draw predicts, all in one scale. A draw that
    predicts nothing finite excludes it."""
    distance = (predicted - stated) / error
    return np.asarray(np.where(np.isfinite(distance), -0.5 * distance**2, -np.inf))


def weights_of(log_likelihoods: Array) -> Array:
    """Return weights of draws, (draws,), that sum to one; all zero if every draw is excluded."""
    most = log_likelihoods.max()
    if not np.isfinite(most):
        return np.zeros_like(log_likelihoods)
    found = np.exp(log_likelihoods - most)
    return np.asarray(found / found.sum())


def effective_draws(weights: Array) -> float:
    """Return how many draws of equal weight would say as much, 1 / Σ w² (Kish, Survey Sampling,
    1965); 0 if no draw has any weight."""
    squared = float(np.sum(weights**2))
    return 1.0 / squared if squared > 0.0 else 0.0


def resampled(weights: Array) -> NDArray[np.intp]:
    """Return the positions of as many draws of equal weight, (draws,), without chance.

    A draw that is taken stays in its place, and further copies of it fill the places of those that
    are not, in the order of replicates, so that a draw rarely stands in two of them.
    """
    draws = weights.size
    order = np.concatenate([np.arange(draws)[mine] for mine in replicates(draws)])
    steps = (np.arange(draws) + 0.5) / draws
    places = np.searchsorted(np.cumsum(weights[order]), steps)
    counts = np.bincount(np.minimum(places, draws - 1), minlength=draws)
    chosen = order.copy()
    chosen[counts == 0] = np.repeat(order, np.maximum(counts - 1, 0))
    found = np.empty(draws, dtype=np.intp)
    found[order] = chosen
    return found
