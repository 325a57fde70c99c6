"""What a sensitivity analysis is about: metrics at a period, on the quarters they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import Result
from forecast.units import UNITS
from forecast.world.metrics import MetricAt, read_metric_at
from forecast.world.rows import ValueRow
from forecast.world.timeline import Timeline
from forecast.world.values import with_parts
from forecast.world.world import World

Method = Literal["tornado", "sobol", "given-data"]
AnyMethod = Method | Literal["grid"]
Draws = Literal["conditioned", "independent prior"]
VarianceOf = Literal["logarithm", "value"]
# Equations that look at later quarters than the one they speak of.
LOOKING_AHEAD = frozenset({"inference_spend_share"})


@dataclass(frozen=True)
class About:
    """Which metric a row is about, how it was measured, and on which draws."""

    method: AnyMethod
    metric: str
    period: str
    metric_unit: str
    ensemble: Draws


@dataclass(frozen=True)
class OfMetric(Result):
    """What is found about a metric at a period: `base` is the metric's own row on the same draws,
    `title` what the metric is called."""

    title: str
    base: ValueRow

    @property
    def subject(self) -> str:
        """The metric and the period in words."""
        return f"{self.title}, {self.base.period}"


def about(at: MetricAt, method: AnyMethod, ensemble: Draws = "conditioned") -> About:
    """Return what rows of a metric at a period are about."""
    return About(method, at.metric, at.period, at.meaning.unit, ensemble)


def read_metrics(
    metrics: Sequence[str],
    period: str,
    inputs: Inputs,
    timeline: Timeline,
    problems: Sequence[Problem],
) -> list[MetricAt]:
    """Return metrics at a period, the last year shown if it is empty.

    Raises InputError for unknown metrics and periods together with `problems` found before.
    """
    found, wrong = [], list(problems)
    for metric in metrics:
        try:
            text = f"{metric}@{period or timeline.years[-1]}"
            found.append(read_metric_at(text, inputs, timeline))
        except InputError as error:
            wrong.extend(error.problems)
    if wrong:
        raise InputError(wrong)
    return found


def shortened(world: World, asked: Sequence[MetricAt]) -> World:
    """Return the world without the quarters after those that metrics at periods depend on."""
    return world.shortened(max(_size(world.timeline, each) for each in asked))


def _size(timeline: Timeline, at: MetricAt) -> int:
    """Return how many quarters a metric depends on: those up to its period, or all if an equation
    that it needs looks ahead."""
    graph, wanted = model_graph(), with_parts([at.metric])
    order = graph.order(wanted, graph.arguments_of(wanted))
    if not LOOKING_AHEAD.isdisjoint(node.name for node in order):
        return timeline.size
    last = quarter(at.period) - FIRST_QUARTER + 1
    return min(timeline.size, max(last, timeline.vendor))


def in_scale_of_variance(at: MetricAt, draws: Array) -> tuple[Array, VarianceOf]:
    """Return draws of a metric as their variance is meant, and a word for it: the logarithm of what
    is always positive, which a few large draws would rule otherwise, and else the value."""
    if UNITS[at.meaning.unit].scale == "log" and bool(np.all(draws > 0.0)):
        return np.log(draws), "logarithm"
    return draws, "value"
