"""Two overlapping logistic waves, by least squares and refitted replicates (Meyer 1994).

The sum of two logistic curves has six parameters, which a short series hardly tells apart. The band
therefore rests on fits to replicates of the series whose noise accumulates as the noise ahead does
(a parametric bootstrap, Efron and Tibshirani 1993, chapter 6), kept where they respect the bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forecast.curves.coordinates import coordinates, levels_at
from forecast.curves.families import Array
from forecast.curves.filter.batch import even_normals
from forecast.curves.filter.member_grid import LARGEST_HEADROOM, NOISE_CENTRE, CurveScale
from forecast.curves.textbook.formulas import FORMULAS
from forecast.curves.textbook.least_squares import fit_curves

FAMILY = "two_logistic_waves"
FEWEST = 12  # points: two for each parameter
MOST = 200  # the last points that are used, so that long daily series cost no more
REPLICATES = 256
_STEPS = 40  # of a fit; what has not converged by then lies in a flat valley, about as good
_SAMPLE = 512
_FEWEST_KEPT = REPLICATES // 8
_PRIOR_POINTS = 2.0  # points that the prior of the noise counts as
_LEAST = 1e-9  # part of the largest figure
_NORMAL_QUARTILE = 0.6745


@dataclass(frozen=True)
class AloneFit:
    """What a family fitted to one series says: ascending `levels` (lapses, sample) for equal
    probabilities, parameters as {"p10", "p50", "p90"} and diagnostics, as in `MemberSummary`.
    """

    levels: Array
    parameters: dict[str, dict[str, float]]
    diagnostics: dict[str, float]


def fit_two_logistic_waves(
    times: Array, values: Array, scale: CurveScale, period: float, season: int, lapses: Array
) -> AloneFit | None:
    """Return the forecast of two logistic waves at `lapses` years after the last figure.

    `values` are levels, or on the logit scale shares of the ceiling. None with fewer than `FEWEST`
    figures, or where too few replicates give two growing waves within the bounds.
    """
    if len(values) < FEWEST or np.ptp(values[-MOST:]) == 0.0:
        return None
    x, size = (times - times[0])[-MOST:], float(values.max())
    y = values[-MOST:] / size
    limit = 1.0 / size if scale == "logit" else LARGEST_HEADROOM
    with np.errstate(all="ignore"):
        best = fit_curves(x, y[None], FAMILY, most_steps=_STEPS)
        curve = best.value(x)[0]
        if not (np.isfinite(curve).all() and (curve > 0.0).all()):
            return None
        noise = _noise(x, y, curve, size, scale)
        kept = _replicates(x, curve, best.parameters, noise, size, scale, limit)
        if len(kept) < _FEWEST_KEPT:
            return None
        ahead = _coordinates(_value(x[-1] + lapses, kept), size, scale)
        now = _coordinates(_value(x[-1:], kept), size, scale)
        last = _coordinates(y[-1:], size, scale)
    at = np.arange(_SAMPLE) % len(kept)
    spread = noise * np.sqrt(lapses)[:, None] * even_normals(_SAMPLE)
    levels = np.sort(levels_at(last + (ahead - now)[at].T + spread, scale), axis=1)
    slope = (_coordinates(_value(x[-1:] + period, kept), size, scale) - now)[:, 0] / period
    part = float(values[-1]) if scale == "logit" else 0.0
    parameters = {
        "growth_rate": percentiles(slope),
        "doubling_time": doubling_times(slope, part),
        "saturation": percentiles(size * np.minimum(kept[:, 0] + kept[:, 3], limit)),
        "inflection": percentiles(times[0] + np.maximum(*_middles(kept))),
        "noise": percentiles(np.array([noise])),
    }
    diagnostics = {"points": float(len(values)), "replicates": float(len(kept))}
    return AloneFit(levels, parameters, diagnostics)


def percentiles(values: Array) -> dict[str, float]:
    """Return the tenth, fiftieth and ninetieth percentile of values, each a value that occurs."""
    ordered = np.sort(values)
    last = len(ordered) - 1
    return {f"p{p}": float(ordered[round(p / 100.0 * last)]) for p in (10, 50, 90)}


def doubling_times(slope: Array, part: float) -> dict[str, float]:
    """Return percentiles of the years to double at growth `slope`, in logits of a share `part` or
    in logs where `part` is zero; infinite where nothing grows.
    """
    growing = slope > 0.0
    rate = np.where(growing, slope * (1.0 - part), 1.0)
    return percentiles(np.where(growing, math.log(2.0) / np.maximum(rate, 1e-300), math.inf))


def _noise(x: Array, y: Array, curve: Array, size: float, scale: CurveScale) -> float:
    """Return the standard deviation of the noise that accumulates in a year, log or logit.

    From the median step of the residuals, which the fast first years do not sway, corrected for the
    parameters fitted, and pooled with a prior worth two points.
    """
    residual = _coordinates(y, size, scale) - _coordinates(curve, size, scale)
    steps = np.diff(residual) / np.sqrt(np.maximum(np.diff(x), 1e-3))
    freedom = len(steps) - len(FORMULAS[FAMILY].parameters)
    found = float(np.median(np.abs(steps))) / _NORMAL_QUARTILE
    total = len(steps) * found**2 + _PRIOR_POINTS * NOISE_CENTRE[scale] ** 2
    return math.sqrt(total / (freedom + _PRIOR_POINTS))


def _replicates(
    x: Array,
    curve: Array,
    start: Array,
    noise: float,
    size: float,
    scale: CurveScale,
    limit: float,
) -> Array:
    """Return the parameters of waves fitted to noisy copies of a curve, those within bounds."""
    rng = np.random.default_rng(len(x))
    shocks = rng.standard_normal((REPLICATES, len(x))) * np.sqrt(np.diff(x, prepend=x[0]))
    walk = noise * np.cumsum(shocks, axis=1)
    copies = levels_at(_coordinates(curve, size, scale) + walk, scale) / size
    found = fit_curves(x, copies, FAMILY, start, _STEPS).parameters
    grows = np.isfinite(found).all(axis=1) & (found[:, [0, 2, 3, 5]] > 0.0).all(axis=1)
    return np.asarray(found[grows & (found[:, 0] + found[:, 3] <= limit)])


def _value(x: Array, parameters: Array) -> Array:
    """Return the curves (series, points) at `x`."""
    return FORMULAS[FAMILY].value(x, parameters)


def _middles(parameters: Array) -> tuple[Array, Array]:
    """Return when each of the two waves grows fastest, in years after the first figure."""
    return parameters[:, 1] / parameters[:, 2], parameters[:, 4] / parameters[:, 5]


def _coordinates(part: Array, size: float, scale: CurveScale) -> Array:
    """Return logs or logits of levels given as parts of the largest figure `size`."""
    return coordinates(np.maximum(part, _LEAST) * size, scale)
