"""A world, and changes made in it: all of them, some, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from forecast.analysis.attribution.shapley import EXACT
from forecast.analysis.case_rows import COMMAND_LINE
from forecast.inputs.schema import Setting
from forecast.inputs.settings import in_force, known_keys
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.history.learning import after_learning
from forecast.world.history.outcomes import Outcome
from forecast.world.history.reconditioning import reconditioned
from forecast.world.values import Keys, Taken, Values
from forecast.world.world import Move, World

Members = frozenset[int]  # places of some of the changes


@dataclass(frozen=True)
class Change:
    """One of several changes made at once: a key or a scenario, with the settings it stands for; or
    the outcomes that are learnt."""

    name: str
    settings: tuple[Setting, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The settings or outcomes as they were written, each once."""
        settings = [each.text for each in self.settings]
        return tuple(dict.fromkeys((*settings, *(each.text for each in self.outcomes))))

    @property
    def keys(self) -> set[str]:
        """The assumptions and drivers that it sets."""
        return {setting.key for setting in self.settings}


@dataclass(frozen=True)
class Experiment:
    """A case in its world, and the changes to be made in it; with `recondition` those without a
    date are believed at all times, and history answers them. Outcomes are learnt after all else."""

    case: Case
    options: RunOptions
    base: World
    changes: tuple[Change, ...]
    recondition: bool

    @cached_property
    def now(self) -> World:
        """The world after all changes."""
        return after_learning(self._done, self._outcomes(self.everyone))

    @cached_property
    def _done(self) -> World:
        """The world after all settings, before anything is learnt."""
        return self._set(self.everyone)

    @property
    def everyone(self) -> Members:
        """The places of all changes."""
        return frozenset(range(len(self.changes)))

    @property
    def is_reconditioned(self) -> bool:
        """Whether history has answered any of the changes."""
        return self._done.ensemble is not self.base.ensemble

    @property
    def has_learnt(self) -> bool:
        """Whether an outcome was learnt, so that a draw before and after are no pair."""
        return self.now.ensemble is not self._done.ensemble

    def after(self, members: Members) -> World:
        """Return the world after some of the changes. Raises InputError for a belief that cannot
        be, and for an outcome that cannot be learnt."""
        return after_learning(self._set(members), self._outcomes(members))

    def _outcomes(self, members: Members) -> list[Outcome]:
        return [each for place in sorted(members) for each in self.changes[place].outcomes]

    def _set(self, members: Members) -> World:
        """Return the world after the settings among some of the changes."""
        if not members:
            return self.base
        inputs = self.base.inputs
        made = [each for place in sorted(members) for each in self.changes[place].settings]
        known = known_keys(inputs.assumptions, inputs.drivers)
        settings = in_force((*self.case.settings, *made), known)
        believed = [each for each in settings if each in made and _is_belief(each)]
        if not self.recondition or not believed:
            return self.base.with_settings(settings)
        world = reconditioned(self.case, believed, self.base, self.options)
        return world.with_settings(each for each in settings if each not in believed)

    def values(self, names: Iterable[str]) -> tuple[Values, Values]:
        """Return quantities, drivers and assumptions before and after all changes; what both have
        in common is computed once."""
        if self.now.ensemble is not self.base.ensemble:
            return self.base.values(names), self.now.values(names)
        return self.base.values_beside(names, self._move(self.everyone))

    def taken(self, sets: Sequence[Members], keys: Keys) -> list[Taken]:
        """Return draws by (metric, period) after each of some sets of changes."""
        if not sets:
            return []
        if self._are_apart and self.now.ensemble is self.base.ensemble:
            return self.base.after([self._move(each) for each in sets], keys)[1:]
        return [self.after(each).take(keys) for each in sets]

    def _move(self, members: Members) -> Move:
        """Return what changes that are apart give other values than the base has."""
        keys = {key for place in members for key in self.changes[place].keys}
        return {key: self.now.changed[key] for key in keys}

    @property
    def _are_apart(self) -> bool:
        """Whether no two changes set the same key, so that each does what it does alone."""
        keys = [each.keys for each in self.changes]
        return sum(map(len, keys)) == len(set().union(*keys))


def _is_belief(setting: Setting) -> bool:
    """Return whether a setting holds at all times, and not from a date on, as a delay does."""
    return not setting.period and setting.operation != "delay"


def changes_of(
    added: Sequence[Setting], given: Sequence[Outcome], *, recondition: bool
) -> tuple[Change, ...]:
    """Return settings as changes: one for each key, or for each scenario where keys are too many
    to value every subset of them; those that history must hear together are one change, and so are
    outcomes."""
    keys = dict.fromkeys(setting.key for setting in added)
    believed = dict.fromkeys(each.key for each in added if _is_belief(each))
    groups: dict[str, list[Setting]] = {}
    for setting in added:
        name = setting.key
        if len(keys) > EXACT and setting.origin != COMMAND_LINE:
            name = setting.origin
        if recondition and _is_belief(setting):
            name = " + ".join(believed)
        groups.setdefault(name, []).append(setting)
    changes = tuple(Change(name, tuple(settings)) for name, settings in groups.items())
    return (*changes, Change("given", outcomes=tuple(given))) if given else changes
