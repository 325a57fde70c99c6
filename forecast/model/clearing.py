"""The rent that clears the market: demands fall with it until they fill the machines that run.

    G P(x)^(−η) + E e^(−ε_E x) + T e^(−ε_T x) = running,      P(x) = 1 + s (eˣ − 1)

x is the logarithm of rent over cost, G generative inference, E embedded inference and T training,
each at x = 0; s is serving cost over the price of a service. At the floor machines stand idle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import Array

CLOSE = 1e-8  # a step of Newton's so short leaves an error of about its square
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
    return _at_price(demands, elasticities, log_rent, _price(elasticities, log_rent))


def cleared(demands: Demands, elasticities: Elasticities, running: Array) -> Array:
    """Return the logarithm of rent over cost at which demands fill what runs, or the floor.

    Newton's method on the logarithm of demand, between the floor and HIGHEST. Demand falls with
    rent, so there is one root, and each step narrows the bracket that holds it; a step out of it
    goes to its middle instead. A draw stops by itself, whatever others do.
    """
    shape = np.broadcast_shapes(*(each.shape for each in (*demands, running)))
    low, high = np.full(shape, -np.inf), np.full(shape, np.inf)
    x = _inside(elasticities, np.zeros(shape))
    moving = np.ones(shape, dtype=bool)
    target = np.log(running)
    for _ in range(STEPS):
        following, excess = _newton(demands, elasticities, target, x)
        low, high = np.where(excess > 0.0, x, low), np.where(excess > 0.0, high, x)
        outside = ((following <= low) | (following >= high)) & (following != x)
        if outside.any():
            following = np.where(outside, 0.5 * (low + high), following)
        following = np.where(moving, following, x)
        moving = np.abs(following - x) >= CLOSE
        x = following
        if not moving.any():
            break
    return x


def _newton(
    demands: Demands, elasticities: Elasticities, target: Array, log_rent: Array
) -> tuple[Array, Array]:
    """Return where a step from a rent leads, and the logarithm of demand over what runs there."""
    price = _price(elasticities, log_rent)
    generative, embedded, training = _at_price(demands, elasticities, log_rent, price)
    total = generative + embedded + training
    excess = np.log(total) - target
    slope = generative * (elasticities.service * (1.0 - (1.0 - elasticities.cost_share) / price))
    slope += embedded * elasticities.embedded + training * elasticities.training
    return _inside(elasticities, log_rent + excess * total / slope), excess


def _price(elasticities: Elasticities, log_rent: Array) -> Array:
    """Return the price of services over that at a rent equal to cost."""
    price: Array = 1.0 + elasticities.cost_share * np.expm1(log_rent)
    return price


def _at_price(
    demands: Demands, elasticities: Elasticities, log_rent: Array, price: Array
) -> Demands:
    generative, embedded, training = demands
    return Demands(
        generative * price**-elasticities.service,
        embedded * np.exp(-elasticities.embedded * log_rent),
        training * np.exp(-elasticities.training * log_rent),
    )


def _inside(elasticities: Elasticities, log_rent: Array) -> Array:
    """Return a rent that is neither below the floor nor above HIGHEST."""
    return np.minimum(np.maximum(log_rent, elasticities.log_floor), HIGHEST)
