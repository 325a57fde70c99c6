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

import numpy as np

from forecast import __version__
from forecast.analysis.runs.history import Kept
from forecast.analysis.runs.input_changes import InputChange, input_changes, mixed, together
from forecast.beliefs import Array
from forecast.code_hash import code_sha256
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import quarter
from forecast.result import Row
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble, missing_inputs
from forecast.world.rows import moved, value_row
from forecast.world.samples import Samples, sample
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline


@dataclass(frozen=True)
class Question:
    """A metric at a period, with what both runs found."""

    meaning: Meaning
    period: str
    before: Row
    after: Row

    @property
    def whole(self) -> float:
        """The change of the median."""
        return float(self.after["p50"]) - float(self.before["p50"])


@dataclass(frozen=True)
class Step:
    """A change on the way from the first run to the second: of inputs, or of the settings."""

    part: str
    title: str
    old: str
    new: str
    place: str = ""
    change: InputChange | None = None


@dataclass(frozen=True)
class Way:
    """The way from one run to another: the steps in their order, and medians along it.

    `known` holds medians (questions,) by the steps made and by whose draws they are, `made_inputs`
    the inputs by the steps made.
    """

    first: Kept
    second: Kept
    questions: tuple[Question, ...]
    steps: tuple[Step, ...]
    workspace: Path | None
    use_cache: bool
    known: dict[tuple[frozenset[int], bool], Array] = field(default_factory=dict)
    made_inputs: dict[frozenset[int], Inputs] = field(default_factory=dict)

    @property
    def everything(self) -> frozenset[int]:
        """All steps."""
        return frozenset(range(len(self.steps)))

    def samples(self, made: frozenset[int], *, on_second: bool = False) -> Samples:
        """Return draws of what is asked with some steps made, on the draws of either run."""
        inputs = self._inputs(made)
        return self._evaluated(made, inputs, self._ensemble(inputs, on_second=on_second))

    def medians(self, made: frozenset[int], *, on_second: bool = False) -> Array:
        """Return the medians of what is asked, (questions,), with some steps made."""
        if (made, on_second) not in self.known:
            inputs = self._inputs(made)
            ensemble = self._ensemble(inputs, on_second=on_second)
            changed_settings = {at for at, step in enumerate(self.steps) if not step.change}
            # An ensemble costs seconds and settings next to nothing: value both while it is there.
            for each in {made, made | changed_settings, made - changed_settings}:
                if (each, on_second) not in self.known and self._inputs(each) is inputs:
                    samples = self._evaluated(each, inputs, ensemble)
                    self.known[each, on_second] = medians_of(self.questions, samples)
        return self.known[made, on_second]

    def parts(self) -> Array:
        """Return what each step contributes, (steps, questions)."""
        order = range(len(self.steps))
        parts = np.zeros((len(self.steps), len(self.questions)))
        for index in order:
            before, after = frozenset(order[:index]), frozenset(order[index + 1 :])
            forth = self.medians(before | {index}) - self.medians(before)
            back = self.medians(after | {index}) - self.medians(after)
            parts[index] = (forth + back) / 2.0
        return parts

    def _inputs(self, made: frozenset[int]) -> Inputs:
        """Return the first run's inputs with some steps made, always the same object."""
        before, after = self.first.inputs, self.second.inputs
        if before is None or after is None:
            raise InputError(Problem("store", "inputs", "kept no longer", "those of both runs"))
        changing = frozenset(at for at, step in enumerate(self.steps) if step.change)
        making = made & changing
        if making not in self.made_inputs:
            changes = [change for at in sorted(making) if (change := self.steps[at].change)]
            inputs = before if not making else mixed(before, after, changes)
            self.made_inputs[making] = after if making and making == changing else inputs
        return self.made_inputs[making]

    def _ensemble(self, inputs: Inputs, *, on_second: bool) -> Ensemble:
        run = (self.second if on_second else self.first).run
        if missing := missing_inputs(inputs):
            raise InputError(missing)
        ends = [each.inputs.sha256 for each in (self.first, self.second) if each.inputs]
        use_cache = self.use_cache and inputs.sha256 in ends
        case = Case(inputs, self.workspace, (), (), None)
        timeline = self._grid(inputs)
        return build_ensemble(case, timeline, run.draws, run.seed, use_cache=use_cache)

    def _evaluated(self, made: frozenset[int], inputs: Inputs, ensemble: Ensemble) -> Samples:
        with_settings = any(self.steps[at].change is None for at in made)
        settings = (self.second if with_settings else self.first).settings
        timeline = self._grid(inputs)
        changed, _ = apply_settings(inputs, ensemble, timeline, settings)
        names = {each.meaning.name for each in self.questions}
        return sample(inputs, ensemble, timeline, names, changed=changed)

    def _grid(self, inputs: Inputs) -> Timeline:
        """Return the quarters that both runs show, as far as the settings of either reach."""
        settings = (*self.first.settings, *self.second.settings)
        through = min(self.first.run.through, self.second.run.through, key=quarter)
        return Case(inputs, self.workspace, (), settings, None).timeline(through)


Amounts = list[tuple[Step, Array, Array | None]]  # a cause, its parts and their errors (questions,)
Pair = tuple[Samples, Samples]


def amounts_of(way: Way) -> tuple[Amounts, Pair | None]:
    """Return every cause with its parts, and draws of both ends where steps lie between them."""
    before = np.array([float(each.before["p50"]) for each in way.questions])
    after = np.array([float(each.after["p50"]) for each in way.questions])
    same_draws = draws_of_run(way.first) == draws_of_run(way.second)
    same_code = code_of(way.first) == code_of(way.second)
    _remember(way, before, after, same_draws=same_draws)
    none, everything = frozenset[int](), way.everything
    code = Step("code", "forecast itself", *_each(way, _code_words))
    noise = Step("sampling", "sampling noise", *_each(way, _draws_words))
    if not way.steps and (same_code or same_draws):
        whole, nothing = after - before, np.zeros(len(way.questions))
        causes: Amounts = [] if same_code else [(code, whole, None)]
        found = whole if same_code and not same_draws else nothing
        return [*causes, (noise, found, _stored_error(way, same_draws=same_draws))], None
    samples = (way.samples(none), way.samples(everything)) if way.steps else None
    if samples:
        for made, each in zip((none, everything), samples, strict=True):
            way.known.setdefault((made, False), medians_of(way.questions, each))
    amounts: Amounts = [
        (step, part, None) for step, part in zip(way.steps, way.parts(), strict=True)
    ]
    last = way.medians(everything) if same_draws else way.medians(everything, on_second=True)
    if not (same_code and code_of(way.first) == _today()):
        left = (after - last) + (way.medians(none) - before)
        amounts.append((code, left, None))
    sampling = last - way.medians(everything)
    error = _paired_error(way, samples) if same_draws else _stored_error(way, same_draws=False)
    return [*amounts, (noise, sampling, error)], samples


def _remember(way: Way, before: Array, after: Array, *, same_draws: bool) -> None:
    """Take the figures that were kept for medians where today's code made them."""
    if code_of(way.first) == _today():
        way.known[frozenset(), False] = before
    if code_of(way.second) == _today():
        way.known[way.everything, not same_draws] = after


def medians_of(questions: Sequence[Question], samples: Samples) -> Array:
    """Return medians as a projection's rows state them, (questions,)."""
    draws = [samples.at(each.meaning.name, each.period) for each in questions]
    return np.array(
        [float(value_row(questions[0].meaning, "", each, "", None)["p50"]) for each in draws]
    )


def _paired_error(way: Way, samples: Pair | None) -> Array:
    """Return the Monte Carlo error of each median change on the same draws, (questions,)."""
    if samples is None:
        return np.zeros(len(way.questions))
    changes = [pair_of(each, samples) for each in way.questions]
    return np.array([_median_error(moved(*pair)) for pair in changes])


def _median_error(draws: Array) -> float:
    """Return half the distance between the quantiles a standard error of rank from the median."""
    spread = 0.5 / np.sqrt(draws.size)
    low, high = np.quantile(draws, (0.5 - spread, 0.5 + spread))
    return float(high - low) / 2.0


def _stored_error(way: Way, *, same_draws: bool) -> Array:
    """Return the Monte Carlo error of each change between independent draws, (questions,)."""
    if same_draws:
        return np.zeros(len(way.questions))
    errors = [(each.before["mc_error"], each.after["mc_error"]) for each in way.questions]
    return np.array([np.hypot(*pair) for pair in errors])


def all_in_one(way: Way) -> Amounts:
    """Return the whole under one cause, for runs whose causes cannot be told apart."""
    step = Step("inputs", "everything that differs", "", "")
    return [(step, np.array([each.whole for each in way.questions]), None)]


def pair_of(question: Question, samples: Pair) -> tuple[Array, Array]:
    """Return draws of what is asked in both, (draws,)."""
    before, after = (each.at(question.meaning.name, question.period) for each in samples)
    return before, after


def _each(way: Way, words: Callable[[Kept], str]) -> tuple[str, str]:
    return words(way.first), words(way.second)


def draws_of_run(kept: Kept) -> tuple[int, int]:
    """Return the number of draws and their seed: runs with the same are compared draw by draw."""
    return kept.run.draws, kept.run.seed


def _draws_words(kept: Kept) -> str:
    return f"{kept.run.draws:,} draws, seed {kept.run.seed}"


def code_of(kept: Kept) -> tuple[str, str]:
    """Return the version and the hash of the code that made a run."""
    return kept.run.version, kept.run.code_sha256


def _code_words(kept: Kept) -> str:
    return f"{kept.run.version} ({kept.run.code_sha256[:7]})"


def _today() -> tuple[str, str]:
    return __version__, code_sha256()


def _settings_step(first: Kept, second: Kept) -> tuple[Step, ...]:
    """Return the change of scenarios and settings as a step, none if they are the same."""
    if first.settings == second.settings:
        return ()
    old, new = (
        ", ".join((*run.scenario, *run.overrides)) or "none" for run in (first.run, second.run)
    )
    return (Step("settings", "scenarios and settings", old, new),)


def steps_between(changes: Sequence[InputChange], first: Kept, second: Kept) -> tuple[Step, ...]:
    """Return the steps from one run to another: changes of inputs that count, then of settings."""
    counting = together([each for each in changes if each.counts])
    return (*(_step(each) for each in counting), *_settings_step(first, second))


def _step(change: InputChange) -> Step:
    return Step(change.part, change.title, change.old, change.new, change.place, change)


def changes_between(first: Kept, second: Kept) -> list[InputChange]:
    """Return what differs between the inputs of two runs; nothing where they are kept no longer."""
    before, after = first.inputs, second.inputs
    if before is None or after is None or before.sha256 == after.sha256:
        return []
    return input_changes(before, after)
