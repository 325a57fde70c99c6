"""What the model does not know, measured: how much wider its bands would have had to be.

Forecasts of a block of the model are normal about their medians, with variance s² of their bands
and σ² for each year ahead beside: a random walk that no belief explains. σ is the most likely one
on outcomes, each origin counting alike. It is scored on an origin left out, at the σ of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist

import numpy as np

from forecast.analysis.hindcast.hindcast import in_pairs, question_of
from forecast.analysis.hindcast.measured import Measured
from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.scoring.rows import HindcastRow
from forecast.analysis.hindcast.whole_model import LABORATORIES, model_from
from forecast.analysis.series.scores import crps
from forecast.beliefs import Array, into_scale
from forecast.ensemble.prior import stream
from forecast.periods import quarter
from forecast.processors.second_process import Beside
from forecast.result import PERCENTILES, RunOptions
from forecast.units import UNITS
from forecast.world.case import load_case
from forecast.world.rows import plain

ORIGINS = range(quarter("2023Q4"), quarter("2025Q4") + 1)  # by then all blocks had been reported
FURTHEST = 8  # quarters ahead
SHOWN = (1, 2, 4, 8)  # quarters ahead whose errors are shown
KNOWN_BY = ("2025Q2", "2025Q4", "2026Q2")  # ends of outcomes, for beliefs of earlier days
BLOCKS = {
    "revenue": (LABORATORIES,),
    "money": ("hyperscaler_capex",),
    "compute sold": ("compute_sold",),
    "rent": ("rent",),
    "users": ("weekly_users",),
    "firms that use it": ("business_adoption",),
    "Google's tokens": ("google_tokens",),
    "Doubao's tokens": ("doubao_tokens",),
}
# Its size goes into the model, so that measuring leaves it out.
IN_FORCE = {"revenue": "unexplained_revenue"}
_SIZES = np.arange(0.0, 2.51, 0.05)  # σ, in the root of a year
_NORMAL = np.array([NormalDist().inv_cdf(each / 100.0) for each in PERCENTILES])
_LEVELS = tuple(each / 100.0 for each in PERCENTILES)
_RESAMPLES = 1000


@dataclass(frozen=True)
class _Errors:
    """Forecasts of a block: `quantiles` (forecasts, PERCENTILES), outcomes, years ahead and quarter
    of origin, (forecasts,)."""

    quantiles: Array
    observed: Array
    years: Array
    origins: Array

    @property
    def spread(self) -> Array:
        """Standard deviation that the 80% band stands for, (forecasts,)."""
        low, high = (self.quantiles[:, PERCENTILES.index(each)] for each in (10.0, 90.0))
        return np.asarray((high - low) / (2.0 * NormalDist().inv_cdf(0.9)))

    @property
    def error(self) -> Array:
        """Median less outcome, (forecasts,)."""
        return np.asarray(self.quantiles[:, PERCENTILES.index(50.0)] - self.observed)

    def widened(self, size: float) -> Array:
        """Return the quantiles with a discrepancy beside: exact where the forecast is normal."""
        middle = self.quantiles[:, [PERCENTILES.index(50.0)]]
        more = size * np.sqrt(self.years)[:, None] * _NORMAL
        return np.asarray(middle + np.sign(_NORMAL) * np.hypot(self.quantiles - middle, more))


def forecasts_without(options: RunOptions, beside: Beside) -> list[HindcastRow]:
    """Return the whole model's forecasts from ORIGINS without any discrepancy that was measured,
    beside what came."""
    nothing = tuple(f"{name}=0" for name in IN_FORCE.values())
    question = question_of(load_case(settings=nothing), options)
    found = in_pairs([partial(model_from, question, origin) for origin in ORIGINS], beside)
    return [row for each in found for row in each.rows if row.method == "forecast"]


def measured(rows: Sequence[HindcastRow], basis: str) -> Iterator[Measured]:
    """Yield the discrepancy of each block, and of those in force as earlier days knew it."""
    for block, metrics in BLOCKS.items():
        own = [
            row
            for row in rows
            if row.metric in metrics
            and row.observed_qualifier in {"eq", "approx"}
            and row.horizon <= FURTHEST
        ]
        last = max(quarter(row.period) for row in own)
        ends = (*map(quarter, KNOWN_BY), last) if block in IN_FORCE else (last,)
        for end in ends:
            yield measured_block(
                block, [row for row in own if quarter(row.period) <= end], end, basis
            )


def measured_block(block: str, rows: Sequence[HindcastRow], end: int, basis: str) -> Measured:
    """Return the discrepancy that forecasts of a block ask for; outcomes reach to the quarter
    `end`."""
    errors = _errors(rows)
    likely = _by_origin(errors, partial(_surprise, errors))
    near = _by_origin(errors, partial(_distance, errors))
    held = _by_origin(errors, partial(_held, errors))
    others = [_best(np.delete(likely, each, 1)) for each in range(likely.shape[1])]
    left_out = (others, range(len(others)))
    low, high = _range(likely, np.unique(errors.origins) // 4)
    ahead = {
        f"{name}_{quarters}": _at(values, errors.years == quarters / 4)
        for quarters in SHOWN
        for name, values in (("error", errors.error), ("spread", errors.spread))
    }
    return Measured(
        block,
        IN_FORCE.get(block, ""),
        last_day(end).isoformat(),
        likely.shape[1],
        len({(row.metric, row.period) for row in rows}),
        len(rows),
        plain(float(_SIZES[_best(likely)])),
        low,
        high,
        plain(float(near[0].mean())),
        plain(float(near[left_out].mean())),
        plain(float(held[0].mean())),
        plain(float(held[left_out].mean())),
        **ahead,
        basis=basis,
    )


def _errors(rows: Sequence[HindcastRow]) -> _Errors:
    scales = [UNITS[row.unit].scale for row in rows]
    said = [
        into_scale(np.array(row.quantiles.values), each)
        for row, each in zip(rows, scales, strict=True)
    ]
    came = [float(into_scale(row.observed, each)) for row, each in zip(rows, scales, strict=True)]
    years = [row.horizon / 4 for row in rows]
    return _Errors(*map(np.array, (said, came, years, [quarter(row.origin) for row in rows])))


def _by_origin(errors: _Errors, score: Callable[[float], Array]) -> Array:
    """Return the mean score of each origin at each of _SIZES, (sizes, origins)."""
    scores = np.array([score(size) for size in _SIZES.tolist()])
    origins = np.unique(errors.origins)
    return np.stack([scores[:, errors.origins == each].mean(axis=1) for each in origins], axis=1)


def _surprise(errors: _Errors, size: float) -> Array:
    """Return minus the log density of outcomes, less a constant."""
    variance = errors.spread**2 + size**2 * errors.years
    return np.asarray(0.5 * (np.log(variance) + errors.error**2 / variance))


def _distance(errors: _Errors, size: float) -> Array:
    return crps(errors.widened(size), errors.observed, _LEVELS)


def _held(errors: _Errors, size: float) -> Array:
    low, high = (errors.widened(size)[:, PERCENTILES.index(each)] for each in (10.0, 90.0))
    return np.asarray((low <= errors.observed) & (errors.observed <= high))


def _best(scores: Array) -> int:
    return int(scores.mean(axis=1).argmin())


def _range(scores: Array, years: Array) -> tuple[float, float]:
    """Return P10 and P90 of the most likely size, from a bootstrap over the years of origins."""
    clusters = [np.flatnonzero(years == each) for each in np.unique(years)]
    rng = stream(1, "discrepancy")
    drawn = rng.integers(0, len(clusters), (_RESAMPLES, len(clusters)))
    found = [_SIZES[_best(scores[:, np.concatenate([clusters[k] for k in row])])] for row in drawn]
    low, high = np.quantile(found, [0.1, 0.9])
    return plain(float(low)), plain(float(high))


def _at(values: Array, chosen: Array) -> float | None:
    if not chosen.any():
        return None
    return plain(float(np.sqrt(np.mean(values[chosen] ** 2))))
