"""What-ifs: a case beside itself with something changed, draw by draw, and why they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.analysis.attribution.divisia import decompose, title_of, wanted_for
from forecast.analysis.attribution.shapley import EXACT, sets_of, shapley
from forecast.analysis.whatif.experiment import (
    COMMAND_LINE,
    Change,
    Experiment,
    World,
    beliefs,
    changes_of,
    sampled,
)
from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario, parse_settings
from forecast.inputs.schema import Setting
from forecast.model.graph import Meaning
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.case_rows import case_rows, change_rows, keys_of, question_problems
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import model_graph
from forecast.world.metrics import metric_meanings
from forecast.world.rows import metric_table, moved, plain
from forecast.world.samples import Samples, take_moved
from forecast.world.settings import apply_settings

CASES = ("base", "changed", "difference")
# What the forecast is about: the answer in words names the one of these that moved most.
SUBJECTS = (
    "inference_share",
    "inference_compute",
    "training_compute",
    "compute_stock",
    "chip_spend",
    "ai_capex",
    "ai_power_capacity",
)


def with_changes(base: Case, scenario: Sequence[str], settings: Sequence[str]) -> Case:
    """Return a case with scenarios and then settings added to what it has.

    Raises InputError with every problem.
    """
    problems: list[Problem] = []
    added: list[Setting] = []
    for name in scenario:
        try:
            added += find_scenario(name, base.inputs).settings
        except InputError as error:
            problems += error.problems
    try:
        added += parse_settings(settings, base.inputs, COMMAND_LINE)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return replace(base, scenario=(*base.scenario, *scenario), settings=(*base.settings, *added))


def whatif(
    base: Case,
    changed: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    metrics: Sequence[str] = (),
    at: str = "",
    headline: bool = False,
    recondition: bool = False,
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return a case beside the same case with settings added, on the same draws.

    Rows are those of a projection with `case` first: base, changed, or difference, which is taken
    draw by draw and has `probability_up`. They cover every metric in every year, or `metrics`, or
    with `headline` those shown first in the last year; with `at` that period alone. `changed` is
    `base` with settings after its own, as `with_changes` returns it.

    `extra["attribution"]` says what each change did (Shapley values of medians, which sum to the
    change of the median) and each link of the chain (LMDI, means over draws, which sum to the mean
    change). With `recondition` settings without a date change the belief itself and history answers
    it. Raises InputError for what cannot be.
    """
    inputs, timeline = base.inputs, changed.timeline(through)
    if problems := question_problems(inputs, timeline, metrics, at):
        raise InputError(problems)
    ensemble = build_ensemble(base, timeline, draws, seed, use_cache=use_cache)
    _, warnings = apply_settings(inputs, ensemble, timeline, changed.settings)
    changes = changes_of(changed.settings[len(base.settings) :], recondition=recondition)
    experiment = Experiment(base, timeline, ensemble, changes, seed, recondition, use_cache)
    meanings = metric_meanings(inputs)
    names = metrics or [name for name in meanings if meanings[name].headline or not headline]
    chosen = [meanings[name] for name in names]
    period = at or timeline.years[-1]
    candidates = _candidates(chosen, metrics or SUBJECTS)
    comparison = _compare(experiment, chosen, candidates, period)
    subject = max(candidates[:1] if metrics else candidates, key=comparison.effect, default=None)
    attributed = candidates if not headline else [subject] if subject else []
    return OldResult(
        "whatif",
        run_of(changed, draws, seed, through, started),
        comparison.rows((period,) if headline or at else tuple(timeline.years)),
        (*ensemble.report["warnings"], *warnings),
        {
            "metrics": metric_table(chosen),
            "first_projected": timeline.first_projected,
            "period": period,
            "subject": subject.name if subject and changes else None,
            "asked": _asked(base, changed),
            "changes": [{"driver": each.name, "set": _texts(each)} for each in changes],
            "attribution": comparison.attribution(attributed) if changes else [],
            "is_exact": len(changes) <= EXACT,
            "against": [name for name in base.scenario if name != "base"],
            "recondition": recondition,
            "reconditioned": comparison.worlds[1].ensemble is not ensemble,
        },
    )


def _candidates(chosen: Sequence[Meaning], names: Sequence[str]) -> list[Meaning]:
    """Return those of some names that have a value at a period, which can be attributed."""
    return [each for each in chosen if each.name in names and each.kind != "event"]


def _asked(base: Case, changed: Case) -> list[str]:
    """Return what was asked for, as it was written: scenarios, then settings."""
    added = changed.settings[len(base.settings) :]
    own = [each.text for each in added if each.origin == COMMAND_LINE]
    return [*changed.scenario[len(base.scenario) :], *dict.fromkeys(own)]


def _texts(change: Change) -> list[str]:
    return list(dict.fromkeys(setting.text for setting in change.settings))


@dataclass(frozen=True)
class Comparison:
    """Draws of chosen metrics, and of the links that they are made of, before and after."""

    experiment: Experiment
    chosen: Sequence[Meaning]
    period: str
    worlds: tuple[World, World]
    before: Samples
    after: Samples

    def rows(self, periods: Sequence[str]) -> tuple[Row, ...]:
        """Return the rows of both cases and of the difference."""
        inputs, timeline = self.experiment.base.inputs, self.experiment.timeline
        keys = keys_of(self.chosen, periods)
        before, after = self.before.take(keys), self.after.take(keys)
        found = (
            case_rows(inputs, timeline, self.chosen, periods, before),
            case_rows(inputs, timeline, self.chosen, periods, after),
            change_rows(self.chosen, periods, before, after),
        )
        return tuple(
            {"case": case, **row} for case, rows in zip(CASES, found, strict=True) for row in rows
        )

    def effect(self, meaning: Meaning) -> float:
        """Return how far the median of the change goes, in widths of the base's P10–P90."""
        before, after = (each.at(meaning.name, self.period) for each in (self.before, self.after))
        low, high = np.percentile(before, (10.0, 90.0))
        change = abs(float(np.median(moved(before, after))))
        return change / float(high - low) if high > low else change

    def attribution(self, metrics: Sequence[Meaning]) -> list[Row]:
        """Return what each change, and each link of the chain, contributed to metrics."""
        if not metrics:
            return []
        rows = self._of_changes(metrics)
        for meaning in metrics:
            rows += self._of_links(meaning)
        return rows

    def _of_changes(self, metrics: Sequence[Meaning]) -> list[Row]:
        changes, seed = self.experiment.changes, self.experiment.seed
        everyone = frozenset(range(len(changes)))
        between = [
            each for each in sets_of(len(changes), seed) if each not in (frozenset(), everyone)
        ]
        values = {
            members: np.array([np.median(samples.at(each.name, self.period)) for each in metrics])
            for members, samples in ((frozenset[int](), self.before), (everyone, self.after))
        }
        values |= zip(between, self._medians(between, metrics), strict=True)
        parts = shapley(len(changes), values, seed)
        return [
            _part(change.name, parts[row, column], meaning, self.period, "shapley")
            | {"set": _texts(change)}
            for column, meaning in enumerate(metrics)
            for row, change in enumerate(changes)
        ]

    def _medians(self, sets: Sequence[frozenset[int]], metrics: Sequence[Meaning]) -> list[Array]:
        """Return the medians of metrics, (metrics,), after each of some sets of changes."""
        names = [each.name for each in metrics]
        if moves := self._moves(sets):
            base = self.worlds[0]
            keys = [(name, self.period) for name in names]
            found = take_moved(
                base.inputs, base.ensemble, base.timeline, keys, moves, changed=base.changed
            )[1:]
            return [np.array([np.median(taken[key]) for key in keys]) for taken in found]
        return [
            np.array([np.median(samples.at(name, self.period)) for name in names])
            for samples in (self.experiment.world(each).samples(names) for each in sets)
        ]

    def _moves(self, sets: Sequence[frozenset[int]]) -> list[dict[str, Array]]:
        """Return what sets of changes give other values, none where that cannot be told change by
        change: a key that several of them set, or a belief that history answers."""
        changes, (base, now) = self.experiment.changes, self.worlds
        keys = [{setting.key for setting in change.settings} for change in changes]
        is_shared = sum(map(len, keys)) > len(set().union(*keys))
        if is_shared or base.ensemble is not now.ensemble:
            return []
        return [{key: now.changed[key] for place in each for key in keys[place]} for each in sets]

    def _of_links(self, meaning: Meaning) -> list[Row]:
        """Return what links did, none for a metric that is no product or sum of others."""
        inputs, links = self.experiment.base.inputs, sorted(wanted_for(meaning.name))
        before, after = (
            {**samples.values, **found}
            for samples, found in zip(
                (self.before, self.after), beliefs(*self.worlds, links), strict=True
            )
        )
        parts = decompose(meaning.name, self.period, before, after, kind=meaning.kind)
        if [part.name for part in parts] in ([], [meaning.name]):
            return []
        return [
            _part(part.name, float(part.amount.mean()), meaning, self.period, "lmdi")
            | {"title": title_of(part.name, inputs)}
            for part in parts
        ]


def _compare(
    experiment: Experiment,
    chosen: Sequence[Meaning],
    candidates: Sequence[Meaning],
    period: str,
) -> Comparison:
    """Return both cases evaluated once, with the links of the candidates for attribution."""
    nodes = model_graph().nodes.keys()
    wanted = {each.name for each in chosen}
    for meaning in candidates if experiment.changes else ():
        wanted |= wanted_for(meaning.name) & nodes
    everyone = frozenset(range(len(experiment.changes)))
    base = experiment.world(frozenset())
    now = experiment.world(everyone) if everyone else base
    before, after = sampled(base, now, sorted(wanted))
    return Comparison(experiment, chosen, period, (base, now), before, after)


def _part(name: str, amount: float, meaning: Meaning, period: str, method: str) -> Row:
    return {
        "driver": name,
        "amount": plain(float(amount)),
        "metric": meaning.name,
        "period": period,
        "unit": meaning.unit,
        "method": method,
    }
