"""What no trend contains: a bust, and money that lenders hold back. Both only lower spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array
from forecast.inputs.schema import Assumption
from forecast.money.processes import constant, drawn_value

YEAR = 4
CASH_FLOW_YEAR = 2025.5  # the middle of the year that `operating_cash_flow` is of


@dataclass(frozen=True)
class OutsideView:
    """What lowers spending, (draws, quarters) unless said otherwise.

    `factor` is the product of bust and financing, one where spending is reported. `hazard` is the
    chance of a bust in a quarter, zero where spending is reported, and `uniform` the draw that it
    strikes by, in the first quarter where it is smaller. `depth`, (draws, 1), is the fall in a bust
    in logarithms, `cash_flow` operating cash flow in USD a year.
    """

    factor: Array
    hazard: Array
    uniform: Array
    depth: Array
    cash_flow: Array


def outside_view(
    money: Mapping[str, Assumption],
    capex: Array,
    years: Array,
    first: int,
    rng: np.random.Generator,
) -> OutsideView:
    """Return what lowers spending from the column `first` on.

    `capex`, (draws, quarters), is that of the five before it is lowered; `years` the middle of each
    quarter.
    """
    draws = len(capex)
    hazard = bust_hazard(money, capex, first)
    uniform = rng.random(capex.shape)
    depth = drawn_value(money["bust_depth"], draws, rng)[:, None]
    allowed = drawn_value(money["financing_ceiling"], draws, rng)[:, None]
    growth = drawn_value(money["operating_cash_flow_growth"], draws, rng)[:, None]
    along = np.exp(growth * (years - CASH_FLOW_YEAR))
    cash_flow = constant(money, "operating_cash_flow")
    busts = bust_factor(money, uniform < hazard, depth)
    financing = financing_factor(money, capex * busts, allowed * cash_flow * along, first)
    return OutsideView(busts * financing, hazard, uniform, depth, cash_flow * along)


def bust_hazard(money: Mapping[str, Assumption], capex: Array, first: int) -> Array:
    """Return each quarter's chance of a bust, (draws, quarters), zero before the column `first`. It
    rises with capex's growth over two years."""
    sums = _year_sums(capex)
    growth = np.zeros(capex.shape)
    growth[:, 2 * YEAR :] = np.log(sums[:, 2 * YEAR :] / sums[:, : -2 * YEAR])
    hazard = np.where(
        growth > constant(money, "bust_steep_growth"),
        constant(money, "bust_hazard_steep"),
        np.where(
            growth > constant(money, "bust_fast_growth"),
            constant(money, "bust_hazard_fast"),
            constant(money, "bust_hazard_calm"),
        ),
    )
    hazard[:, :first] = 0.0
    return hazard


def bust_factor(money: Mapping[str, Assumption], strikes: NDArray[np.bool_], depth: Array) -> Array:
    """Return the factor of a bust on spending, (draws, quarters).

    It comes once, in the first quarter that `strikes`, falls by `depth`, (draws, 1),
    in logarithms over `bust_length` quarters, and stays.
    """
    quarters = strikes.shape[1]
    start = np.where(strikes.any(axis=1), strikes.argmax(axis=1), quarters)
    since = np.arange(quarters) - start[:, None] + 1
    along = np.clip(since / constant(money, "bust_length"), 0.0, 1.0)
    return np.asarray(np.exp(-depth * along))


def financing_factor(
    money: Mapping[str, Assumption], capex: Array, limit: Array, first: int
) -> Array:
    """Return the factor of the financing ceiling on spending, (draws, quarters).

    A year's capex x meets a soft `limit` l in USD a year, as x (1 + (x/l)ⁿ)^(−1/n), and the limit
    takes hold over `financing_ramp` quarters from the column `first` on.
    """
    softness = constant(money, "financing_softness")
    bent = (1.0 + (_year_sums(capex) / limit) ** softness) ** (-1.0 / softness)
    after = np.arange(capex.shape[1]) - first + 1
    ramp = np.clip(after / constant(money, "financing_ramp"), 0.0, 1.0)
    return np.asarray(1.0 + ramp * (bent - 1.0))


def _year_sums(capex: Array) -> Array:
    """Return the sum of four quarters up to each, of as many as there are at the start."""
    total = np.cumsum(capex, axis=1)
    sums = total.copy()
    sums[:, YEAR:] -= total[:, :-YEAR]
    count = np.minimum(np.arange(1, capex.shape[1] + 1), YEAR)
    return sums * (YEAR / count)
