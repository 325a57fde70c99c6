"""Answers of the whole model to published forecasts: quantities that the money group lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecast.analysis.hindcast.published.answers import Answer
from forecast.analysis.hindcast.published.definitions import BILLION, Unanswerable
from forecast.analysis.hindcast.whole_model import HindcastQuestion
from forecast.beliefs import Array
from forecast.curves.quantiles import PROBABILITIES
from forecast.errors import InputError
from forecast.inputs.yardsticks.published import Definition, Period
from forecast.periods import label, quarter, quarter_of
from forecast.result import Quantiles
from forecast.world.case import LAST_HORIZON
from forecast.world.ensemble import open_world
from forecast.world.history.conditioning import known_data
from forecast.world.metrics import metric_meanings
from forecast.world.rows import plain
from forecast.world.world import World

# How many of our units a published one is.
UNITS = {
    "USD_bn": BILLION,
    "USD_bn_annualised": BILLION,
    "percent": 0.01,
    "GW": 1e9,
    "million_users": 1e6,
}


@dataclass(frozen=True)
class ModelTarget:
    """A target of the whole model: a definition, over or at a period, in a unit."""

    definition: Definition
    period: Period
    unit: str


def model_answers(
    question: HindcastQuestion, day: date, asked: Sequence[ModelTarget]
) -> list[Answer | str]:
    """Return the whole model's answer as of a day to each target, or why there is none."""
    try:
        then = question.case(day)
        last = max(quarter_of(day) + 1, *(quarter_of(each.period.day) for each in asked))
        through = label(min(last, quarter(LAST_HORIZON)))
        options = replace(question.options, through=through)
        world = open_world(then, options, prior=not known_data(then.inputs))
    except InputError as error:
        return [f"no forecast as of {day}: {error.problems[0].found}" for _ in asked]
    return list(_each(world, asked))


def _each(world: World, asked: Sequence[ModelTarget]) -> Iterator[Answer | str]:
    for each in asked:
        try:
            draws = _drawn(world, each) / UNITS[each.unit]
        except KeyError:
            yield f"no conversion of {each.unit}: one of {', '.join(UNITS)}"
        except Unanswerable as error:
            yield str(error)
        else:
            levels = np.quantile(draws, PROBABILITIES)
            quantiles = Quantiles(tuple(plain(float(level)) for level in levels))
            yield Answer(quantiles, None, each.definition.note)


def _drawn(world: World, asked: ModelTarget) -> Array:
    """Return draws of a target, (draws,): of a year or quarter, or at a moment's quarter end.

    A driver that is no metric is a rate: that of a year is the mean of its quarters.
    """
    name, period = asked.definition.quantity, asked.period
    last = quarter_of(period.day)
    is_year = period.quarters == 4 and period.kind == "calendar"
    if not (is_year or period.quarters == 0):
        raise Unanswerable(f"no conversion of {period.text}")
    if last >= world.timeline.horizon + quarter(world.timeline.periods[0]):
        raise Unanswerable(f"{period.text} lies beyond {world.timeline.periods[-1]}")
    if name in metric_meanings(world.inputs):
        return world.at(name, str(period.year) if is_year else label(last))
    if name not in world.inputs.drivers:
        raise Unanswerable(f"{name} is no quantity of the model")
    column = last - quarter(world.timeline.periods[0])
    path = world.belief(name)
    return np.asarray(path[:, column - 3 : column + 1].mean(axis=1) if is_year else path[:, column])
