"""Growth curves behind the drivers, as a report shows them: from what is kept with the ensemble
that was drawn from them, so that nothing is fitted again."""

from __future__ import annotations

from forecast.curves.evidence import driver_points
from forecast.inputs.schema import Inputs
from forecast.periods import quarter
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble


def driver_fits(
    case: Case, *, draws: int, seed: int, through: str, use_cache: bool, started: str
) -> Result:
    """Return what `fit_named` does for all drivers, from what is kept with the ensemble of a case,
    with points that somebody supposes in `extra["assumed"]`: (time in years, value)."""
    timeline, drivers = case.timeline(through), case.inputs.drivers
    kept = build_ensemble(case, timeline, draws, seed, use_cache=use_cache).report["fits"]
    last = quarter(through)

    def shown(rows: list[Row]) -> tuple[Row, ...]:
        return tuple(row for row in rows if quarter(row["period"]) <= last)

    extra = {
        "fits": tuple(row for name in kept for row in kept[name]["fits"]),
        "figures": {name: tuple(map(tuple, kept[name]["figures"])) for name in kept},
        "years": {name: shown(kept[name]["years"]) for name in kept},
        "flows": tuple(name for name in kept if drivers[name].kind == "flow"),
        "titles": {name: drivers[name].title for name in kept},
        "assumed": {name: _assumed(case.inputs, name) for name in kept},
    }
    rows = tuple(row for name in kept for row in shown(kept[name]["quarters"]))
    return OldResult("fit", run_of(case, draws, seed, through, started), rows, (), extra)


def _assumed(inputs: Inputs, name: str) -> tuple[tuple[float, float], ...]:
    points = driver_points(inputs.drivers[name], inputs)
    return tuple((point.time, point.value) for point in points if point.assumed)
