"""What history taught an ensemble: beliefs and paths before and after, targets and how they are
met, and the growth curves behind the drivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecast.beliefs import Array, belief_in_scale, into_scale, out_of_scale
from forecast.curves.evidence import driver_points
from forecast.curves.quantiles import quantiles_of
from forecast.ensemble.prior import variables
from forecast.ensemble.targets import Datum
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, label
from forecast.result import Band, Quantiles
from forecast.units import Scale
from forecast.world.rows import plain

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit, Point
    from forecast.curves.family_summary import MemberSummary
    from forecast.inputs.schema import Driver, Inputs

DRIVER_DRAWS = 2048  # paths of a driver that its band is taken from, which needs no more
_PERCENTILES = (10.0, 50.0, 90.0)


@dataclass(frozen=True)
class TargetRow:
    """How an ensemble meets a datum; `misfit` is the median's distance from it in standard errors,
    `error` the standard error in the datum's scale."""

    target: str
    quantity: str
    period: str
    unit: str
    bound: str
    observed: float
    prior: Band
    modelled: Band
    misfit: float
    error: float
    error_correlation: float
    origin: str
    reasoning: str


@dataclass(frozen=True)
class BeliefRow:
    """A belief before and after conditioning: `shift` is that of its mean in prior standard
    deviations, `spread` what is left of them."""

    assumption: str
    unit: str
    prior: Band
    conditioned: Band
    shift: float
    spread: float


@dataclass(frozen=True)
class DriverRow:
    """A driver's path before and after conditioning in a year."""

    driver: str
    period: str
    unit: str
    prior: Band
    conditioned: Band


@dataclass(frozen=True)
class PathRow:
    """A series or driver at a period: of all families, or of the `member` alone."""

    series_id: str
    member: str | None
    period: str
    unit: str
    quantiles: Quantiles


@dataclass(frozen=True)
class FitRow:
    """A family's part in a fit: its weight, its parameters' quantiles and its diagnostics."""

    series_id: str
    family: str
    weight: float
    parameters: dict[str, dict[str, float]]
    diagnostics: dict[str, float]


@dataclass(frozen=True)
class DriverFit:
    """Growth curves behind a driver before history conditions them, and the plain figures that they
    are fitted to: (time in years, value)."""

    fits: tuple[FitRow, ...]
    quarters: tuple[PathRow, ...]
    years: tuple[PathRow, ...]
    figures: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Learnt:
    """What history taught; all but the warnings empty where nothing was conditioned."""

    targets: tuple[TargetRow, ...] = ()
    beliefs: tuple[BeliefRow, ...] = ()
    drivers: tuple[DriverRow, ...] = ()
    fits: dict[str, DriverFit] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def target_rows(data: Sequence[Datum], before: Array, after: Array) -> Iterator[TargetRow]:
    """Yield how an ensemble meets each datum, from predictions (data, draws) in its scale."""
    for index, datum in enumerate(data):
        observed = float(into_scale(datum.value, datum.scale))
        yield TargetRow(
            target=datum.target,
            quantity=datum.quantity,
            period=datum.period,
            unit=datum.unit,
            bound=datum.bound,
            observed=datum.value,
            prior=natural_band(before[index], datum.scale),
            modelled=natural_band(after[index], datum.scale),
            misfit=float((np.median(after[index]) - observed) / datum.standard_error),
            error=datum.standard_error,
            error_correlation=datum.error_correlation,
            origin=datum.origin,
            reasoning=datum.reasoning,
        )


def natural_band(draws: Array, scale: Scale) -> Band:
    """Return P10, P50 and P90 of draws in log or logit space, (draws,), in natural units."""
    return Band(*(float(out_of_scale(x, scale)) for x in _percentiles(draws)))


def _percentiles(draws: Array) -> Array:
    """Return what `np.percentile` does of draws, (draws,), at _PERCENTILES, in a third of the time:
    sorting them takes less than finding six places."""
    ordered = np.sort(draws)
    position = np.array(_PERCENTILES) / 100.0 * (ordered.size - 1)
    below = position.astype(np.intp)
    low, high = ordered[below], ordered[np.minimum(below + 1, ordered.size - 1)]
    part, rise = position - below, high - low
    return np.where(part < 0.5, low + rise * part, high - rise * (1.0 - part))


def belief_rows(inputs: Inputs, before: Array, after: Array) -> Iterator[BeliefRow]:
    """Yield each belief before and after, from normals (variables, draws)."""
    listed = variables(inputs.assumptions)
    for variable, prior, conditioned in zip(listed, before, after, strict=True):
        assumption = inputs.assumptions[variable.assumption]
        belief, scale = assumption.knots[variable.knot].belief, assumption.scale
        bands = []
        for normals in (prior, conditioned):
            points = belief_in_scale(belief, _percentiles(normals), scale)
            bands.append(Band(*(float(out_of_scale(point, scale)) for point in points)))
        shift = float((conditioned.mean() - prior.mean()) / prior.std())
        spread = float(conditioned.std() / prior.std())
        yield BeliefRow(variable.name, assumption.unit, bands[0], bands[1], shift, spread)


def driver_rows(
    inputs: Inputs, before: Mapping[str, Array], after: Mapping[str, Array]
) -> Iterator[DriverRow]:
    """Yield each driver's path, (draws, quarters) in its scale, before and after conditioning in
    every whole year: what a setting of that year replaces."""
    for name, prior in before.items():
        driver = inputs.drivers[name]
        sides = [np.asarray(out_of_scale(paths, driver.scale)) for paths in (prior, after[name])]
        for start in range(0, prior.shape[1] - 3, 4):
            years = (year_value(paths, driver.kind, start) for paths in sides)
            bands = (Band(*map(float, _percentiles(year))) for year in years)
            yield DriverRow(name, str((FIRST_QUARTER + start) // 4), driver.unit, *bands)


def driver_fits(
    inputs: Inputs, fits: Mapping[str, CurveFit], paths: Mapping[str, Array]
) -> dict[str, DriverFit]:
    """Return the growth curves of each driver, none of a member of the money group; `paths` are
    each (draws, quarters) from the first on, in the driver's scale."""
    found = {}
    for name, driver in sorted(inputs.drivers.items()):
        fit = fits.get(name)
        few = np.asarray(out_of_scale(paths[name][:DRIVER_DRAWS], driver.scale))
        found[name] = DriverFit(
            tuple(fit_rows(name, fit.members)) if fit else (),
            tuple(path_rows(driver, None, few)),
            tuple(year_rows(driver, few)),
            tuple(figures_of(driver_points(driver, inputs))),
        )
    return found


def path_row(
    series_id: str, member: str | None, period: str, unit: str, levels: Sequence[float]
) -> PathRow:
    """Return the row of a series at a period; `levels` are at `PROBABILITIES`."""
    quantiles = Quantiles(tuple(plain(level) for level in levels))
    return PathRow(series_id, member, period, unit, quantiles)


def fit_rows(series_id: str, summaries: Sequence[MemberSummary]) -> Iterator[FitRow]:
    """Yield one row for each family, with its parameters and diagnostics."""
    for each in summaries:
        yield FitRow(
            series_id,
            each.family,
            plain(each.weight),
            {
                name: {p: plain(value) for p, value in band.items()}
                for name, band in each.parameters.items()
            },
            {name: plain(value) for name, value in each.diagnostics.items()},
        )


def path_rows(driver: Driver, member: str | None, paths: Array) -> Iterator[PathRow]:
    """Yield the quarters, from the first on, of a driver's path, of all families or of a member
    alone; `paths` has shape (draws, quarters), in the driver's unit."""
    levels = quantiles_of(np.sort(paths.T, axis=1)).tolist()
    for index, each in enumerate(levels, start=FIRST_QUARTER):
        yield path_row(driver.name, member, label(index), driver.unit, each)


def year_rows(driver: Driver, paths: Array) -> Iterator[PathRow]:
    """Yield the whole years of a driver's path, quarters aggregated draw by draw; `paths` as in
    `path_rows`."""
    for start in range(0, paths.shape[1] - 3, 4):
        levels = np.sort(year_value(paths, driver.kind, start))[None]
        period = str((FIRST_QUARTER + start) // 4)
        yield path_row(driver.name, None, period, driver.unit, quantiles_of(levels)[0].tolist())


def figures_of(points: Iterable[Point]) -> Iterator[tuple[float, float]]:
    """Yield the plain figures among a driver's points: (time in years, value)."""
    for point in points:
        if point.qualifier in {"eq", "approx"} and not (point.assumed or point.variant):
            yield point.time, point.value
