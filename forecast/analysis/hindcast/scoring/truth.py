"""What came: reported money on calendar quarters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forecast.inputs.schema import Inputs
from forecast.money.group import members
from forecast.money.reported import Reported, reported

TOTAL = "hyperscaler_capex"
Quarters = Mapping[int, float]  # USD by quarter


def reported_money(inputs: Inputs) -> dict[str, Quarters]:
    """Return what is reported in calendar quarters, by member of the money group and of the TOTAL.

    A company whose quarters end a month early adds two thirds of its own and a third of the next.
    """
    capex = list(members(inputs, "capex"))
    found: dict[str, Quarters] = {}
    for name, driver in members(inputs).items():
        report = reported(driver, inputs)
        found[name] = on_calendar(report) if name in capex else own_quarters(report)
    return {TOTAL: summed(found[name] for name in capex), **found}


def own_quarters(report: Reported) -> Quarters:
    """Return figures by a company's own quarters."""
    return dict(zip(report.quarters, report.values, strict=True))


def on_calendar(report: Reported) -> Quarters:
    """Return figures by calendar quarter, those of which every month is known."""
    own = own_quarters(report)
    rest = max(report.months_early, 0) / 3.0
    if not rest:
        return own
    return {q: (1.0 - rest) * own[q] + rest * own[q + 1] for q in own if q + 1 in own}


def summed(parts: Iterable[Quarters]) -> Quarters:
    """Return the sum over the quarters that every part has."""
    listed = list(parts)
    common = set(listed[0]).intersection(*listed[1:]) if listed else set()
    return {quarter: sum(part[quarter] for part in listed) for quarter in sorted(common)}
