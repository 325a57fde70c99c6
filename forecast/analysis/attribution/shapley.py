"""Shapley values: what each of several changes made at once contributes to their effect.

The value of a change is its marginal effect averaged over the orders in which the changes could
have been made (Shapley 1953), so that the parts sum to the whole whatever the interactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import comb

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.prior import stream

EXACT = 5  # players up to which every subset is valued
_PAIRS = 8  # orders sampled beyond that, each with its reverse


def sets_of(players: int, seed: int) -> list[frozenset[int]]:
    """Return the sets of players whose values `shapley` needs, the smaller first."""
    if players <= EXACT:
        every = range(players + 1)
        return [frozenset(each) for size in every for each in combinations(range(players), size)]
    found = {
        frozenset(order[:size]) for order in _orders(players, seed) for size in range(players + 1)
    }
    return sorted(found, key=lambda members: (len(members), sorted(members)))


def shapley(players: int, values: Mapping[frozenset[int], Array], seed: int) -> Array:
    """Return the parts of `players` changes, (players, metrics); they sum to value(all) −
    value(none).

    `values` holds what each of `sets_of` makes of each metric, (metrics,). Up to EXACT players all
    2^n sets count. Beyond, the parts are averages over sampled orders and their reverses (Castro,
    Gómez and Tejada 2009, antithetic), which still sum to the whole.
    """
    if players <= EXACT:
        return _exact(players, values)
    orders = _orders(players, seed)
    parts = np.zeros((players, *values[frozenset()].shape))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            parts[player] += values[before | {player}] - values[before]
    return parts / len(orders)


def _orders(players: int, seed: int) -> list[list[int]]:
    rng = stream(seed, "shapley orders")
    orders = [[int(each) for each in rng.permutation(players)] for _ in range(_PAIRS)]
    return orders + [order[::-1] for order in orders]


def _exact(players: int, values: Mapping[frozenset[int], Array]) -> Array:
    """Return Σ over sets S without i of |S|! (n − |S| − 1)! / n! × (v(S ∪ i) − v(S))."""
    parts = np.zeros((players, *values[frozenset()].shape))
    for player in range(players):
        others = [each for each in range(players) if each != player]
        for size in range(players):
            weight = 1.0 / (players * comb(players - 1, size))
            for members in combinations(others, size):
                alone = frozenset(members)
                parts[player] += weight * (values[alone | {player}] - values[alone])
    return parts
