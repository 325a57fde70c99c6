"""What-ifs: settings change the future of assumptions and drivers, draw by draw.

The history never moves. A dated setting bends the path smoothly after the history so that its
median meets the value at that date; a setting without a date holds from the first projected quarter
on. A delay comes before them: the path stands still for so many quarters and then goes on as it
would have, all draws alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.ensemble.prior import realise_all
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind, Setting
from forecast.inputs.settings import HISTORY_STAYS, in_force, known_keys
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, label, quarter
from forecast.units import Scale
from forecast.world.draws.draws import Ensemble
from forecast.world.timeline import Timeline

COMMAND_LINE = "command line"  # who asks; a scenario means what it says and needs no warning
_ROUNDS = 60
_CLOSE = 1e-9
_MET = 1e-6


class Applied(NamedTuple):
    """What the settings of a key make of its draws, (draws, quarters) in its unit, with what is
    said of it, and those settings that cannot be met."""

    values: Array
    warnings: tuple[str, ...]
    unmet: tuple[Setting, ...]


Known = dict[tuple[Setting, ...], Applied]  # by the settings of one key


def apply_settings(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    settings: Sequence[Setting],
    known: Known | None = None,
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Return the changed draws by name, (draws, quarters) in their unit, and warnings.

    Of several settings of a key those count that are `in_force`. `known` holds what was worked out
    before on the same draws, and after this what is worked out now. Raises InputError for a period
    outside the projection, for a driver set without a period, and for a value that no path of its
    kind can meet.
    """
    chosen = in_force(settings, known_keys(inputs.assumptions, inputs.drivers))
    problems = [
        problem
        for setting in chosen
        if (problem := _problem(inputs, timeline, setting)) is not None
    ]
    if problems:
        raise InputError(problems)
    known, before = ({}, {}) if known is None else (known, dict(known))
    known.clear()
    changed: dict[str, Array] = {}
    warnings: list[str] = []
    for key in dict.fromkeys(setting.key for setting in chosen):
        mine = tuple(setting for setting in chosen if setting.key == key)
        applied = before.get(mine) or _applied(inputs, ensemble, timeline, mine)
        known[mine] = applied
        changed[key] = applied.values
        warnings += applied.warnings
        scale = _nature(inputs, key)[0]
        problems += [_unreachable(setting, timeline, scale) for setting in applied.unmet]
    if problems:
        raise InputError(problems)
    return changed, tuple(warnings)


def _applied(
    inputs: Inputs, ensemble: Ensemble, timeline: Timeline, settings: tuple[Setting, ...]
) -> Applied:
    """Return what settings, all of one key, make of its draws."""
    key = settings[0].key
    values = draws_of(inputs, ensemble, timeline, key)
    scale, kind = _nature(inputs, key)
    warnings = tuple(
        text
        for setting in settings
        if setting.origin == COMMAND_LINE
        and setting.operation != "delay"  # it asks for no value that could be too much
        and (text := _outside(values, kind, scale, setting, timeline)) is not None
    )
    for setting in settings:
        if setting.operation == "delay":
            values = _delayed(values, setting, timeline)
    others = [setting for setting in settings if setting.operation != "delay"]
    for setting in others:
        if not setting.period:
            values = _from_now_on(values, setting, timeline, scale)
    unmet: list[Setting] = []
    dated = [setting for setting in others if setting.period]
    if dated:
        values, unmet = _bent(values, dated, timeline, scale, kind)
    return Applied(values, warnings, tuple(unmet))


def draws_of(inputs: Inputs, ensemble: Ensemble, timeline: Timeline, key: str) -> Array:
    """Return the draws of an assumption or driver, (draws, quarters), in its unit."""
    draws = ensemble.normals.shape[1]
    if key in inputs.drivers:
        paths = ensemble.paths[key][:, : timeline.size]
        return np.asarray(out_of_scale(paths, inputs.drivers[key].scale))
    values = realise_all(inputs.assumptions, ensemble.normals, timeline.year_fraction[0], [key])[
        key
    ]
    return np.array(np.broadcast_to(values, (draws, timeline.size)))


def kind_of(inputs: Inputs, key: str) -> Kind:
    """Return the kind of a driver; an assumption counts at the end of a year, as a stock does."""
    return inputs.drivers[key].kind if key in inputs.drivers else "stock"


def _nature(inputs: Inputs, key: str) -> tuple[Scale, Kind]:
    known = inputs.drivers.get(key) or inputs.assumptions[key]
    return known.scale, kind_of(inputs, key)


def _problem(inputs: Inputs, timeline: Timeline, setting: Setting) -> Problem | None:
    if not setting.period:
        if setting.key in inputs.drivers and setting.operation == "replace":
            return Problem(
                setting.origin,
                f"--set {setting.text}",
                "no date for a path that changes with time",
                f"{setting.key}@{label(FIRST_QUARTER + timeline.horizon - 1)[:4]}=VALUE",
            )
        return None
    at = quarter(setting.period)
    first, last = FIRST_QUARTER + timeline.history, FIRST_QUARTER + timeline.size - 1
    if first <= at <= last:
        return None
    return Problem(
        setting.origin,
        f"--set {setting.text}",
        f"the period {setting.period}",
        f"a period after {label(first - 1)}, up to {label(last)}",
        HISTORY_STAYS if at < first else "",
    )


def _unreachable(setting: Setting, timeline: Timeline, scale: Scale) -> Problem:
    within = {"log": "a median above zero", "logit": "a median between 0% and 100%, both excluded"}
    first = timeline.first_projected
    return Problem(
        setting.origin,
        f"--set {setting.text}",
        "a median that no path can reach",
        f"{within.get(scale, 'a number')}, which quarters from {first} on can bring",
        "The history counts in the year's value and does not move.",
    )


def _from_now_on(values: Array, setting: Setting, timeline: Timeline, scale: Scale) -> Array:
    result = values.copy()
    future = result[:, timeline.history :]
    if setting.operation == "scale":
        future = future * setting.value
    elif setting.operation == "shift":
        future = future + setting.value
    else:
        future = np.full_like(future, setting.value)
    if scale == "logit":
        future = np.clip(future, 1e-6, 1.0 - 1e-6)
    result[:, timeline.history :] = np.maximum(future, 0.0) if scale == "log" else future
    return result


def _delayed(values: Array, setting: Setting, timeline: Timeline) -> Array:
    """Return paths of which all that comes from the setting's period on, or from the first
    projected quarter, comes so many quarters later; until then the quarter before stands."""
    start = timeline.history
    if setting.period:
        length = 4 if is_year(setting.period) else 1
        start = max(start, quarter(setting.period) - length + 1 - FIRST_QUARTER)
    columns = np.arange(timeline.size)
    later = np.maximum(columns - int(setting.value), start - 1)
    return np.asarray(values[:, np.where(columns < start, columns, later)])


def _bent(
    values: Array, settings: Sequence[Setting], timeline: Timeline, scale: Scale, kind: Kind
) -> tuple[Array, list[Setting]]:
    """Return paths bent so that the median meets each setting's value at its date, and the settings
    whose value cannot be met."""
    ordered = sorted(settings, key=lambda setting: quarter(setting.period))
    goals = [_goal(values, setting, timeline, kind) for setting in ordered]
    outside = [
        setting for setting, goal in zip(ordered, goals, strict=True) if not _inside(goal, scale)
    ]
    if outside:
        return values, outside
    knots = [_knot(setting, kind) for setting in ordered]
    path = into_scale(values[:, timeline.history :], scale)
    bends, misses = np.zeros(len(ordered)), np.full(len(ordered), np.inf)
    bent = values.copy()
    for _ in range(_ROUNDS):
        medians = [_median(bent, setting, kind) for setting in ordered]
        misses = into_scale(np.array(goals), scale) - into_scale(np.array(medians), scale)
        if np.max(np.abs(misses)) < _CLOSE:
            break
        bends += misses
        ramp = _ramp(knots, bends, timeline)[:, timeline.history :]
        bent[:, timeline.history :] = out_of_scale(path + ramp, scale)
    met = np.abs(misses) < _MET
    return bent, [setting for setting, reached in zip(ordered, met, strict=True) if not reached]


def _inside(goal: float, scale: Scale) -> bool:
    """Return whether a value lies where its scale is finite."""
    return scale == "linear" or (goal > 0.0 and (scale == "log" or goal < 1.0))


def _goal(values: Array, setting: Setting, timeline: Timeline, kind: Kind) -> float:
    median = _median(values, setting, kind)
    if setting.operation == "scale":
        goal = median * setting.value
    elif setting.operation == "shift":
        goal = median + setting.value
    else:
        goal = setting.value
    return float(goal)


def _median(values: Array, setting: Setting, kind: Kind) -> float:
    return float(np.median(at_date(values, setting.period, kind)))


def at_date(values: Array, period: str, kind: Kind) -> Array:
    """Return a path, (draws, quarters), where a setting at a period counts, (draws,): over the year
    for a year of a flow or rate."""
    column = quarter(period) - FIRST_QUARTER
    if is_year(period) and kind in {"flow", "rate"}:
        return year_value(values, kind, column - 3)
    return np.asarray(values[:, column])


def _knot(setting: Setting, kind: Kind) -> float:
    """Return the column at which a bend is complete: the middle of a year for flows and rates."""
    column = float(quarter(setting.period) - FIRST_QUARTER)
    return column - 1.5 if is_year(setting.period) and kind in {"flow", "rate"} else column


def _ramp(knots: Sequence[float], bends: Array, timeline: Timeline) -> Array:
    """Return what is added to the path in its scale, (1, quarters): zero through the history,
    smooth between knots (cubic with flat ends), constant beyond the last."""
    at = np.array([timeline.history - 1.0, *knots])
    height = np.array([0.0, *bends])
    columns = np.arange(timeline.size, dtype=np.float64)
    piece = np.clip(np.searchsorted(at, columns, side="right") - 1, 0, len(at) - 2)
    along = np.clip((columns - at[piece]) / np.maximum(at[piece + 1] - at[piece], 1e-9), 0.0, 1.0)
    smooth = along * along * (3.0 - 2.0 * along)
    result: Array = height[piece] + (height[piece + 1] - height[piece]) * smooth
    return result[np.newaxis]


def _outside(
    values: Array, kind: Kind, scale: Scale, setting: Setting, timeline: Timeline
) -> str | None:
    """Return a warning if a setting leaves the conditioned P5-P95 range of what it changes: at its
    date, or at the horizon if it has none."""
    at = setting if setting.period else replace(setting, period=timeline.periods[-1])
    goal = _goal(values, at, timeline, kind)
    low, middle, high = np.percentile(at_date(values, at.period, kind), (5.0, 50.0, 95.0))
    if low <= goal <= high:
        return None
    side, bound = ("below P5", low) if goal < low else ("above P95", high)
    said = setting.text
    if setting.operation != "replace":
        said = f"{said} moves the median to {written(goal, scale)}, which"
    return (
        f"{said} is {side} ({written(bound, scale)}) of its conditioned range (median "
        f"{written(middle, scale)}, P5–P95 {written(low, scale)}–{written(high, scale)}); accepted"
    )


def written(value: float, scale: Scale, figures: int = 3) -> str:
    """Return a number as people write it in a setting: 34%, 2.4T, 650k, 0.35."""
    if scale == "logit":
        return f"{100.0 * value:.{figures}g}%"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size <= abs(value) < 1e15:
            return f"{value / size:.{figures}g}{letter}"
    return f"{value:.{figures}g}"
