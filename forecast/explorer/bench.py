"""The base case on its ensemble, and what a state makes of it: the numbers behind every widget.

At rest they are those of `forecast whatif`, by the same functions on the same draws; while a hand
moves they are those of the first draws.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from forecast.analysis.sensitivity.factors import factors
from forecast.analysis.sensitivity.given_data import ranking
from forecast.analysis.whatif.whatif import WhatIf, whatif
from forecast.errors import InputError
from forecast.explorer.answers import Answers
from forecast.explorer.facts import Facts
from forecast.explorer.measured import levers_of
from forecast.explorer.reading import Reading
from forecast.explorer.state import State
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.history.learning import learnt, names_of
from forecast.world.history.outcomes import Outcome
from forecast.world.kept import KeptWorld
from forecast.world.metrics import MetricAt
from forecast.world.settings import Known, at_date, kind_of
from forecast.world.timeline import Timeline
from forecast.world.values import Values, with_parts
from forecast.world.world import World

FEW = 1024  # draws that answer while a hand moves
IsCancelled = Callable[[], bool]
Evaluate = Callable[[World, Sequence[str]], Values]


@dataclass(frozen=True)
class _Asked:
    """A state and a metric to read; outcomes of the state, the world `now` in which all else of it
    is in force, on all draws, and how a world is evaluated."""

    state: State
    metric: str
    outcomes: tuple[Outcome, ...]
    now: World
    values: Evaluate


class Bench:
    """A base case, opened once, and readings of states of it; `few` draws answer a hand that moves.

    Raises InputError, from any method, for what a state asks and cannot be.
    """

    def __init__(self, facts: Facts, few: int = FEW) -> None:
        self.facts, self.options = facts, facts.options
        self.world = open_world(facts.case, facts.options)
        self._few = few
        self._applied: dict[Timeline, Known] = {}
        self._kept: KeptWorld | None = None
        self._bases: dict[tuple[int, int], Answers] = {}
        self._last: tuple[tuple[State, int], World, Answers] | None = None

    @property
    def case(self) -> Case:
        """The base case."""
        return self.facts.case

    def read(
        self, state: State, metric: str, *, is_full: bool, is_cancelled: IsCancelled
    ) -> Reading:
        """Return what a state makes of the headline metrics and a chosen one, on all draws or on
        the first, where too few of those for an outcome on all; raises Cancelled once nobody waits
        for it."""
        case = state.of(self.case)
        outcomes = case.given[len(self.case.given) :]
        base = self._base(case)
        now = base.with_settings(case.settings, self._applied.setdefault(base.timeline, {}))
        if not is_full and self._few < base.draws:
            first = slice(0, self._few)
            kept = self._kept_of(base)
            asked = _Asked(state, metric, outcomes, now, kept.values)
            try:
                return self._read(asked, kept.world, now.of_draws(first))
            except InputError:
                if not outcomes:
                    raise

        def values(world: World, names: Sequence[str]) -> Values:
            return replace(world, is_cancelled=is_cancelled).values(names)

        return self._read(_Asked(state, metric, outcomes, now, values), base, now)

    def _read(self, asked: _Asked, base: World, now: World) -> Reading:
        """Return a reading on the draws of two worlds, before and after what is set."""
        names = [*dict.fromkeys([*self.facts.headlines, asked.metric])]
        before = self._before(base, names, asked.values)
        after = before
        if asked.state.changes:
            now, after = self._after(asked, now, names)
        compared = {
            name: after.beside(before, name, are_pairs=not asked.outcomes) for name in names
        }
        return Reading(
            asked.state,
            asked.metric,
            base.draws,
            base.draws == self.world.draws,
            compared,
            after.path(asked.metric),
            before.path(asked.metric),
            self._median_of(now)
            if asked.outcomes
            else self._median_of(asked.now, asked.now.changed),
            now.warnings[len(self.world.warnings) :],
        )

    def base(self, metric: str) -> Reading:
        """Return the base case itself on all draws."""
        return self.read(State(), metric, is_full=True, is_cancelled=lambda: False)

    def measure(self, keys: Sequence[str]) -> None:
        """Have levers among the facts, each measured once."""
        known = self.facts.levers
        missing = [key for key in keys if key not in known]
        known |= levers_of(self.world, missing, self.facts.period)

    def ranked(self, metric: str) -> list[str]:
        """Return all assumptions and drivers, first the one that explains most of a metric at the
        period, as `forecast sensitivity --method given-data` ranks them."""
        if metric not in self.facts.ranked:
            inputs = self.case.inputs
            known = inputs.assumptions.keys() | inputs.drivers.keys()
            chosen = [each for each in factors(inputs) if each.name in known]
            at = MetricAt(self.facts.meanings[metric], self.facts.period)
            found = [each.name for each, _ in ranking(self.world, at, chosen)]
            self.facts.ranked[metric] = found
        return self.facts.ranked[metric]

    def why(self, state: State, metric: str) -> WhatIf:
        """Return the what-if of a state for one metric, with its attribution."""
        return whatif(self.case, self.options, changed=state.of(self.case), metrics=(metric,))

    def _base(self, case: Case) -> World:
        """Return the base, on more quarters than by itself where settings reach further."""
        if case.timeline(self.options.through) == self.world.timeline:
            return self.world
        return open_world(self.case, self.options, also=case.settings, given=case.given)

    def _kept_of(self, base: World) -> KeptWorld:
        """Return the first draws of a base, and all that was computed of them."""
        if self._kept is None or self._kept.world.timeline != base.timeline:
            self._kept = KeptWorld(base.of_draws(slice(0, self._few)))
        return self._kept

    def _before(self, base: World, names: Sequence[str], values: Evaluate) -> Answers:
        """Return what a base says, summed up only once."""
        place = base.draws, base.timeline.size
        known = self._bases.get(place)
        if known is None or not known.values.keys() >= set(names):
            known = self._bases[place] = Answers(self.facts, values(base, names))
        return known

    def _after(self, asked: _Asked, now: World, names: Sequence[str]) -> tuple[World, Answers]:
        """Return the world in which outcomes are learnt, and what it says; known already where the
        state read last is asked for again."""
        place = asked.state, now.draws
        if (
            self._last is None
            or self._last[0] != place
            or not self._last[2].values.keys() >= set(names)
        ):
            found = asked.values(now, [*names, *names_of(asked.outcomes)])
            if asked.outcomes:
                now, chosen = learnt(now, asked.outcomes, found)
                arrays = {name: found[name][chosen] for name in with_parts(names)}
                found = Values(arrays, found.drivers)
            self._last = place, now, Answers(self.facts, found)
        return self._last[1:]

    def _median_of(
        self, world: World, keys: Container[str] | None = None
    ) -> Callable[[str], float | None]:
        """Return what says where an assumption or driver stands in a world; None of one that is not
        among the keys, where there are any."""
        kind = partial(kind_of, self.case.inputs)

        @cache
        def median(key: str) -> float | None:
            if keys is not None and key not in keys:
                return None
            return float(np.median(at_date(world.belief(key), self.facts.period, kind(key))))

        return median
