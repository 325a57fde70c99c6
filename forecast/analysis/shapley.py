"""Shapley values: what each of several changes made at once contributes to their effect.

The value of a change is its marginal effect averaged over the orders in which the changes could
have been made (Shapley 1953), so that the parts sum to the whole whatever the interactions.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.prior import stream

EXACT = 5  # players up to which every subset is valued
_PAIRS = 8  # orders sampled beyond that, each with its reverse

Value = Callable[[frozenset[int]], Array]


def shapley(players: int, value: Value, seed: int) -> Array:
    """Return the parts of `players` changes, (players, metrics); they sum to value(all) −
    value(none).

    `value` returns what a set of changes makes of each metric, (metrics,); it is asked once for
    each set. Up to EXACT players all 2^n sets are valued. Beyond, the parts are averages over
    sampled orders and their reverses (Castro, Gómez and Tejada 2009, antithetic), which still sum
    to the whole.
    """
    known: dict[frozenset[int], Array] = {}

    def valued(members: frozenset[int]) -> Array:
        if members not in known:
            known[members] = value(members)
        return known[members]

    if players <= EXACT:
        return _exact(players, valued)
    rng = stream(seed, "shapley orders")
    orders = [rng.permutation(players).tolist() for _ in range(_PAIRS)]
    orders += [order[::-1] for order in orders]
    parts = np.zeros((players, *valued(frozenset()).shape))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            parts[player] += valued(before | {player}) - valued(before)
    return parts / len(orders)


def _exact(players: int, value: Value) -> Array:
    """Return Σ over sets S without i of |S|! (n − |S| − 1)! / n! × (v(S ∪ i) − v(S))."""
    parts = np.zeros((players, *value(frozenset()).shape))
    for player in range(players):
        others = [each for each in range(players) if each != player]
        for size in range(players):
            weight = 1.0 / (players * comb(players - 1, size))
            for members in combinations(others, size):
                alone = frozenset(members)
                parts[player] += weight * (value(alone | {player}) - value(alone))
    return parts
