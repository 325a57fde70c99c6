"""Growth curves behind the drivers, as a report shows them: from what is kept with the ensemble
that was drawn from them, so that nothing is fitted again."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.analysis.series.fit import Fit, Timed
from forecast.curves.evidence import driver_points
from forecast.inputs.schema import Inputs
from forecast.periods import quarter
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import learnt
from forecast.world.history.learnt import PathRow


def driver_fits(case: Case, options: RunOptions = DEFAULT) -> Fit:
    """Return what `fit_named` does for all drivers, from what is kept with the ensemble of a case,
    with the points that somebody supposes."""
    drivers = case.inputs.drivers
    kept = learnt(case, options).fits
    last = quarter(options.through)

    def shown(rows: Sequence[PathRow]) -> tuple[PathRow, ...]:
        return tuple(row for row in rows if quarter(row.period) <= last)

    return Fit(
        command="fit",
        run=run_of(case, options),
        rows=tuple(row for each in kept.values() for row in shown(each.quarters)),
        warnings=(),
        fits=tuple(row for each in kept.values() for row in each.fits),
        figures={name: each.figures for name, each in kept.items()},
        years={name: shown(each.years) for name, each in kept.items()},
        flows=tuple(name for name in kept if drivers[name].kind == "flow"),
        titles={name: drivers[name].title for name in kept},
        assumed={name: _assumed(case.inputs, name) for name in kept},
    )


def _assumed(inputs: Inputs, name: str) -> Timed:
    points = driver_points(inputs.drivers[name], inputs)
    return tuple((point.time, point.value) for point in points if point.assumed)
