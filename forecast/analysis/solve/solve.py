"""Goal seek: the value of an assumption or driver at which a metric meets a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from forecast.analysis.solve.crossing import crossing
from forecast.analysis.solve.solve_request import Goal, Lever, Request, read_request
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.errors import InputError
from forecast.inputs.schema import Inputs, Setting
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.metric_at import Asked
from forecast.world.rows import plain
from forecast.world.samples import sample
from forecast.world.settings import apply_settings, draws_of
from forecast.world.timeline import Timeline

SCANNED = 9  # values looked at before any is refined, so that several crossings show
PRECISION = 1e-6  # of the range searched, in the key's scale
SLOPE_STEP = 0.02  # half the distance over which the local slope is taken, of the range searched
SHARES_WITHIN = (0.001, 0.999)
ORIGIN = "goal seek"
Respond = Callable[[float], Array]


@dataclass(frozen=True)
class Stand:
    """A metric where the key has a value: its draws, (draws,), and how far the quantile that the
    goal is about lies on the right side of the target (negative: the wrong side)."""

    value: float
    draws: Array
    margin: float


@dataclass(frozen=True)
class Found:
    """Where a metric meets its goal: the key's value with its Monte Carlo error, the metric there,
    and whether it is the values above it that meet the goal."""

    stand: Stand
    error: float | None
    above: bool


def solve(
    case: Case,
    question: str,
    *,
    vary: str,
    at_least: str | None = None,
    at_most: str | None = None,
    probability: str | None = None,
    between: tuple[str, str] | None = None,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return the value of a key at which a metric's median meets a target, or its quantile such
    that the statement holds with `probability`.

    `question` is METRIC@PERIOD, `vary` KEY or KEY@PERIOD as in a setting, the target a value, or a
    change from the case as it stands (x1.1, +5pp). The key is replaced on the same conditioned
    draws, within `between` or else within its own conditioned range widened. One row: `status` is
    solved, or unreachable where no value searched meets the target (`value` is None, `achieved` the
    best there is, at `best_value`). `error` is the sampling error of the quantile over the local
    slope; over 18 seeds, each conditioned anew, two answers scattered by 1.2 and 2.0 times it.
    `satisfied` says which values meet the target: above or below `value`, everywhere, or nowhere.
    `response` in the extra holds the metric over the range searched. Raises InputError with every
    problem of the request.
    """
    request = read_request(case, question, vary, at_least, at_most, probability, between, through)
    timeline, lever = request.timeline, request.lever
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    now = _draws(case.inputs, ensemble, timeline, request.asked, case.settings)
    goal = request.goal_from(now)
    keys = key_draws(case.inputs, ensemble, timeline, lever, case.settings)

    def respond(value: float) -> Array:
        setting = Setting(lever.key, lever.period, "replace", value, lever.text, ORIGIN)
        return _draws(case.inputs, ensemble, timeline, request.asked, (*case.settings, setting))

    base = Stand(float(np.median(keys)), now, goal.margin(now))
    low, high = searched(case.inputs, lever, keys, request.between)
    scanned = scan(respond, goal, lever, low, high)
    found = nearest(respond, goal, lever, scanned, base.value)
    row = _row(request, goal, base, keys, scanned, found)
    _, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    return OldResult(
        "solve",
        run_of(case, draws, seed, through, started),
        (row,),
        (*ensemble.report["warnings"], *warnings),
        {"response": _response_rows(request, goal, scanned, found)},
    )


def _draws(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    asked: Asked,
    settings: Sequence[Setting],
) -> Array:
    changed, _ = apply_settings(inputs, ensemble, timeline, settings)
    values = sample(inputs, ensemble, timeline, [asked.metric], changed=changed)
    return values.at(asked.metric, asked.period)


def key_draws(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    lever: Lever,
    settings: Sequence[Setting],
) -> Array:
    """Return the draws of a key where it is set, (draws,): at its period, else from the first
    projected quarter on."""
    changed, _ = apply_settings(inputs, ensemble, timeline, settings)
    values = changed.get(lever.key)
    if values is None:
        values = draws_of(inputs, ensemble, timeline, lever.key)
    if not lever.period:
        return np.asarray(values[:, timeline.history])
    column = quarter(lever.period) - FIRST_QUARTER
    if is_year(lever.period) and lever.kind in {"flow", "rate"}:
        return year_value(values, lever.kind, column - 3)
    return np.asarray(values[:, column])


def searched(
    inputs: Inputs, lever: Lever, keys: Array, between: tuple[float, float] | None
) -> tuple[float, float]:
    """Return the range to search: `between`, or the key's P5 to P95 widened by its own width on
    either side, in its scale, within its hard limits.

    A key without any spread is searched from a quarter of its value to four times it.
    """
    if between:
        return between
    tiny = np.finfo(float).tiny
    inside = np.clip(keys, *SHARES_WITHIN) if lever.scale == "logit" else keys
    if lever.scale == "log":
        inside = np.maximum(inside, tiny)
    low, high = np.percentile(into_scale(inside, lever.scale), (5.0, 95.0))
    width = float(high - low) or (1.0 if lever.scale == "linear" else float(np.log(4.0)))
    ends = out_of_scale(np.array([low - width, high + width]), lever.scale)
    least, most = _limits(inputs, lever)
    return float(np.clip(ends[0], least, most)), float(np.clip(ends[1], least, most))


def _limits(inputs: Inputs, lever: Lever) -> tuple[float, float]:
    """Return the hard limits of a key."""
    low, high = SHARES_WITHIN if lever.scale == "logit" else (-np.inf, np.inf)
    if lever.key in inputs.drivers:
        ceiling = inputs.drivers[lever.key].ceiling
        per_period = not (is_year(lever.period) and lever.kind == "flow")
        return low, min(high, ceiling) if ceiling and per_period else high
    assumption = inputs.assumptions[lever.key]
    floor, ceiling = assumption.floor, assumption.ceiling
    return (
        low if floor is None else max(low, floor),
        high if ceiling is None else min(high, ceiling),
    )


def scan(respond: Respond, goal: Goal, lever: Lever, low: float, high: float) -> list[Stand]:
    """Return where the metric stands at values from `low` to `high`, evenly spaced in the key's
    scale; values that no path can meet are left out. Raises InputError if none can be met."""
    stands: list[Stand] = []
    refused: InputError | None = None
    first, last = (float(into_scale(end, lever.scale)) for end in (low, high))
    for value in out_of_scale(np.linspace(first, last, SCANNED), lever.scale).tolist():
        try:
            draws = respond(value)
        except InputError as error:
            refused = error
            continue
        stands.append(Stand(value, draws, goal.margin(draws)))
    if not stands and refused:
        problems = [replace(each, subject=f"--vary {lever.text}") for each in refused.problems]
        raise InputError(problems) from refused
    return stands


def crossings(scanned: Sequence[Stand]) -> list[tuple[Stand, Stand]]:
    """Return the neighbours between which a metric goes from missing its goal to meeting it."""
    return [
        (first, second)
        for first, second in pairwise(scanned)
        if (first.margin >= 0.0) != (second.margin >= 0.0)
    ]


def nearest(
    respond: Respond, goal: Goal, lever: Lever, scanned: Sequence[Stand], base: float
) -> Found | None:
    """Return the crossing nearest to the base value in the key's scale, None if there is none."""
    between = crossings(scanned)
    if not between:
        return None

    def into(value: float) -> float:
        return float(into_scale(value, lever.scale))

    def distance(pair: tuple[Stand, Stand]) -> float:
        ends = [into(each.value) for each in pair]
        return max(ends[0] - into(base), into(base) - ends[1], 0.0)

    first, second = min(between, key=distance)
    width = into(scanned[-1].value) - into(scanned[0].value)

    def margin(place: float) -> float:
        return goal.margin(respond(float(out_of_scale(place, lever.scale))))

    place = crossing(
        margin,
        (into(first.value), first.margin),
        (into(second.value), second.margin),
        PRECISION * width,
    )
    value = float(out_of_scale(place, lever.scale))
    draws = respond(value)
    stand = Stand(value, draws, goal.margin(draws))
    step = min(SLOPE_STEP * width, place - into(scanned[0].value), into(scanned[-1].value) - place)
    error = _error(margin, goal, stand, lever, place, step)
    return Found(stand, error, second.margin >= 0.0)


def _error(
    margin: Callable[[float], float],
    goal: Goal,
    stand: Stand,
    lever: Lever,
    place: float,
    step: float,
) -> float | None:
    """Return the Monte Carlo error of the key's value: that of the metric's quantile over its slope
    in the key's scale; None where the metric does not move."""
    slope = (margin(place + step) - margin(place - step)) / (2.0 * step) if step > 0.0 else 0.0
    if slope == 0.0:
        return None
    error = goal.sampling_error(stand.draws) / abs(slope)
    low, high = out_of_scale(np.array([place - error, place + error]), lever.scale)
    return float(high - low) / 2.0


def _row(
    request: Request,
    goal: Goal,
    base: Stand,
    keys: Array,
    scanned: Sequence[Stand],
    found: Found | None,
) -> Row:
    best = max(scanned, key=lambda stand: stand.margin)
    is_solved = found is not None or best.margin >= 0.0
    if found:
        shown, satisfied = found.stand, "above" if found.above else "below"
    else:
        shown, satisfied = (base, "everywhere") if is_solved else (best, "nowhere")
    lever, asked = request.lever, request.asked
    value = plain(shown.value) if is_solved else None
    points = np.percentile(base.draws, (10.0, 50.0, 90.0))
    spread = np.percentile(keys, (10.0, 50.0, 90.0))
    return {
        "key": lever.text,
        "value": value,
        "error": plain(found.error) if found and found.error is not None else None,
        "achieved": plain(goal.quantile(shown.draws)),
        "status": "solved" if is_solved else "unreachable",
        "satisfied": satisfied,
        "met_now": bool(base.margin >= 0.0),
        "metric": asked.metric,
        "title": asked.meaning.title,
        "period": asked.period,
        "unit": asked.meaning.unit,
        "goal": goal.bound,
        "target": plain(goal.value),
        "probability": plain(goal.probability),
        "probability_now": plain(goal.share_met(base.draws)),
        **{f"base_p{p}": plain(float(x)) for p, x in zip((10, 50, 90), points, strict=True)},
        "base_achieved": plain(goal.quantile(base.draws)),
        "varied": lever.setting,
        "key_title": lever.title,
        "key_unit": lever.unit,
        "key_period": lever.period or None,
        **{f"key_p{p}": plain(float(x)) for p, x in zip((10, 50, 90), spread, strict=True)},
        "key_percentile": plain(float(np.mean(keys <= shown.value))) if np.ptp(keys) else None,
        "best_value": plain(best.value),
        "low": plain(scanned[0].value),
        "high": plain(scanned[-1].value),
        "crossings": len(crossings(scanned)),
        "moves": bool(np.ptp([stand.margin for stand in scanned]) > 0.0),
        "setting": None if value is None else f"{lever.setting}={_as_set(value, lever)}",
    }


def _as_set(value: float, lever: Lever) -> str:
    """Return a value as a setting takes it, without a sign that a shell interprets."""
    if lever.scale == "logit":
        return f"{100.0 * value:.4g}%"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size <= abs(value) < 1e15:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def _response_rows(
    request: Request, goal: Goal, scanned: Sequence[Stand], found: Found | None
) -> list[Row]:
    stands = [*scanned, *([found.stand] if found else [])]
    rows = []
    for stand in sorted(stands, key=lambda each: each.value):
        low, middle, high = np.percentile(stand.draws, (10.0, 50.0, 90.0))
        rows.append(
            {
                "key": request.lever.text,
                "key_value": plain(stand.value),
                "p10": plain(float(low)),
                "p50": plain(float(middle)),
                "p90": plain(float(high)),
                "achieved": plain(goal.quantile(stand.draws)),
                "probability": plain(goal.share_met(stand.draws)),
                "is_answer": bool(found and stand is found.stand),
            }
        )
    return rows
