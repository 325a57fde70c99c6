"""Draws of everything before history has conditioned it: beliefs, fitted curves, the money group
and random walks."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.ensemble.one_thread import one_thread_each
from forecast.ensemble.prior import prior_normals, realise_all, stream
from forecast.inputs.schema import Inputs
from forecast.money.joint import PER_REVENUE, TOTAL
from forecast.periods import FIRST_QUARTER
from forecast.processors.copies import side_by_side
from forecast.world.draws.draws import SHOCKS, Ensemble
from forecast.world.history.learnt import Learnt
from forecast.world.timeline import Timeline

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit

# What the money group's paths were lowered by, which equations take off and put on again.
MONEY_STATE = (
    "outside_view",
    "bust_hazard",
    "bust_uniform",
    "bust_depth",
    "log_operating_cash_flow",
)
SMALLEST_SHARE = 1e-7  # keeps a share that is all but nothing, or all, inside logit space


def drawn_prior(
    inputs: Inputs, fits: Mapping[str, CurveFit], timeline: Timeline, draws: int, seed: int
) -> Ensemble:
    """Return the prior draws with paths of the fitted curves and of the money group, with no
    references yet."""

    def believed() -> tuple[Array, tuple[str, ...], dict[str, Array], dict[str, Array]]:
        normals, warnings = prior_normals(inputs.assumptions, inputs.correlations, draws, seed)
        return normals, warnings, *_money(inputs, timeline, normals, seed)

    with one_thread_each():
        (normals, warnings, money, lowered_by), paths = side_by_side(
            believed, lambda: drawn_paths(inputs, fits, timeline, draws, seed)
        )
    shocks = {name: _random_walk(name, timeline, draws, seed) for name in SHOCKS}
    return Ensemble(
        normals,
        dict(sorted((paths | money).items())),
        shocks | lowered_by,
        {},
        learnt=Learnt(warnings=tuple(warnings)),
    )


def _money(
    inputs: Inputs, timeline: Timeline, normals: Array, seed: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the paths of the money group and the five's capex, (draws, quarters) in logarithms,
    and what they were lowered by, MONEY_STATE."""
    from forecast.money.group import members, money_paths

    years = timeline.year_fraction[0]
    per_revenue = realise_all(inputs.assumptions, normals, years, [PER_REVENUE])[PER_REVENUE]
    quarters = range(FIRST_QUARTER, FIRST_QUARTER + timeline.size)
    found = money_paths(inputs, quarters, normals.shape[1], seed, per_revenue=per_revenue[:, 0])
    paths = found.paths | {TOTAL: found.total(list(members(inputs, "capex")))}
    state = (
        found.outside,
        found.bust_hazard,
        found.bust_uniform,
        found.bust_depth,
        np.log(found.operating_cash_flow),
    )
    return (
        {name: np.log(values) for name, values in paths.items()},
        dict(zip(MONEY_STATE, state, strict=True)),
    )


def drawn_paths(
    inputs: Inputs, fits: Mapping[str, CurveFit], timeline: Timeline, draws: int, seed: int
) -> dict[str, Array]:
    """Return each driver's paths, (draws, quarters), in its scale, from its fitted curves."""
    from forecast.curves.evidence import quarter_times

    quarters = range(FIRST_QUARTER, FIRST_QUARTER + timeline.size)
    paths = {}
    for name, fit in fits.items():
        driver = inputs.drivers[name]
        key = int.from_bytes(sha256(f"{seed} {name}".encode()).digest()[:8], "big")
        times = quarter_times(driver, quarters)
        drawn = fit.paths(times, draws, np.random.SeedSequence(key))
        if driver.scale == "logit":
            drawn = np.clip(drawn, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
        paths[name] = np.asarray(into_scale(drawn, driver.scale), dtype=np.float64)
    return paths


def _random_walk(name: str, timeline: Timeline, draws: int, seed: int) -> Array:
    """Return a random walk in root-years that starts at zero where the history ends; that of
    revenue a quarter later, where vendors guide and laboratories have reported."""
    steps = stream(seed, name).standard_normal((draws, timeline.size)) * 0.5
    known = timeline.vendor if name == "revenue_shock" else timeline.history
    steps[:, :known] = 0.0
    return np.asarray(np.cumsum(steps, axis=1))
