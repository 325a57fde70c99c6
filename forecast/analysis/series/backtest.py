"""How good would the growth curves have been? Series cut at earlier dates, and forecast anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from forecast import __version__
from forecast.analysis.series.fitting import fit_all
from forecast.analysis.series.scores import comparable, covered, crps, interval_score
from forecast.analysis.series.series_file import (
    FileSeries,
    Frequency,
    observed_series,
    read_series_file,
)
from forecast.beliefs import Array
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.curves.quantiles import NAMES
from forecast.errors import InputError, Problem, did_you_mean
from forecast.result import OldResult, Result, Row, Run
from forecast.world.rows import plain

if TYPE_CHECKING:
    from forecast.world.case import Case

FEWEST_POINTS = 6  # seen at the first origin
LEFT_OVER = 3  # seen after the last origin
ORIGINS = 4
WIDTHS = (0.8, 0.95)


@dataclass(frozen=True)
class Hindcast:
    """The forecasts of a series from one origin: quantiles (horizons, levels) and what came."""

    series: FileSeries
    points: int
    horizons: tuple[int, ...]
    quantiles: Array
    observed: Array


def backtest_file(
    file: str,
    content: bytes,
    *,
    horizon: int,
    frequency: Frequency | None = None,
    ceiling: float | None = None,
    started: str = "",
) -> Result:
    """Return the forecasts of every series of a CSV file from up to four earlier origins, scored.

    Raises InputError with every problem of the file.
    """
    series, warnings = read_series_file(file, content, frequency=frequency, ceiling=ceiling)
    run = _run(series, file, sha256(content).hexdigest(), horizon, started)
    return _result(series, run, warnings, horizon)


def backtest_observed(
    case: Case, names: Sequence[str], *, horizon: int, started: str = ""
) -> Result:
    """Return the same for observed series of a case; for all long enough if `names` is empty.

    Raises InputError for a name that is no series.
    """
    known = case.inputs.series
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            Problem("command line", name, "no such series", "a series", did_you_mean(name, known))
            for name in unknown
        )
    found = [observed_series(case.inputs, name) for name in names or sorted(known)]
    series = [each for each in found if each is not None]
    if not names:
        series = [each for each in series if origins(len(each.values))]
    run = _run(series, case.source, case.inputs.sha256, horizon, started)
    return _result(series, run, (), horizon)


def _run(series: Sequence[FileSeries], source: str, digest: str, horizon: int, started: str) -> Run:
    return Run(
        version=__version__,
        started=started,
        as_of="",
        data_through=max((each.days[-1].isoformat() for each in series), default=""),
        seed=0,
        draws=0,
        through="",
        scenario=(),
        overrides=(f"horizon={horizon}",),
        inputs_sha256=digest,
        duration_s=None,
        source=source,
    )


def _result(
    series: Sequence[FileSeries], run: Run, warnings: tuple[str, ...], horizon: int
) -> Result:
    short = [each.series_id for each in series if not origins(len(each.values))]
    if short:
        named = ", ".join(short[:5]) + (f" and {len(short) - 5} more" if len(short) > 5 else "")
        warnings += (f"fewer than {FEWEST_POINTS + LEFT_OVER} figures, so not tested: {named}",)
    hindcasts = tuple(hindcast_all(series, horizon))
    rows = tuple(row for each in hindcasts for row in _rows(each))
    return OldResult("backtest", run, rows, warnings, {"scores": tuple(score_rows(hindcasts))})


def origins(points: int) -> tuple[int, ...]:
    """Return how many points are seen at each origin: up to four, evenly spaced."""
    if points < FEWEST_POINTS + LEFT_OVER:
        return ()
    spaced = np.linspace(FEWEST_POINTS, points - LEFT_OVER, ORIGINS)
    return tuple(sorted({round(each) for each in spaced.tolist()}))


def hindcast_all(
    series: Sequence[FileSeries], horizon: int, families: Sequence[str] = DEFAULT_FAMILIES
) -> Iterator[Hindcast]:
    """Yield the forecasts of every series from each of its origins, in order."""
    whole = [(each, points) for each in series for points in origins(len(each.values))]
    cut = [
        replace(
            each,
            days=each.days[:points],
            times=each.times[:points],
            values=each.values[:points],
        )
        for each, points in whole
    ]
    fitted = fit_all(cut, horizon, families)
    for (each, points), (before, quantiles, _) in zip(whole, fitted, strict=True):
        ahead = [round((time - before.times[-1]) / before.lapse(1)) for time in each.times[points:]]
        seen = {h: value for h, value in zip(ahead, each.values[points:], strict=True) if h > 0}
        horizons = tuple(h for h in seen if h <= horizon)
        observed = np.array([seen[h] for h in horizons])
        at = [h - 1 for h in horizons]
        yield Hindcast(before, points, horizons, quantiles[at], observed)


def _rows(hindcast: Hindcast) -> Iterator[Row]:
    series = hindcast.series
    for index, horizon in enumerate(hindcast.horizons):
        yield {
            "series_id": series.series_id,
            "origin": series.period(0),
            "horizon": horizon,
            "period": series.period(horizon),
            "unit": series.unit,
            "observed": float(hindcast.observed[index]),
            **{
                name: plain(level)
                for name, level in zip(NAMES, hindcast.quantiles[index].tolist(), strict=True)
            },
        }


def score_rows(hindcasts: Sequence[Hindcast]) -> Iterator[Row]:
    """Yield the scores of each series, then those of all shares and of all levels.

    Averaged over horizons, then origins, then series, so that every series counts alike.
    """
    by_series: dict[str, list[Row]] = {}
    kinds: dict[str, str] = {}
    for each in hindcasts:
        if each.horizons:
            series = each.series
            by_series.setdefault(series.series_id, []).append(_scores(each))
            kinds[series.series_id] = "level" if series.ceiling is None else "share"
    means = {name: _mean(rows) for name, rows in by_series.items()}
    for name, scores in means.items():
        yield {"series_id": name, "kind": kinds[name], "series": 1, **scores}
    for kind in ("share", "level"):
        chosen = [scores for name, scores in means.items() if kinds[name] == kind]
        if chosen:
            yield {"series_id": None, "kind": kind, "series": len(chosen), **_mean(chosen)}


def _scores(hindcast: Hindcast) -> Row:
    """Return the mean scores of one origin, in percentage points or natural logarithms."""
    quantiles = comparable(hindcast.quantiles, hindcast.series.ceiling)
    observed = comparable(hindcast.observed, hindcast.series.ceiling)
    found = {"crps": float(crps(quantiles, observed).mean())}
    for width in WIDTHS:
        name = f"{100 * width:g}"
        found[f"coverage_{name}"] = float(covered(quantiles, observed, width).mean())
        found[f"interval_score_{name}"] = float(interval_score(quantiles, observed, width).mean())
    return found


def _mean(rows: Sequence[Row]) -> Row:
    return {name: plain(float(np.mean([row[name] for row in rows]))) for name in rows[0]}
