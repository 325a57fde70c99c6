"""Where a metric passes its target as a key is varied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from forecast.analysis.solve.solve_request import Goal, Lever
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.errors import InputError

SCANNED = 9  # values looked at before any is refined, so that several crossings show
PRECISION = 1e-6  # of the range searched, in the key's scale
SLOPE_STEP = 0.02  # half the distance over which the local slope is taken, of the range searched


@dataclass(frozen=True)
class Stand:
    """A metric where the key has a value: its draws, (draws,), and how far the quantile that the
    goal is about lies on the right side of the target (negative: the wrong side)."""

    value: float
    draws: Array
    margin: float


@dataclass(frozen=True)
class Crossing:
    """Where a metric meets its goal: the metric there, the Monte Carlo error of the key's value
    (None where the metric does not move), and whether it is the values above it that meet it."""

    stand: Stand
    error: float | None
    above: bool


@dataclass(frozen=True)
class Search:
    """A goal, the lever that is to meet it, and how the metric responds: `respond` returns its
    draws, (draws,), where the key has a value, or raises InputError where no path can have it."""

    goal: Goal
    lever: Lever
    respond: Callable[[float], Array]

    def stand(self, value: float) -> Stand:
        """Return where the metric stands at a value of the key."""
        draws = self.respond(value)
        return Stand(value, draws, self.goal.margin(draws))

    def scan(self, low: float, high: float) -> list[Stand]:
        """Return where the metric stands at values from `low` to `high`, evenly spaced in the key's
        scale; values that no path can meet are left out. Raises InputError if none can be met."""
        stands: list[Stand] = []
        refused: InputError | None = None
        places = np.linspace(self._place(low), self._place(high), SCANNED)
        for value in out_of_scale(places, self.lever.scale).tolist():
            try:
                stands.append(self.stand(value))
            except InputError as error:
                refused = error
        if not stands and refused:
            subject = f"--vary {self.lever.text}"
            problems = [replace(each, subject=subject) for each in refused.problems]
            raise InputError(problems) from refused
        return stands

    def nearest(self, scanned: Sequence[Stand], base: float) -> Crossing | None:
        """Return the crossing nearest to the base value in the key's scale, None if there is
        none."""
        pairs = crossings(scanned)
        if not pairs:
            return None
        here = self._place(base)

        def distance(pair: tuple[Stand, Stand]) -> float:
            first, second = (self._place(each.value) for each in pair)
            return max(first - here, here - second, 0.0)

        first, second = min(pairs, key=distance)
        low, high = (self._place(scanned[end].value) for end in (0, -1))
        place = self._root(first, second, PRECISION * (high - low))
        stand = self.stand(self._value(place))
        step = min(SLOPE_STEP * (high - low), place - low, high - place)
        return Crossing(stand, self._error(stand, place, step), second.margin >= 0.0)

    def _root(self, first: Stand, second: Stand, precision: float) -> float:
        """Return the place in the key's scale, to a precision, at which the margin is zero."""
        from scipy.optimize.elementwise import find_root

        ends = self._place(second.value), self._place(first.value)
        known = dict(zip(ends, (second.margin, first.margin), strict=True))

        def margins(places: Array) -> Array:
            asked = places.ravel().tolist()
            found = [known[at] if at in known else self._margin(at) for at in asked]
            return np.array(found).reshape(places.shape)

        root = find_root(
            margins,
            ends,
            tolerances={"xatol": 2.0 * precision, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
        )
        return float(root.x)

    def _error(self, stand: Stand, place: float, step: float) -> float | None:
        """Return the Monte Carlo error of the key's value: that of the metric's quantile over its
        slope in the key's scale; None where the metric does not move."""
        if step <= 0.0:
            return None
        slope = (self._margin(place + step) - self._margin(place - step)) / (2.0 * step)
        if slope == 0.0:
            return None
        error = self.goal.sampling_error(stand.draws) / abs(slope)
        return (self._value(place + error) - self._value(place - error)) / 2.0

    def _margin(self, place: float) -> float:
        return self.stand(self._value(place)).margin

    def _place(self, value: float) -> float:
        return float(into_scale(value, self.lever.scale))

    def _value(self, place: float) -> float:
        return float(out_of_scale(place, self.lever.scale))


def crossings(scanned: Sequence[Stand]) -> list[tuple[Stand, Stand]]:
    """Return the neighbours between which a metric goes from missing its goal to meeting it, or
    back."""
    return [
        (first, second)
        for first, second in pairwise(scanned)
        if (first.margin >= 0.0) != (second.margin >= 0.0)
    ]
