"""What was believed as of an earlier day: each belief by the day of the newest fact in it.

A belief that was not known yet gives way to its newest vintage that was, or else to the default of
its unit and kind, which uses nothing of it. Observations are cut where they are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from math import sqrt
from typing import TypeVar

from forecast.inputs.schema import (
    AssumedPoint,
    Assumption,
    Default,
    Distribution,
    Driver,
    DriverVintage,
    Inputs,
    Knot,
    Replaced,
    ReplacedKind,
    Source,
    Vintage,
    Way,
)
from forecast.periods import day_year_fraction

# The default of a path is the same in both years: what it does between them is not known either.
PATH_YEARS = (2022.5, 2028.5)
# What a series that nobody published yet is taken to have reached, in parts of its saturation.
UNPUBLISHED = (1.0 / 1000.0, 1.0 / 3.0)
_WAYS: dict[Way, str] = {
    "vintage": "stand as of an earlier day",
    "nothing": "are left out",
    "default": "are the default of their unit",
}
Earlier = TypeVar("Earlier", Vintage, DriverVintage)


def beliefs_as_of(inputs: Inputs, day: date) -> tuple[Inputs, tuple[Replaced, ...]]:
    """Return inputs with the beliefs that were known by a day, and which of today's gave way.

    Targets, correlations and assumed points that were not known are left out. A driver of which
    nothing had been published leans on its saturation. Scenarios are questions, and stay.
    """
    replaced: list[Replaced] = []

    def is_known(name: str, kind: ReplacedKind, known_from: date) -> bool:
        if known_from > day:
            replaced.append(Replaced(name, kind, "nothing"))
        return known_from <= day

    assumptions = _assumptions(inputs, day, replaced)
    drivers = {}
    for name, driver in inputs.drivers.items():
        points = tuple(
            point
            for point in driver.assumed
            if is_known(name, "assumed point", point.provenance.known_from)
        )
        drivers[name] = replace(_driver(driver, day, replaced), assumed=points)
    targets = tuple(
        each
        for each in inputs.targets
        if not each.provenance or is_known(each.name, "target", each.provenance.known_from)
    )
    correlations = tuple(
        each
        for each in inputs.correlations
        if each.known_from is None
        or is_known(f"{each.first}, {each.second}", "correlation", each.known_from)
    )
    known = replace(
        inputs,
        assumptions=assumptions,
        drivers=drivers,
        targets=targets,
        correlations=correlations,
    )
    known, leaning = lean_on_beliefs(known, day)
    return known, (*replaced, *leaning)


def lean_on_beliefs(inputs: Inputs, day: date) -> tuple[Inputs, tuple[Replaced, ...]]:
    """Return inputs whose drivers of which nothing had been published by a day have an assumed
    point there, and which those are.

    It lies between a thousandth and a third of the believed saturation, or of one in the same unit;
    a driver without either stays as it is.
    """
    published = {row.series_id for row in inputs.observations if row.value > 0.0}  # 0 has no level
    drivers, leaning = dict(inputs.drivers), []
    for name, driver in inputs.drivers.items():
        series = {each for evidence in driver.evidence for each in evidence.series}
        saturation = driver.saturation or _saturation_in(driver.unit, inputs.drivers)
        if saturation and not driver.assumed and not published & {name, *series}:
            drivers[name] = replace(driver, assumed=(_unpublished(driver, saturation, day),))
            leaning.append(Replaced(name, "evidence", "default"))
    return replace(inputs, drivers=drivers), tuple(leaning)


def _saturation_in(unit: str, drivers: Mapping[str, Driver]) -> Distribution | None:
    """Return the believed saturation of the first driver in a unit that has one."""
    stated = (each.saturation for each in drivers.values() if each.unit == unit)
    return next((each for each in stated if each), None)


def _unpublished(driver: Driver, saturation: Distribution, day: date) -> AssumedPoint:
    values = [value for _, value in saturation.quantiles]
    low, high = UNPUBLISHED[0] * values[0], UNPUBLISHED[1] * values[-1]
    belief = Distribution("quantiles", ((0.1, low), (0.5, sqrt(low * high)), (0.9, high)))
    return AssumedPoint(day_year_fraction(day), belief, driver.provenance)


def _assumptions(inputs: Inputs, day: date, replaced: list[Replaced]) -> dict[str, Assumption]:
    """Return the assumptions as of a day; those that gave way are added to `replaced`."""
    defaults = {(each.unit, each.kind): each for each in inputs.defaults}
    known = {}
    for name, assumption in inputs.assumptions.items():
        vintages = _known_by(assumption.vintages, day)
        if assumption.provenance.known_from <= day:
            known[name] = replace(assumption, vintages=vintages)
        elif vintages:
            since = vintages[-1].provenance.known_from
            replaced.append(Replaced(name, "assumption", "vintage", since))
            known[name] = _as_stated(assumption, vintages[-1], vintages[:-1])
        else:
            default = defaults[assumption.unit, assumption.kind]
            replaced.append(Replaced(name, "assumption", "default"))
            known[name] = _as_stated(assumption, _stated(default, assumption.is_path, day), ())
    return known


def _known_by(vintages: Iterable[Earlier], day: date) -> tuple[Earlier, ...]:
    return tuple(each for each in vintages if each.provenance.known_from <= day)


def _as_stated(
    assumption: Assumption, stated: Vintage, vintages: tuple[Vintage, ...]
) -> Assumption:
    """Return an assumption with another belief than its own, and the vintages before that."""
    return replace(
        assumption,
        knots=stated.knots,
        provenance=stated.provenance,
        persistence=stated.persistence,
        floor=stated.floor,
        ceiling=stated.ceiling,
        vintages=vintages,
    )


def _stated(default: Default, is_path: bool, day: date) -> Vintage:
    """Return the default of a unit and kind as a belief that is stated on a day."""
    said = f"default for {default.unit} {default.kind}".strip()
    times = PATH_YEARS if is_path else (None,)
    return Vintage(
        tuple(Knot(time, default.belief) for time in times),
        Source(said, "", "judged", day, day, default.reasoning),
    )


def _driver(driver: Driver, day: date, replaced: list[Replaced]) -> Driver:
    """Return a driver with its beliefs of a day; without a vintage its data alone speak."""
    vintages = _known_by(driver.vintages, day)
    if driver.provenance.known_from <= day:
        return replace(driver, vintages=vintages)
    if vintages:
        then = vintages[-1]
        replaced.append(Replaced(driver.name, "driver", "vintage", then.provenance.known_from))
        return replace(
            driver,
            saturation=then.saturation,
            growth=then.growth,
            ceiling=then.ceiling,
            provenance=then.provenance,
            vintages=vintages[:-1],
        )
    if any(each is not None for each in (driver.saturation, driver.growth, driver.ceiling)):
        replaced.append(Replaced(driver.name, "driver", "nothing"))
    return replace(driver, saturation=None, growth=None, ceiling=None, vintages=())


def replaced_warnings(inputs: Inputs) -> tuple[str, ...]:
    """Return in words which beliefs were not known by the day of an as-of case; none of today."""
    beliefs = [each for each in inputs.replaced if each.kind != "evidence"]
    leaning = [each.name for each in inputs.replaced if each.kind == "evidence"]
    warnings = []
    if beliefs:
        by = {way: sum(each.by == way for each in beliefs) for way in _WAYS}
        said = "; ".join(f"{by[way]} {words}" for way, words in _WAYS.items() if by[way])
        of = f"{len(beliefs)} of {count_beliefs(inputs)}"
        warnings.append(f"{of} beliefs were not known by then: {said}")
    if leaning:
        names = ", ".join(leaning)
        warnings.append(f"nothing was published by then, so the path rests on beliefs: {names}")
    return tuple(warnings)


def count_beliefs(inputs: Inputs) -> int:
    """Return how many beliefs today's inputs hold of those that an as-of case was made from."""
    gone = sum(each.by == "nothing" and each.kind != "driver" for each in inputs.replaced)
    held = (
        *inputs.assumptions,
        *inputs.drivers,
        *inputs.correlations,
        *(each for each in inputs.targets if each.provenance),
        *(point for driver in inputs.drivers.values() for point in driver.assumed),
    )
    leaning = sum(each.kind == "evidence" for each in inputs.replaced)
    return len(held) - leaning + gone
