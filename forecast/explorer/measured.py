"""Levers measured on a world: where each stands, and what is and was believed of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.beliefs import into_scale, out_of_scale
from forecast.explorer.levers import Lever
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, mid_year_fraction, quarter
from forecast.result import Band
from forecast.units import Scale
from forecast.world.rows import plain_band
from forecast.world.settings import at_date, kind_of
from forecast.world.world import World


def levers_of(world: World, keys: list[str], year: str) -> dict[str, Lever]:
    """Return levers by key, at a year where they change with time; `world` is the base."""
    return {key: _lever(world, key, year) for key in keys}


def _lever(world: World, key: str, year: str) -> Lever:
    inputs = world.inputs
    known = inputs.drivers.get(key) or inputs.assumptions[key]
    is_dated = key in inputs.drivers or inputs.assumptions[key].is_path
    period = year if is_dated else ""
    draws = at_date(world.belief(key), year, kind_of(inputs, key))
    band = plain_band(draws)
    prior = prior_band(world, key, year)
    return Lever(key, known.title, known.unit, period, float(np.median(draws)), prior, band)


def prior_band(world: World, key: str, year: str) -> Band | None:
    """Return what was believed of a key at a year before history conditioned it, None where that is
    not known: nothing was conditioned, or a driver's path ends before.

    A path of beliefs lies between those at its knots. Of a driver's year that is a sum or mean of
    quarters the prior is that of the last quarter, carried over by the conditioned medians.
    """
    learnt, inputs = world.ensemble.learnt, world.inputs
    if key in inputs.drivers:
        return _driver_prior(world, key, year)
    rows = {row.assumption: row.prior for row in learnt.beliefs}
    assumption = inputs.assumptions[key]
    if not rows or not assumption.is_path:
        return rows.get(key)
    times = [float(knot.time or 0.0) for knot in assumption.knots]
    bands = [rows[f"{key}@{time:g}"] for time in times]
    return _between(times, bands, assumption.scale, mid_year_fraction(quarter(year)))


def _between(times: Sequence[float], bands: Sequence[Band], scale: Scale, at: float) -> Band:
    """Return a band between those known at some times, in the scale of its unit."""
    levels = [
        np.interp(at, times, [float(into_scale(level, scale)) for level in each])
        for each in zip(*((band.p10, band.p50, band.p90) for band in bands), strict=True)
    ]
    return Band(*(float(out_of_scale(level, scale)) for level in levels))


def _driver_prior(world: World, key: str, year: str) -> Band | None:
    rows = world.ensemble.learnt.drivers
    row = next((each for each in rows if (each.driver, each.period) == (key, year[:4])), None)
    if row is None:
        return None
    kind, column = world.inputs.drivers[key].kind, quarter(year) - FIRST_QUARTER
    if kind not in {"flow", "rate"} or not is_year(year):
        return row.prior
    whole = float(np.median(year_value(world.belief(key), kind, column - 3)))
    factor = whole / row.conditioned.p50
    return Band(*(factor * level for level in (row.prior.p10, row.prior.p50, row.prior.p90)))
