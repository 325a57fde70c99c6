"""Tornado: each assumption, driver or group to its P10 and P90, everything else on its draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.analysis.sensitivity.factors import (
    Factor,
    Question,
    after_each,
    identity,
    of_draws,
    quantile_paths,
    value_at,
)
from forecast.beliefs import Array
from forecast.result import Row
from forecast.world.evaluate import block_values
from forecast.world.rows import moved, plain, probability_up

FEWEST_MOVED = 2048  # draws on which bars are computed, or a quarter of all if that is more
LOW, HIGH = 10.0, 90.0
NEAR = 5.0  # percentiles around P10 and P90 from which draws of a group are taken
BATCHES = 16  # no more than draws
NOISE = 2.0  # standard errors below which a bar is not told from none


def tornado(
    questions: Sequence[Question], chosen: Sequence[Factor]
) -> list[tuple[list[Row], Array]]:
    """Return for each question, all of one case and grid, a row for each factor, the longest bar
    first, and all draws of the metric, (draws,).

    `metric_low` and `metric_high` are medians of the metric with the factor at its P10 and P90,
    `swing` is the distance between them, `swing_p10`, `swing_p90` and `probability_up` those of the
    change from low to high draw by draw. Bars are computed on every fourth draw, or on 2,048 if
    that is more, and set off from where the metric stands on all of them; `mc_error` is the
    standard error of the swing from 16 batches. `reaches` says whether the factor moves the metric
    in any draw.
    """
    if len(questions) > 1 and any(len(factor.keys) > 1 for factor in chosen):
        # A group is moved to where it brings a metric, so that each metric has its own moves.
        return [found for each in questions for found in tornado([each], chosen)]
    whole = [found[0] for found in after_each(questions, [])]
    few = [of_draws(each, _few(whole[0].size)) for each in questions]
    moves: list[Mapping[str, Array]] = []
    for factor in chosen:
        is_group = len(factor.keys) > 1
        moves += _group_ends(few[0], factor) if is_group else _ends(questions[0], factor)
    bars = after_each(few, moves)
    return [
        (_rows(question, chosen, moves, found, draws), draws)
        for question, found, draws in zip(questions, bars, whole, strict=True)
    ]


def _few(draws: int) -> slice:
    """Return every fourth draw, or as many as keep FEWEST_MOVED."""
    return slice(0, None, max(1, min(4, draws // FEWEST_MOVED)))


def _rows(
    question: Question,
    chosen: Sequence[Factor],
    moves: Sequence[Mapping[str, Array]],
    found: Array,
    whole: Array,
) -> list[Row]:
    """Return the rows of all factors, from the metric as it stands and at their ends, (1 + ends,
    draws)."""
    rows = []
    for index, factor in enumerate(chosen):
        low, high = found[1 + 2 * index], found[2 + 2 * index]
        own = _own_values(question, factor, moves[2 * index : 2 * index + 2])
        rows.append(_row(question, factor, own, (found[0], low, high), whole))
    return sorted(rows, key=lambda row: -row["swing"])


def _ends(question: Question, factor: Factor) -> list[Mapping[str, Array]]:
    """Return the moves of one assumption, driver or random walk to its P10 and to its P90."""
    key = factor.keys[0]
    return [{key: path} for path in quantile_paths(question, key, (LOW, HIGH))]


def _group_ends(question: Question, factor: Factor) -> list[Mapping[str, Array]]:
    """Return the moves of a group to where it brings the metric to its P10 and P90.

    Draws are ranked by the metric with everything outside the group at its median; the group's
    values in the draws that rank around P10 (or P90), a twentieth of all, are dealt to all draws,
    so that what hangs together in the group stays together.
    """
    inputs, draws = question.inputs, question.ensemble.normals.shape[1]
    every = (*inputs.assumptions, *inputs.drivers, *question.ensemble.shocks)
    still = {key: quantile_paths(question, key, (50.0,))[0] for key in every}
    outside = {key: path for key, path in still.items() if key not in factor.keys}
    ranked = np.argsort(question.after([outside])[1], kind="stable")
    values = block_values(
        inputs, question.ensemble, question.timeline, slice(0, draws), question.changed, factor.keys
    )
    # A multiple of the batches, so that each has draws of its own and the error counts them.
    near = BATCHES * max(1, round(draws * NEAR / 100.0 / BATCHES))
    ends: list[Mapping[str, Array]] = []
    for percentile in (LOW, HIGH):
        first = min(max(0, round(draws * percentile / 100.0 - near / 2.0)), draws - near)
        dealt = np.resize(ranked[first : first + near], draws)
        ends.append({key: values[key][dealt] for key in factor.keys})
    return ends


def _own_values(
    question: Question, factor: Factor, ends: Sequence[Mapping[str, Array]]
) -> tuple[float | None, float | None]:
    """Return the factor's own value at the period at both ends, None for a group."""
    if len(factor.keys) > 1:
        return None, None
    key = factor.keys[0]
    low, high = (plain(float(value_at(question, key, end[key])[0])) for end in ends)
    return low, high


def _row(
    question: Question,
    factor: Factor,
    own: tuple[float | None, float | None],
    bar: tuple[Array, Array, Array],
    whole: Array,
) -> Row:
    still, low, high = bar
    change = moved(low, high)
    middle = float(np.median(whole))
    # What these draws miss of the median of all is missed at both ends, too.
    medians = [plain(middle + float(np.median(end) - np.median(still))) for end in (low, high)]
    swing = abs(medians[1] - medians[0])
    error = _error_of_swing(low, high)
    points = np.percentile(change, (10.0, 90.0))
    return {
        "assumption": factor.name,
        "low_value": own[0],
        "high_value": own[1],
        "metric_low": medians[0],
        "metric_high": medians[1],
        "swing": plain(swing),
        "unit": factor.unit,
        "title": factor.title,
        "group": factor.group,
        **identity(question, "tornado", "conditioned"),
        "metric_p50": plain(middle),
        "swing_p10": plain(float(points[0])),
        "swing_p90": plain(float(points[1])),
        "probability_up": probability_up(change),
        "mc_error": plain(error),
        "is_noise": bool(swing <= NOISE * error),
        "reaches": bool(np.any(change != 0.0)),
    }


def _error_of_swing(low: Array, high: Array) -> float:
    """Return the standard error of a difference of medians (batch means, Schmeiser 1982)."""
    size = low.size // BATCHES * BATCHES
    ends = (np.median(end[:size].reshape(-1, BATCHES), axis=0) for end in (low, high))
    swings = np.subtract(*ends)
    return float(np.std(swings, ddof=1) / np.sqrt(BATCHES))
