"""How good forecasts were: distance, coverage with an interval that knows how few years there are.

The interval of a coverage is a bootstrap over clusters, the years of the origins: forecasts of one
year share its surprises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.hindcast.scoring.rows import Estimate, HindcastRow, HindcastScore, Method
from forecast.analysis.series.scores import band, comparable, crps, interval_score
from forecast.beliefs import Array
from forecast.curves.quantiles import PROBABILITIES
from forecast.ensemble.prior import stream
from forecast.periods import quarter
from forecast.world.rows import plain

RESAMPLES = 1000
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Group:
    """Origins that are scored together, up to a horizon."""

    name: str
    first: int
    last: int
    furthest: int

    def holds(self, row: HindcastRow) -> bool:
        """Return whether a row belongs to it."""
        return self.first <= quarter(row.origin) <= self.last and row.horizon <= self.furthest


def wis(quantiles: Array, observed: Array) -> Array:
    """Return the weighted interval score of `quantiles` (…, PROBABILITIES): twice the mean pinball
    loss (Bracher et al. 2021)."""
    levels = np.array(PROBABILITIES)
    miss = observed[..., None] - quantiles
    return np.asarray(2.0 * np.maximum(levels * miss, (levels - 1.0) * miss).mean(axis=-1))


def scored(
    rows: Sequence[HindcastRow], groups: Sequence[Group], together: Mapping[str, Sequence[str]]
) -> Iterator[HindcastScore]:
    """Yield the scores of each metric, and of metrics `together` under a name: over all horizons of
    each group, then at each horizon of the first group, which holds all. Rows are of one part."""
    baselines = {method: _by_key(rows, method) for method in ("walk", "growth")}
    made = [row for row in rows if row.method == "forecast"]
    names: dict[str, Sequence[str]] = {row.metric: (row.metric,) for row in made}
    for name, metrics in {**names, **together}.items():
        own = [row for row in made if row.metric in metrics]
        for group in groups:
            if mine := [row for row in own if group.holds(row)]:
                yield _score(name, group.name, None, mine, baselines)
        for horizon in sorted({row.horizon for row in own}):
            mine = [row for row in own if row.horizon == horizon]
            yield _score(name, groups[0].name, horizon, mine, baselines)


def _by_key(rows: Iterable[HindcastRow], method: Method) -> dict[Key, HindcastRow]:
    return {_key(row): row for row in rows if row.method == method}


def _key(row: HindcastRow) -> Key:
    return row.metric, row.origin, row.horizon


def _score(
    metric: str,
    origins: str,
    horizon: int | None,
    rows: Sequence[HindcastRow],
    baselines: dict[str, dict[Key, HindcastRow]],
) -> HindcastScore:
    quantiles, observed, said = _arrays(rows)
    is_exact = ~np.isin(said, ("gt", "lt"))
    moved = beyond(quantiles, observed, said)
    years = np.array([quarter(row.origin) // 4 for row in rows])
    misses = (quantiles[:, PROBABILITIES.index(0.5)] - observed)[is_exact]
    return HindcastScore(
        part=rows[0].part,
        metric=metric,
        origins=origins,
        horizon=horizon,
        kind="share" if rows[0].unit == "share" else "level",
        quarters=len(rows),
        bounds=int(np.sum(~is_exact)),
        crps=plain(float(crps(moved, observed).mean())),
        coverage_50=_coverage(quantiles, observed, said, years, 0.5),
        coverage_80=_coverage(quantiles, observed, said, years, 0.8),
        coverage_90=_coverage(quantiles, observed, said, years, 0.9),
        coverage_95=_coverage(quantiles, observed, said, years, 0.95),
        interval_score_80=plain(float(interval_score(moved, observed, 0.8).mean())),
        bias=plain(float(misses.mean())) if len(misses) else None,
        wis_over_walk=_relative(rows, baselines["walk"]),
        wis_over_growth=_relative(rows, baselines["growth"]),
    )


def _arrays(rows: Sequence[HindcastRow]) -> tuple[Array, Array, np.ndarray]:
    """Return quantiles (rows, PROBABILITIES) and outcomes (rows,) in the scale of scores, and what
    each outcome was observed as."""
    ceiling = 1.0 if rows[0].unit == "share" else None
    quantiles = comparable(np.array([row.quantiles.values for row in rows]), ceiling)
    observed = comparable(np.array([row.observed for row in rows]), ceiling)
    return quantiles, observed, np.array([row.observed_qualifier for row in rows])


def beyond(quantiles: Array, observed: Array, said: np.ndarray) -> Array:
    """Return quantiles (rows, levels) with those that satisfy a bound moved onto it: only what lies
    on its wrong side costs (threshold weighting, Gneiting and Ranjan 2011)."""
    edge, qualifier = observed[:, None], said[:, None]
    below = np.where(qualifier == "gt", np.minimum(quantiles, edge), quantiles)
    return np.where(qualifier == "lt", np.maximum(below, edge), below)


def _coverage(
    quantiles: Array, observed: Array, said: np.ndarray, years: np.ndarray, width: float
) -> Estimate:
    """Return how often the central band held; a floor is held by a band that reaches above it."""
    low, high = band(quantiles, width)
    held = ((low <= observed) | (said == "gt")) & ((observed <= high) | (said == "lt"))
    return clustered(held, years)


def clustered(held: np.ndarray, clusters: np.ndarray) -> Estimate:
    """Return the mean of `held`, (rows,), with a 95% interval from a bootstrap over clusters."""
    _, index = np.unique(clusters, return_inverse=True)
    counts = np.bincount(index)
    hits = np.bincount(index, held)
    rng = stream(1, "hindcast clusters")
    times = rng.multinomial(len(counts), np.full(len(counts), 1.0 / len(counts)), RESAMPLES)
    low, high = np.quantile((times @ hits) / (times @ counts), [0.025, 0.975])
    return Estimate(plain(float(held.mean())), plain(float(low)), plain(float(high)))


def _relative(rows: Sequence[HindcastRow], baseline: dict[Key, HindcastRow]) -> float | None:
    """Return the mean WIS over the baseline's on the rows that both have."""
    pairs = [(row, baseline[_key(row)]) for row in rows if _key(row) in baseline]
    if not pairs:
        return None
    own, other = ([pair[index] for pair in pairs] for index in (0, 1))
    means = []
    for each in (own, other):
        quantiles, observed, said = _arrays(each)
        means.append(float(wis(beyond(quantiles, observed, said), observed).mean()))
    return plain(means[0] / means[1])
