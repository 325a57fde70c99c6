"""A case on its ensemble, and changes made in it: all of them, some, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from forecast.analysis.attribution.shapley import EXACT
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Setting
from forecast.inputs.settings import in_force, known_keys
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.reconditioning import reconditioned
from forecast.world.samples import Samples, sample, sample_both
from forecast.world.settings import apply_settings, draws_of
from forecast.world.timeline import Timeline

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class World:
    """An ensemble, the inputs it came from, and the settings that change its future."""

    inputs: Inputs
    ensemble: Ensemble
    timeline: Timeline
    settings: tuple[Setting, ...]

    @cached_property
    def changed(self) -> dict[str, Array]:
        """The draws that the settings change."""
        return apply_settings(self.inputs, self.ensemble, self.timeline, self.settings)[0]

    def samples(self, names: Sequence[str]) -> Samples:
        """Return draws of metrics, drivers and other quantities."""
        return sample(self.inputs, self.ensemble, self.timeline, names, changed=self.changed)

    def belief(self, name: str) -> Array:
        """Return the draws of an assumption or driver, (draws, quarters)."""
        if name in self.changed:
            return self.changed[name]
        return draws_of(self.inputs, self.ensemble, self.timeline, name)


def sampled(base: World, now: World, names: Sequence[str]) -> tuple[Samples, Samples]:
    """Return the draws of two worlds; what they have in common is computed once."""
    if base is now:
        samples = base.samples(names)
        return samples, samples
    if base.ensemble is not now.ensemble:
        return base.samples(names), now.samples(names)
    return sample_both(
        base.inputs, base.ensemble, base.timeline, names, before=base.changed, after=now.changed
    )


def beliefs(base: World, now: World, names: Sequence[str]) -> tuple[dict[str, Array], ...]:
    """Return the draws of the assumptions and drivers among `names` in both worlds."""
    known = base.inputs.assumptions.keys() | base.inputs.drivers.keys()
    before = {name: base.belief(name) for name in names if name in known}
    if base.ensemble is not now.ensemble:
        return before, {name: now.belief(name) for name in before}
    return before, {**before, **{name: now.belief(name) for name in before if name in now.changed}}


@dataclass(frozen=True)
class Change:
    """One of several changes made at once: a key or a scenario, with the settings it stands for."""

    name: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Experiment:
    """A case on its ensemble, and the changes to be made in it."""

    base: Case
    timeline: Timeline
    ensemble: Ensemble
    changes: tuple[Change, ...]
    seed: int
    recondition: bool
    use_cache: bool

    def world(self, members: frozenset[int]) -> World:
        """Return the case with some of the changes made, by their places."""
        inputs, base = self.base.inputs, self.base.settings
        made = [each for place in sorted(members) for each in self.changes[place].settings]
        settings = in_force((*base, *made), known_keys(inputs.assumptions, inputs.drivers))
        if not self.recondition:
            return World(inputs, self.ensemble, self.timeline, settings)
        believed = tuple(each for each in settings if is_belief(each) and each in made)
        if not believed:
            return World(inputs, self.ensemble, self.timeline, settings)
        draws = self.ensemble.normals.shape[1]
        inputs, ensemble = reconditioned(
            self.base, believed, self.timeline, draws, self.seed, use_cache=self.use_cache
        )
        ensemble = replace(ensemble, references=self.ensemble.references)
        rest = tuple(each for each in settings if each not in believed)
        return World(inputs, ensemble, self.timeline, rest)


def is_belief(setting: Setting) -> bool:
    """Return whether a setting holds at all times, and not from a date on."""
    return not setting.period


def changes_of(added: Sequence[Setting], *, recondition: bool) -> tuple[Change, ...]:
    """Return settings as changes: one for each key, or for each scenario where keys are too many
    to value every subset of them; those that history must hear together are one change."""
    keys = dict.fromkeys(setting.key for setting in added)
    believed = dict.fromkeys(each.key for each in added if is_belief(each))
    groups: dict[str, list[Setting]] = {}
    for setting in added:
        name = setting.key
        if len(keys) > EXACT and setting.origin != COMMAND_LINE:
            name = setting.origin
        if recondition and is_belief(setting):
            name = " + ".join(believed)
        groups.setdefault(name, []).append(setting)
    return tuple(Change(name, tuple(settings)) for name, settings in groups.items())
