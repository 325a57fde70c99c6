"""What the forecast believes: every assumption and driver, before and after history has spoken, and
the constants that paths of money are drawn with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from forecast.analysis.beliefs.stated import (
    Points,
    Provenance,
    Stated,
    belief_date,
    provenance,
    stated,
)
from forecast.analysis.beliefs.targets import HEADLINE
from forecast.beliefs import Array
from forecast.ensemble.prior import variables
from forecast.errors import InputError
from forecast.inputs.schema import Assumption, Driver, Inputs
from forecast.names import Match, find
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import DEFAULT, MERGED, OPTIONAL, Band, Result, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.history.learnt import BeliefRow, DriverRow
from forecast.world.rows import plain
from forecast.world.world import World

NOTABLE = 0.1  # rank correlation below which an assumption is not said to move a metric


@dataclass(frozen=True)
class AssumptionRow:
    """A belief of an assumption, or a driver at the end of a year, before and after conditioning;
    or a constant of the money group, which nothing conditions.

    `moves` is the headline metric that it moves most. `shift` (in prior standard deviations) and
    `spread` (what is left of them) are those of a belief, `assumed_points` is of a driver alone.
    """

    assumption: str
    kind: Literal["assumption", "driver", "constant"]
    subject: str
    title: str
    period: str | None
    unit: str
    stated: Stated = field(metadata=MERGED)
    prior: Band
    conditioned: Band
    shift: float | None
    spread: float | None
    moves: str | None
    rank_correlation: float | None
    provenance: Provenance = field(metadata=MERGED)
    assumed_points: int | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Assumptions(Result):
    """Beliefs, drivers and constants, one row each."""

    rows: tuple[AssumptionRow, ...]


@dataclass(frozen=True)
class Knowledge:
    """What a conditioned ensemble says of beliefs: what was learnt by variable, paths by driver,
    and rank correlations with the headline metrics by assumption or driver."""

    beliefs: Mapping[str, BeliefRow]
    paths: Mapping[str, Sequence[DriverRow]]
    influence: Mapping[str, Mapping[str, float]]
    warnings: tuple[str, ...]


def list_assumptions(case: Case, options: RunOptions = DEFAULT, *, text: str = "") -> Assumptions:
    """Return one row for each belief of each assumption, one for each driver at the horizon, and
    one for each constant of the money group.

    `text` keeps those whose name, title or subject contains it. Raises InputError if none does.
    """
    known = knowledge(case, options)
    rows = [
        row
        for row in _all_rows(case.inputs, known, options.through)
        if text.lower() in f"{row.assumption} {row.title} {row.subject}".lower()
    ]
    if not rows:
        raise unknown(text, case.inputs)
    return Assumptions("assumptions list", run_of(case, options), tuple(rows), known.warnings)


def knowledge(case: Case, options: RunOptions) -> Knowledge:
    """Return what the conditioned ensemble of a case says of beliefs; settings change none."""
    world = open_world(replace(case, settings=()), options)
    learnt = world.ensemble.learnt
    paths: dict[str, list[DriverRow]] = {}
    for row in learnt.drivers:
        paths.setdefault(row.driver, []).append(row)
    unshown = "settings and scenarios change no belief; see forecast assumptions diff"
    return Knowledge(
        {row.assumption: row for row in learnt.beliefs},
        paths,
        influence(world, options.through),
        (*world.warnings, *((unshown,) if case.settings else ())),
    )


def influence(world: World, through: str) -> dict[str, dict[str, float]]:
    """Return the rank correlation of each assumption or driver with each headline metric at the
    horizon, over the conditioned draws; of a path, that of its strongest knot."""
    values, ensemble = world.values(HEADLINE), world.ensemble
    metrics = np.stack([standard_ranks(values.at(name, through)) for name in HEADLINE])
    last = quarter(through) - FIRST_QUARTER
    names = [each.assumption for each in variables(world.inputs.assumptions)]
    moving = [
        *zip(names, ensemble.normals, strict=True),
        *((name, path[:, last]) for name, path in ensemble.paths.items()),
    ]
    found: dict[str, dict[str, float]] = {}
    for name, draws in moving:
        sizes = np.einsum("md,d->m", metrics, standard_ranks(draws)) / metrics.shape[1]
        best = found.setdefault(name, dict.fromkeys(HEADLINE, 0.0))
        for metric, size in zip(HEADLINE, sizes, strict=True):
            if abs(size) > abs(best[metric]):
                best[metric] = round(float(size), 3)
    return found


def standard_ranks(values: Array) -> Array:
    """Return ranks of (draws,) with mean 0 and variance 1; all zero where nothing varies."""
    ranks = np.empty(values.size)
    ranks[np.argsort(values)] = np.arange(values.size)
    spread = ranks.std() if np.ptp(values) > 0.0 else np.inf
    return np.asarray((ranks - ranks.mean()) / spread)


def _all_rows(inputs: Inputs, known: Knowledge, through: str) -> Iterator[AssumptionRow]:
    for assumption in inputs.assumptions.values():
        yield from assumption_rows(assumption, known)
    for driver in inputs.drivers.values():
        yield driver_row(driver, known, str(quarter(through) // 4))
    for constant in inputs.money.values():
        yield constant_row(constant)


def assumption_rows(assumption: Assumption, known: Knowledge) -> Iterator[AssumptionRow]:
    """Yield a row for each belief of an assumption, of which a path has several."""
    for knot in assumption.knots:
        at = assumption.name if knot.time is None else f"{assumption.name}@{knot.time:g}"
        learnt = known.beliefs[at]
        moves, size = strongest(known.influence[assumption.name])
        yield AssumptionRow(
            assumption=assumption.name,
            kind="assumption",
            subject=assumption.subject,
            title=assumption.title,
            period=None if knot.time is None else belief_date(knot.time),
            unit=assumption.unit,
            stated=stated(knot.belief),
            prior=_plain(learnt.prior),
            conditioned=_plain(learnt.conditioned),
            shift=plain(learnt.shift),
            spread=plain(learnt.spread),
            moves=moves,
            rank_correlation=size,
            provenance=provenance(assumption.provenance, f"{assumption.file}:{assumption.line}"),
        )


def driver_row(driver: Driver, known: Knowledge, year: str) -> AssumptionRow:
    """Return the row of a driver in a year."""
    path = next(row for row in known.paths[driver.name] if row.period == year)
    series = [name for evidence in driver.evidence for name in evidence.series]
    moves, size = strongest(known.influence[driver.name])
    return AssumptionRow(
        assumption=driver.name,
        kind="driver",
        subject="drivers",
        title=driver.title,
        period=year,
        unit=driver.unit,
        stated=Stated(f"fitted to {', '.join(series)}", Points()),
        prior=_plain(path.prior),
        conditioned=_plain(path.conditioned),
        shift=None,
        spread=None,
        moves=moves,
        rank_correlation=size,
        provenance=provenance(driver.provenance, f"{driver.file}:{driver.line}"),
        assumed_points=len(driver.assumed),
    )


def constant_row(constant: Assumption) -> AssumptionRow:
    """Return the row of a constant of the money group: one value, or a belief that is drawn from
    as it is stated."""
    belief = constant.knots[0].belief
    points = dict(belief.quantiles)
    band = Band(*(plain(points.get(share, points[0.5])) for share in (0.1, 0.5, 0.9)))
    return AssumptionRow(
        assumption=constant.name,
        kind="constant",
        subject=constant.subject,
        title=constant.title,
        period=None,
        unit=constant.unit,
        stated=stated(belief),
        prior=band,
        conditioned=band,
        shift=None,
        spread=None,
        moves=None,
        rank_correlation=None,
        provenance=provenance(constant.provenance, f"{constant.file}:{constant.line}"),
    )


def _plain(band: Band) -> Band:
    return Band(plain(band.p10), plain(band.p50), plain(band.p90))


def strongest(influence: Mapping[str, float]) -> tuple[str, float] | tuple[None, None]:
    """Return the metric that something moves most, with its rank correlation, if it moves any."""
    metric = max(influence, key=lambda name: abs(influence[name]))
    if abs(influence[metric]) < NOTABLE:
        return None, None
    return metric, influence[metric]


def unknown(name: str, inputs: Inputs) -> InputError:
    """Return the error for a name that is no assumption, driver or constant."""
    match = find_belief(name, inputs)
    hint, expected = "All of them: forecast assumptions list", "an assumption or driver"
    return InputError(match.problem("command line", name, "assumption", expected, hint))


def find_belief(name: str, inputs: Inputs) -> Match:
    """Return which assumption, driver or constant a text means; drivers come first."""
    titles = {each: found.title for each, found in (inputs.assumptions | inputs.money).items()}
    titles |= {each: driver.title for each, driver in inputs.drivers.items()}
    return find(name, titles, inputs.drivers)
