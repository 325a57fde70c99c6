"""The rent that clears the market: demands fall with it until they fill the machines that run.

    G P(x)^(−η) + E e^(−ε_E x) + T e^(−ε_T x) = running,      P(x) = 1 + s (eˣ − 1)

x is the logarithm of rent over cost, G generative inference, E embedded inference and T training,
each at x = 0; s is serving cost over the price of a service. At the floor machines stand idle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import Array

CLOSE = 1e-12
STEPS = 40
HIGHEST = 5.0  # log rent over cost; no demand of a plausible draw comes near it


class Elasticities(NamedTuple):
    """How demands answer rent, each of a shape that broadcasts: of services to their price, of
    embedded inference and of training to rent; serving cost over the price of a service; and the
    logarithm of the lowest rent over cost."""

    service: Array
    embedded: Array
    training: Array
    cost_share: Array
    log_floor: Array


class Demands(NamedTuple):
    """Compute in H100e: generative inference, embedded inference, and training."""

    generative: Array
    embedded: Array
    training: Array


def at_rent(demands: Demands, elasticities: Elasticities, log_rent: Array) -> Demands:
    """Return what demands at a rent equal to cost are at another, in H100e."""
    generative, embedded, training = demands
    price = 1.0 + elasticities.cost_share * np.expm1(log_rent)
    return Demands(
        generative * price**-elasticities.service,
        embedded * np.exp(-elasticities.embedded * log_rent),
        training * np.exp(-elasticities.training * log_rent),
    )


def cleared(demands: Demands, elasticities: Elasticities, running: Array) -> Array:
    """Return the logarithm of rent over cost at which demands fill what runs, or the floor.

    Newton's method on the logarithm of demand, kept inside a bracket that every step narrows, in
    which a step that would leave it is halved instead; demand falls with rent, so there is one
    root. What has settled moves no more, so that no draw's rent depends on the draws beside it.
    """
    shape = np.broadcast_shapes(*(each.shape for each in (*demands, running)))
    low = np.broadcast_to(elasticities.log_floor, shape).copy()
    target = np.log(running)
    settled = np.log(sum(at_rent(demands, elasticities, low))) <= target
    high = np.where(settled, low, HIGHEST)
    x = np.clip(np.zeros(shape), low, high)
    for _ in range(STEPS):
        generative, embedded, training = at_rent(demands, elasticities, x)
        total = generative + embedded + training
        excess = np.log(total) - target
        low, high = np.where(excess > 0.0, x, low), np.where(excess > 0.0, high, x)
        share = elasticities.cost_share
        steep = elasticities.service * share * np.exp(x) / (1.0 + share * np.expm1(x))
        slope = generative * steep
        slope += embedded * elasticities.embedded + training * elasticities.training
        following = x + excess * total / slope
        outside = (following < low) | (following > high)
        following = np.where(outside, 0.5 * (low + high), following)
        following = np.where(settled, x, following)
        settled = settled | (np.abs(following - x) < CLOSE)
        x = following
        if settled.all():
            break
    return np.asarray(x)
