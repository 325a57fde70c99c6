"""How good would the growth curves have been? Series cut at earlier dates, and forecast anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.analysis.series.fitting import fit_all
from forecast.analysis.series.regular_series import FileSeries, Frequency, file_run, observed_series
from forecast.analysis.series.scores import comparable, covered, crps, interval_score
from forecast.analysis.series.series_file import read_series_file
from forecast.beliefs import Array
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import with_own_series
from forecast.result import BESIDE, DEFAULT, MERGED, Quantiles, Result, Run, RunOptions
from forecast.world.rows import plain

if TYPE_CHECKING:
    from forecast.inputs.tables.layout.columns import Table
    from forecast.world.case import Case

FEWEST_POINTS = 6  # seen at the first origin
LEFT_OVER = 3  # seen after the last origin
ORIGINS = 4


@dataclass(frozen=True)
class ForecastRow:
    """What a series cut at `origin` was forecast to be `horizon` periods later, and what came."""

    series_id: str
    origin: str
    horizon: int
    period: str
    unit: str
    observed: float
    quantiles: Quantiles


@dataclass(frozen=True)
class Scores:
    """Mean scores, in percentage points for shares and natural logarithms for levels."""

    crps: float
    coverage_80: float
    interval_score_80: float
    coverage_95: float
    interval_score_95: float


@dataclass(frozen=True)
class ScoreRow:
    """The scores of a series, or of all `series` of a kind, where there is no `series_id`."""

    series_id: str | None
    kind: Literal["share", "level"]
    series: int
    scores: Scores = field(metadata=MERGED)


@dataclass(frozen=True)
class Backtest(Result):
    """Forecasts from earlier origins, and how good they were."""

    rows: tuple[ForecastRow, ...]
    scores: tuple[ScoreRow, ...] = field(metadata=BESIDE)


@dataclass(frozen=True)
class FromOrigin:
    """The forecasts of a series cut after some points: quantiles (horizons, levels), what came."""

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
    told: Table | None = None,
) -> Backtest:
    """Return the forecasts of every series of a file from up to four earlier origins, scored.

    `told` is what a person says of the file. Raises InputError with every problem of the file.
    """
    series, warnings = read_series_file(
        file, content, frequency=frequency, ceiling=ceiling, told=told
    )
    run = file_run(file, sha256(content).hexdigest(), series, (f"horizon={horizon}",), started)
    return _backtest(series, run, warnings, horizon)


def backtest_observed(
    case: Case, options: RunOptions = DEFAULT, *, names: Sequence[str] = (), horizon: int = 8
) -> Backtest:
    """Return the same for observed series of a case; for all long enough if `names` is empty.

    Raises InputError for a name that is no series.
    """
    inputs = with_own_series(case.inputs, case.workspace, names)
    known = inputs.series
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            Problem("command line", name, "no such series", "a series", did_you_mean(name, known))
            for name in unknown
        )
    found = [observed_series(inputs, name) for name in names or sorted(known)]
    series = [each for each in found if each is not None]
    if not names:
        series = [each for each in series if origins(len(each.values))]
    said = (f"horizon={horizon}",)
    run = file_run(case.source, inputs.whole_sha256, series, said, options.started)
    return _backtest(series, run, (), horizon)


def _backtest(
    series: Sequence[FileSeries], run: Run, warnings: tuple[str, ...], horizon: int
) -> Backtest:
    short = [each.series_id for each in series if not origins(len(each.values))]
    if short:
        named = ", ".join(short[:5]) + (f" and {len(short) - 5} more" if len(short) > 5 else "")
        warnings += (f"fewer than {FEWEST_POINTS + LEFT_OVER} figures, so not tested: {named}",)
    hindcasts = tuple(hindcast_all(series, horizon))
    rows = tuple(row for each in hindcasts for row in _rows(each))
    return Backtest("backtest", run, rows, warnings, tuple(score_rows(hindcasts)))


def origins(points: int) -> tuple[int, ...]:
    """Return how many points are seen at each origin: up to four, evenly spaced."""
    if points < FEWEST_POINTS + LEFT_OVER:
        return ()
    spaced = np.linspace(FEWEST_POINTS, points - LEFT_OVER, ORIGINS)
    return tuple(sorted({round(each) for each in spaced.tolist()}))


def hindcast_all(
    series: Sequence[FileSeries], horizon: int, families: Sequence[str] = DEFAULT_FAMILIES
) -> Iterator[FromOrigin]:
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
        yield FromOrigin(before, points, horizons, quantiles[at], observed)


def _rows(hindcast: FromOrigin) -> Iterator[ForecastRow]:
    series = hindcast.series
    for index, horizon in enumerate(hindcast.horizons):
        yield ForecastRow(
            series_id=series.series_id,
            origin=series.period(0),
            horizon=horizon,
            period=series.period(horizon),
            unit=series.unit,
            observed=float(hindcast.observed[index]),
            quantiles=Quantiles(tuple(map(plain, hindcast.quantiles[index].tolist()))),
        )


def score_rows(hindcasts: Sequence[FromOrigin]) -> Iterator[ScoreRow]:
    """Yield the scores of each series, then those of all shares and of all levels.

    Averaged over horizons, then origins, then series, so that every series counts alike.
    """
    by_series: dict[str, list[Scores]] = {}
    kinds: dict[str, Literal["share", "level"]] = {}
    for each in hindcasts:
        if each.horizons:
            series = each.series
            by_series.setdefault(series.series_id, []).append(_scores(each))
            kinds[series.series_id] = "level" if series.ceiling is None else "share"
    means = {name: _mean(scores) for name, scores in by_series.items()}
    for name, scores in means.items():
        yield ScoreRow(name, kinds[name], 1, scores)
    all_kinds: tuple[Literal["share", "level"], ...] = ("share", "level")
    for kind in all_kinds:
        chosen = [scores for name, scores in means.items() if kinds[name] == kind]
        if chosen:
            yield ScoreRow(None, kind, len(chosen), _mean(chosen))


def _scores(hindcast: FromOrigin) -> Scores:
    """Return the mean scores of one origin."""
    quantiles = comparable(hindcast.quantiles, hindcast.series.ceiling)
    observed = comparable(hindcast.observed, hindcast.series.ceiling)
    scores = (
        crps(quantiles, observed),
        covered(quantiles, observed, 0.8),
        interval_score(quantiles, observed, 0.8),
        covered(quantiles, observed, 0.95),
        interval_score(quantiles, observed, 0.95),
    )
    return Scores(*(float(each.mean()) for each in scores))


def _mean(scores: Sequence[Scores]) -> Scores:
    columns = zip(*map(astuple, scores), strict=True)
    return Scores(*(plain(float(np.mean(column))) for column in columns))
