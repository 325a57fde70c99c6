"""Supply: from capital expenditure to chips sold, deployed and running, within chips and power.

The model's only feedback (pressure moves capex, capex moves the fleet, the fleet moves pressure) is
lagged, and lives in `supply_path`, which steps through quarters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.graph import BODY, quantity
from forecast.model.quarters import by_quarter, lagged

CONSTRAINTS = ("demand", "money", "chips", "power")
LARGEST_CAPEX_MULTIPLIER = 3.0


class Buyers(NamedTuple):
    """AI capex by buyer."""

    hyperscalers: Array
    others: Array


class Companies(NamedTuple):
    """One value for each hyperscaler."""

    amazon: Array
    alphabet: Array
    microsoft: Array
    meta: Array
    oracle: Array


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


class SupplyPath(NamedTuple):
    """Supply by quarter, each of shape (draws, quarters).

    `sold` is H100e sold in the quarter, `sold_to_date` and `running` H100e at its end, `watts` the
    facility peak capacity in use, `capex_multiplier` what demand pressure did to funded capex, and
    `binding` an index into CONSTRAINTS (-1 as far as vendors report), and `gap` the facility watts
    that money and chips would fill and power does not allow.
    """

    sold: Array
    sold_to_date: Array
    running: Array
    watts: Array
    capex_multiplier: Array
    binding: Array
    gap: Array


@quantity("USD", "flow", "Funded AI capex")
def ai_capex_funded(vendor_chip_spend: Array, accelerator_share: Array) -> Array:
    """AI capex before demand pressure and physical limits: what vendors sell over the accelerators'
    share of a data centre's cost."""
    return vendor_chip_spend / accelerator_share


@quantity("H100e", "stock", "Fleet that funded capex would run")
def funded_fleet(
    funded_sales: Array,
    deployment_lag: Array,
    retirement_rate: Array,
    fleet_start: Array,
) -> Array:
    """Compute that would run if money were the only limit: what funded capex buys, past its
    deployment lag and not retired. In the history it is what runs."""
    shape = draws, quarters = funded_sales.shape
    start = fleet_start[:, 0]
    to_date = np.empty((1 + quarters, draws))
    to_date[0], to_date[1:] = start, (fleet_start + np.cumsum(funded_sales, axis=1)).T
    keep = _kept_in_a_quarter(retirement_rate, shape)
    lag = lagged(by_quarter(deployment_lag, shape), 0, rows_before=1)
    fleet = np.empty((quarters, draws))
    running = ready_before = start
    for quarter in range(quarters):
        ready = lag.read(to_date, quarter)
        running = running * keep[quarter] + np.maximum(ready - ready_before, 0.0)
        ready_before = ready
        fleet[quarter] = running
    return np.ascontiguousarray(fleet.T)


@quantity(
    "H100e",
    "stock",
    "Supply as far as vendors report or guide",
    fields={
        "sold": ("H100e", "flow"),
        "watts": ("W", "stock"),
        "waiting_watts": ("W", "stock"),
    },
)
def supply_history(
    funded_sales: Array,
    facility_watts_per_h100e: Array,
    deployment_lag: Array,
    retirement_rate: Array,
    fleet_start: Array,
    vendor_quarters: int,
) -> SupplyHistory:
    """Chips sold, deployed and running as far as vendors report or guide: sales follow their
    revenue, and what has been sold has power waiting for it."""
    shape = draws, quarters = funded_sales.shape[0], vendor_quarters
    sold, lags, watts_each = (
        by_quarter(values[:, :vendor_quarters], shape)
        for values in (funded_sales, deployment_lag, facility_watts_per_h100e)
    )
    keep = _kept_in_a_quarter(retirement_rate[:, :vendor_quarters], shape)
    start = fleet_start[:, 0]
    out = SupplyHistory(*(np.empty((quarters, draws)) for _ in SupplyHistory._fields))
    out.sold[:], out.sold_to_date[:] = sold, start + np.cumsum(sold, axis=0)
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
    return SupplyHistory(*(np.ascontiguousarray(values.T) for values in out))


@quantity(
    "H100e",
    "stock",
    "Supply by quarter",
    fields={
        "sold": ("H100e", "flow"),
        "watts": ("W", "stock"),
        "capex_multiplier": ("ratio", "ratio"),
        "binding": ("ratio", "event"),
        "gap": ("W", "stock"),
    },
)
def supply_path(
    supply_history: SupplyHistory,
    funded_sales: Array,
    facility_watts_per_h100e: Array,
    total_demand: Array,
    reference_pressure: Array,
    capex_response: Array,
    capex_response_lag: Array,
    chip_supply: Array,
    power_additions: Array,
    flexible_load: Array,
    inventory_limit: Array,
    deployment_lag: Array,
    retirement_rate: Array,
    scarcity_retirement: Array,
    fleet_start: Array,
) -> SupplyPath:
    """Chips sold, deployed and running. After what vendors report or guide, sales are the least of
    what money buys, what packaging and memory allow, and what power can take: chips on their way
    and waiting may reach the deployment lag and the inventory limit, in quarters of the trailing
    year's purchases; where power is short old chips retire early to make room. Money follows demand
    pressure relative to the reference path, late and partly."""
    past, (draws, quarters) = supply_history.sold.shape[1], funded_sales.shape
    shape = draws, quarters - past
    affordable, watts_each, response, waits, pipeline = (
        by_quarter(values, shape)
        for values in (
            funded_sales,
            facility_watts_per_h100e,
            capex_response,
            deployment_lag,
            deployment_lag + inventory_limit,
        )
    )
    lag = lagged(waits, past, rows_before=1)
    # Pressure is known to the end of the quarter before.
    answers = np.maximum(by_quarter(capex_response_lag, shape), 1.0) - 1.0
    response_lag = lagged(answers, past - 1, rows_before=0)
    supply = by_quarter(chip_supply, shape) / QUARTERS_PER_YEAR
    additions = by_quarter(power_additions * (1.0 + flexible_load), shape) / QUARTERS_PER_YEAR
    keep = _kept_in_a_quarter(retirement_rate, shape)
    early = _kept_in_a_quarter(scarcity_retirement, shape)

    out = SupplyPath(*(np.empty((quarters, draws)) for _ in SupplyPath._fields))
    out.sold[:past] = supply_history.sold.T
    to_date = np.empty((1 + quarters, draws))
    to_date[0], to_date[1 : 1 + past] = fleet_start[:, 0], supply_history.sold_to_date.T
    demand, reference = (
        by_quarter(values, (draws, quarters)) for values in (total_demand, reference_pressure)
    )
    pressure = np.empty((quarters, draws))
    pressure[:past] = _log_pressure(demand[:past], supply_history.running.T, reference[:past])
    to_date_before, running, deployed, watts, waiting_watts = (
        values[:, -1] for values in supply_history[1:]
    )
    capacity, missed = watts + waiting_watts, np.zeros(draws)
    short_of_power = np.zeros(draws, dtype=bool)
    for step, q in enumerate(range(past, quarters)):
        kept = np.where(short_of_power, early[step], 1.0) * keep[step]
        running, watts = running * kept, watts * kept
        multiplier = _pressure_response(response_lag.read(pressure, step), response[step])
        capacity = capacity + additions[step]
        room = np.maximum(capacity - watts, 0.0) / watts_each[step]
        usual = out.sold[max(q - 4, 0) : q].mean(axis=0)
        powered = room + pipeline[step] * usual - (to_date_before - deployed)
        paid, powered = affordable[step] * multiplier, np.maximum(powered, 0.0)
        wanted = np.minimum(paid, supply[step])
        sold, short_of_power = np.minimum(wanted, powered), powered < wanted
        missed = missed + (wanted - sold) * watts_each[step]
        out.sold[q], to_date[1 + q] = sold, to_date_before + sold
        ready = lag.read(to_date, step)
        newly = np.clip(ready - deployed, 0.0, room)
        inventory = np.maximum(to_date[1 + q] - deployed, 1.0)
        waiting_watts = waiting_watts + sold * watts_each[step]
        new_watts = waiting_watts * newly / inventory
        running, deployed, watts = running + newly, deployed + newly, watts + new_watts
        waiting_watts = waiting_watts - new_watts
        stuck = np.clip((ready - deployed) / np.maximum(inventory - newly, 1.0), 0.0, 1.0)
        out.running[q], out.watts[q], out.capex_multiplier[q] = running, watts, multiplier
        out.gap[q] = missed + waiting_watts * stuck
        out.binding[q] = _binding(demand[q] <= running, paid <= supply[step], short_of_power)
        pressure[q] = _log_pressure(demand[q], running, reference[q])
        to_date_before = to_date[1 + q]
    out.sold_to_date[past:] = to_date[1 + past :]
    known: tuple[Array | float, ...] = (*supply_history[:3], supply_history.watts, 1.0, -1.0, 0.0)
    return SupplyPath(*(_joined(first, rows, past) for first, rows in zip(known, out, strict=True)))


def _binding(
    is_met: NDArray[np.bool_], is_paid: NDArray[np.bool_], unpowered: NDArray[np.bool_]
) -> Array:
    """Return what binds, an index into CONSTRAINTS: nothing but demand where it is met, then power,
    then the scarcer of money and chips."""
    demand, money, chips, power = map(float, range(len(CONSTRAINTS)))
    short = np.where(unpowered, power, np.where(is_paid, money, chips))
    return np.where(is_met, demand, short)


def _kept_in_a_quarter(retirement_rate: Array, shape: tuple[int, int]) -> Array:
    """Return what a quarter leaves running at a yearly rate, (quarters, draws)."""
    return by_quarter((1.0 - retirement_rate) ** (1.0 / QUARTERS_PER_YEAR), shape)


def _joined(history: Array | float, rows: Array, past: int) -> Array:
    """Return the history, (draws, past) or one value for all of it, and after it what rows,
    (quarters, draws), hold from there on: (draws, quarters)."""
    whole = np.empty(rows.T.shape)
    whole[:, :past], whole[:, past:] = history, rows[past:].T
    return whole


def _log_pressure(demand: Array, running: Array, reference: Array) -> Array:
    """Return the logarithm of demand over running compute, relative to its reference."""
    result: Array = np.log(demand / np.maximum(running, 1.0) / reference)
    return result


def _pressure_response(pressure: Array, response: Array) -> Array:
    """Return what past demand pressure, in logarithms, does to capex."""
    bound = np.log(LARGEST_CAPEX_MULTIPLIER)
    result: Array = np.exp(np.clip(response * pressure, -bound, bound))
    return result


@quantity("H100e", "stock", "Compute sold", metric=True, headline=True)
def compute_sold(supply_path: SupplyPath) -> Array:
    """AI compute sold to date, including what was sold before 2022."""
    return supply_path.sold_to_date


@quantity(
    "H100e",
    "stock",
    "Running compute",
    metric=True,
    headline=True,
    formula="compute_sold - rest",
    rest=("not_running", "Sold and on its way, without power, or retired"),
)
def compute_stock(supply_path: SupplyPath) -> Array:
    """AI compute running: sold, past its deployment lag, powered, and not retired."""
    return supply_path.running


@quantity(
    "USD",
    "flow",
    "AI chip spend",
    metric=True,
    headline=True,
    formula=("ai_capex * accelerator_share", BODY),
)
def chip_spend(supply_path: SupplyPath, price_per_h100e: Array) -> Array:
    """Money spent on data-centre AI accelerators at what their first owner pays: vendor systems
    revenue without networking for merchant GPUs, cost to the buyer for custom ASICs."""
    return supply_path.sold * price_per_h100e


@quantity(
    "USD",
    "flow",
    "AI capex",
    metric=True,
    headline=True,
    formula=("ai_capex_funded * rest", BODY),
    rest=("capex_realised", "Demand pressure and limits of chips and power"),
)
def ai_capex(chip_spend: Array, accelerator_share: Array) -> Array:
    """AI data-centre capital expenditure of the world: chip spend over the accelerator share."""
    return chip_spend / accelerator_share


@quantity("USD", "flow", "AI capex by buyer", breakdown=("buyer", "ai_capex"), formula=())
def buyers(
    ai_capex: Array,
    ai_capex_funded: Array,
    hyperscaler_capex: Array,
    nvidia_datacenter_revenue: Array,
    hyperscaler_ai_capex_to_nvidia_revenue: Array,
) -> Buyers:
    """AI capex of the five hyperscalers, as the link of their capex with NVIDIA's revenue has it
    and never more than their whole capex or the world's AI capex, and of everybody else. Limits of
    chips and power take the same part from both."""
    linked = hyperscaler_ai_capex_to_nvidia_revenue * nvidia_datacenter_revenue
    wanted = np.minimum(np.minimum(linked, hyperscaler_capex), ai_capex_funded)
    share = wanted / ai_capex_funded
    return Buyers(ai_capex * share, ai_capex * (1.0 - share))


@quantity(
    "USD",
    "flow",
    "Hyperscaler capex by company",
    breakdown=("company", "hyperscaler_capex"),
    formula=(),
)
def companies(
    hyperscaler_capex: Array,
    amazon_capex: Array,
    alphabet_capex: Array,
    microsoft_capex: Array,
    meta_capex: Array,
    oracle_capex: Array,
) -> Companies:
    """Capital expenditure of each of the five companies; they sum to `hyperscaler_capex`."""
    own = (amazon_capex, alphabet_capex, microsoft_capex, meta_capex, oracle_capex)
    scale = hyperscaler_capex / sum(own)
    return Companies(*(each * scale for each in own))


@quantity(
    "W",
    "stock",
    "AI power capacity",
    metric=True,
    headline=True,
    formula="compute_stock * rest",
    rest=("watts_of_the_fleet", "Watts for each H100e running"),
)
def ai_power_capacity(supply_path: SupplyPath) -> Array:
    """Facility peak capacity of the running AI fleet, by vintage."""
    return supply_path.watts


@quantity("W", "stock", "Power gap", metric=True)
def power_gap(supply_path: SupplyPath) -> Array:
    """Facility capacity wanted minus deliverable: what money and chips would have filled since the
    history and power did not allow, and chips that wait for power."""
    return supply_path.gap


@quantity("share", "event", "What binds supply", metric=True, headline=True)
def binding_constraint(supply_path: SupplyPath) -> Array:
    """Index of the constraint that binds: demand (idle fleet), money, chips or power; -1 as
    far as vendors report. Reported as shares of draws."""
    return supply_path.binding
