"""What each family of an ensemble says: weight, parameters and diagnostics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.families import FAMILIES, Array, Family
from forecast.curves.filter.filtering import sample_backward
from forecast.curves.filter.member_grid import coordinate_stretch, level_values
from forecast.curves.filtered_fit import SEASONAL_WEIGHT, FilteredFit
from forecast.curves.paths import systematic_members
from forecast.curves.points import last_observed

if TYPE_CHECKING:
    from forecast.curves.filter.batch import BatchFit

_DRAWS = 2000
_UNIFORM_DEVIATION = math.sqrt(1.0 / 12.0)
Range = dict[str, float]


@dataclass(frozen=True)
class MemberSummary:
    """A family's weight, its parameters as {"p10", "p50", "p90"}, and diagnostics.

    Parameters: `saturation` (natural units), `growth_rate` (log or logit a year, at the last
    observation), `inflection` (year fraction of the fastest growth), `doubling_time` (years, at the
    present growth; infinite where there is none), `noise` (link units over one year). Diagnostics:
    `points`, and `ceiling_from_data`, the part of the prior's spread of the saturation level that
    the data have removed: 0 leaves it to the prior, 1 is decided by the data, and `season`, the
    periods of a year, where the series has seasons; the parameters are then without them.
    """

    family: str
    weight: float
    parameters: dict[str, Range]
    diagnostics: dict[str, float]


@dataclass(frozen=True)
class Drawn:
    """Draws of a family's state at the last observation, each an array (draws,).

    `level` and `slope` are in link space, `stretch` is the link's derivative by log y, `size` that
    by the scale's coordinate, `position` where the saturation stands in its prior, 0 to 1.
    """

    family: Family
    saturation: Array
    shape: Array
    noise: Array
    position: Array
    level: Array
    slope: Array
    stretch: Array
    size: Array


def summarise_members(fit: FilteredFit) -> tuple[MemberSummary, ...]:
    """Return a summary of each family, heaviest first."""
    found = []
    seasonal = 0.0
    if fit.seasonal is not None:
        seasonal = SEASONAL_WEIGHT
        found.append(MemberSummary("seasonal", seasonal, {}, dict(fit.seasonal.diagnostics)))
    time = last_observed(fit.points)
    for name in fit.grid.family_names:
        weight = float(fit.weights[fit.grid.members_of(name)].sum()) * (1.0 - seasonal)
        if weight > 0.0:
            found.append(_summary(_drawn(fit, name, time), weight, time, len(fit.points)))
    return tuple(sorted(found, key=lambda member: -member.weight))


def summarise_batch(
    fit: BatchFit, series: int, value: float, time: float, points: int
) -> Iterator[MemberSummary]:
    """Yield a summary of each family of one series of a batch; `value` is its last level.

    Saturation levels are in the units of `value`.
    """
    weights = fit.family_weights()[series]
    sample = fit.sample(series)
    for index, (block, at, normals) in enumerate(sample.families()):
        stretch = block.stretch[series, at]
        size = stretch * (1.0 - value) if fit.scale == "logit" else stretch
        deviation = np.sqrt(block.slope_variance[series, at])
        drawn = Drawn(
            family=FAMILIES[block.name],
            saturation=block.saturation[series, at],
            shape=block.shape[at],
            noise=block.noise[at],
            position=(at + 0.5) / block.shape.size,
            level=block.level[series, at],
            slope=block.slope[series, at] + deviation * normals,
            stretch=stretch,
            size=np.maximum(size, 1e-9),
        )
        yield _summary(drawn, float(weights[index]), time, points)


def _drawn(fit: FilteredFit, name: str, time: float) -> Drawn:
    """Draw a family's state at the last observation, given all points."""
    at = fit.grid.members_of(name)
    rng = np.random.default_rng(len(fit.points))
    chosen = at[systematic_members(fit.weights[at] / fit.weights[at].sum(), _DRAWS, rng)]
    state = sample_backward(fit.history, chosen, rng)[fit.history.times.index(time)]
    level = level_values(fit.grid, chosen, state[0])
    return Drawn(
        family=FAMILIES[name],
        saturation=fit.grid.saturation[chosen],
        shape=fit.grid.shape[chosen],
        noise=fit.grid.noise[chosen],
        position=fit.grid.position[chosen],
        level=state[0],
        slope=state[1],
        stretch=coordinate_stretch(fit.grid, chosen, level, "log"),
        size=coordinate_stretch(fit.grid, chosen, level, fit.scale),
    )


def _summary(drawn: Drawn, weight: float, time: float, points: int) -> MemberSummary:
    family = drawn.family
    parameters = {"growth_rate": _range(drawn.slope / drawn.size)}
    diagnostics = {"points": float(points)}
    with np.errstate(divide="ignore", invalid="ignore"):
        doubling = math.log(2.0) * drawn.stretch / drawn.slope
        parameters["doubling_time"] = _range(np.where(drawn.slope > 0.0, doubling, math.inf))
        if family.saturates:
            turn = np.maximum(family.inflection(drawn.shape), 1e-9) * drawn.saturation
            distance = family.link(turn, drawn.saturation, drawn.shape) - drawn.level
            inflection = np.where(drawn.slope > 0.0, time + distance / drawn.slope, math.inf)
            parameters["saturation"] = _range(drawn.saturation)
            parameters["inflection"] = _range(inflection)
            left = float(drawn.position.std()) / _UNIFORM_DEVIATION
            diagnostics["ceiling_from_data"] = max(0.0, 1.0 - left)
    parameters["noise"] = _range(drawn.noise)
    return MemberSummary(family.name, weight, parameters, diagnostics)


def _range(values: Array) -> Range:
    """Return the tenth, fiftieth and ninetieth percentile, each a value that occurs."""
    ordered = np.sort(values)
    last = len(ordered) - 1
    return {f"p{p}": float(ordered[round(p / 100.0 * last)]) for p in (10, 50, 90)}
