"""What the curve of a driver cannot hold: `ingest` refuses it, so that no row that was accepted
keeps a driver from being fitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from forecast.errors import Problem
from forecast.inputs.schema import Driver, Inputs, Observation


def beyond_drivers(observations: Iterable[Observation], inputs: Inputs) -> list[Problem]:
    """Return the observations and beliefs that lie above the ceiling of their driver, the beliefs
    about times before its first figure, and money of zero, which has no growth."""
    by_series: dict[str, list[tuple[Driver, float]]] = {}
    for driver in inputs.drivers.values():
        by_series[driver.name] = [(driver, 1.0)]
        for evidence in driver.evidence:
            if len(evidence.series) == 1:
                by_series.setdefault(evidence.series[0], []).append((driver, evidence.scale_by))
    return [
        problem
        for each in observations
        for driver, scale in by_series.get(each.series_id, ())
        for problem in _beyond(each, driver, scale, inputs)
    ]


def _beyond(each: Observation, driver: Driver, scale: float, inputs: Inputs) -> Iterator[Problem]:
    place = f"{each.file}:{each.line}"
    most = max(each.value, each.high or 0.0) * scale
    if driver.ceiling is not None and most > driver.ceiling and each.qualifier != "lt":
        expected = f"at most {driver.ceiling / scale:g}, the ceiling of {driver.name}"
        yield Problem(place, "value", f"{each.value:g} {each.unit}", expected)
    if driver.process and each.value == 0.0 and each.qualifier in {"eq", "approx"}:
        expected = f"more than zero, as {driver.name} has"
        yield Problem(place, "value", f"{each.value:g} {each.unit}", expected)
    first = _first_figure(driver, inputs) if each.assumed else None
    if first is not None and each.period_end < first:
        expected = f"{first}, the day of the first figure of {driver.name}, or later"
        yield Problem(place, "period_end", f"{each.period_end}, of a belief", expected)


def _first_figure(driver: Driver, inputs: Inputs) -> date | None:
    names = {name for evidence in driver.evidence for name in evidence.series}
    days = (
        each.period_end
        for each in inputs.observations
        if each.series_id in names and not each.assumed
    )
    return min(days, default=None)
