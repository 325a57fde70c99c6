"""What to watch next: figures to come, what is expected of them, and what a surprise would move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.watch.surprise import Effect, Metrics, effects
from forecast.analysis.watch.upcoming import LeftOut, Upcoming, known_on, upcoming, with_figure
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.curves.evidence import driver_points, quarter_times
from forecast.ensemble.conditioning import TINY
from forecast.ensemble.prior import stream
from forecast.ensemble.targets import Datum, comparable, data_of, error_covariance, observed_vector
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Driver, Inputs, Target
from forecast.periods import FIRST_QUARTER, end_year_fraction, quarter
from forecast.result import OldResult, Result, Row
from forecast.units import UNITS, Scale
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import (
    at_period,
    evaluate,
    evaluate_as_base,
    model_graph,
    with_parts,
)
from forecast.world.metric_at import Asked, read_asked
from forecast.world.rows import plain
from forecast.world.samples import Samples, driver_kinds, sample
from forecast.world.settings import apply_settings, draws_of
from forecast.world.timeline import Timeline

HEADLINE = ("inference_share", "chip_spend")
CLEAR = 2.0  # standard errors beyond which an effect is more than sampling noise
SHIFT_POINTS = 4  # latest figures from which another wording's shift is read
FEWEST_DRAWS = 64
PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class Expected:
    """A figure to come with its draws, (draws,), in its scale: what will be observed but for the
    error of observing it, whose standard deviation is `error`. `divisor` turns what the scale holds
    into the unit of the series."""

    each: Upcoming
    draws: Array
    error: float
    scale: Scale
    unit: str
    divisor: float = 1.0

    @property
    def surprise(self) -> float:
        """The figure one standard error above its mean, in the unit of the series."""
        return self.value(float(self.draws.mean()) + self.spread)

    @property
    def spread(self) -> float:
        """One standard error of the figure, in its scale."""
        return float(np.hypot(self.draws.std(), self.error))

    def value(self, scaled: float) -> float:
        """Return a value of the scale in the unit of the series."""
        return float(out_of_scale(scaled, self.scale)) / self.divisor


def watch(
    case: Case,
    *,
    metrics: Sequence[str] = HEADLINE,
    period: str | None = None,
    top: int | None = None,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return every figure to come with its expectation, and what a surprise does to the metrics.

    `metrics` are METRIC@PERIOD, or METRIC at `period` (the last whole year unless given). One row
    for each figure and metric, the figures in order of their largest effect, each as a part of the
    largest on its metric; `top` keeps so many figures. `effect` is how far the mean of the
    metric moves if the figure comes out one standard error (`surprise`) above expectation and the
    forecast is conditioned anew; `effect_error` its sampling error, `clear` whether it exceeds two
    of those; `effect_relative` is in standard deviations of the metric, and its square
    (`variance_reduction`) the part of the variance that the figure is expected to resolve.

    The effect is linear: it is the gain of one more assimilation, carried through the model.
    Conditioning anew bends where it does not: fits reweigh their families, and figures that rule
    out one side of a wide belief move the forecast more one way than the other.

    Raises InputError for metrics that do not exist or a setting that cannot be applied.
    """
    inputs, timeline = case.inputs, case.timeline(through)
    asked = _asked(case, metrics, period, timeline)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, warnings = apply_settings(inputs, ensemble, timeline, case.settings)
    to_come, left_out = upcoming(inputs, case.as_of or known_on(inputs))
    found, beyond = expected(inputs, ensemble, timeline, to_come, changed)

    names = [each.metric for each in asked]

    def at(samples: Samples) -> Array:
        return np.stack([samples.at(each.metric, each.period) for each in asked])

    def values(candidate: Ensemble) -> Array:
        bent, _ = apply_settings(inputs, candidate, timeline, case.settings)
        found = evaluate_as_base(inputs, candidate, timeline, with_parts(names), changed=bent)
        return at(Samples(found, driver_kinds(inputs)))

    spread = at(sample(inputs, ensemble, timeline, names, changed=changed)).std(axis=1)
    rows = _ranked_rows(ensemble, found, asked, spread, values, seed)
    figures = list(dict.fromkeys(row["observation"] for row in rows))
    kept = set(figures[:top])
    return OldResult(
        "watch",
        run_of(case, draws, seed, through, started),
        tuple(row for row in rows if row["observation"] in kept),
        (*ensemble.report["warnings"], *warnings),
        {
            "left_out": [
                {"observation": each.name, "reason": each.reason} for each in (*left_out, *beyond)
            ],
            "to_come": len(figures),
        },
    )


def _asked(
    case: Case, metrics: Sequence[str], period: str | None, timeline: Timeline
) -> list[Asked]:
    problems: list[Problem] = []
    found: dict[str, Asked] = {}
    for text in metrics:
        whole = text if "@" in text else f"{text}@{period or timeline.years[-1]}"
        try:
            asked = read_asked(whole, case.inputs, timeline, "--metric")
            found[asked.text] = asked
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return list(found.values())


def expected(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    to_come: Sequence[Upcoming],
    changed: dict[str, Array],
) -> tuple[list[Expected], list[LeftOut]]:
    """Return what is expected of each figure to come, and those beyond the quarters computed."""
    quantities = {each.target.quantity for each in to_come if each.target}
    values = evaluate(inputs, ensemble, timeline, with_parts(quantities), changed=changed)
    kinds = {name: node.meaning.kind for name, node in model_graph().nodes.items()}
    data = data_of(inputs, kinds)
    last = end_year_fraction(FIRST_QUARTER + timeline.size - 1)
    found, beyond = [], []
    for each in to_come:
        at = end_year_fraction(quarter(each.period)) if each.target else _time(inputs, each)
        if at > last:
            beyond.append(LeftOut(each.name, f"its next figure, {each.period}, lies too far ahead"))
        elif each.target:
            found.append(_of_target(each, each.target, data, values))
        elif each.driver:
            found.append(_of_driver(inputs, ensemble, timeline, each, each.driver, changed))
    return found, beyond


def _time(inputs: Inputs, each: Upcoming) -> float:
    """Return where a figure of a driver stands on its curve, as a year fraction."""
    assert each.driver is not None
    before = set(driver_points(each.driver, inputs))
    trial = with_figure(inputs, each, 0.5)
    return max(point.time for point in set(driver_points(each.driver, trial)) - before)


def _of_driver(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    each: Upcoming,
    driver: Driver,
    changed: dict[str, Array],
) -> Expected:
    """Return the driver's path where the figure stands, shifted as its wording is."""
    evidence = each.evidence
    assert evidence is not None
    given = changed.get(driver.name)
    values = draws_of(inputs, ensemble, timeline, driver.name) if given is None else given
    paths = into_scale(values, driver.scale)
    times = quarter_times(driver, range(FIRST_QUARTER, FIRST_QUARTER + timeline.size))
    draws = _along(paths, times, _time(inputs, each))
    if evidence.variant:
        known = [
            float(into_scale(point.value, driver.scale))
            - float(np.median(_along(paths, times, point.time)))
            for point in driver_points(driver, inputs)
            if point.variant == evidence.variant and point.qualifier == "eq"
        ]
        draws = draws + float(np.mean(known[-SHIFT_POINTS:]))
    return Expected(each, draws, evidence.error, driver.scale, driver.unit, evidence.scale_by)


def _along(paths: Array, times: Array, time: float) -> Array:
    """Return paths (draws, quarters) at a time, (draws,), interpolated between quarters."""
    position = float(np.interp(time, times, np.arange(len(times))))
    before = min(int(position), len(times) - 2)
    part = position - before
    return np.asarray(paths[:, before] * (1.0 - part) + paths[:, before + 1] * part)


def _of_target(
    each: Upcoming, target: Target, data: Sequence[Datum], values: dict[str, Any]
) -> Expected:
    """Return what the model says of a target, with what the errors of earlier figures of the same
    origin say of the next one's: in each draw they are known, and they correlate."""
    scale = UNITS[target.unit].scale
    middle = float(np.median(at_period(values, target.quantity, each.period)))
    new = Datum(
        target.name,
        target.quantity,
        each.period,
        middle,
        scale,
        target.error,
        target.error_correlation,
        target.origin,
        "",
        target.reasoning,
        target.unit,
    )
    drawn = comparable(new, at_period(values, target.quantity, each.period))
    alike = [datum for datum in data if datum.origin == target.origin]
    alike = [datum for datum in alike if datum.quantity in values and not datum.bound]
    if not alike:
        return Expected(each, drawn, target.error, scale, target.unit)
    errors = error_covariance([*alike, new])
    weights = np.linalg.solve(errors[:-1, :-1], errors[:-1, -1])
    seen = np.stack([comparable(d, at_period(values, d.quantity, d.period)) for d in alike])
    missed = observed_vector(alike)[:, np.newaxis] - seen
    left = float(np.sqrt(errors[-1, -1] - errors[-1, :-1] @ weights))
    return Expected(each, drawn + np.einsum("p,pd->d", weights, missed), left, scale, target.unit)


def _ranked_rows(
    ensemble: Ensemble,
    found: Sequence[Expected],
    asked: Sequence[Asked],
    spread: Array,
    values: Metrics,
    seed: int,
) -> list[Row]:
    """Return the rows of all figures, those that move a metric most first."""
    if not found:
        return []
    moved = effects(
        ensemble,
        np.stack([each.draws for each in found]),
        np.array([each.error for each in found]),
        values,
    )
    weight = _weights(moved)
    return [
        row
        for index in sorted(range(len(found)), key=lambda index: -weight[index])
        for row in _rows(found[index], moved[index], asked, spread, seed)
    ]


def _weights(moved: Sequence[Effect]) -> list[float]:
    """Return what the figures are ordered by: the largest of their effects, each as a part of the
    largest on its metric; those within sampling noise count least."""
    sizes = np.abs(np.stack([effect.size for effect in moved]))
    errors = np.stack([effect.error for effect in moved])
    parts = sizes / np.maximum(sizes.max(axis=0), TINY)
    clear = np.where(sizes > CLEAR * errors, 1.0 + parts, parts)
    found: list[float] = clear.max(axis=1).tolist()
    return found


def _rows(
    figure: Expected, effect: Effect, asked: Sequence[Asked], spread: Array, seed: int
) -> list[Row]:
    each = figure.each
    noise = stream(seed, f"watch {each.name}").standard_normal(figure.draws.size)
    points = np.percentile(figure.draws + figure.error * noise, PERCENTILES)
    head = {
        "observation": each.name,
        "role": "target" if each.target else "driver",
        "driver": each.driver.name if each.driver else None,
        "target": each.target.name if each.target else None,
        "series": " + ".join(each.series) or None,
        "title": each.title,
        "period": each.period,
        "first_published": each.first_published.isoformat(),
        "expected_published": each.published.isoformat(),
        "due": each.due,
        "usually_a_bound": each.bounded,
        "unit": figure.unit,
        **{
            f"p{p}": plain(figure.value(float(x))) for p, x in zip(PERCENTILES, points, strict=True)
        },
        "surprise": plain(figure.surprise),
    }
    rows = []
    for index, one in enumerate(asked):
        size, error = float(effect.size[index]), float(effect.error[index])
        relative = size / float(spread[index])
        rows.append(
            {
                **head,
                "metric": one.metric,
                "metric_title": one.meaning.title,
                "metric_period": one.period,
                "metric_unit": one.meaning.unit,
                "effect": plain(size),
                "effect_error": plain(error),
                "effect_relative": plain(relative),
                "variance_reduction": plain(min(relative**2, 1.0)),
                "clear": bool(abs(size) > CLEAR * error),
            }
        )
    return rows
