"""Rows of the growth curves behind the drivers: families, and paths by quarter and year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.beliefs import Array, out_of_scale
from forecast.curves.family_summary import MemberSummary
from forecast.curves.quantiles import NAMES, quantiles_of
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, label
from forecast.result import Row
from forecast.world.rows import plain

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit
    from forecast.inputs.schema import Driver, Inputs

DRIVER_DRAWS = 2048  # paths of a driver that its band is taken from, which needs no more


def quantile_row(
    series_id: str, member: str | None, period: str, unit: str, levels: Sequence[float]
) -> Row:
    """Return the row of a series at a period; `levels` are at `PROBABILITIES`."""
    return {
        "series_id": series_id,
        "member": member,
        "period": period,
        "unit": unit,
        **{name: plain(level) for name, level in zip(NAMES, levels, strict=True)},
    }


def fit_rows(series_id: str, summaries: Sequence[MemberSummary]) -> Iterator[Row]:
    """Yield one row for each family, with its parameters and diagnostics."""
    for each in summaries:
        yield {
            "series_id": series_id,
            "family": each.family,
            "weight": plain(each.weight),
            "parameters": {
                name: {p: plain(value) for p, value in band.items()}
                for name, band in each.parameters.items()
            },
            "diagnostics": {name: plain(value) for name, value in each.diagnostics.items()},
        }


def path_rows(driver: Driver, member: str | None, paths: Array) -> Iterator[Row]:
    """Yield the quarters, from the first on, of a driver's path, of all families or of a member
    alone; `paths` has shape (draws, quarters), in the driver's unit."""
    levels = quantiles_of(np.sort(paths.T, axis=1)).tolist()
    for index, each in enumerate(levels, start=FIRST_QUARTER):
        yield quantile_row(driver.name, member, label(index), driver.unit, each)


def year_rows(driver: Driver, paths: Array) -> Iterator[Row]:
    """Yield the whole years of a driver's path, quarters aggregated draw by draw; `paths` as in
    `path_rows`."""
    for start in range(0, paths.shape[1] - 3, 4):
        levels = np.sort(year_value(paths, driver.kind, start))[None]
        period = str((FIRST_QUARTER + start) // 4)
        yield quantile_row(driver.name, None, period, driver.unit, quantiles_of(levels)[0].tolist())


def figures_of(fit: CurveFit) -> list[tuple[float, float]]:
    """Return the plain figures that a driver is fitted to: (time in years, value)."""
    return [
        (point.time, point.value)
        for point in fit.points
        if point.qualifier in {"eq", "approx"} and not (point.assumed or point.variant)
    ]


def summed_up(
    inputs: Inputs, fits: Mapping[str, CurveFit], paths: Mapping[str, Array]
) -> dict[str, dict[str, Any]]:
    """Return of each driver its families (`fits`), the rows of its `quarters` and `years` before
    history conditions them, and the `figures` that it is fitted to.

    `paths` are each (draws, quarters) from the first on, in the driver's scale.
    """
    found = {}
    for name, fit in fits.items():
        driver = inputs.drivers[name]
        few = np.asarray(out_of_scale(paths[name][:DRIVER_DRAWS], driver.scale))
        found[name] = {
            "fits": list(fit_rows(name, fit.members)),
            "quarters": list(path_rows(driver, None, few)),
            "years": list(year_rows(driver, few)),
            "figures": [list(figure) for figure in figures_of(fit)],
        }
    return found
