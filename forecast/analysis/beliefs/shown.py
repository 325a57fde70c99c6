"""One assumption, driver or constant in full: beliefs, readers, evidence and influence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from forecast.analysis.beliefs.assumptions import (
    Assumptions,
    assumption_rows,
    constant_row,
    driver_row,
    find_belief,
    knowledge,
    unknown,
)
from forecast.analysis.beliefs.stated import Provenance, Stated, belief_date, provenance, stated
from forecast.inputs.schema import Assumption, Distribution, Driver, Inputs, Source
from forecast.model.equations import model_graph
from forecast.money.joint import planned
from forecast.result import BESIDE, DEFAULT, MERGED, RunOptions
from forecast.units import Qualifier
from forecast.world.case import Case, run_of


@dataclass(frozen=True)
class Reader:
    """An equation that takes an assumption or driver."""

    equation: str
    title: str
    unit: str


@dataclass(frozen=True)
class CorrelationRow:
    """A rank correlation with another belief; `place` is the file and line in which it stands."""

    other: str
    rank_correlation: float
    reasoning: str
    place: str


@dataclass(frozen=True)
class EvidenceRow:
    """A series that informs a driver, with its reach and the error of a row in the driver's
    scale."""

    series_id: str
    title: str
    unit: str
    rows: int
    first: str | None
    last: str | None
    last_value: float | None
    qualifier: Qualifier | None
    error: float
    variant: str
    reasoning: str


@dataclass(frozen=True)
class DriverBelief:
    """What is believed of a driver beside its evidence."""

    belief: str
    unit: str
    stated: Stated
    provenance: Provenance


@dataclass(frozen=True)
class VintageRow:
    """An earlier belief, which hindcasts see: of a period if it is a path's, of a driver's
    saturation or growth."""

    known_from: str
    belief: str
    period: str | None
    unit: str
    stated: Stated = field(metadata=MERGED)
    source: str
    reasoning: str


@dataclass(frozen=True)
class ShownAssumption(Assumptions):
    """Everything about one assumption, driver or constant; `influence` is its rank correlation with
    each headline metric at the horizon, empty for a constant. `evidence` and `assumed` are those of
    a driver, `vintages` what was believed before, the oldest first; a driver of the money group
    `is_plan`, of which what is realised may differ."""

    readers: tuple[Reader, ...]
    correlations: tuple[CorrelationRow, ...]
    evidence: tuple[EvidenceRow, ...]
    assumed: tuple[DriverBelief, ...]
    influence: dict[str, float]
    vintages: tuple[VintageRow, ...] = field(metadata=BESIDE)
    is_plan: bool


def show_assumption(case: Case, options: RunOptions = DEFAULT, *, name: str) -> ShownAssumption:
    """Return everything about one assumption, driver or constant of the money group, its beliefs
    (a driver's path by year) as rows. Raises InputError if there is none of that name."""
    inputs = case.inputs
    name = find_belief(name, inputs).name or name
    driver, constant = inputs.drivers.get(name), inputs.money.get(name)
    if not driver and not constant and name not in inputs.assumptions:
        raise unknown(name, inputs)
    known = knowledge(case, options)
    if driver:
        years = [row.period for row in known.paths[name] if row.period <= options.through[:4]]
        rows = [driver_row(driver, known, year) for year in years]
        vintages = list(_driver_vintages(driver))
    elif constant:
        rows, vintages = [constant_row(constant)], list(_vintages(constant))
    else:
        rows = list(assumption_rows(inputs.assumptions[name], known))
        vintages = list(_vintages(inputs.assumptions[name]))
    return ShownAssumption(
        command="assumptions show",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=known.warnings,
        readers=_readers(planned(inputs, name)),
        correlations=_correlations(name, inputs),
        evidence=tuple(_evidence(driver, inputs)) if driver else (),
        assumed=tuple(_beliefs(driver)) if driver else (),
        influence=dict(known.influence.get(name, {})),
        vintages=tuple(vintages),
        is_plan=planned(inputs, name) != name,
    )


def _readers(name: str) -> tuple[Reader, ...]:
    """Return the equations that take a name, as they call it."""
    return tuple(
        Reader(node.name, node.meaning.title, node.meaning.unit)
        for node in model_graph().nodes.values()
        if name in node.needs
    )


def _correlations(name: str, inputs: Inputs) -> tuple[CorrelationRow, ...]:
    return tuple(
        CorrelationRow(
            each.second if each.first == name else each.first,
            each.rank_correlation,
            each.reasoning,
            f"{each.file}:{each.line}",
        )
        for each in inputs.correlations
        if name in {each.first, each.second}
    )


def _evidence(driver: Driver, inputs: Inputs) -> Iterator[EvidenceRow]:
    for evidence in driver.evidence:
        for name in evidence.series:
            mine = [row for row in inputs.observations if row.series_id == name]
            last = max(mine, key=lambda row: row.period_end, default=None)
            yield EvidenceRow(
                series_id=name,
                title=inputs.series[name].title,
                unit=inputs.series[name].unit,
                rows=len(mine),
                first=min((row.period_end.isoformat() for row in mine), default=None),
                last=last.period_end.isoformat() if last else None,
                last_value=last.value if last else None,
                qualifier=last.qualifier if last else None,
                error=evidence.error,
                variant=evidence.variant,
                reasoning=evidence.reasoning,
            )


def _vintages(assumption: Assumption) -> Iterator[VintageRow]:
    for vintage in assumption.vintages:
        for knot in vintage.knots:
            period = None if knot.time is None else belief_date(knot.time)
            yield _vintage(vintage.provenance, "", period, assumption.unit, knot.belief)


def _driver_vintages(driver: Driver) -> Iterator[VintageRow]:
    for vintage in driver.vintages:
        if vintage.saturation:
            belief = vintage.saturation
            yield _vintage(vintage.provenance, "saturation", None, driver.unit, belief)
        if vintage.growth:
            belief = vintage.growth
            yield _vintage(vintage.provenance, "growth a year", None, "log/year", belief)


def _vintage(
    source: Source, name: str, period: str | None, unit: str, belief: Distribution
) -> VintageRow:
    return VintageRow(
        known_from=source.known_from.isoformat(),
        belief=name,
        period=period,
        unit=unit,
        stated=stated(belief),
        source=source.source,
        reasoning=source.reasoning,
    )


def _beliefs(driver: Driver) -> Iterator[DriverBelief]:
    """Yield saturation, growth, and the points that somebody supposes, marked assumed."""
    place = f"{driver.file}:{driver.line}"
    for name, belief, unit in (
        ("saturation", driver.saturation, driver.unit),
        ("growth a year", driver.growth, "log/year"),
    ):
        if belief:
            source = provenance(driver.provenance, place)
            yield DriverBelief(name, unit, stated(belief), source)
    for point in driver.assumed:
        is_year_end = point.time % 1.0 == 0.0
        when = f"end of {point.time - 1.0:.0f}" if is_year_end else belief_date(point.time)
        source = provenance(point.provenance, place)
        yield DriverBelief(f"assumed, {when}", driver.unit, stated(point.belief), source)
