"""What an outcome teaches: the draws of a world weighed by how likely it is in each.

A setting does something to every draw; an outcome only says which draws to believe. So settings are
in force first, and draws are then weighed, and taken anew, with what the settings made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecast.beliefs import NORMAL_P90, Array, into_scale
from forecast.ensemble.reweighting import (
    effective_draws,
    log_likelihood,
    resampled,
    weights_of,
)
from forecast.errors import InputError, Problem
from forecast.units import Scale
from forecast.world.outcomes import COMMAND_LINE, Outcome, OutcomeRow, slope_at
from forecast.world.rows import plain
from forecast.world.settings import written
from forecast.world.world import World

UNSTATED_ERROR = 0.25  # of an outcome's own spread: learning it, what is left is a quarter as wide
FEWEST = 20  # effective draws, with which a median still has a meaning
FEW = 100  # effective draws below which that they are few is said


def after_learning(world: World, outcomes: Sequence[Outcome]) -> World:
    """Return a world in which outcomes are known: its draws, as many as before, of equal weight.

    Draws are those of `world`, some of them several times and some not at all, each with what
    settings make of it. Raises InputError for an outcome that was known already, or that so few
    draws come near that nothing is left to say.
    """
    if not outcomes:
        return world
    values = world.values([name for each in outcomes for name in each.names])
    likely = np.zeros(world.draws)
    learnt: list[tuple[Outcome, Array, float, float]] = []
    for each in outcomes:
        draws = values.at(each.metric, each.period, each.dimension, each.member)
        error = each.error or UNSTATED_ERROR * _spread(draws, each.scale)
        if error == 0.0:
            raise _refused(each, "a figure that is the same in every draw", "one that is not known")
        likely = likely + log_likelihood(
            _scaled(draws, each.scale), into_scale(each.value, each.scale), error
        )
        left = effective_draws(weights_of(likely))
        if left < FEWEST:
            raise _out_of_reach(each, draws, left, [earlier.text for earlier, *_ in learnt])
        learnt.append((each, draws, error, left))
    chosen = resampled(weights_of(likely))
    rows = [_row(each, draws, draws[chosen], error, left) for each, draws, error, left in learnt]
    found, said = world.of_draws(chosen), _few(left, world.draws)
    known = found.ensemble.learnt
    known = replace(known, warnings=(*known.warnings, *said))
    return replace(
        found,
        ensemble=replace(found.ensemble, learnt=known),
        settled=world.settings,
        outcomes=(*world.outcomes, *rows),
        warnings=(*world.warnings, *said),
    )


def _scaled(draws: Array, scale: Scale) -> Array:
    """Return draws in their scale; nothing is infinitely far in logarithms."""
    with np.errstate(divide="ignore"):
        return np.asarray(into_scale(draws, scale))


def _spread(draws: Array, scale: Scale) -> float:
    """Return the standard deviation of draws, (draws,), in their scale, by their P10 to P90, so
    that no tail decides it."""
    low, high = _scaled(np.percentile(draws, (10.0, 90.0)), scale)
    return float(high - low) / (2.0 * NORMAL_P90) if high > low else 0.0


def _row(outcome: Outcome, before: Array, now: Array, error: float, left: float) -> OutcomeRow:
    return OutcomeRow(
        metric=outcome.metric,
        dimension=outcome.dimension or None,
        member=outcome.member or None,
        period=outcome.period,
        unit=outcome.unit,
        value=outcome.value,
        error=plain(error / slope_at(outcome.value, outcome.scale)),
        error_stated=outcome.error is not None,
        percentile=plain(100.0 * float(np.mean(before < outcome.value))),
        before=plain(float(np.median(before))),
        p50=plain(float(np.median(now))),
        effective_draws=plain(left),
    )


def _few(left: float, draws: int) -> tuple[str, ...]:
    if left >= FEW:
        return ()
    return (
        f"what is given leaves {left:.0f} effective draws of {draws:,}: bands are rough; more "
        "--draws leave more",
    )


def _refused(outcome: Outcome, found: str, expected: str, hint: str = "") -> InputError:
    return InputError(Problem(COMMAND_LINE, outcome.subject, found, expected, hint))


def _out_of_reach(
    outcome: Outcome, draws: Array, left: float, earlier: Sequence[str]
) -> InputError:
    """Return the refusal of an outcome that too few draws come near, with how far out it lies."""
    scale, unit = outcome.scale, "" if outcome.unit == "share" else f" {outcome.unit}"
    lowest, low, high, highest = (
        f"{written(float(each), scale)}{unit}" for each in np.percentile(draws, (0, 1, 99, 100))
    )
    above = 100.0 * float(np.mean(draws < outcome.value))
    where = f"above {above:.3g}% of {draws.size:,} draws"
    if above == 0.0:
        where = f"below all {draws.size:,} draws, the lowest {lowest}"
    elif above == 100.0:
        where = f"above all {draws.size:,} draws, the highest {highest}"
    after = f", after {' and '.join(earlier)}" if earlier else ""
    return _refused(
        outcome,
        f"a figure {where}: {left:.1f} effective draws are left{after}",
        f"one that leaves {FEWEST} at least; P1 to P99 of the draws is {low} to {high}",
        "A wider error (±) or more --draws leave more; --set does what --given cannot learn.",
    )
