"""What to watch next: figures to come, what is expected of them, and what a surprise would move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from forecast.analysis.watch.expected import Expected, expected
from forecast.analysis.watch.surprise import Effect, effects
from forecast.analysis.watch.upcoming import LeftOut, known_on, upcoming
from forecast.beliefs import Array
from forecast.ensemble.coordinates import TINY
from forecast.ensemble.prior import stream
from forecast.errors import InputError, Problem
from forecast.result import BESIDE, DEFAULT, MERGED, Band, Result, RunOptions, band
from forecast.world.case import Case, run_of
from forecast.world.draws.draws import Ensemble
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricAt, read_metric_at
from forecast.world.rows import plain
from forecast.world.timeline import Timeline
from forecast.world.values import Taken
from forecast.world.world import World

HEADLINE = ("inference_share", "chip_spend")
CLEAR = 2.0  # standard errors beyond which an effect is more than sampling noise
PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class FigureToCome:
    """A figure to come of a driver or of a target, and what is expected of it, in its unit:
    `surprise` is one standard error above the mean. It is `due` where its day is past on the day of
    the run."""

    observation: str
    role: Literal["driver", "target"]
    driver: str | None
    target: str | None
    series: str | None
    title: str
    period: str
    first_published: str
    expected_published: str
    due: bool
    usually_a_bound: bool
    unit: str
    expected: Band = field(metadata=band(""))
    surprise: float


@dataclass(frozen=True)
class WatchRow:
    """What a surprise in a figure to come does to the mean of a metric, in the metric's unit.

    `effect_error` is the sampling error of the `effect`, and `clear` whether it exceeds two of
    those; `effect_relative` is in standard deviations of the metric, and its square
    (`variance_reduction`) the part of the variance that the figure is expected to resolve.
    """

    figure: FigureToCome = field(metadata=MERGED)
    metric: str
    metric_title: str
    metric_period: str
    metric_unit: str
    effect: float
    effect_error: float
    effect_relative: float
    variance_reduction: float
    clear: bool


@dataclass(frozen=True)
class Watch(Result):
    """What to watch: a row for each figure to come and metric; `left_out` is evidence that has no
    figure to come, `to_come` how many figures there are, shown or not."""

    rows: tuple[WatchRow, ...]
    left_out: tuple[LeftOut, ...] = field(metadata=BESIDE)
    to_come: int


def watch(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    metrics: Sequence[str] = HEADLINE,
    period: str | None = None,
    top: int | None = None,
) -> Watch:
    """Return every figure to come with its expectation, and what a surprise does to the metrics.

    `metrics` are METRIC@PERIOD, or METRIC at `period` (the last whole year unless given). One row
    for each figure and metric, the figures in order of their largest effect, each as a part of the
    largest on its metric; `top` keeps so many figures. An effect is how far the mean of the metric
    moves if the figure comes out one standard error above expectation and the forecast is
    conditioned anew.

    The effect is linear: it is the gain of one more assimilation, carried through the model.
    Conditioning anew bends where it does not: fits reweigh their families, and figures that rule
    out one side of a wide belief move the forecast more one way than the other.

    Raises InputError for metrics that do not exist or a setting that cannot be applied.
    """
    asked = _read(case, metrics, period, case.timeline(options.through))
    world = open_world(case, options)
    to_come, left_out = upcoming(case.inputs, known_on(case.inputs))
    figures, beyond = expected(world, to_come)
    rows = _rows(world, figures, asked, options.seed)
    names = list(dict.fromkeys(row.figure.observation for row in rows))
    kept = set(names[:top])
    found = Watch(
        command="watch",
        run=run_of(case, options),
        rows=tuple(row for row in rows if row.figure.observation in kept),
        warnings=world.warnings,
        left_out=(*left_out, *beyond),
        to_come=len(names),
    )
    return on_the_day(found)


def on_the_day(found: Watch) -> Watch:
    """Return figures to come as they stand on the day of their run, or of what it knows: those
    whose day is past are due."""
    day = found.run.as_of or found.run.started[:10]
    rows = (
        replace(row, figure=replace(row.figure, due=row.figure.expected_published <= day))
        for row in found.rows
    )
    return replace(found, rows=tuple(rows))


def narrowing(
    case: Case, world: World, asked: MetricAt, few: int, seed: int
) -> tuple[WatchRow, ...]:
    """Return the rows of the `few` figures to come that say most of a metric, those that clearly
    resolve most first.

    Which they are is told by their plain correlation with it over the draws, what they do as in
    `watch`.
    """
    to_come, _ = upcoming(case.inputs, case.as_of or known_on(case.inputs))
    figures, _ = expected(world, to_come)
    draws = world.at(*asked.key)
    away = draws - draws.mean()

    def told(figure: Expected) -> float:
        return abs(float(np.mean(figure.draws * away))) / max(figure.spread, TINY)

    chosen = sorted(figures, key=told, reverse=True)[:few]
    rows = _rows(world, chosen, [asked], seed)
    return tuple(sorted(rows, key=lambda row: (not row.clear, -row.variance_reduction)))


def _read(
    case: Case, metrics: Sequence[str], period: str | None, timeline: Timeline
) -> list[MetricAt]:
    """Return what is asked for, each once; raises InputError with all that is wrong."""
    problems: list[Problem] = []
    asked: dict[str, MetricAt] = {}
    for text in metrics:
        whole = text if "@" in text else f"{text}@{period or timeline.years[-1]}"
        try:
            one = read_metric_at(whole, case.inputs, timeline, "--metric")
            asked[one.text] = one
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return list(asked.values())


def _rows(
    world: World, figures: Sequence[Expected], asked: Sequence[MetricAt], seed: int
) -> list[WatchRow]:
    """Return the rows of all figures, those that move a metric most first."""
    if not figures:
        return []
    keys = [(each.metric, each.period) for each in asked]

    def stacked(taken: Taken) -> Array:
        return np.stack([taken[key] for key in keys])

    def metrics(candidate: Ensemble) -> Array:
        names = [each.metric for each in asked]
        return stacked(world.with_ensemble(candidate).values_as_base(names).take(keys))

    moved = effects(
        world.ensemble,
        np.stack([each.draws for each in figures]),
        np.array([each.error for each in figures]),
        metrics,
    )
    spread = stacked(world.take(keys)).std(axis=1).tolist()
    weight = _weights(moved)
    rows = []
    for index in sorted(range(len(figures)), key=lambda index: -weight[index]):
        figure = _figure(figures[index], seed)
        sizes, errors = moved[index].size.tolist(), moved[index].error.tolist()
        for one, size, error, width in zip(asked, sizes, errors, spread, strict=True):
            rows.append(_row(figure, one, size, error, size / width))
    return rows


def _weights(moved: Sequence[Effect]) -> list[float]:
    """Return what the figures are ordered by: the largest of their effects, each as a part of the
    largest on its metric; those within sampling noise count least."""
    sizes = np.abs(np.stack([effect.size for effect in moved]))
    errors = np.stack([effect.error for effect in moved])
    parts = sizes / np.maximum(sizes.max(axis=0), TINY)
    clear = np.where(sizes > CLEAR * errors, 1.0 + parts, parts)
    weights: list[float] = clear.max(axis=1).tolist()
    return weights


def _figure(figure: Expected, seed: int) -> FigureToCome:
    """Return what is expected of a figure, with the error of observing it in its band."""
    each = figure.each
    noise = stream(seed, f"watch {each.name}").standard_normal(figure.draws.size)
    points = np.percentile(figure.draws + figure.error * noise, PERCENTILES)
    return FigureToCome(
        observation=each.name,
        role="target" if each.target else "driver",
        driver=each.driver.name if each.driver else None,
        target=each.target.name if each.target else None,
        series=" + ".join(each.series) or None,
        title=each.title,
        period=each.period,
        first_published=each.first_published.isoformat(),
        expected_published=each.published.isoformat(),
        due=False,
        usually_a_bound=each.bounded,
        unit=figure.unit,
        expected=Band(*(plain(figure.value(float(point))) for point in points)),
        surprise=plain(figure.surprise),
    )


def _row(
    figure: FigureToCome, asked: MetricAt, size: float, error: float, relative: float
) -> WatchRow:
    return WatchRow(
        figure=figure,
        metric=asked.metric,
        metric_title=asked.meaning.title,
        metric_period=asked.period,
        metric_unit=asked.meaning.unit,
        effect=plain(size),
        effect_error=plain(error),
        effect_relative=plain(relative),
        variance_reduction=plain(min(relative**2, 1.0)),
        clear=abs(size) > CLEAR * error,
    )
