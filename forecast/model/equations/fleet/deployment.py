"""From chips sold to chips running: lags, power on the way, retirement."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.graph import quantity
from forecast.model.quarters import by_quarter, lagged, running_sum


class Fleet(NamedTuple):
    """What the fleet is made of, (draws, quarters) or (draws, 1): facility watts of an H100e sold,
    quarters to operation, inventory that buyers bear beside in quarters of purchases, yearly
    retirement, as much again where power is short, and H100e sold before the first quarter."""

    watts_each: Array
    deployment_lag: Array
    inventory_limit: Array
    retirement_rate: Array
    scarcity_retirement: Array
    fleet_start: Array


class SupplyHistory(NamedTuple):
    """Supply as far as vendors report or guide, each of shape (draws, vendor quarters).

    `sold` is H100e sold in the quarter; `sold_to_date`, `running` and `deployed` (to date) H100e at
    its end, `watts` the facility peak capacity in use and `waiting_watts` that of what is sold and
    not yet deployed.
    """

    sold: Array
    sold_to_date: Array
    running: Array
    deployed: Array
    watts: Array
    waiting_watts: Array


@quantity("H100e", "flow", "H100e that plans buy")
def planned_sales(planned_chip_spend: Array, price_per_h100e: Array) -> Array:
    """H100e a quarter that vendors' revenue pays for."""
    return planned_chip_spend / price_per_h100e


@quantity(
    "H100e",
    "stock",
    "The fleet's make-up",
    formula=(),
    fields={
        "watts_each": ("W/H100e", "ratio"),
        "deployment_lag": ("quarters", "ratio"),
        "inventory_limit": ("quarters", "ratio"),
        "retirement_rate": ("share", "share"),
        "scarcity_retirement": ("share", "share"),
    },
)
def fleet(
    facility_watts_per_h100e: Array,
    deployment_lag: Array,
    inventory_limit: Array,
    retirement_rate: Array,
    scarcity_retirement: Array,
    fleet_start: Array,
) -> Fleet:
    """What chips draw, how long they wait, how long they run, and how many there were before."""
    return Fleet(
        facility_watts_per_h100e,
        deployment_lag,
        inventory_limit,
        retirement_rate,
        scarcity_retirement,
        fleet_start,
    )


@quantity(
    "H100e",
    "stock",
    "Supply as far as vendors report or guide",
    formula=(),
    fields={
        "sold": ("H100e", "flow"),
        "watts": ("W", "stock"),
        "waiting_watts": ("W", "stock"),
    },
)
def supply_history(planned_sales: Array, fleet: Fleet, vendor_quarters: int) -> SupplyHistory:
    """Chips sold, deployed and running as far as vendors report or guide: sales follow their
    revenue, and what has been sold has power waiting for it."""
    shape = draws, quarters = planned_sales.shape[0], vendor_quarters
    sold, lags, watts_each = (
        by_quarter(values[:, :vendor_quarters], shape)
        for values in (planned_sales, fleet.deployment_lag, fleet.watts_each)
    )
    keep = kept_in_a_quarter(fleet.retirement_rate[:, :vendor_quarters], shape)
    start = fleet.fleet_start[:, 0]
    out = SupplyHistory(*(np.empty((quarters, draws)) for _ in SupplyHistory._fields))
    out.sold[:], out.sold_to_date[:] = sold, start + running_sum(sold.T).T
    to_date = np.concatenate([start[np.newaxis], out.sold_to_date])
    lag = lagged(lags, 0, rows_before=1)
    running = deployed = start
    watts, waiting_watts = start * watts_each[0], np.zeros(draws)
    for q in range(quarters):
        running, watts = running * keep[q], watts * keep[q]
        newly = np.maximum(lag.read(to_date, q) - deployed, 0.0)
        waiting_watts = waiting_watts + sold[q] * watts_each[q]
        new_watts = waiting_watts * newly / np.maximum(out.sold_to_date[q] - deployed, 1.0)
        running, deployed, watts = running + newly, deployed + newly, watts + new_watts
        waiting_watts = waiting_watts - new_watts
        out.running[q], out.deployed[q] = running, deployed
        out.watts[q], out.waiting_watts[q] = watts, waiting_watts
    return SupplyHistory(*(values.T for values in out))


def kept_in_a_quarter(retirement_rate: Array, shape: tuple[int, int]) -> Array:
    """Return what a quarter leaves running at a yearly rate, (quarters, draws)."""
    return by_quarter((1.0 - retirement_rate) ** (1.0 / QUARTERS_PER_YEAR), shape)


class Site:
    """The fleet after the reported quarters, as it is at the end of a quarter, (draws,) each;
    `capacity` is that of its sites in W."""

    def __init__(
        self, history: SupplyHistory, fleet: Fleet, capacity: Array, quarters: int
    ) -> None:
        past = history.sold.shape[1]
        draws = len(history.sold)
        shape = draws, quarters - past
        self.watts_each, waits, self._pipeline = (
            by_quarter(values, shape)
            for values in (
                fleet.watts_each,
                fleet.deployment_lag,
                fleet.deployment_lag + fleet.inventory_limit,
            )
        )
        self._keep = kept_in_a_quarter(fleet.retirement_rate, shape)
        self._early = kept_in_a_quarter(fleet.scarcity_retirement, shape)
        self._lag = lagged(waits, past, rows_before=1)
        self._to_date = np.empty((1 + quarters, draws))
        self._to_date[0] = fleet.fleet_start[:, 0]
        self._to_date[1 : 1 + past] = history.sold_to_date.T
        _, self.sold_to_date, self.running, self._deployed, self.watts, self._waiting_watts = (
            values[:, -1] for values in history
        )
        self._past, self._capacity = past, capacity
        self._is_short = np.zeros(draws, dtype=bool)
        self._missed = np.zeros(draws)
        self.gap = np.zeros(draws)

    def powered(self, step: int, usual: Array, added: Array) -> Array:
        """Return how many H100e the sites of a quarter take, beside what is on its way and waits:
        as many quarters of the `usual` purchases as buyers bear. Sites have grown by `added` W;
        where power was short old chips have made room."""
        kept = np.where(self._is_short, self._early[step], 1.0) * self._keep[step]
        self.running, self.watts = self.running * kept, self.watts * kept
        self._capacity = self._capacity + added
        room = np.maximum(self._capacity - self.watts, 0.0) / self.watts_each[step]
        waiting = self.sold_to_date - self._deployed
        return np.asarray(np.maximum(room + self._pipeline[step] * usual - waiting, 0.0))

    def deploy(self, step: int, sold: Array, unpowered: Array, onsite: Array) -> None:
        """Sell chips and start those that are past their lag, as far as there is power; so many
        H100e were wanted beside and not `powered`, and so many have power of their own, `onsite`.
        """
        watts_each = self.watts_each[step]
        self._is_short = unpowered > 0.01 * sold
        self._missed = self._missed + unpowered * watts_each
        self._capacity = self._capacity + onsite * watts_each
        room = np.maximum(self._capacity - self.watts, 0.0) / watts_each
        self.sold_to_date = self.sold_to_date + sold
        self._to_date[1 + self._past + step] = self.sold_to_date
        ready = self._lag.read(self._to_date, step)
        newly = np.clip(ready - self._deployed, 0.0, room)
        inventory = np.maximum(self.sold_to_date - self._deployed, 1.0)
        waiting = self._waiting_watts + sold * watts_each
        new_watts = waiting * newly / inventory
        self.running, self.watts = self.running + newly, self.watts + new_watts
        self._deployed, self._waiting_watts = self._deployed + newly, waiting - new_watts
        stuck = np.clip((ready - self._deployed) / np.maximum(inventory - newly, 1.0), 0.0, 1.0)
        self.gap = self._missed + self._waiting_watts * stuck
