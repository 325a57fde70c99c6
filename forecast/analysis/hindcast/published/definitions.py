"""From a published wording to our terms: which companies' quarters, times which ratios.

A ratio turns our definition of a company's money into that of the wording (cash into capex with
leases, data centre into total revenue). It is that of the newest year in which both were known by
the day of the forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forecast.inputs.schema import FiscalCalendar, Inputs
from forecast.inputs.yardsticks.published import Definition, Period
from forecast.money.group import members
from forecast.money.reported import quarterly
from forecast.periods import fiscal_quarter, label, quarter
from forecast.world.case import LAST_HORIZON

CAPEX = {"hyperscaler_capex", "company_capex"}
LEVEL, GROWTH = "USD_bn", "percent_yoy"
BILLION = 1e9
YEAR = 4


class Unanswerable(Exception):
    """A target that cannot be put in our terms; its text says why."""


@dataclass(frozen=True)
class Target:
    """What is asked for: the sum over `quarters` of members of the money group, each times a
    factor; as growth over `before` where there is such. `converted` says by which ratios."""

    factors: Mapping[str, float]
    quarters: range
    before: range | None
    converted: str


def target_of(definition: Definition, period: Period, unit: str, then: Inputs) -> Target:
    """Return the target of a wording in the terms of inputs cut at a day.

    Raises Unanswerable where the money group has no such quantity, or no ratio was known.
    """
    names = _members(definition, then)
    if unit not in {LEVEL, GROWTH}:
        raise Unanswerable(f"no conversion of {unit}: {LEVEL} or {GROWTH}")
    quarters = _quarters(period, calendar_of(definition, then))
    if quarters[-1] > quarter(LAST_HORIZON):
        raise Unanswerable(f"{period.text} lies beyond {LAST_HORIZON}")
    factors = dict.fromkeys(names, 1.0)
    said = []
    for over, under in definition.ratios:
        member = _member_of(under, names, then)
        year, ratio = _newest_ratio(over, under, then)
        factors[member] *= ratio
        said.append(f"{over}/{under} {ratio:.3f} in the year to {label(year)}")
    before = range(quarters.start - YEAR, quarters.start) if unit == GROWTH else None
    if before is not None and len(quarters) != YEAR:
        raise Unanswerable(f"growth of {period.text}, which is no year")
    return Target(factors, quarters, before, "; ".join(said))


def calendar_of(definition: Definition, inputs: Inputs) -> FiscalCalendar | None:
    """Return the fiscal calendar of a wording about one company."""
    named = {name.lower(): each for name, each in inputs.fiscal_calendars.items()}
    return named.get(definition.companies[0]) if len(definition.companies) == 1 else None


def is_of_money(definition: Definition, inputs: Inputs) -> bool:
    """Return whether the money group holds the quantity of a wording."""
    return definition.quantity in CAPEX or definition.quantity in members(inputs)


def span_of(definition: Definition, period: Period, inputs: Inputs) -> tuple[int, int]:
    """Return what tells the time of two targets of one meaning apart: quarters of money, else the
    last day and length."""
    calendar = calendar_of(definition, inputs)
    if period.kind != "moment" and (period.kind == "calendar" or calendar is not None):
        quarters = _quarters(period, calendar)
        return quarters.start, quarters.stop
    return period.day.toordinal(), period.quarters


def _members(definition: Definition, then: Inputs) -> list[str]:
    if definition.quantity in CAPEX:
        names = [f"{company}_capex" for company in definition.companies]
    else:
        names = [definition.quantity]
    if unknown := [name for name in names if name not in members(then)]:
        raise Unanswerable(f"nothing of {', '.join(unknown)} had been published")
    if not names:
        raise Unanswerable("the wording names no company")
    return names


def _quarters(period: Period, calendar: FiscalCalendar | None) -> range:
    """Return the quarters of a period; a fiscal quarter is called by its middle month."""
    if period.kind == "moment":
        raise Unanswerable(f"{period.text} is a moment, and money flows: CY or FY and the year")
    last = 4 * period.year + period.quarter - 1
    if period.kind == "fiscal":
        if calendar is None:
            raise Unanswerable("a fiscal period of no known company")
        last = fiscal_quarter(calendar.year_end(period.year)) - (4 - period.quarter)
    return range(last - period.quarters + 1, last + 1)


def _member_of(series: str, names: Iterable[str], then: Inputs) -> str:
    """Return the member that a series is evidence of."""
    for name in names:
        if any(series in each.series for each in then.drivers[name].evidence):
            return name
    raise Unanswerable(f"{series} is evidence of none of {', '.join(names)}")


def _newest_ratio(over: str, under: str, then: Inputs) -> tuple[int, float]:
    """Return the last quarter of the newest year in which two series are known, and their ratio."""
    years = [_years(series, then) for series in (over, under)]
    if not (common := years[0].keys() & years[1].keys()):
        raise Unanswerable(f"no year of both {over} and {under} was known by then")
    newest = max(common)
    return newest, years[0][newest] / years[1][newest]


def _years(series: str, then: Inputs) -> dict[int, float]:
    """Return sums of four quarters by the last, as reported or added up."""
    known = {quarter: value for quarter, (value, _) in quarterly(series, then).items()}
    found = {
        last: sum(known[last - back] for back in range(YEAR))
        for last in known
        if all(last - back in known for back in range(YEAR))
    }
    for row in then.observations:
        if row.series_id == series and row.frequency == "TTM":
            found[fiscal_quarter(row.period_end)] = row.value
    return found
