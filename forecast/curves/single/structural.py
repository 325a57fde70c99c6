"""The structural family: a local linear trend with seasons in logs or logits (Harvey 1989).

Fitted by statsmodels, which is imported here only when the family is asked for.
"""

from __future__ import annotations

import math

import numpy as np

from forecast.curves.coordinates import coordinates, levels_at
from forecast.curves.families import Array
from forecast.curves.filter.member_grid import NOISE_CENTRE, CurveScale
from forecast.curves.single.two_logistic import AloneFit, doubling_times, percentiles

FEWEST = 8  # points: the least that says anything about three or four variances
FEWEST_YEARS = 3  # seen before seasons are modelled
MOST_PERIODS = 160  # the last periods that are used, so that long daily series cost no more
_SAMPLE = 512
_PRIOR_POINTS = 2.0  # points that the prior of the noise counts as


def fit_structural(
    times: Array, values: Array, scale: CurveScale, period: float, season: int, lapses: Array
) -> AloneFit | None:
    """Return the forecast of a structural model at `lapses` years after the last figure.

    `values` are levels, or on the logit scale shares of the ceiling; `season` is the number of
    periods in a seasonal year. Figures of one period are averaged, empty periods are missing. The
    variance ahead adds a prior of the noise worth two points, and the quantiles are Student's, to
    make up for variances estimated from few points. None with fewer than `FEWEST` periods.
    """
    from scipy.special import stdtrit

    observed = _by_period(times, coordinates(values, scale), period)
    points = int(np.isfinite(observed).sum())
    if points < FEWEST:
        return None
    seasonal = season if season > 1 and len(observed) >= FEWEST_YEARS * season else 1
    results = _estimated(observed, seasonal)
    ahead = results.get_forecast(len(lapses))
    extra = NOISE_CENTRE[scale] ** 2 * _PRIOR_POINTS / (points + _PRIOR_POINTS)
    spread = np.sqrt(np.asarray(ahead.var_pred_mean) + extra * lapses)
    freedom = max(points - len(results.params), 2)
    standard = stdtrit(freedom, (np.arange(_SAMPLE) + 0.5) / _SAMPLE)
    paths = np.asarray(ahead.predicted_mean)[:, None] + spread[:, None] * standard
    end = results.filter_results
    slope, deviation = end.filtered_state[1, -1], end.filtered_state_cov[1, 1, -1]
    slopes = (slope + math.sqrt(max(deviation, 0.0)) * standard) / period
    return AloneFit(
        levels=levels_at(paths, scale),
        parameters={
            "growth_rate": percentiles(slopes),
            "doubling_time": doubling_times(slopes, values[-1] if scale == "logit" else 0.0),
        },
        diagnostics={
            "points": float(points),
            "season": float(seasonal),
            "log_likelihood": float(results.llf),
            "converged": float(results.mle_retvals["converged"]),
        },
    )


def _by_period(times: Array, coordinates: Array, period: float) -> Array:
    """Return the means of the last periods, counted back from the last figure; NaN where none."""
    back = np.round((times[-1] - times) / period).astype(int)
    length = min(int(back[0]) + 1, MOST_PERIODS)
    used = back < length
    at = length - 1 - back[used]
    counts = np.bincount(at, minlength=length)
    sums = np.bincount(at, weights=coordinates[used], minlength=length)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _estimated(observed: Array, seasonal: int):  # type: ignore[no-untyped-def]
    """Return statsmodels' results for a local linear trend with `seasonal` seasons (1: none)."""
    import warnings

    from statsmodels.tsa.statespace.structural import UnobservedComponents

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is reported in the diagnostics
        model = UnobservedComponents(
            observed, level="lltrend", seasonal=seasonal if seasonal > 1 else None
        )
        return model.fit(disp=False, maxiter=200)
