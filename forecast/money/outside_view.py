"""What no trend contains: a bust, and money that lenders hold back. Both only lower spending."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Assumption
from forecast.money.processes import constant, drawn_value

YEAR = 4
CASH_FLOW_YEAR = 2025.5  # the middle of the year that `operating_cash_flow` is of


def outside_view(
    money: Mapping[str, Assumption],
    capex: Array,
    years: Array,
    first: int,
    rng: np.random.Generator,
) -> Array:
    """Return the factor on spending, (draws, quarters): one before the column `first`.

    `capex`, (draws, quarters), is that of the five before the factor; `years` the middle of each
    quarter.
    """
    busts = bust_factor(money, capex, first, rng)
    return busts * financing_factor(money, capex * busts, years, first, rng)


def bust_factor(
    money: Mapping[str, Assumption], capex: Array, first: int, rng: np.random.Generator
) -> Array:
    """Return the factor of a bust on spending, (draws, quarters).

    Its chance in a quarter rises with capex's growth over two years; it comes once, falls by
    `bust_depth` in logarithms over `bust_length` quarters, and stays.
    """
    draws, quarters = capex.shape
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
    strikes = rng.random((draws, quarters)) < hazard
    strikes[:, :first] = False
    start = np.where(strikes.any(axis=1), strikes.argmax(axis=1), quarters)
    since = np.arange(quarters) - start[:, None] + 1
    along = np.clip(since / constant(money, "bust_length"), 0.0, 1.0)
    depth = drawn_value(money["bust_depth"], draws, rng)
    return np.asarray(np.exp(-depth[:, None] * along))


def financing_factor(
    money: Mapping[str, Assumption],
    capex: Array,
    years: Array,
    first: int,
    rng: np.random.Generator,
) -> Array:
    """Return the factor of the financing ceiling on spending, (draws, quarters).

    A year's capex x meets a soft limit l, what lenders allow of operating cash flow, as
    x (1 + (x/l)ⁿ)^(−1/n), and the limit takes hold over `financing_ramp` quarters.
    """
    draws, quarters = capex.shape
    allowed = drawn_value(money["financing_ceiling"], draws, rng)
    growth = drawn_value(money["operating_cash_flow_growth"], draws, rng)
    along = np.exp(growth[:, None] * (years - CASH_FLOW_YEAR))
    limit = allowed[:, None] * constant(money, "operating_cash_flow") * along
    softness = constant(money, "financing_softness")
    bent = (1.0 + (_year_sums(capex) / limit) ** softness) ** (-1.0 / softness)
    after = np.arange(quarters) - first + 1
    ramp = np.clip(after / constant(money, "financing_ramp"), 0.0, 1.0)
    return np.asarray(1.0 + ramp * (bent - 1.0))


def _year_sums(capex: Array) -> Array:
    """Return the sum of four quarters up to each, of as many as there are at the start."""
    total = np.cumsum(capex, axis=1)
    sums = total.copy()
    sums[:, YEAR:] -= total[:, :-YEAR]
    count = np.minimum(np.arange(1, capex.shape[1] + 1), YEAR)
    return sums * (YEAR / count)
