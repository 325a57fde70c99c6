"""Tornado: each assumption, driver or group to its P10 and P90, everything else on its draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.analysis.sensitivity.factors import Factor, quantile_paths, value_at
from forecast.analysis.sensitivity.rows import BarRow
from forecast.analysis.sensitivity.subject import about, shortened
from forecast.beliefs import Array
from forecast.money.joint import LEADER
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.metrics import MetricAt
from forecast.world.rows import moved, plain, probability_up
from forecast.world.world import Move, World

FEWEST_MOVED = 2048  # draws on which bars are computed, or a quarter of all if that is more
LOW, HIGH = 10.0, 90.0
NEAR = 5.0  # percentiles around P10 and P90 from which draws of a group are taken
BATCHES = 16  # no more than draws
NOISE = 2.0  # standard errors below which a bar is not told from none


def tornado(
    world: World, asked: Sequence[MetricAt], chosen: Sequence[Factor]
) -> list[tuple[list[BarRow], Array]]:
    """Return for each metric a row for each factor, the longest bar first, and all draws of the
    metric, (draws,).

    Ends are medians of the metric with the factor at its P10 and P90. Bars are computed on every
    fourth draw, or on 2,048 if that is more, and stand where they rank among all of them.
    `mc_error` is the standard error of the swing from 16 batches; `reaches` says whether the factor
    moves the metric in any draw.
    """
    if len(asked) > 1 and any(len(factor.keys) > 1 for factor in chosen):
        # A group is moved to where it brings a metric, so that each metric has its own moves.
        return [found for at in asked for found in tornado(world, [at], chosen)]
    world = shortened(world, asked)
    few = world.of_draws(_few(world.draws))
    moves = []
    for factor in chosen:
        is_group = len(factor.keys) > 1
        moves += _group_ends(few, asked[0], factor) if is_group else _ends(world, factor)
    keys = [at.key for at in asked]
    whole, taken = world.take(keys), few.after(moves, keys)
    found = []
    for at in asked:
        bars = _rows(world, at, chosen, moves, [each[at.key] for each in taken], whole[at.key])
        found.append((bars, whole[at.key]))
    return found


def _few(draws: int) -> slice:
    """Return every fourth draw, or as many as keep FEWEST_MOVED."""
    return slice(0, None, max(1, min(4, draws // FEWEST_MOVED)))


def _rows(
    world: World,
    at: MetricAt,
    chosen: Sequence[Factor],
    moves: Sequence[Move],
    found: Sequence[Array],
    whole: Array,
) -> list[BarRow]:
    """Return the rows of all factors, from few draws of the metric as it stands and after each
    move, (draws,) each, and from all its draws."""
    rows = []
    for index, factor in enumerate(chosen):
        place = slice(2 * index, 2 * index + 2)
        own = _own_values(world, at, factor, moves[place])
        low, high = found[1:][place]
        rows.append(_row(at, factor, own, (found[0], low, high), whole))
    return sorted(rows, key=lambda row: -row.swing)


def _ends(world: World, factor: Factor) -> list[Move]:
    """Return the moves of one assumption, driver or random walk to its P10 and to its P90; to its
    median twice where a setting fixes it, since its past alone is no bar."""
    key = factor.keys[0]
    low, middle, high = quantile_paths(world, key, (LOW, 50.0, HIGH))
    ahead = slice(world.timeline.history, None)
    if key in world.changed and np.array_equal(low[0, ahead], high[0, ahead]):
        low = high = middle
    return [{key: low}, {key: high}]


def _group_ends(world: World, at: MetricAt, factor: Factor) -> list[Move]:
    """Return the moves of a group to where it brings the metric to its P10 and P90.

    Draws are ranked by the metric with everything outside the group at its median; the group's
    values in the draws that rank around P10 (or P90), a twentieth of all, are dealt to all draws,
    so that what hangs together in the group stays together; what lowers money goes with money.
    """
    draws = world.draws
    keys = (*factor.keys, *MONEY_STATE) if LEADER in factor.keys else factor.keys
    every = (*world.inputs.assumptions, *world.inputs.drivers, *world.ensemble.shocks)
    outside = {key: quantile_paths(world, key, (50.0,))[0] for key in every if key not in keys}
    ranked = np.argsort(world.moved(outside).at(*at.key), kind="stable")
    values = world.held(keys)
    # A multiple of the batches, so that each has draws of its own and the error counts them.
    near = BATCHES * max(1, round(draws * NEAR / 100.0 / BATCHES))
    ends: list[Move] = []
    for percentile in (LOW, HIGH):
        first = min(max(0, round(draws * percentile / 100.0 - near / 2.0)), draws - near)
        dealt = np.resize(ranked[first : first + near], draws)
        ends.append({key: values[key][dealt] for key in keys})
    return ends


def _own_values(
    world: World, at: MetricAt, factor: Factor, ends: Sequence[Move]
) -> tuple[float | None, float | None]:
    """Return the factor's own value at the period at both ends, None for a group."""
    if len(factor.keys) > 1:
        return None, None
    key = factor.keys[0]
    low, high = (plain(float(value_at(world, key, at.period, end[key])[0])) for end in ends)
    return low, high


def _row(
    at: MetricAt,
    factor: Factor,
    own: tuple[float | None, float | None],
    bar: tuple[Array, Array, Array],
    whole: Array,
) -> BarRow:
    """Return a factor's row from its own values at both ends and the metric's draws as it stands
    and at both ends, (draws,) each; `whole` are all draws of the metric."""
    still, low, high = bar
    change = moved(low, high)
    middle = float(np.median(whole))
    medians = [plain(_among_all(end, still, whole)) for end in (low, high)]
    swing = abs(medians[1] - medians[0])
    error = _error_of_swing(low, high)
    points = np.percentile(change, (10.0, 90.0))
    return BarRow(
        assumption=factor.name,
        low_value=own[0],
        high_value=own[1],
        metric_low=medians[0],
        metric_high=medians[1],
        swing=plain(swing),
        unit=factor.unit,
        title=factor.title,
        group=factor.group,
        about=about(at, "tornado"),
        metric_p50=plain(middle),
        swing_p10=plain(float(points[0])),
        swing_p90=plain(float(points[1])),
        probability_up=probability_up(change),
        mc_error=plain(error),
        is_noise=bool(swing <= NOISE * error),
        reaches=bool(np.any(change != 0.0)),
    )


def _among_all(end: Array, still: Array, whole: Array) -> float:
    """Return the median of a metric at an end, (draws,), as all draws have it: the value that ranks
    among `whole` as this median ranks among the same few draws as they stand, `still`.

    What few draws miss of the median of all they miss at this rank, too, and no end leaves what the
    metric can be. A median beyond all of them, and an end that is the same in every draw, stand as
    they are.
    """
    median, ordered = float(np.median(end)), np.sort(still)
    if median == np.median(still):
        return float(np.median(whole))
    if np.ptp(end) == 0.0 or not ordered[0] <= median <= ordered[-1]:
        return median
    rank = np.interp(median, ordered, (np.arange(ordered.size) + 0.5) / ordered.size)
    return float(np.quantile(whole, rank, method="hazen"))


def _error_of_swing(low: Array, high: Array) -> float:
    """Return the standard error of a difference of medians (batch means, Schmeiser 1982)."""
    size = low.size // BATCHES * BATCHES
    ends = (np.median(end[:size].reshape(-1, BATCHES), axis=0) for end in (low, high))
    swings = np.subtract(*ends)
    return float(np.std(swings, ddof=1) / np.sqrt(BATCHES))
