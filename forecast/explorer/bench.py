"""The base case on its ensemble, and what a state makes of it: the numbers behind every widget.

At rest they are those of `forecast whatif`, by the same functions on the same draws; while a hand
moves they are those of the first draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.analysis.sensitivity.factors import factors
from forecast.analysis.sensitivity.given_data import ranking
from forecast.analysis.whatif.whatif import Compared, WhatIf, whatif, with_changes
from forecast.beliefs import Array
from forecast.explorer.levers import Lever, kind_of, levers_of
from forecast.explorer.state import State
from forecast.inputs.schema import Setting
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, end_year_fraction, label, mid_year_fraction, quarter
from forecast.report.charts.terminal_fan import LEVELS, FanPath, Observed
from forecast.result import RunOptions
from forecast.units import Reading as Reported
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.learning import after_learning
from forecast.world.metrics import MetricAt, metric_meanings, status_of
from forecast.world.observed import observed_value
from forecast.world.outcomes import OutcomeRow
from forecast.world.rows import ValueRow, change_row, plain, value_row
from forecast.world.settings import at_date
from forecast.world.values import Values
from forecast.world.world import World

FEW = 1024  # draws that answer while a hand moves
AT_A_QUARTERS_END = {"stock", "share", "cumulative"}
IsCancelled = Callable[[], bool]
Asked = tuple[tuple[Setting, ...], tuple[OutcomeRow, ...]]  # what is set and what is known


@dataclass(frozen=True)
class Reading:
    """What a state makes of the metrics, on so many draws: each beside the base at the period, the
    chosen one by quarter (`base` the same before the changes), the medians of what is changed, by
    key, and warnings."""

    state: State
    metric: str
    draws: int
    is_full: bool
    compared: dict[str, Compared]
    path: FanPath
    base: FanPath
    medians: dict[str, float]
    warnings: tuple[str, ...]


def changed_case(base: Case, state: State) -> Case:
    """Return the case of a state. Raises InputError with every problem."""
    return with_changes(base, state.scenario, state.settings, state.given)


class Bench:
    """A base case, opened once, and readings of states of it; `few` draws answer a hand that moves.

    Raises InputError, from any method, for what a state asks and cannot be.
    """

    def __init__(self, base: Case, options: RunOptions, few: int = FEW) -> None:
        self.case, self.options = base, options
        self.world = open_world(base, options)
        meanings = metric_meanings(base.inputs)
        self.meanings = {name: each for name, each in meanings.items() if each.kind != "event"}
        self.headlines = [name for name, each in self.meanings.items() if each.headline]
        self.period = self.world.timeline.years[-1]
        self._few = few
        self._known: dict[tuple[int, int], dict[Asked, Values]] = {}
        self._levers: dict[str, Lever] = {}
        self._ranked: dict[str, list[str]] = {}
        self._readings: dict[str, Reported | None] = {}
        self._observed: dict[str, tuple[Observed, ...]] = {}

    @property
    def begins(self) -> float:
        """The year, as a fraction, in which the forecast begins."""
        return end_year_fraction(FIRST_QUARTER + self.world.timeline.history - 1)

    def changed(self, state: State) -> Case:
        """Return the case of a state."""
        return changed_case(self.case, state)

    def read(
        self, state: State, metric: str, *, is_full: bool, is_cancelled: IsCancelled
    ) -> Reading:
        """Return what a state makes of the headline metrics and a chosen one, on all draws or on
        the first; raises Cancelled once nobody waits for it. An outcome is learnt from all draws,
        so that where one is given all of them answer."""
        base, now = self._worlds(state)
        has_learnt = now.ensemble is not base.ensemble
        moved = {*self._levers, *now.changed} if has_learnt else now.changed
        medians = {key: self._median(now, key) for key in moved}
        warnings = now.warnings[len(self.world.warnings) :]
        is_full = is_full or has_learnt or base.draws <= self._few
        if not is_full:
            base, now = (each.of_draws(slice(0, self._few)) for each in (base, now))
        names = [*dict.fromkeys([*self.headlines, metric])]
        before = self._values(base, names, is_cancelled)
        after = self._values(now, names, is_cancelled)
        return Reading(
            state,
            metric,
            base.draws,
            is_full,
            self._compared(names, before, after, has_learnt=has_learnt),
            self._path(metric, after),
            self._path(metric, before),
            medians,
            warnings,
        )

    def levers(self, keys: Sequence[str]) -> dict[str, Lever]:
        """Return levers by key, each measured once."""
        missing = [key for key in keys if key not in self._levers]
        self._levers |= levers_of(self.world, missing, self.period)
        return {key: self._levers[key] for key in keys}

    def ranked(self, metric: str) -> list[str]:
        """Return all assumptions and drivers, first the one that explains most of a metric at the
        period, as `forecast sensitivity --method given-data` ranks them."""
        if metric not in self._ranked:
            inputs = self.case.inputs
            known = inputs.assumptions.keys() | inputs.drivers.keys()
            chosen = [each for each in factors(inputs) if each.name in known]
            at = MetricAt(self.meanings[metric], self.period)
            self._ranked[metric] = [each.name for each, _ in ranking(self.world, at, chosen)]
        return self._ranked[metric]

    def why(self, state: State, metric: str) -> WhatIf:
        """Return the what-if of a state for one metric, with its attribution."""
        return whatif(self.case, self.options, changed=self.changed(state), metrics=(metric,))

    def observed(self, metric: str) -> tuple[Observed, ...]:
        """Return what was observed of a metric in the quarters shown, a flow at a year's rate."""
        if metric not in self._observed:
            meaning, found = self.meanings[metric], []
            for at in range(self.world.timeline.horizon):
                period = label(FIRST_QUARTER + at)
                reading = observed_value(self.case.inputs, metric, period, meaning.kind)
                if reading is not None:
                    is_floor = reading.qualifier == "gt"
                    value = reading.value * _a_year(meaning)
                    found.append(Observed(_time(meaning, at), value, is_floor))
            self._observed[metric] = tuple(found)
        return self._observed[metric]

    def _worlds(self, state: State) -> tuple[World, World]:
        """Return the base and the changed world; on more quarters than the base has where settings
        reach further."""
        case = self.changed(state)
        base = self.world
        if case.timeline(self.options.through) != base.timeline:
            base = open_world(self.case, self.options, also=case.settings, given=case.given)
        now = base.with_settings(case.settings)
        return base, after_learning(now, case.given[len(self.case.given) :])

    def _values(self, world: World, names: Sequence[str], is_cancelled: IsCancelled) -> Values:
        """Return quantities, known already where the base, or the settings read last, are asked
        for again."""
        place = world.draws, world.timeline.size
        known = self._known.get(place, {})
        found = known.get((world.settings, world.outcomes))
        if found is None or not set(names) <= set(found):
            found = replace(world, is_cancelled=is_cancelled).values(names)
        base = self.world.settings, self.world.outcomes
        kept = {base: known[base]} if base in known else {}
        self._known[place] = kept | {(world.settings, world.outcomes): found}
        return found

    def _compared(
        self, names: Sequence[str], before: Values, after: Values, *, has_learnt: bool
    ) -> dict[str, Compared]:
        found = {}
        for name in names:
            meaning = self.meanings[name]
            draws = [values.at(name, self.period) for values in (before, after)]
            base, now = (self._row(meaning, each) for each in draws)
            change = change_row(meaning, self.period, *draws)
            if has_learnt:  # draws are no pairs: those of equal rank are compared
                change = change_row(meaning, self.period, *map(np.sort, draws))
                change = replace(change, mc_error=plain(np.hypot(base.mc_error, now.mc_error)))
            found[name] = Compared(base, now, change)
        return found

    def _row(self, meaning: Meaning, draws: Array) -> ValueRow:
        """Return a metric's row at the period, as a projection has it."""
        if meaning.name not in self._readings:
            inputs, kind = self.case.inputs, meaning.kind
            reading = observed_value(inputs, meaning.name, self.period, kind)
            self._readings[meaning.name] = reading
        reading = self._readings[meaning.name]
        status = status_of(reading, quarter(self.period) - FIRST_QUARTER, self.world.timeline)
        return value_row(meaning, self.period, draws, status, reading)

    def _path(self, metric: str, values: Values) -> FanPath:
        meaning, size = self.meanings[metric], self.world.timeline.horizon
        draws = values[metric][:, :size] * _a_year(meaning)
        times = np.array([_time(meaning, at) for at in range(size)])
        return FanPath(times, np.percentile(draws, LEVELS, axis=0))

    def _median(self, world: World, key: str) -> float:
        kind = kind_of(self.case.inputs, key)
        return float(np.median(at_date(world.belief(key), self.period, kind)))


def _a_year(meaning: Meaning) -> float:
    """Return what a quarter of a metric is multiplied by to be read as a year's rate."""
    return 4.0 if meaning.kind == "flow" else 1.0


def _time(meaning: Meaning, column: int) -> float:
    """Return where a quarter stands: its end for a level, its middle for the rest."""
    at = end_year_fraction if meaning.kind in AT_A_QUARTERS_END else mid_year_fraction
    return at(FIRST_QUARTER + column)
