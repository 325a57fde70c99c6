"""What a sensitivity analysis moves: assumptions, drivers and model discrepancy, with the case and
the metric that it asks about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array, out_of_scale
from forecast.ensemble.prior import realise, variables
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import Row
from forecast.units import UNITS
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.ensemble import SHOCKS, build_ensemble
from forecast.world.evaluate import model_graph, with_parts
from forecast.world.metric_at import Asked, read_asked
from forecast.world.samples import take_moved
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

DRIVERS, DISCREPANCY = "drivers", "discrepancy"  # groups beside those of the assumptions' files
# Equations that look at later quarters than the one they speak of.
LOOKING_AHEAD = frozenset({"inference_spend_share"})
_SHOCK_TITLES = {
    "inference_shock": "Drift of inference demand that no assumption explains",
    "training_shock": "Drift of training demand that no assumption explains",
}


@dataclass(frozen=True)
class Factor:
    """What moves as one: an assumption with all its knots, a driver's path, a random walk of the
    model discrepancy, or a group of these."""

    name: str
    title: str
    unit: str
    group: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A metric at a period in a case, on the shortest grid that it depends on.

    `changed` holds what settings changed, (draws, quarters) by name, on the ensemble's draws.
    """

    inputs: Inputs
    timeline: Timeline
    ensemble: Ensemble
    asked: Asked
    changed: Mapping[str, Array]
    warnings: tuple[str, ...]

    def after(self, moves: Sequence[Mapping[str, Array]]) -> Array:
        """Return the metric as it stands and after each move alone, (1 + moves, draws)."""
        return after_each([self], moves)[0]


def ask(
    case: Case,
    metric: str,
    period: str,
    *,
    draws: int,
    seed: int,
    through: str,
    prior: bool = False,
    use_cache: bool = True,
    problems: Sequence[Problem] = (),
) -> Question:
    """Return the question of what moves a metric at a period; no period means the last year shown.

    Raises InputError for an unknown metric or period together with `problems` found before, and for
    settings that cannot be applied.
    """
    timeline = case.timeline(through)
    text = f"{metric}@{period or timeline.years[-1]}"
    try:
        asked = read_asked(text, case.inputs, timeline)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    if problems:
        raise InputError(problems)
    ensemble = build_ensemble(case, timeline, draws, seed, prior=prior, use_cache=use_cache)
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    question = Question(
        case.inputs, timeline, ensemble, asked, changed, (*ensemble.report["warnings"], *warnings)
    )
    return shortened(question)


def shortened(question: Question) -> Question:
    """Return the question without the quarters after its period, unless an equation that it needs
    looks ahead."""
    timeline, graph = question.timeline, model_graph()
    wanted = with_parts([question.asked.metric])
    order = graph.order(wanted, graph.arguments_of(wanted))
    if not LOOKING_AHEAD.isdisjoint(node.name for node in order):
        return question
    last = quarter(question.asked.period) - FIRST_QUARTER + 1
    size = min(timeline.size, max(last, timeline.vendor))
    changed = {name: values[:, :size] for name, values in question.changed.items()}
    return replace(question, timeline=replace(timeline, size=size), changed=changed)


def together(questions: Sequence[Question]) -> list[Question]:
    """Return questions of one case on the longest of their grids, so that moves suit all."""
    longest = max(questions, key=lambda question: question.timeline.size)
    return [replace(each, timeline=longest.timeline, changed=longest.changed) for each in questions]


def after_each(questions: Sequence[Question], moves: Sequence[Mapping[str, Array]]) -> list[Array]:
    """Return the metric of each question, all of one case and grid, as it stands and after each
    move alone: (1 + moves, draws) for each. What the metrics have in common is computed once."""
    first = questions[0]
    keys = [(each.asked.metric, each.asked.period) for each in questions]
    found = take_moved(
        first.inputs, first.ensemble, first.timeline, keys, moves, changed=first.changed
    )
    return [np.stack([taken[key] for taken in found]) for key in keys]


def of_draws(question: Question, chosen: slice | NDArray[np.intp]) -> Question:
    """Return the question on the draws at the positions `chosen`, in their order."""
    ensemble = question.ensemble
    few = replace(
        ensemble,
        normals=ensemble.normals[:, chosen],
        paths={name: values[chosen] for name, values in ensemble.paths.items()},
        shocks={name: values[chosen] for name, values in ensemble.shocks.items()},
    )
    changed = {name: values[chosen] for name, values in question.changed.items()}
    return replace(question, ensemble=few, changed=changed)


def factors(inputs: Inputs) -> list[Factor]:
    """Return every assumption, driver and random walk of the model discrepancy by itself."""
    assumptions = (
        Factor(name, each.title, each.unit, each.subject, (name,))
        for name, each in sorted(inputs.assumptions.items())
    )
    drivers = (
        Factor(name, each.title, each.unit, DRIVERS, (name,))
        for name, each in sorted(inputs.drivers.items())
    )
    shocks = (Factor(name, _SHOCK_TITLES[name], "ratio", DISCREPANCY, (name,)) for name in SHOCKS)
    return [*assumptions, *drivers, *shocks]


def grouped(singles: Sequence[Factor]) -> list[Factor]:
    """Return factors by group: the assumptions of one file, all drivers, the model discrepancy."""
    found = []
    for group in dict.fromkeys(each.group for each in singles):
        keys = tuple(key for each in singles if each.group == group for key in each.keys)
        found.append(Factor(group, f"{group}, {len(keys)} together", "", group, keys))
    return found


def quantile_paths(question: Question, key: str, percentiles: Sequence[float]) -> list[Array]:
    """Return an assumption, driver or random walk at each percentile of its draws, (1, quarters) or
    (1, 1) in its unit: every quarter, and every knot of an assumption, at its own percentile."""
    inputs, ensemble, size = question.inputs, question.ensemble, question.timeline.size
    at = list(percentiles)
    if key in question.changed:
        found = np.percentile(question.changed[key], at, axis=0)
    elif key in inputs.assumptions:
        rows = [
            row
            for variable, row in zip(variables(inputs.assumptions), ensemble.normals, strict=True)
            if variable.assumption == key
        ]
        knots = np.percentile(np.stack(rows), at, axis=1).T
        years = question.timeline.year_fraction[0]
        found = realise(inputs.assumptions[key], list(knots), years)
    elif key in inputs.drivers:
        paths = np.percentile(ensemble.paths[key][:, :size], at, axis=0)
        found = np.asarray(out_of_scale(paths, inputs.drivers[key].scale))
    else:
        found = np.percentile(ensemble.shocks[key][:, :size], at, axis=0)
    return [row[np.newaxis] for row in found]


def value_at(question: Question, key: str, values: Array) -> Array:
    """Return draws (or percentiles) of an assumption, driver or random walk, (draws, quarters) or
    (draws, 1), at the question's period, (draws,): a driver as its kind says, the rest at the last
    quarter, a random walk as the factor by which it moves demand."""
    if values.shape[1] == 1:
        return values[:, 0]
    inputs, period = question.inputs, question.asked.period
    kind: Kind = inputs.drivers[key].kind if key in inputs.drivers else "stock"
    column = quarter(period) - FIRST_QUARTER
    found = year_value(values, kind, column - 3) if is_year(period) else values[:, column]
    if key not in SHOCKS:
        return found
    size = np.median(quantile_paths(question, "model_discrepancy", [50.0])[0])
    return np.asarray(np.exp(size * found))


def in_scale_of_variance(question: Question, metric: Array) -> tuple[Array, str]:
    """Return draws of the metric as their variance is meant, and a word for it: the logarithm of
    what is always positive, which a few large draws would rule otherwise, and else the value."""
    if UNITS[question.asked.meaning.unit].scale == "log" and bool(np.all(metric > 0.0)):
        return np.log(metric), "logarithm"
    return metric, "value"


def identity(question: Question, method: str, ensemble: str) -> Row:
    """Return the fields by which every row says what it is about, how it was measured and on which
    draws."""
    meaning = question.asked.meaning
    return {
        "method": method,
        "metric": meaning.name,
        "period": question.asked.period,
        "metric_unit": meaning.unit,
        "ensemble": ensemble,
    }
