"""Accuracy of the growth curves: python benchmarks/accuracy.py CURVES.csv [PEERS.csv]

CURVES has the columns series_id, date, value, unit, ceiling, part (a adoption, b spend or volume).
PEERS has other methods' forecasts: series_id, origin_points, horizon, method, p2_5 … p97_5; it is
looked for beside CURVES as curves_peers_… if not given.

Up to four origins per series, evenly spaced from six points of history to three before the end;
horizons 1 to 8. CRPS is in percentage points for shares and natural logarithms for levels, averaged
over horizons, then origins, then series. Before and after split origins by whether the value there
is below half of the series' largest. In brackets: what the 80% and the 95% band held. The output is
Markdown; benchmarks/accuracy.md keeps that of the last change.
"""

from __future__ import annotations

import csv
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from forecast import __version__
from forecast.analysis.series.backtest import hindcast_all
from forecast.analysis.series.regular_series import FileSeries
from forecast.analysis.series.scores import comparable, covered, crps, interval_score
from forecast.analysis.series.series_file import read_series_file
from forecast.result import POINTS

HORIZON = 8
REPLICATES = 2000
OURS, REFERENCE = "forecast", "ensemble"
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
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    print(f"# Accuracy of the growth curves, {today}\n")
    print(f"forecast {__version__}, Python {platform.python_version()}, NumPy {np.__version__}.")
    print(f"{fits} fits of {len(series)} series, {1e3 * seconds / fits:.1f} ms each, no failures.")
    print_table(methods)
    print_intervals(methods[OURS])
    print_ratios(methods)
    print_stability(methods)
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
            found[key].append((int(row["horizon"]), [float(row[name]) for name in POINTS]))
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


def print_rows(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a Markdown table, its columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print()
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(cells)} |")


def print_table(methods: dict[str, list[Scored]]) -> None:
    print("\n## CRPS (what the 80% and the 95% band held)")
    rows = []
    for name, scores in methods.items():
        means = [by_series(scores, group).mean(axis=0) for group in GROUPS]
        rows.append((name, *(f"{m[0]:.3g} ({m[1]:.2f}/{m[2]:.2f})" for m in means)))
    print_rows(("method", *GROUPS), rows)


def bootstrap(values: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """Yield mean, 2.5% and 97.5% of each score over series drawn with replacement."""
    rng = np.random.default_rng(1)
    chosen = rng.integers(len(values), size=(REPLICATES, len(values)))
    means = values[chosen].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    yield from zip(values.mean(axis=0), low, high, strict=True)


def print_intervals(scores: list[Scored]) -> None:
    print("\n## Ours, with 95% intervals from a bootstrap over series")
    names = ("CRPS", "80% band", "95% band", "interval score 80", "interval score 95")
    rows = []
    for name, index in zip(names, range(SCORES), strict=True):
        cells = []
        for kind in ("share", "level"):
            mean, low, high = list(bootstrap(by_series(scores, kind)))[index]
            cells.append(f"{mean:.3f} ({low:.3f} to {high:.3f})")
        rows.append((name, *cells))
    print_rows(("score", "shares", "levels"), rows)


def print_ratios(methods: dict[str, list[Scored]]) -> None:
    """Print our CRPS over each peer's, and the 80% band's interval score over theirs."""
    if len(methods) == 1:
        return
    print("\n## Ours over theirs: CRPS, interval score of the 80% band (below 1 is better)")
    own = {group: by_series(methods[OURS], group).mean(axis=0) for group in GROUPS}
    rows = []
    for name, scores in methods.items():
        if name != OURS:
            ratios = [own[g] / by_series(scores, g).mean(axis=0) for g in GROUPS]
            rows.append((name, *(f"{ratio[0]:.2f}, {ratio[3]:.2f}" for ratio in ratios)))
    print_rows(("method", *GROUPS), rows)


def technology(series_id: str) -> str:
    return series_id.split("__", maxsplit=1)[0]


def country(series_id: str) -> str:
    return series_id.split("__", maxsplit=1)[-1]


def print_stability(methods: dict[str, list[Scored]]) -> None:
    """Print how our scores move when all series of one technology, or one country, are left out."""
    print("\n## Without any one technology, or any one country: from the lowest to the highest")
    rows = []
    for kind in ("share", "level"):
        for label, part in (("technology", technology), ("country", country)):
            rows.append((kind, label, *left_out(methods, kind, part)))
    head = ("kind", "left out", f"CRPS over {REFERENCE}", "80% band holds", "95% band holds")
    print_rows(head, rows)


def left_out(
    methods: dict[str, list[Scored]], kind: str, part: Callable[[str], str]
) -> tuple[str, str, str]:
    """Return the ranges of our relative CRPS and coverages over the parts that are left out."""
    names = sorted({part(each.series_id) for each in methods[OURS] if kind in each.groups})
    found = []
    for name in names:
        kept = {
            method: by_series([s for s in scores if part(s.series_id) != name], kind).mean(axis=0)
            for method, scores in methods.items()
            if method in {OURS, REFERENCE}
        }
        ours = kept[OURS]
        reference = kept[REFERENCE][0] if REFERENCE in kept else np.nan
        found.append((ours[0] / reference, ours[1], ours[2]))
    low, high = np.min(found, axis=0), np.max(found, axis=0)
    crps_range, band_80, band_95 = (f"{a:.2f} to {b:.2f}" for a, b in zip(low, high, strict=True))
    return crps_range, band_80, band_95


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
