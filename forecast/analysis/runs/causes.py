"""What moved between two runs, and what moved it, in parts that sum to the whole.

The whole is the change of a metric's median from the figures of the first run to those of the
second. With m(made, run) for the median that today's code computes on a run's seed and draws, from
the first run's inputs and settings with some of the changes made, it falls into

    inputs    m(all, first) − m(none, first), split among observations, assumptions and settings
    sampling  m(all, second) − m(all, first)
    code      what is left: today's m(none, first) and m(all, second) against the figures kept

The first is split by making the changes one after another, in an order and in its reverse, and
averaging the steps: each order telescopes, so that the parts sum to the whole whatever the
interactions, and of two changes each gets its Shapley value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from forecast import __version__
from forecast.analysis.runs.input_changes import InputChange, Part, input_changes, mixed, together
from forecast.analysis.runs.kept_runs import KeptRun, Value
from forecast.beliefs import Array
from forecast.code_hash import code_sha256
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.periods import quarter
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricAt
from forecast.world.rows import moved, value_row
from forecast.world.values import Taken
from forecast.world.world import World


@dataclass(frozen=True)
class Compared:
    """A metric at a period, with what both runs found."""

    at: MetricAt
    before: Value
    after: Value

    @property
    def change(self) -> float:
        """The change of the median."""
        return self.after.quantiles.p50 - self.before.quantiles.p50

    def draws(self, taken: Taken) -> Array:
        """Return the draws of the metric at the period, (draws,)."""
        return taken[self.at.metric, self.at.period]


@dataclass(frozen=True)
class Step:
    """A change on the way from the first run to the second: of inputs, or of the settings."""

    part: Part | Literal["settings", "code", "sampling"]
    title: str
    old: str
    new: str
    place: str = ""
    change: InputChange | None = None


@dataclass(frozen=True)
class Cause:
    """What a step contributes to each change, (compared,), with the Monte Carlo errors if known."""

    step: Step
    amounts: Array
    errors: Array | None = None


@dataclass(frozen=True)
class Way:
    """The way from one run to another: the steps in their order, and medians along it.

    `known` holds medians, (compared,), by the steps made and by whether they are of the second
    run's draws.
    """

    first: KeptRun
    second: KeptRun
    compared: tuple[Compared, ...]
    steps: tuple[Step, ...]
    workspace: Path | None
    use_cache: bool
    known: dict[tuple[frozenset[int], bool], Array] = field(default_factory=dict)

    @property
    def everything(self) -> frozenset[int]:
        """All steps."""
        return frozenset(range(len(self.steps)))

    def taken(self, made: frozenset[int]) -> Taken:
        """Return draws of what is compared with some steps made, on the first run's draws."""
        return self._taken(self._world(made, on_second=False), made)

    def medians(self, made: frozenset[int], *, on_second: bool = False) -> Array:
        """Return the medians of what is compared, (compared,), with some steps made, on the draws
        of either run."""
        if (made, on_second) not in self.known:
            self._value(made, on_second=on_second)
        return self.known[made, on_second]

    def _value(self, made: frozenset[int], *, on_second: bool) -> None:
        """Learn the medians with some steps made, both with and without that of settings: a world
        costs seconds, and settings in it next to nothing."""
        world = self._world(made, on_second=on_second)
        settings = {at for at, step in enumerate(self.steps) if not step.change}
        for each in {made | settings, made - settings}:
            if (each, on_second) not in self.known:
                taken = self._taken(world, each)
                self.known[each, on_second] = medians_of(self.compared, taken)

    def parts(self) -> Array:
        """Return what each step contributes, (steps, compared)."""
        order = range(len(self.steps))
        parts = np.zeros((len(self.steps), len(self.compared)))
        for index in order:
            before, after = frozenset(order[:index]), frozenset(order[index + 1 :])
            forth = self.medians(before | {index}) - self.medians(before)
            back = self.medians(after | {index}) - self.medians(after)
            parts[index] = (forth + back) / 2.0
        return parts

    def _inputs(self, made: frozenset[int]) -> Inputs:
        """Return the first run's inputs with some steps made."""
        before, after = self.first.inputs, self.second.inputs
        if before is None or after is None:
            raise InputError(Problem("store", "inputs", "kept no longer", "those of both runs"))
        making = [change for at in made if (change := self.steps[at].change)]
        if not making:
            return before
        is_whole = len(making) == sum(step.change is not None for step in self.steps)
        return after if is_whole else mixed(before, after, making)

    def _world(self, made: frozenset[int], *, on_second: bool) -> World:
        """Return a world with some steps made, as long as both runs, with no settings in force."""
        inputs = self._inputs(made)
        ends = [each.inputs.sha256 for each in (self.first, self.second) if each.inputs]
        run = (self.second if on_second else self.first).run
        options = RunOptions(
            draws=run.draws,
            seed=run.seed,
            through=min(self.first.run.through, self.second.run.through, key=quarter),
            use_cache=self.use_cache and inputs.sha256 in ends,
        )
        case = Case(inputs, self.workspace, (), (), None)
        return open_world(case, options, also=(*self.first.settings, *self.second.settings))

    def _taken(self, world: World, made: frozenset[int]) -> Taken:
        """Return draws of what is compared in a world, with the settings of some steps made."""
        with_settings = any(self.steps[at].change is None for at in made)
        settings = (self.second if with_settings else self.first).settings
        keys = [(each.at.metric, each.at.period) for each in self.compared]
        return world.with_settings(settings).take(keys)


Ends = tuple[Taken, Taken]  # draws of what is compared before all steps and after


def causes_of(way: Way) -> tuple[list[Cause], Ends | None]:
    """Return every cause, and draws of both ends where steps lie between them."""
    before = np.array([each.before.quantiles.p50 for each in way.compared])
    after = np.array([each.after.quantiles.p50 for each in way.compared])
    same_draws = draws_of_run(way.first) == draws_of_run(way.second)
    same_code = code_of(way.first) == code_of(way.second)
    _remember(way, before, after, same_draws=same_draws)
    code = Step("code", "forecast itself", *_each(way, _code_words))
    noise = Step("sampling", "sampling noise", *_each(way, _draws_words))
    if not way.steps and (same_code or same_draws):
        whole, nothing = after - before, np.zeros(len(way.compared))
        causes = [] if same_code else [Cause(code, whole)]
        amounts = whole if same_code and not same_draws else nothing
        return [*causes, Cause(noise, amounts, _stored_error(way, same_draws=same_draws))], None
    none, everything = frozenset[int](), way.everything
    ends = (way.taken(none), way.taken(everything)) if way.steps else None
    for made, taken in zip((none, everything), ends or (), strict=False):
        way.known.setdefault((made, False), medians_of(way.compared, taken))
    causes = [Cause(step, part) for step, part in zip(way.steps, way.parts(), strict=True)]
    last = way.medians(everything, on_second=not same_draws)
    if not (same_code and code_of(way.first) == _today()):
        causes.append(Cause(code, (after - last) + (way.medians(none) - before)))
    error = _paired_error(way, ends) if same_draws else _stored_error(way, same_draws=False)
    causes.append(Cause(noise, last - way.medians(everything), error))
    return causes, ends


def _remember(way: Way, before: Array, after: Array, *, same_draws: bool) -> None:
    """Take the figures that were kept for medians where today's code made them."""
    if code_of(way.first) == _today():
        way.known[frozenset(), False] = before
    if code_of(way.second) == _today():
        way.known[way.everything, not same_draws] = after


def medians_of(compared: Sequence[Compared], taken: Taken) -> Array:
    """Return medians as a projection's rows state them, (compared,)."""
    rows = (
        value_row(each.at.meaning, each.at.period, each.draws(taken), "projected", None)
        for each in compared
    )
    return np.array([row.quantiles.p50 for row in rows])


def _paired_error(way: Way, ends: Ends | None) -> Array:
    """Return the Monte Carlo error of each median change on the same draws, (compared,)."""
    if ends is None:
        return np.zeros(len(way.compared))
    before, after = ends
    return np.array(
        [_median_error(moved(each.draws(before), each.draws(after))) for each in way.compared]
    )


def _median_error(draws: Array) -> float:
    """Return half the distance between the quantiles a standard error of rank from the median."""
    spread = 0.5 / np.sqrt(draws.size)
    low, high = np.quantile(draws, (0.5 - spread, 0.5 + spread))
    return float(high - low) / 2.0


def _stored_error(way: Way, *, same_draws: bool) -> Array:
    """Return the Monte Carlo error of each change between independent draws, (compared,)."""
    if same_draws:
        return np.zeros(len(way.compared))
    return np.array([np.hypot(each.before.mc_error, each.after.mc_error) for each in way.compared])


def all_in_one(way: Way) -> list[Cause]:
    """Return the whole as one cause, for runs whose causes cannot be told apart."""
    step = Step("inputs", "everything that differs", "", "")
    return [Cause(step, np.array([each.change for each in way.compared]))]


def _each(way: Way, words: Callable[[KeptRun], str]) -> tuple[str, str]:
    return words(way.first), words(way.second)


def draws_of_run(kept: KeptRun) -> tuple[int, int]:
    """Return the number of draws and their seed: runs with the same are compared draw by draw."""
    return kept.run.draws, kept.run.seed


def _draws_words(kept: KeptRun) -> str:
    return f"{kept.run.draws:,} draws, seed {kept.run.seed}"


def code_of(kept: KeptRun) -> tuple[str, str]:
    """Return the version and the hash of the code that made a run."""
    return kept.run.version, kept.run.code_sha256


def _code_words(kept: KeptRun) -> str:
    return f"{kept.run.version} ({kept.run.code_sha256[:7]})"


def _today() -> tuple[str, str]:
    return __version__, code_sha256()


def _settings_step(first: KeptRun, second: KeptRun) -> tuple[Step, ...]:
    """Return the change of scenarios and settings as a step, none if they are the same."""
    if first.settings == second.settings:
        return ()
    old, new = (
        ", ".join((*run.scenario, *run.overrides)) or "none" for run in (first.run, second.run)
    )
    return (Step("settings", "scenarios and settings", old, new),)


def steps_between(
    changes: Sequence[InputChange], first: KeptRun, second: KeptRun
) -> tuple[Step, ...]:
    """Return the steps from one run to another: changes of inputs that count, then of settings."""
    counting = together([each for each in changes if each.counts])
    return (*(_step(each) for each in counting), *_settings_step(first, second))


def _step(change: InputChange) -> Step:
    return Step(change.part, change.title, change.old, change.new, change.place, change)


def changes_between(first: KeptRun, second: KeptRun) -> list[InputChange]:
    """Return what differs between the inputs of two runs; nothing where they are kept no longer."""
    before, after = first.inputs, second.inputs
    if before is None or after is None or before.sha256 == after.sha256:
        return []
    return input_changes(before, after)
