"""Accuracy of the growth curves: python benchmarks/accuracy.py CURVES.csv [PEERS.csv]

CURVES has the columns series_id, date, value, unit, ceiling, part (a adoption, b spend or volume).
PEERS has other methods' forecasts: series_id, origin_points, horizon, method, p2_5 … p97_5; it is
looked for beside CURVES as curves_peers_… if not given.

Up to four origins per series, evenly spaced from six points of history to three before the end;
horizons 1 to 8. CRPS is in percentage points for shares and natural logarithms for levels, averaged
over horizons, then origins, then series. Before and after split origins by whether the value there
is below half of the series' largest. In brackets: what the 80% and the 95% band held.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecast.analysis.backtest import hindcast_all
from forecast.analysis.fitting import NAMES
from forecast.analysis.scores import comparable, covered, crps, interval_score
from forecast.analysis.series_file import FileSeries, read_series_file

HORIZON = 8
REPLICATES = 2000
OURS = "forecast"
GROUPS = (
    "share", "share-before", "share-after", "level", "level-before", "level-after", "level-a",
    "level-b",
)  # fmt: skip
# CRPS, coverage of the 80% and 95% bands, interval scores of both.
SCORES = 5


@dataclass(frozen=True)
class Scored:
    """The scores of one method on one series from one origin, averaged over horizons."""

    series_id: str
    groups: frozenset[str]
    scores: tuple[float, ...]


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    path = Path(arguments[0])
    peers = Path(arguments[1]) if len(arguments) > 1 else peers_beside(path)
    series, warnings = read_series_file(path.name, path.read_bytes())
    parts = read_parts(path)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    begun = time.perf_counter()
    methods = {OURS: ours(series, parts)}
    seconds = time.perf_counter() - begun
    fits = len(methods[OURS])
    if peers.exists():
        methods |= theirs(peers, {each.series_id: each for each in series}, parts)
    print_table(methods)
    print_intervals(methods[OURS])
    print_ratios(methods)
    print(f"\n{fits} fits of {len(series)} series, no failures, {1e3 * seconds / fits:.1f} ms each")
    return 0


def peers_beside(path: Path) -> Path:
    return path.with_name(path.name.replace("curves_", "curves_peers_"))


def read_parts(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["series_id"]: row.get("part") or "" for row in csv.DictReader(stream)}


def ours(series: tuple[FileSeries, ...], parts: dict[str, str]) -> list[Scored]:
    whole = {each.series_id: each for each in series}
    return [
        scored(
            whole[each.series.series_id],
            each.points,
            each.quantiles,
            each.observed,
            parts,
        )
        for each in hindcast_all(series, HORIZON)
        if each.horizons
    ]


def theirs(
    path: Path, whole: dict[str, FileSeries], parts: dict[str, str]
) -> dict[str, list[Scored]]:
    """Score the forecasts in a file by the same rule; a horizon counts points of the series."""
    found: dict[tuple[str, str, int], list[tuple[int, list[float]]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            key = (row["method"], row["series_id"], int(row["origin_points"]))
            found[key].append((int(row["horizon"]), [float(row[name]) for name in NAMES]))
    methods: dict[str, list[Scored]] = defaultdict(list)
    for (method, name, points), forecasts in found.items():
        if name in whole:
            values = whole[name].values
            observed = np.array([values[points + horizon - 1] for horizon, _ in forecasts])
            quantiles = np.array([levels for _, levels in forecasts])
            methods[method].append(scored(whole[name], points, quantiles, observed, parts))
    return methods


def scored(
    series: FileSeries,
    points: int,
    quantiles: np.ndarray,
    observed: np.ndarray,
    parts: dict[str, str],
) -> Scored:
    kind = "level" if series.ceiling is None else "share"
    is_before = series.values[points - 1] < 0.5 * max(series.values)
    groups = {kind, f"{kind}-{'before' if is_before else 'after'}"}
    if kind == "level":
        groups.add(f"level-{parts[series.series_id]}")
    forecast, seen = comparable(quantiles, series.ceiling), comparable(observed, series.ceiling)
    scores = (
        crps(forecast, seen),
        covered(forecast, seen, 0.8),
        covered(forecast, seen, 0.95),
        interval_score(forecast, seen, 0.8),
        interval_score(forecast, seen, 0.95),
    )
    means = tuple(float(score.mean()) for score in scores)
    return Scored(series.series_id, frozenset(groups), means)


def by_series(scores: list[Scored], group: str) -> np.ndarray:
    """Return the mean scores of each series of a group: (series, scores)."""
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for each in scores:
        if group in each.groups:
            found[each.series_id].append(each.scores)
    if not found:
        return np.full((1, SCORES), np.nan)
    return np.array([np.mean(rows, axis=0) for rows in found.values()])


def print_table(methods: dict[str, list[Scored]]) -> None:
    width = max(len(name) for name in methods)
    print(f"{'':{width}}  " + "  ".join(f"{group:>18}" for group in GROUPS))
    for name, scores in methods.items():
        cells = []
        for group in GROUPS:
            mean = by_series(scores, group).mean(axis=0)
            cells.append(f"{mean[0]:.3g} ({mean[1]:.2f}/{mean[2]:.2f})")
        print(f"{name:{width}}  " + "  ".join(f"{cell:>18}" for cell in cells))


def bootstrap(values: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """Yield mean, 2.5% and 97.5% of each score over series drawn with replacement."""
    rng = np.random.default_rng(1)
    chosen = rng.integers(len(values), size=(REPLICATES, len(values)))
    means = values[chosen].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    yield from zip(values.mean(axis=0), low, high, strict=True)


def print_intervals(scores: list[Scored]) -> None:
    print("\nOurs, with 95% intervals from a bootstrap over series")
    names = ("CRPS", "80% band", "95% band", "interval score 80", "interval score 95")
    for kind in ("share", "level"):
        for name, (mean, low, high) in zip(names, bootstrap(by_series(scores, kind)), strict=True):
            print(f"  {kind:6} {name:18} {mean:8.3f}  ({low:.3f} to {high:.3f})")


def print_ratios(methods: dict[str, list[Scored]]) -> None:
    """Print our CRPS over each peer's, and both interval scores over theirs."""
    if len(methods) == 1:
        return
    print("\nOurs over theirs: CRPS, interval score of the 80% band (below 1 is better)")
    own = {group: by_series(methods[OURS], group).mean(axis=0) for group in GROUPS}
    for name, scores in methods.items():
        if name != OURS:
            others = {group: by_series(scores, group).mean(axis=0) for group in GROUPS}
            ratios = {group: own[group] / others[group] for group in GROUPS}
            cells = [f"{group} {ratios[group][0]:.2f} {ratios[group][3]:.2f}" for group in GROUPS]
            print(f"  {name}: " + ", ".join(cells))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
