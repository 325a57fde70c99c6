"""What do growth curves say of a series? For a person's own file, and for the model's drivers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from forecast import __version__
from forecast.analysis.series.fitting import KNOWN_FAMILIES, fit_all, has_seasons, stand_ins
from forecast.analysis.series.regular_series import (
    FREQUENCIES,
    FileSeries,
    Frequency,
    file_run,
    observed_series,
)
from forecast.analysis.series.series_file import Notes, read_series_file
from forecast.beliefs import Array
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.curves.evidence import fit_driver, quarter_times, strained_beliefs
from forecast.curves.families import FAMILIES
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import with_own_series
from forecast.inputs.schema import Driver, Inputs
from forecast.inputs.tables.layout.columns import Table
from forecast.periods import FIRST_QUARTER, end_year_fraction, quarter
from forecast.result import BESIDE, DEFAULT, Result, Run, RunOptions
from forecast.world.ensemble import learnt
from forecast.world.history.learnt import (
    FitRow,
    PathRow,
    figures_of,
    fit_rows,
    path_row,
    path_rows,
    year_rows,
)

if TYPE_CHECKING:
    from forecast.world.case import Case

_SEASONS = "seasons of the year were found and run on"
Timed = tuple[tuple[float, float], ...]  # (time in years, value)


@dataclass(frozen=True)
class Fit(Result):
    """Paths of series and drivers, the families behind them, and the plain figures they are fitted
    to, all by name of the series.

    Of a case also: `years`, the rows by year (a driver's as its kind says: a flow summed, a rate
    averaged, anything else at the year's end; a series' last of each year), which drivers are
    `flows`, `titles`, and in a report the points that somebody supposes (`assumed`).
    """

    rows: tuple[PathRow, ...]
    fits: tuple[FitRow, ...] = field(metadata=BESIDE)
    figures: dict[str, Timed]
    years: dict[str, tuple[PathRow, ...]] = field(default_factory=dict)
    flows: tuple[str, ...] = ()
    titles: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, Timed] = field(default_factory=dict)

    def path(self, series: str) -> list[PathRow]:
        """Return the rows of a series, of all families together."""
        return [row for row in self.rows if row.series_id == series and row.member is None]


def fit_file(
    file: str,
    content: bytes,
    *,
    horizon: int,
    frequency: Frequency | None = None,
    ceiling: float | None = None,
    origin: date | None = None,
    families: Sequence[str] = (),
    started: str = "",
    told: Table | None = None,
) -> Fit:
    """Return the next `horizon` periods of every series of a file, and the fits behind them.

    Nothing after `origin` is looked at. `ceiling` is the most that any of the series can reach;
    `told` is what a person says of the file.
    Raises InputError with every problem of the file, or for an unknown family.
    """
    chosen = tuple(dict.fromkeys(families)) or DEFAULT_FAMILIES
    _refuse_unknown(chosen)
    series, warnings = read_series_file(
        file, content, frequency=frequency, ceiling=ceiling, origin=origin, told=told
    )
    _refuse_without_ceiling(chosen, series)
    rows: list[PathRow] = []
    fits: list[FitRow] = []
    notes = Notes()
    for each, quantiles, summaries in fit_all(series, horizon, chosen):
        for wanted, used in stand_ins(chosen, summaries).items():
            notes.add(f"too few figures to tell {wanted}, so {used} in its place", each.series_id)
        if has_seasons(summaries):
            notes.add(_SEASONS, each.series_id)
        rows.extend(_rows(each, quantiles))
        fits.extend(fit_rows(each.series_id, summaries))
    asked = (("horizon", horizon), ("frequency", frequency), ("ceiling", ceiling))
    said = tuple(f"{name}={value}" for name, value in asked if value is not None)
    said += tuple(f"family={name}" for name in families)
    return Fit(
        command="fit",
        run=file_run(file, sha256(content).hexdigest(), series, said, started, origin),
        rows=tuple(rows),
        warnings=(*warnings, *notes.warnings()),
        fits=tuple(fits),
        figures={each.series_id: each.figures for each in series},
    )


def _refuse_unknown(families: Sequence[str]) -> None:
    wanted = f"one of {', '.join(KNOWN_FAMILIES)}"
    problems = [
        Problem(
            "command line",
            f"--family {name}",
            "unknown",
            wanted,
            did_you_mean(name, KNOWN_FAMILIES),
        )
        for name in families
        if name not in KNOWN_FAMILIES
    ]
    if problems:
        raise InputError(problems)


def _refuse_without_ceiling(families: Sequence[str], series: Sequence[FileSeries]) -> None:
    bounded = [name for name in families if name in FAMILIES and FAMILIES[name].needs_ceiling]
    lacking = [each.series_id for each in series if each.ceiling is None]
    if bounded and lacking:
        found, hint = f"no ceiling for {lacking[0]}", "Give --ceiling, or a unit of share."
        raise InputError(
            Problem("command line", f"--family {bounded[0]}", found, "a ceiling to grow to", hint)
        )


def fit_series(
    series: Mapping[Any, float],
    *,
    horizon: int = 8,
    unit: str = "",
    ceiling: float | None = None,
    frequency: Frequency | None = None,
    origin: date | None = None,
    families: Sequence[str] = (),
) -> Fit:
    """Return the next periods of one series, as `fit_file` does for a file.

    `series` maps dates (a date, or text such as 2026Q2) to figures: a dictionary, or a pandas
    series by date or period. Raises InputError with every problem found.
    """
    _refuse_request(series, horizon, ceiling, frequency)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["series_id", "date", "value", "unit"])
    for day, value in series.items():
        stamp = day.date() if isinstance(day, datetime) else day
        writer.writerow(["series", stamp, value, unit])
    return fit_file(
        "series",
        text.getvalue().encode(),
        horizon=horizon,
        frequency=frequency,
        ceiling=ceiling,
        origin=origin,
        families=families,
    )


def _refuse_request(
    series: object, horizon: int, ceiling: float | None, frequency: str | None
) -> None:
    """Raise InputError for what no forecast can be made of; the command line checks its own."""
    problems = []
    if not hasattr(series, "items"):
        expected = "figures by date: a dictionary, or a pandas series"
        problems.append(Problem("fit_series", "series", type(series).__name__, expected))
    if horizon < 1:
        problems.append(Problem("fit_series", "horizon", str(horizon), "1 or more periods"))
    if ceiling is not None and not 0.0 < ceiling < math.inf:
        problems.append(Problem("fit_series", "ceiling", str(ceiling), "a number above zero"))
    if frequency is not None and frequency not in FREQUENCIES:
        expected = f"one of {', '.join(FREQUENCIES)}"
        problems.append(Problem("fit_series", "frequency", repr(frequency), expected))
    if problems:
        raise InputError(problems)


def _rows(series: FileSeries, quantiles: Array) -> Iterator[PathRow]:
    for ahead, levels in enumerate(quantiles.tolist(), start=1):
        yield path_row(series.series_id, None, series.period(ahead), series.unit, levels)


def fit_named(case: Case, options: RunOptions = DEFAULT, *, names: Sequence[str] = ()) -> Fit:
    """Return the fitted paths of the model's drivers, and what observed series say by themselves.

    A driver runs quarter by quarter, family by family, with its own beliefs; an observed series
    runs on in its own periods, without any. All drivers if `names` is empty. Raises InputError for
    a name that is neither, or a series without two plain figures.
    """
    case = replace(case, inputs=with_own_series(case.inputs, case.workspace, names))
    inputs, drivers = case.inputs, case.inputs.drivers
    chosen = [name for name in names or sorted(drivers) if name in drivers]
    series = _observed(case, [name for name in names if name not in drivers])
    end = end_year_fraction(quarter(options.through))
    joint = [name for name in chosen if drivers[name].process]
    fitted = {
        name: _fit_driver(drivers[name], inputs, options) for name in chosen if name not in joint
    }
    if joint:
        fitted |= _drawn_together(case, joint, options)
    fitted |= {each.series_id: _fit_series(each, end) for each in series}
    titles = {name: drivers[name].title for name in chosen}
    titles |= {each.series_id: inputs.series[each.series_id].title for each in series}
    return Fit(
        command="fit",
        run=_run(case, options),
        rows=tuple(row for each in fitted.values() for row in each.rows),
        warnings=tuple(text for each in fitted.values() for text in each.warnings),
        fits=tuple(row for each in fitted.values() for row in each.fits),
        figures={name: each.figures for name, each in fitted.items()},
        years={name: each.years for name, each in fitted.items()},
        flows=tuple(name for name in chosen if drivers[name].kind == "flow"),
        titles=titles,
    )


@dataclass(frozen=True)
class Fitted:
    """What was fitted to a driver or a series, and what a reader should know of it."""

    rows: tuple[PathRow, ...]
    years: tuple[PathRow, ...]
    fits: tuple[FitRow, ...]
    figures: Timed
    warnings: tuple[str, ...]


def _fit_driver(driver: Driver, inputs: Inputs, options: RunOptions) -> Fitted:
    fit = fit_driver(driver, inputs)
    times = quarter_times(driver, range(FIRST_QUARTER, quarter(options.through) + 1))
    paths = fit.paths(times, options.draws, options.seed)
    rows = list(path_rows(driver, None, paths))
    for member in fit.grid.family_names:
        alone = fit.only(member).paths(times, options.draws, options.seed)
        rows.extend(path_rows(driver, member, alone))
    return Fitted(
        tuple(rows),
        tuple(year_rows(driver, paths)),
        tuple(fit_rows(driver.name, fit.members)),
        tuple(figures_of(fit.points)),
        tuple(strained_beliefs({driver.name: driver}, {driver.name: fit})),
    )


def _drawn_together(case: Case, names: Sequence[str], options: RunOptions) -> dict[str, Fitted]:
    """Return members of the money group, whose paths are drawn together and with guidance; they
    are those of the model before history conditions it."""
    kept = learnt(case, options).fits
    last = quarter(options.through)

    def shown(rows: Sequence[PathRow]) -> tuple[PathRow, ...]:
        return tuple(row for row in rows if quarter(row.period) <= last)

    return {
        name: Fitted(
            shown(kept[name].quarters), shown(kept[name].years), (), kept[name].figures, ()
        )
        for name in names
    }


def _fit_series(series: FileSeries, end: float) -> Fitted:
    """Fit a series that runs on to a time in years."""
    horizon = max(1, round((end - series.times[-1]) / series.lapse(1)))
    ((_, quantiles, summaries),) = fit_all([series], horizon)
    rows = tuple(_rows(series, quantiles))
    years = tuple({row.period[:4]: row for row in rows}.values())
    fits = tuple(fit_rows(series.series_id, summaries))
    warnings = (f"{_SEASONS}: {series.series_id}",) if has_seasons(summaries) else ()
    return Fitted(rows, years, fits, series.figures, warnings)


def _run(case: Case, options: RunOptions) -> Run:
    """Return what identifies a fit: settings and equations do not enter."""
    return Run(
        version=__version__,
        started=options.started,
        as_of=case.as_of.isoformat() if case.as_of else "",
        data_through=case.inputs.data_through.isoformat(),
        seed=options.seed,
        draws=options.draws,
        through=options.through,
        scenario=case.scenario,
        overrides=(),
        inputs_sha256=case.inputs.whole_sha256,
        duration_s=None,
        source=case.source,
    )


def _observed(case: Case, names: Sequence[str]) -> list[FileSeries]:
    """Return observed series by name; raises InputError for those that cannot be fitted."""
    known = case.inputs.series
    problems, found = [], []
    for name in names:
        if name not in known:
            hint = did_you_mean(name, [*case.inputs.drivers, *known])
            problems.append(Problem("command line", name, "unknown", "a driver or a series", hint))
        elif (series := observed_series(case.inputs, name)) is None:
            expected = "at least two plain figures"
            problems.append(Problem("command line", name, "fewer", expected))
        else:
            found.append(series)
    if problems:
        raise InputError(problems)
    return found
