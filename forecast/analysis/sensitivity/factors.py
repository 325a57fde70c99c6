"""What a sensitivity analysis moves: assumptions, drivers and model discrepancy, and how far each
ranges in a world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array, out_of_scale
from forecast.ensemble.prior import realise, variables
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.draws.draws import SHOCKS
from forecast.world.world import World

DRIVERS, DISCREPANCY = "drivers", "discrepancy"  # groups beside those of the assumptions' files
_SHOCK_TITLES = {
    "inference_shock": "Drift of inference demand that no assumption explains",
    "training_shock": "Drift of training demand that no assumption explains",
    "revenue_shock": "Drift of AI revenue that no assumption explains",
}


@dataclass(frozen=True)
class Factor:
    """What moves as one: an assumption with all its knots, a driver's path, a random walk of the
    model discrepancy, or a group of these."""

    name: str
    title: str
    unit: str
    group: str
    keys: tuple[str, ...]


def factors(inputs: Inputs) -> list[Factor]:
    """Return every assumption, driver and random walk of the model discrepancy by itself."""
    assumptions = (
        Factor(name, each.title, each.unit, each.subject, (name,))
        for name, each in sorted(inputs.assumptions.items())
    )
    drivers = (
        Factor(name, each.title, each.unit, DRIVERS, (name,))
        for name, each in sorted(inputs.drivers.items())
    )
    shocks = (Factor(name, _SHOCK_TITLES[name], "ratio", DISCREPANCY, (name,)) for name in SHOCKS)
    return [*assumptions, *drivers, *shocks]


def grouped(singles: Sequence[Factor]) -> list[Factor]:
    """Return factors by group: the assumptions of one file, all drivers, the model discrepancy."""
    found = []
    for group in dict.fromkeys(each.group for each in singles):
        keys = tuple(key for each in singles if each.group == group for key in each.keys)
        found.append(Factor(group, f"{group}, {len(keys)} together", "", group, keys))
    return found


def quantile_paths(world: World, key: str, percentiles: Sequence[float]) -> list[Array]:
    """Return an assumption, driver or random walk at each percentile of its draws, (1, quarters) or
    (1, 1) in its unit: every quarter, and every knot of an assumption, at its own percentile."""
    inputs, ensemble, size = world.inputs, world.ensemble, world.timeline.size
    at = list(percentiles)
    if key in world.changed:
        found = np.percentile(world.changed[key], at, axis=0)
    elif key in inputs.assumptions:
        rows = [
            row
            for variable, row in zip(variables(inputs.assumptions), ensemble.normals, strict=True)
            if variable.assumption == key
        ]
        knots = np.percentile(np.stack(rows), at, axis=1).T
        found = realise(inputs.assumptions[key], list(knots), world.timeline.year_fraction[0])
    elif key in inputs.drivers:
        paths = np.percentile(ensemble.paths[key][:, :size], at, axis=0)
        found = np.asarray(out_of_scale(paths, inputs.drivers[key].scale))
    else:
        found = np.percentile(ensemble.shocks[key][:, :size], at, axis=0)
    return [row[np.newaxis] for row in found]


def value_at(world: World, key: str, period: str, values: Array) -> Array:
    """Return draws (or percentiles) of an assumption, driver or random walk, (draws, quarters) or
    (draws, 1), at a period, (draws,): a driver as its kind says, the rest at the last quarter, a
    random walk as the factor by which it moves demand or revenue."""
    if values.shape[1] == 1:
        return values[:, 0]
    drivers = world.inputs.drivers
    kind: Kind = drivers[key].kind if key in drivers else "stock"
    column = quarter(period) - FIRST_QUARTER
    found = year_value(values, kind, column - 3) if is_year(period) else values[:, column]
    if key not in SHOCKS:
        return found
    size = np.median(quantile_paths(world, SHOCKS[key], [50.0])[0])
    return np.asarray(np.exp(size * found))
