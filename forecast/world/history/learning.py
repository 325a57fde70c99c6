"""What an outcome teaches: the draws of a world weighed by how likely it is in each.

A setting does something to every draw; an outcome only says which draws to believe. So settings are
in force first, and draws are then weighed, and taken anew, with what the settings made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import NORMAL_P90, Array, into_scale
from forecast.ensemble.reweighting import (
    effective_draws,
    log_likelihood,
    resampled,
    weights_of,
)
from forecast.errors import InputError, Problem
from forecast.units import Scale
from forecast.world.history.outcomes import COMMAND_LINE, Outcome, OutcomeRow, slope_at
from forecast.world.rows import plain
from forecast.world.settings import written
from forecast.world.values import Values
from forecast.world.world import World

UNSTATED_ERROR = 0.25  # of an outcome's own spread: learning it, what is left is a quarter as wide
FEWEST = 20  # effective draws, with which a median still has a meaning
MOST_MISSED = 3.0  # errors between an outcome and the median of the draws that are left
FEW = 100  # effective draws below which that they are few is said


@dataclass(frozen=True)
class _Seen:
    """An outcome with what draws, (draws,) in its unit, say of it, one standard error in its scale,
    and the effective draws that are left once it is known."""

    outcome: Outcome
    draws: Array
    error: float
    left: float

    @property
    def log_likelihood(self) -> Array:
        """How likely the outcome is in each draw, (draws,)."""
        predicted = _scaled(self.draws, self.outcome.scale)
        return log_likelihood(predicted, self.outcome.scaled, self.error)

    def missed_by(self, chosen: NDArray[np.intp]) -> float:
        """Return how many errors lie between the outcome and the median of chosen draws."""
        middle = _scaled(np.median(self.draws[chosen]), self.outcome.scale)
        return abs(float(middle) - self.outcome.scaled) / self.error


def after_learning(world: World, outcomes: Sequence[Outcome]) -> World:
    """Return a world in which outcomes are known: its draws, as many as before, of equal weight.

    Draws are those of `world`, some of them several times and some not at all, each with what
    settings make of it. Raises InputError for an outcome that was known already, that so few draws
    come near that nothing is left to say, or that contradicts another.
    """
    if not outcomes:
        return world
    return learnt(world, outcomes, world.values(names_of(outcomes)))[0]


def names_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the quantities by which draws are held against outcomes."""
    return [name for each in outcomes for name in each.names]


def learnt(
    world: World, outcomes: Sequence[Outcome], values: Values
) -> tuple[World, NDArray[np.intp]]:
    """Return what `after_learning` does, and the positions in `world` of the draws taken, (draws,).
    `values` holds `names_of` the outcomes, of the world."""
    seen, weights = _weighed(values, outcomes)
    chosen = resampled(weights)
    for each in seen:
        if each.missed_by(chosen) > MOST_MISSED:
            raise _contradicted(each, chosen)
    found, said = world.of_draws(chosen), _few(seen[-1].left, world.draws)
    known = found.ensemble.learnt
    known = replace(known, warnings=(*known.warnings, *said))
    now = replace(
        found,
        ensemble=replace(found.ensemble, learnt=known),
        settled=world.settings,
        outcomes=(*world.outcomes, *(_row(each, chosen) for each in seen)),
        warnings=(*world.warnings, *said),
    )
    return now, chosen


def _weighed(values: Values, outcomes: Sequence[Outcome]) -> tuple[list[_Seen], Array]:
    """Return outcomes as the draws of a world see them, and the weight of each draw, (draws,)."""
    likely = weights = np.zeros(1)
    seen: list[_Seen] = []
    for each in outcomes:
        draws = values.at(each.metric, each.period, each.dimension, each.member)
        error = each.error or UNSTATED_ERROR * _spread(draws, each.scale)
        if error == 0.0:
            raise _refused(each, "a figure that is the same in every draw", "one that is not known")
        likely = likely + _Seen(each, draws, error, 0.0).log_likelihood
        weights = weights_of(likely)
        seen.append(_Seen(each, draws, error, effective_draws(weights)))
        if seen[-1].left < FEWEST:
            raise _out_of_reach(seen)
    return seen, weights


def _scaled(draws: Any, scale: Scale) -> Array:
    """Return draws in their scale; nothing is infinitely far in logarithms."""
    with np.errstate(divide="ignore"):
        return np.asarray(into_scale(draws, scale))


def _spread(draws: Array, scale: Scale) -> float:
    """Return the standard deviation of draws, (draws,), in their scale, by the P10 to P90 of those
    that are not infinitely far, so that no tail decides it; 0 if all are."""
    found = _scaled(draws, scale)
    finite = found[np.isfinite(found)]
    low, high = np.percentile(finite, (10.0, 90.0)) if finite.size else (0.0, 0.0)
    return float(high - low) / (2.0 * NORMAL_P90)


def _row(seen: _Seen, chosen: NDArray[np.intp]) -> OutcomeRow:
    outcome, draws = seen.outcome, seen.draws
    return OutcomeRow(
        metric=outcome.metric,
        dimension=outcome.dimension or None,
        member=outcome.member or None,
        period=outcome.period,
        unit=outcome.unit,
        value=outcome.value,
        error=plain(seen.error / slope_at(outcome.value, outcome.scale)),
        error_stated=outcome.error is not None,
        percentile=plain(100.0 * float(np.mean(draws < outcome.value))),
        before=plain(float(np.median(draws))),
        p50=plain(float(np.median(draws[chosen]))),
        effective_draws=plain(seen.left),
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


def _out_of_reach(seen: Sequence[_Seen]) -> InputError:
    """Return the refusal of the last of some outcomes, which too few draws come near."""
    *earlier, last = seen
    outcome, draws = last.outcome, last.draws
    lowest, low, high, highest = (
        _written(outcome, float(each)) for each in np.percentile(draws, (0.0, 1.0, 99.0, 100.0))
    )
    above = 100.0 * float(np.mean(draws < outcome.value))
    where = f"above {above:.3g}% of {draws.size:,} draws"
    if above == 0.0:
        where = f"below all {draws.size:,} draws, the lowest {lowest}"
    elif above == 100.0:
        where = f"above all {draws.size:,} draws, the highest {highest}"
    texts = " and ".join(each.outcome.text for each in earlier)
    after = f" after {texts}" if texts else ""
    return _refused(
        outcome,
        f"a figure {where}: {last.left:.1f} effective draws are left{after}",
        f"one that leaves {FEWEST} at least; P1 to P99 of the draws is {low} to {high}",
        "A wider error (±) or more --draws leave more; --set does what --given cannot learn.",
    )


def _contradicted(seen: _Seen, chosen: NDArray[np.intp]) -> InputError:
    """Return the refusal of an outcome that the draws which are left do not come near."""
    found = _written(seen.outcome, float(np.median(seen.draws[chosen])))
    return _refused(
        seen.outcome,
        f"a figure {seen.missed_by(chosen):.0f} errors from {found}, to which all that is given "
        "brings the draws",
        f"outcomes that the same draws meet within {MOST_MISSED:g} errors",
        "A wider error (±) lets them agree.",
    )


def _written(outcome: Outcome, value: float) -> str:
    unit = "" if outcome.unit == "share" else f" {outcome.unit}"
    return f"{written(value, outcome.scale)}{unit}"
