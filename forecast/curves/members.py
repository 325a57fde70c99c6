"""What each family of an ensemble says: weight, parameters and diagnostics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.families import FAMILIES, Array, Members
from forecast.curves.filtering import sample_backward
from forecast.curves.grid import coordinate_stretch, level_values
from forecast.curves.paths import systematic_members
from forecast.curves.points import last_observed

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit

_DRAWS = 2000
Range = dict[str, float]


@dataclass(frozen=True)
class MemberSummary:
    """A family's weight, its parameters as {"p10", "p50", "p90"}, and diagnostics.

    Parameters: `saturation` (natural units), `growth_rate` (log or logit a year, at the last
    observation), `inflection` (year fraction of the fastest growth), `doubling_time` (years, at the
    present growth; infinite where there is none), `noise` (link units over one year).
    """

    family: str
    weight: float
    parameters: dict[str, Range]
    diagnostics: dict[str, float]


def summarise_members(fit: CurveFit) -> tuple[MemberSummary, ...]:
    """Return a summary of each family, heaviest first."""
    found = []
    seasonal = 0.0
    if fit.seasonal is not None:
        from forecast.curves.ensemble import SEASONAL_WEIGHT

        seasonal = SEASONAL_WEIGHT
        found.append(MemberSummary("seasonal", seasonal, {}, dict(fit.seasonal.diagnostics)))
    for name in fit.grid.family_names:
        at = fit.grid.members_of(name)
        weight = float(fit.weights[at].sum()) if at.size else 0.0
        if weight > 0.0:
            parameters = _parameters(fit, name, at)
            diagnostics = {"members": float(len(at))}
            found.append(MemberSummary(name, weight * (1.0 - seasonal), parameters, diagnostics))
    return tuple(sorted(found, key=lambda member: -member.weight))


def _parameters(fit: CurveFit, name: str, at: Members) -> dict[str, Range]:
    rng = np.random.default_rng(len(fit.points))
    chosen = at[systematic_members(fit.weights[at] / fit.weights[at].sum(), _DRAWS, rng)]
    now = fit.history.times.index(last_observed(fit.points))
    state = sample_backward(fit.history, chosen, rng)[now]
    level = level_values(fit.grid, chosen, state[0])
    family, saturation = FAMILIES[name], fit.grid.saturation[chosen]
    shape = fit.grid.shape[chosen]
    inside = np.clip(level, 1e-300, saturation * (1.0 - 1e-9))
    growth = state[1] / family.stretch(inside, saturation, shape)
    parameters = {"noise": _range(fit.grid.noise[chosen])}
    with np.errstate(divide="ignore", invalid="ignore"):
        doubling = np.where(growth > 0.0, math.log(2.0) / growth, math.inf)
        if family.saturates:
            turn = np.maximum(family.inflection(shape), 1e-9) * saturation
            lapse = (family.link(turn, saturation, shape) - state[0]) / state[1]
            inflection = np.where(state[1] > 0.0, fit.history.times[now] + lapse, math.inf)
            parameters["saturation"] = _range(saturation)
            parameters["inflection"] = _range(inflection)
    parameters["growth_rate"] = _range(
        state[1] / coordinate_stretch(fit.grid, chosen, level, fit.scale)
    )
    parameters["doubling_time"] = _range(doubling)
    return parameters


def _range(values: Array) -> Range:
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9), method="nearest").tolist()
    return {"p10": low, "p50": middle, "p90": high}
