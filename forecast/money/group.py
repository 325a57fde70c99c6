"""The money group: capex of five companies and revenue of three vendors, as aligned paths.

1. Each member's reported quarters are filtered, and its paths drawn on (`processes`).
2. Guidance moves them (`guidance`), through the link of capex with NVIDIA's revenue (`link`).
3. A bust and the financing ceiling lower what is not reported (`outside_view`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.prior import stream
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Assumption, Driver, Inputs
from forecast.money.guidance import Datum, guidance_data, updated
from forecast.money.link import Link, link_of
from forecast.money.outside_view import OutsideView, outside_view
from forecast.money.processes import (
    capex_paths,
    constant,
    drawn_value,
    level_steps,
    vendor_paths,
)
from forecast.money.reported import Reported, last_in_all, on_calendar, reported
from forecast.periods import mid_year_fraction

LEADER = "nvidia_datacenter_revenue"  # the vendor that capex follows
BEFORE = 12  # quarters before the newest report on which paths are kept, for growth over two years


@dataclass(frozen=True)
class MoneyPaths:
    """Paths in USD a quarter, (draws, quarters), by member: `quarters` holds the calendar quarters,
    `reported` the newest one of each member. `followed` is the five's capex that follows NVIDIA's
    revenue, (draws, quarters).

    The outside view is in `paths` already; beside them it is what they were lowered by, (draws,
    quarters) each: `outside` the logarithm of the factor on what is not reported, zero through the
    last quarter that all have reported; `bust_hazard` the quarter's chance of a bust, zero through
    that quarter, and `bust_uniform` the draw that it strikes by; `bust_depth` the fall in
    logarithms; `operating_cash_flow` the five's, in USD a year.
    """

    quarters: range
    paths: dict[str, Array]
    reported: dict[str, int]
    followed: Array
    outside: Array
    bust_hazard: Array
    bust_uniform: Array
    bust_depth: Array
    operating_cash_flow: Array

    def total(self, names: list[str]) -> Array:
        """Return the sum of members, (draws, quarters)."""
        return np.asarray(np.sum([self.paths[name] for name in names], axis=0))


def members(inputs: Inputs, process: str = "") -> dict[str, Driver]:
    """Return the drivers of the money group by name, all or those of one process."""
    return {
        name: driver
        for name, driver in inputs.drivers.items()
        if driver.process in ((process,) if process else ("capex", "vendor"))
    }


def money_paths(
    inputs: Inputs,
    quarters: range,
    draws: int,
    seed: int,
    *,
    per_revenue: Array,
    day: date | None = None,
) -> MoneyPaths:
    """Return paths of the group over calendar `quarters`: reported figures, and draws after them.

    `per_revenue`, (draws,), is the five's AI capex for each dollar of NVIDIA's data-centre revenue.
    `day` is the day up to which guidance counts; all of the inputs' counts if it is None. A vendor
    that has reported nothing yet takes a part of NVIDIA's revenue. Raises InputError for a company,
    or NVIDIA, that has not.
    """
    every = {name: reported(driver, inputs) for name, driver in members(inputs).items()}
    reports = {name: report for name, report in every.items() if report.quarters}
    _refuse_unreported(inputs, reports)
    capex = list(members(inputs, "capex"))
    last = min(last_in_all(reports[name] for name in capex), reports[LEADER].last)
    oldest = min(report.last for report in reports.values())
    start = min(quarters.start, last - BEFORE, oldest + 1)
    drawn = _draw(inputs, reports, start, quarters.stop, draws, seed)
    newest = slice(last - 3 - start, last + 1 - start)
    limit = constant(inputs.money, "link_limit")

    def linked(logs: Mapping[str, Array]) -> tuple[dict[str, Array], Link]:
        paths = {name: np.exp(values) for name, values in logs.items()}
        own = {name: on_calendar(paths[name], reports[name].months_early) for name in capex}
        trend = np.asarray(np.sum(list(own.values()), axis=0))
        leader = paths[LEADER][:, :-1]
        link = link_of(trend, leader, per_revenue, newest, limit)
        factor = link.factor(trend, leader)
        factor = np.concatenate([factor, factor[:, -1:]], axis=1)
        for name in capex:
            after = reports[name].last + 1 - start
            paths[name][:, after:] *= factor[:, after:]
        return paths, link

    base, _ = linked(drawn)

    def predicted(datum: Datum) -> Array:
        columns = [quarter - start for quarter in datum.quarters]
        return np.asarray(np.log(base[datum.member][:, columns].sum(axis=1)))

    until = day or max((row.published for row in inputs.guidance), default=inputs.data_through)
    data = [
        each
        for each in guidance_data(inputs, reports, until)
        if each.quarters[-1] < quarters.stop and each.quarters[0] >= start
    ]
    logs = updated(drawn, data, predicted, stream(seed, "money guidance"))
    paths, link = linked(logs)
    calendar = {
        name: on_calendar(values, reports[name].months_early if name in capex else 0)
        for name, values in paths.items()
    }
    view = _outside(inputs, calendar, capex, start, last, seed)
    window = slice(quarters.start - start, quarters.stop - start)
    for name, values in calendar.items():
        after = reports[name].last + 1 - reports[name].months_early * (name in capex) - start
        values[:, after:] *= view.factor[:, after:]
    for name in every.keys() - reports.keys():
        part = drawn_value(inputs.money["unreported_part"], draws, stream(seed, f"money {name}"))
        calendar[name] = calendar[LEADER] * part[:, None]
    return MoneyPaths(
        quarters,
        {name: np.ascontiguousarray(values[:, window]) for name, values in calendar.items()},
        {name: report.last for name, report in reports.items()},
        np.ascontiguousarray(link.followed(calendar[LEADER])[:, window]),
        np.log(view.factor[:, window]),
        np.ascontiguousarray(view.hazard[:, window]),
        np.ascontiguousarray(view.uniform[:, window]),
        np.repeat(view.depth, len(quarters), axis=1),
        np.ascontiguousarray(view.cash_flow[:, window]),
    )


def _draw(
    inputs: Inputs,
    reports: Mapping[str, Reported],
    start: int,
    stop: int,
    draws: int,
    seed: int,
) -> dict[str, Array]:
    """Return logarithms by member, (draws, stop + 1 − start), each on its own clock."""
    money = inputs.money
    size = stop + 1 - start
    found = {}
    drift_correlation = constant(money, "drift_correlation")
    for process, correlation in (
        ("capex", "capex_shock_correlation"),
        ("vendor", "vendor_shock_correlation"),
    ):
        rng = stream(seed, f"money {process}")
        shared = rng.standard_normal((draws, size + BEFORE))
        lasting = rng.standard_normal(draws)
        paths = capex_paths if process == "capex" else vendor_paths
        for name in members(inputs, process):
            if name not in reports:
                continue
            own = stream(seed, f"money {name}")
            report = reports[name]
            ahead = stop - report.last
            normals = _mixed(shared, constant(money, correlation), own)
            steps = level_steps(money, normals[:, :ahead], own)
            drift = _mixed(lasting, drift_correlation, own)
            after = paths(money, report.logs(), drift, steps, own)
            found[name] = _whole(money, report, after, start, size, own)
    return found


def _mixed(shared: Array, correlation: float, rng: np.random.Generator) -> Array:
    """Return standard normal values of which any two calls correlate by `correlation`."""
    own = rng.standard_normal(shared.shape)
    return np.asarray(np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own)


def _whole(
    money: Mapping[str, Assumption],
    report: Reported,
    after: Array,
    start: int,
    size: int,
    rng: np.random.Generator,
) -> Array:
    """Return reported logarithms, gaps bridged, and draws before and after them, (draws, size)."""
    logs = report.logs()
    places = np.arange(len(logs))
    seen = np.isfinite(logs)
    known = np.interp(places, places[seen], logs[seen])
    draws = len(after)
    found = np.empty((draws, size))
    first = report.first - start
    before = max(first, 0)
    found[:, before : before + len(known) - (before - first)] = known[before - first :]
    found[:, report.last + 1 - start :] = after[:, : size - (report.last + 1 - start)]
    if before:
        slope = (known[min(4, len(known) - 1)] - known[0]) / max(min(4, len(known) - 1), 1)
        steps = slope + constant(money, "capex_noise") * rng.standard_normal((draws, before))
        found[:, :before] = known[0] - np.cumsum(steps, axis=1)[:, ::-1]
    return found


def _outside(
    inputs: Inputs,
    calendar: Mapping[str, Array],
    capex: list[str],
    start: int,
    last: int,
    seed: int,
) -> OutsideView:
    total = np.asarray(np.sum([calendar[name] for name in capex], axis=0))
    years = np.array([mid_year_fraction(start + index) for index in range(total.shape[1])])
    rng = stream(seed, "money outside view")
    return outside_view(inputs.money, total, years, last + 1 - start, rng)


def _refuse_unreported(inputs: Inputs, reports: Mapping[str, Reported]) -> None:
    """Raise InputError for each company, and for NVIDIA, that has reported nothing."""
    problems = [
        Problem(
            f"{driver.file}:{driver.line}",
            name,
            "no reported quarter",
            "one at least",
            "An as-of date may be too early for it.",
        )
        for name, driver in members(inputs).items()
        if name not in reports and (driver.process == "capex" or name == LEADER)
    ]
    if problems:
        raise InputError(problems)
