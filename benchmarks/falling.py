"""Series that fall, pause and start again: python benchmarks/falling.py CURVES.csv

CURVES is the file of benchmarks/accuracy.py. Its growth series are turned into falling ones by
taking reciprocals of levels and what is left of a share, or by running time backward; histories are
thinned (of all but the last five points every fourth is left) or broken off (of the points before
the last four the later half is missing). benchmarks/falling.csv has real ones, each row with its
source and licence: the price of photovoltaic modules; the use of CFCs until they were given up,
with gaps of its own; births per woman (of the countries with all years and a fall by half, every
eighth by name); shares of hard coal and gas in electricity; the share of people in extreme poverty.

The others run on logs or logits, which is their best: a random walk with drift, and damped ETS and
Theta of statsmodels, for which a gap is filled by a straight line because they know none (with
OMP_NUM_THREADS=1 they are a hundred times faster). Scores are those of accuracy.py. A method that
runs on logs or logits does as well on a mirrored series as on the series itself, so accuracy.py
says how well the other packages do there.
"""

from __future__ import annotations

import platform
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas
import statsmodels
from accuracy import HORIZON, bootstrap, by_series, print_rows, scored
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import Holt

from forecast import __version__
from forecast.analysis.series.backtest import FromOrigin, origins
from forecast.analysis.series.fitting import fit_all
from forecast.analysis.series.regular_series import FileSeries
from forecast.analysis.series.series_file import read_series_file
from forecast.curves.coordinates import coordinates, levels_at
from forecast.curves.quantiles import PROBABILITIES

REAL = Path(__file__).with_suffix(".csv")
NORMALS = np.array([NormalDist().inv_cdf(each) for each in PROBABILITIES])
KEPT, STRIDE, RESTARTED = 5, 4, 4
Quantiles = np.ndarray  # (horizons, probabilities)
Thinning = Callable[[int], list[int]]


def whole(points: int) -> list[int]:
    return list(range(points))


def thinned(points: int) -> list[int]:
    old = max(points - KEPT, 0)
    return [*range(0, old, STRIDE), *range(old, points)]


def restarted(points: int) -> list[int]:
    old = max(points - RESTARTED, 0)
    return [*range((old + 1) // 2), *range(old, points)]


def mirrored(series: FileSeries) -> FileSeries:
    """Return reciprocals of levels, or what a share leaves of its ceiling."""
    values = np.array(series.values)
    if series.ceiling is None:
        return replace(series, values=tuple((1.0 / values).tolist()))
    left = np.maximum(series.ceiling - values, 1e-6 * series.ceiling)
    return replace(series, values=tuple(left.tolist()))


def backward(series: FileSeries) -> FileSeries:
    """Return the series with time reversed."""
    first, last = series.times[0], series.times[-1]
    times = tuple(first + last - time for time in reversed(series.times))
    return replace(series, times=times, values=series.values[::-1])


def cases(path: Path) -> dict[str, tuple[list[FileSeries], Thinning]]:
    """Return the series of each case, and which points of a history are seen."""
    grown = list(read_series_file(path.name, path.read_bytes())[0])
    real = list(read_series_file(REAL.name, REAL.read_bytes())[0])
    fallen = [mirrored(each) for each in grown]
    return {
        "real": (real, whole),
        "mirrored": (fallen, whole),
        "backward": ([backward(each) for each in grown], whole),
        "thinned growth": (grown, thinned),
        "thinned fall": (fallen, thinned),
        "restarted growth": (grown, restarted),
        "restarted fall": (fallen, restarted),
    }


def histories(series: list[FileSeries], seen: Thinning) -> list[tuple[FileSeries, int, FileSeries]]:
    """Return each series, the points of each origin, and what is seen of the history then."""
    found = []
    for each in series:
        for points in origins(len(each.values)):
            at = seen(points)
            days, times, values = (
                tuple(column[index] for index in at)
                for column in (each.days, each.times, each.values)
            )
            found.append((each, points, replace(each, days=days, times=times, values=values)))
    return found


def ours(seen: list[FileSeries]) -> list[Quantiles]:
    return [quantiles for _, quantiles, _ in fit_all(seen, HORIZON)]


def packaged(seen: list[FileSeries], method: Callable[[np.ndarray], Quantiles]) -> list[Quantiles]:
    """Return the quantiles of a method for regular series of logs or logits."""
    found = []
    for each in seen:
        scale, ceiling = "log" if each.ceiling is None else "logit", each.ceiling or 1.0
        places = coordinates(np.array(each.values) / ceiling, scale)
        period = each.lapse(1)
        steps = np.round((np.array(each.times) - each.times[0]) / period)
        regular = np.interp(np.arange(steps[-1] + 1.0), steps, places)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(ceiling * levels_at(method(regular), scale))
    return found


def drift(regular: np.ndarray) -> Quantiles:
    """Random walk with drift: the mean step goes on, with the spread of the steps."""
    steps, ahead = np.diff(regular), np.arange(1.0, HORIZON + 1.0)
    spread = np.sqrt(ahead * (1.0 + ahead / steps.size)) * steps.std(ddof=1)
    return regular[-1] + ahead[:, None] * steps.mean() + spread[:, None] * NORMALS


def ets(regular: np.ndarray) -> Quantiles:
    """Damped trend with additive errors; variances as in Hyndman et al. (2008), table 6.2."""
    fit = Holt(regular, damped_trend=True, initialization_method="estimated").fit()
    level, trend, damping = (
        fit.params[name] for name in ("smoothing_level", "smoothing_trend", "damping_trend")
    )
    carried = level + level * trend * np.cumsum(damping ** np.arange(1.0, HORIZON))
    variance = np.var(fit.resid) * np.cumsum([1.0, *carried**2])
    return np.asarray(fit.forecast(HORIZON))[:, None] + np.sqrt(variance)[:, None] * NORMALS


def theta(regular: np.ndarray) -> Quantiles:
    fit = ThetaModel(pandas.Series(regular), period=1, deseasonalize=False).fit()
    spread = np.sqrt(fit.sigma2 * (1.0 + np.arange(HORIZON) * fit.params["alpha"] ** 2))
    return np.asarray(fit.forecast(HORIZON))[:, None] + np.asarray(spread)[:, None] * NORMALS


METHODS: dict[str, Callable[[list[FileSeries]], list[Quantiles]]] = {
    "forecast": ours,
    "drift": lambda seen: packaged(seen, drift),
    "ETS damped": lambda seen: packaged(seen, ets),
    "Theta": lambda seen: packaged(seen, theta),
}


def hindcasts(
    series: list[FileSeries], seen: Thinning, method: Callable[[list[FileSeries]], list[Quantiles]]
) -> list[tuple[FileSeries, FromOrigin]]:
    found = []
    at_origins = histories(series, seen)
    forecasts = method([history for _, _, history in at_origins])
    for (each, points, history), quantiles in zip(at_origins, forecasts, strict=True):
        ahead = [round((t - history.times[-1]) / history.lapse(1)) for t in each.times[points:]]
        horizons = tuple(h for h in ahead if h <= HORIZON)
        if horizons:
            observed = np.array(each.values[points : points + len(horizons)])
            at = [h - 1 for h in horizons]
            found.append((each, FromOrigin(history, points, horizons, quantiles[at], observed)))
    return found


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"# Series that fall, pause and start again, {datetime.now(UTC):%Y-%m-%d}\n")
    print(
        f"forecast {__version__}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"statsmodels {statsmodels.__version__}. CRPS in percentage points for shares and natural\n"
        "logarithms for levels, with the 95% interval of a bootstrap over series; then what the "
        "80% and the 95% band held."
    )
    for kind in ("share", "level"):
        print(f"\n## {kind.capitalize()}s")
        rows = []
        for name, (series, seen) in cases(Path(arguments[0])).items():
            chosen = [each for each in series if (each.ceiling is None) == (kind == "level")]
            if chosen:
                rows.append((name, str(len(chosen)), *(cell(chosen, seen, m) for m in METHODS)))
        print_rows(("case", "series", *METHODS), rows)
    return 0


def cell(series: list[FileSeries], seen: Thinning, name: str) -> str:
    parts = {each.series_id: "a" for each in series}
    scores = [
        scored(each, cast.points, cast.quantiles, cast.observed, parts)
        for each, cast in hindcasts(series, seen, METHODS[name])
    ]
    kind = "level" if series[0].ceiling is None else "share"
    crps, near, wide, *_ = bootstrap(by_series(scores, kind))
    low, high = f"{crps[1]:.3g}", f"{crps[2]:.3g}"
    return f"{crps[0]:.3g} ({low} to {high}), {near[0]:.2f}/{wide[0]:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
