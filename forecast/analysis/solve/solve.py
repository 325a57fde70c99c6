"""Goal seek: the value of an assumption or driver at which a metric meets a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from forecast.analysis.solve.rows import ResponseRow, Satisfied, SolutionRow
from forecast.analysis.solve.search import Crossing, Search, Stand, crossings
from forecast.analysis.solve.solve_request import Goal, Lever, SolveRequest, read_request
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.inputs.schema import Inputs
from forecast.inputs.setting_values import assignment
from forecast.periods import is_year
from forecast.result import BESIDE, DEFAULT, Result, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import plain, plain_band
from forecast.world.settings import at_date, written
from forecast.world.world import World

SHARES_WITHIN = (0.001, 0.999)


@dataclass(frozen=True)
class Solution(Result):
    """The answer of a goal seek, one row, and the metric over the range searched."""

    rows: tuple[SolutionRow]
    response: tuple[ResponseRow, ...] = field(metadata=BESIDE)


def solve(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    question: str,
    vary: str,
    at_least: str | None = None,
    at_most: str | None = None,
    probability: str | None = None,
    between: tuple[str, str] | None = None,
) -> Solution:
    """Return the value of a key at which a metric's median meets a target, or its quantile such
    that the statement holds with `probability`.

    `question` is METRIC@PERIOD, `vary` KEY or KEY@PERIOD as in a setting, the target a value, or a
    change from the case as it stands (x1.1, +5pp). The key is replaced on the same conditioned
    draws, within `between` or else within its own conditioned range widened. Raises InputError with
    every problem of the request.
    """
    request = read_request(
        case, options.through, question, vary, at_least, at_most, probability, between
    )
    lever, at = request.lever, request.at
    world = open_world(case, options, also=[lever.set_to(0.0)])
    now = world.at(*at.key)
    goal = request.goal_from(now)
    keys = key_draws(world, lever)

    def respond(value: float) -> Array:
        return world.with_settings((*case.settings, lever.set_to(value))).at(*at.key)

    base = Stand(float(np.median(keys)), now, goal.margin(now))
    search = Search(goal, lever, respond)
    scanned = search.scan(*searched(case.inputs, lever, keys, request.between))
    answer = search.nearest(scanned, base.value)
    return Solution(
        command="solve",
        run=run_of(case, options),
        rows=(_row(request, goal, base, keys, scanned, answer),),
        warnings=world.warnings,
        response=tuple(_response(lever, goal, scanned, answer)),
    )


def key_draws(world: World, lever: Lever) -> Array:
    """Return the draws of a key where it is set, (draws,): at its period, else from the first
    projected quarter on."""
    values = world.belief(lever.key)
    if not lever.period:
        return np.asarray(values[:, world.timeline.history])
    return at_date(values, lever.period, lever.kind)


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


def _row(
    request: SolveRequest,
    goal: Goal,
    base: Stand,
    keys: Array,
    scanned: Sequence[Stand],
    answer: Crossing | None,
) -> SolutionRow:
    """Return the answer, or where the metric comes nearest if there is none."""
    best = max(scanned, key=lambda stand: stand.margin)
    is_solved = answer is not None or best.margin >= 0.0
    shown = answer.stand if answer else base if is_solved else best
    lever, at = request.lever, request.at
    return SolutionRow(
        key=lever.text,
        value=plain(shown.value) if is_solved else None,
        error=plain(answer.error) if answer and answer.error is not None else None,
        achieved=plain(goal.quantile(shown.draws)),
        status="solved" if is_solved else "unreachable",
        satisfied=_satisfied(answer, is_solved=is_solved),
        met_now=bool(base.margin >= 0.0),
        metric=at.metric,
        title=at.meaning.title,
        period=at.period,
        unit=at.meaning.unit,
        goal=goal.bound,
        target=plain(goal.value),
        probability=plain(goal.probability),
        probability_now=plain(goal.share_met(base.draws)),
        base=plain_band(base.draws),
        base_achieved=plain(goal.quantile(base.draws)),
        varied=lever.varied,
        key_title=lever.title,
        key_unit=lever.unit,
        key_period=lever.period or None,
        key_now=plain_band(keys),
        key_percentile=plain(float(np.mean(keys <= shown.value))) if np.ptp(keys) else None,
        best_value=plain(best.value),
        low=plain(scanned[0].value),
        high=plain(scanned[-1].value),
        crossings=len(crossings(scanned)),
        moves=bool(np.ptp([stand.margin for stand in scanned]) > 0.0),
        setting=_setting(lever, plain(shown.value)) if is_solved else None,
    )


def _satisfied(answer: Crossing | None, *, is_solved: bool) -> Satisfied:
    if answer:
        return "above" if answer.above else "below"
    return "everywhere" if is_solved else "nowhere"


def _setting(lever: Lever, value: float) -> str:
    """Return the setting that tries a value out, without a sign that a shell interprets."""
    return assignment(lever.varied, written(value, lever.scale, 4))


def _response(
    lever: Lever, goal: Goal, scanned: Sequence[Stand], answer: Crossing | None
) -> list[ResponseRow]:
    """Return the metric at each value looked at and at the answer, in rising order."""
    stands = [*scanned, *([answer.stand] if answer else [])]
    return [
        ResponseRow(
            key=lever.text,
            key_value=plain(stand.value),
            metric=plain_band(stand.draws),
            achieved=plain(goal.quantile(stand.draws)),
            probability=plain(goal.share_met(stand.draws)),
            is_answer=bool(answer and stand is answer.stand),
        )
        for stand in sorted(stands, key=lambda each: each.value)
    ]
