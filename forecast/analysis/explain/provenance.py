"""Where a number's inputs come from: beliefs with their reasons, observations with their sources.

Whatever enters the equations is an assumption, a driver, a shock, a reference or a quarter's place
in time; each is described so that a reader can open the file it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator

from forecast.analysis.beliefs.stated import Provenance, belief_date, provenance, stated
from forecast.analysis.explain.rows import (
    AssumedFigure,
    AssumptionTrail,
    CurveBelief,
    DatedBelief,
    DriverTrail,
    LeafKind,
    LeafTrail,
    Origin,
    PublishedFigure,
    Remark,
    TargetFigure,
)
from forecast.inputs.schema import Assumption, Driver, Inputs, Observation
from forecast.money.joint import own_name
from forecast.periods import quarter
from forecast.result import Band
from forecast.world.draws.draws import SHOCKS
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.ensemble import REFERENCES
from forecast.world.history.learnt import Learnt
from forecast.world.rows import plain

LATEST = 3  # observations of each series that a trail shows
NOTES = {
    "year_fraction": "The middle of each quarter, in years.",
    "history_quarters": "Quarters that vendor revenue covers.",
    "vendor_quarters": "Quarters that vendor revenue or guidance covers.",
    "horizon_quarters": "Quarters that are shown.",
    "first_quarter": "The first quarter of the projection, counted in quarters.",
    "inference_shock": "A random walk of standard normal steps after the history: what the model "
    "does not know about inference demand.",
    "training_shock": "A random walk of standard normal steps after the history: what the model "
    "does not know about training demand.",
    "revenue_shock": "A random walk of standard normal steps after the history: what the model "
    "does not know about revenue.",
    "outside_view": "Logarithm of what a bust and financing took off planned spending, drawn with "
    "it.",
    "bust_hazard": "Chance of a bust in a quarter, by the growth of planned spending.",
    "bust_uniform": "The uniform draw by which a bust strikes, in the first quarter in which it is "
    "smaller than the chance.",
    "bust_depth": "Fall of spending in a bust, in logarithms, drawn with the money group.",
    "log_operating_cash_flow": "Logarithm of the five companies' operating cash flow in USD a "
    "year, drawn with the money group.",
    "reference_log_revenue": "Median path of revenue in the base case, in logarithms, held "
    "fixed in what-ifs.",
    "market_reference": "Medians and quantiles of the market in the base case, held fixed in "
    "what-ifs.",
}


def leaf_kind(name: str, inputs: Inputs) -> LeafKind:
    """Return what an input of the equations is."""
    name = own_name(name)
    if name in inputs.assumptions:
        return "assumption"
    if name in inputs.drivers:
        return "driver"
    if name in SHOCKS or name in MONEY_STATE:
        return "shock"
    return "reference" if name in REFERENCES else "time"


def leaf_trail(name: str, inputs: Inputs, learnt: Learnt, period: str) -> LeafTrail:
    """Return where an input of the equations comes from; beliefs are those nearest a period."""
    name = own_name(name)
    if name in inputs.assumptions:
        return _assumption(inputs.assumptions[name], learnt, period)
    if name in inputs.drivers:
        return _driver(inputs.drivers[name], inputs, learnt, period)
    return Remark(NOTES[name])


def origin(name: str, inputs: Inputs) -> Origin | None:
    """Return where an assumption or a driver comes from, None for anything else."""
    name = own_name(name)
    known = inputs.assumptions.get(name) or inputs.drivers.get(name)
    if known is None:
        return None
    source = _provenance(known)
    return Origin(source.status, source.source, source.source_url, source.date, source.place)


def _provenance(known: Assumption | Driver) -> Provenance:
    return provenance(known.provenance, f"{known.file}:{known.line}")


def _assumption(assumption: Assumption, learnt: Learnt, period: str) -> AssumptionTrail:
    rows = {row.assumption: row for row in learnt.beliefs}
    beliefs = []
    for knot in assumption.knots:
        row = rows[assumption.name if knot.time is None else f"{assumption.name}@{knot.time:g}"]
        beliefs.append(
            DatedBelief(
                period=None if knot.time is None else belief_date(knot.time),
                stated=stated(knot.belief),
                prior=_plain(row.prior),
                conditioned=_plain(row.conditioned),
                shift=plain(row.shift),
                spread=plain(row.spread),
            )
        )
    target = (quarter(period) + 1.0) / 4.0
    distances = [abs((knot.time or target) - target) for knot in assumption.knots]
    nearest = beliefs[distances.index(min(distances))]
    return AssumptionTrail(
        equation=f"{assumption.title}.",
        prior=nearest.prior,
        conditioned=nearest.conditioned,
        shift=nearest.shift,
        spread=nearest.spread,
        beliefs=tuple(beliefs),
        provenance=_provenance(assumption),
    )


def _plain(band: Band) -> Band:
    return Band(plain(band.p10), plain(band.p50), plain(band.p90))


def _driver(driver: Driver, inputs: Inputs, learnt: Learnt, period: str) -> DriverTrail:
    """Return a driver's fit in the last quarter of the year of a period, and its evidence."""
    year = str(quarter(period) // 4)
    path = next(row for row in learnt.drivers if (row.driver, row.period) == (driver.name, year))
    place = f"{driver.file}:{driver.line}"
    return DriverTrail(
        equation=f"{driver.title}: {_drawn_by(driver)}, conditioned on the targets.",
        quarter=f"{year}Q4",
        prior=_plain(path.prior),
        conditioned=_plain(path.conditioned),
        beliefs=tuple(_curve_beliefs(driver)),
        observations=tuple(_observations(driver, inputs)),
        assumed=tuple(
            AssumedFigure(
                belief_date(point.time - 1e-6),
                stated(point.belief),
                provenance(point.provenance, place),
            )
            for point in driver.assumed
        ),
        provenance=_provenance(driver),
    )


def _drawn_by(driver: Driver) -> str:
    """Return how a driver's paths come about, in words."""
    if driver.process == "total":
        return "the sum of five companies, drawn together"
    if driver.process:
        return "drawn with the money group from reported quarters and guidance"
    return f"growth curves ({', '.join(driver.families)}) fitted to its evidence"


def _curve_beliefs(driver: Driver) -> Iterator[CurveBelief]:
    if driver.saturation:
        yield CurveBelief("saturation", stated(driver.saturation))
    if driver.growth:
        yield CurveBelief("growth", stated(driver.growth))


def _observations(driver: Driver, inputs: Inputs) -> Iterator[PublishedFigure]:
    """Yield the latest observations of each series that informs a driver, as published; of a total
    those of the companies it sums."""
    informing = [driver]
    if driver.process == "total":
        informing = [each for each in inputs.drivers.values() if each.process == "capex"]
    names = [name for each in informing for evidence in each.evidence for name in evidence.series]
    for name in dict.fromkeys([*names, driver.name]):
        rows = [row for row in inputs.observations if row.series_id == name]
        latest = sorted(rows, key=lambda row: (row.period_end, row.published))[-LATEST:]
        for row in latest:
            yield _published(row, inputs, len(rows))


def _published(row: Observation, inputs: Inputs, count: int) -> PublishedFigure:
    series = inputs.series.get(row.series_id)
    return PublishedFigure(
        series_id=row.series_id,
        rows=count,
        role=series.role if series else "driver",
        period_end=row.period_end.isoformat(),
        value=plain(row.value),
        high=None if row.high is None else plain(row.high),
        unit=row.unit,
        qualifier=row.qualifier,
        published=row.published.isoformat(),
        guidance=row.published < row.period_end and not row.assumed,
        assumed=row.assumed,
        status=row.status,
        source=row.source,
        source_url=row.source_url,
        place=f"{row.file}:{row.line}",
    )


def targets_of(name: str, inputs: Inputs, learnt: Learnt) -> tuple[TargetFigure, ...]:
    """Return what a quantity is held against."""
    places = {target.name: f"{target.file}:{target.line}" for target in inputs.targets}
    return tuple(
        TargetFigure(
            target=row.target,
            period=row.period,
            unit=row.unit,
            bound=row.bound,
            observed=plain(row.observed),
            modelled=_plain(row.modelled),
            misfit=plain(row.misfit),
            reasoning=row.reasoning,
            place=places[row.target],
        )
        for row in learnt.targets
        if row.quantity == name
    )
