"""What would break the thesis: each risk's effect on the horizon, draw by draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from forecast.analysis.scenarios.variants import Variants, variants
from forecast.beliefs import Array
from forecast.codec import Tagged
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind, Scenario
from forecast.model.equations import model_graph
from forecast.result import DEFAULT, MERGED, Band, Result, RunOptions, band
from forecast.world.case import Case, run_of
from forecast.world.metrics import MetricInfo, metric_info
from forecast.world.rows import change_row, event_row, plain
from forecast.world.timeline import Timeline
from forecast.world.values import Keys, Taken

METRICS = ("inference_share", "chip_spend", "ai_power_capacity")
LEADERS = ("training_compute", "inference_compute")
CROSSOVER = ("crossover", "")


@dataclass(frozen=True)
class RiskHead:
    """Whose row it is, a scenario with its judged probability, and of what."""

    scenario: str
    title: str
    probability: float
    metric: str
    period: str | None
    unit: str
    kind: Kind


@dataclass(frozen=True)
class MetricRisk(Tagged):
    """A risk's effect on a metric: medians, by how much they differ (`change`, with its sampling
    error), and the change draw by draw with the share of draws in which it is a rise, no change
    counting half."""

    head: RiskHead = field(metadata=MERGED)
    base_p50: float
    changed_p50: float
    change: float
    mc_error: float
    difference: Band
    probability_up: float
    base_probability_never: None
    changed_probability_never: None


@dataclass(frozen=True)
class CrossoverRisk(Tagged):
    """A risk's effect on the crossover: median quarters, None for never, and how often it never
    comes."""

    head: RiskHead = field(metadata=MERGED)
    base_p50: str | None
    changed_p50: str | None
    change: None
    mc_error: None
    difference: None = field(metadata=band("difference"))
    probability_up: None
    base_probability_never: float
    changed_probability_never: float


@dataclass(frozen=True)
class LeadRisk(Tagged):
    """A risk's effect on the share of draws in which training holds more compute than inference at
    the horizon."""

    head: RiskHead = field(metadata=MERGED)
    base_p50: float
    changed_p50: float
    change: None
    mc_error: None
    difference: None = field(metadata=band("difference"))
    probability_up: None
    base_probability_never: None
    changed_probability_never: None


RiskRow = MetricRisk | CrossoverRisk | LeadRisk


@dataclass(frozen=True)
class Risk:
    """The rows of one risk: by metric, of the crossover, and of which side leads."""

    scenario: str
    title: str
    probability: float
    metrics: dict[str, MetricRisk]
    crossover: CrossoverRisk
    lead: LeadRisk


@dataclass(frozen=True)
class Risks(Result):
    """Risks in order of what they do to chip spend, and what a page needs to know of the metrics
    that they move."""

    rows: tuple[RiskRow, ...]
    metrics: dict[str, MetricInfo]

    def by_scenario(self) -> list[Risk]:
        """Return the rows of each risk, in order."""
        found = []
        for name in dict.fromkeys(row.head.scenario for row in self.rows):
            mine = [row for row in self.rows if row.head.scenario == name]
            metrics = {row.head.metric: row for row in mine if isinstance(row, MetricRisk)}
            (crossover,) = (row for row in mine if isinstance(row, CrossoverRisk))
            (lead,) = (row for row in mine if isinstance(row, LeadRisk))
            judged = name, lead.head.title, lead.head.probability
            found.append(Risk(*judged, metrics, crossover, lead))
        return found


def risks(case: Case, options: RunOptions = DEFAULT) -> Risks:
    """Return what each scenario with a judged probability does to the case, on the same draws.

    Rows: for each risk one row for each of METRICS at the last whole year, one for `crossover` and
    one for `training_leads` (the share of draws in which training holds more compute at the
    horizon). `base_p50` and `changed_p50` are medians, `difference_*` percentiles of the change
    draw by draw. Risks come in order of what they do to chip spend. Raises InputError without such
    scenarios.
    """
    scenarios, keys = risky(case.inputs), risk_keys(case.timeline(options.through))
    found = variants(case, options, scenarios=scenarios, keys=keys)
    return weighed(case, options, found=found)


def risky(inputs: Inputs) -> list[Scenario]:
    """Return the scenarios with a judged probability. Raises InputError if there is none."""
    found = [each for each in inputs.scenarios.values() if each.probability is not None]
    if not found:
        expected = "a scenario with a probability"
        raise InputError(Problem("assumptions/scenarios", "probability", "none", expected))
    return found


def risk_keys(timeline: Timeline) -> Keys:
    """Return what risks are judged by, for `variants`: METRICS in the last whole year, both sides
    of the split at the horizon, and the crossover."""
    at_the_end = [(name, timeline.periods[-1]) for name in LEADERS]
    return [*((name, timeline.years[-1]) for name in METRICS), *at_the_end, CROSSOVER]


def weighed(case: Case, options: RunOptions, *, found: Variants) -> Risks:
    """Return what `risks` returns, from variants of a case that hold `risk_keys`."""
    timeline, base = case.timeline(options.through), found.base
    spend = "chip_spend", timeline.years[-1]

    def effect(scenario: Scenario) -> float:
        return float(np.median(found.scenarios[scenario.name][spend]) - np.median(base[spend]))

    rows = [
        row
        for scenario in sorted(risky(case.inputs), key=effect)
        for row in _rows(scenario, base, found.scenarios[scenario.name], timeline)
    ]
    nodes = model_graph().nodes
    return Risks(
        command="risks",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=found.warnings,
        metrics=metric_info(nodes[name].meaning for name in (*METRICS, "crossover")),
    )


def _rows(scenario: Scenario, base: Taken, changed: Taken, timeline: Timeline) -> Iterator[RiskRow]:
    """Yield the rows of a risk from draws of `risk_keys`."""
    assert scenario.probability is not None, "it is risky"
    judged = scenario.name, scenario.title, scenario.probability
    period, nodes = timeline.years[-1], model_graph().nodes
    for name in METRICS:
        unit, kind = nodes[name].meaning.unit, nodes[name].meaning.kind
        before, after = base[name, period], changed[name, period]
        yield _metric_row(RiskHead(*judged, name, period, unit, kind), before, after)
    crossover = nodes["crossover"].meaning
    first, second = (event_row(crossover, draws[CROSSOVER]) for draws in (base, changed))
    yield CrossoverRisk(
        head=RiskHead(*judged, "crossover", None, "date", "event"),
        base_p50=first.quantiles.p50,
        changed_p50=second.quantiles.p50,
        change=None,
        mc_error=None,
        difference=None,
        probability_up=None,
        base_probability_never=first.probability_never,
        changed_probability_never=second.probability_never,
    )
    training, inference = ((name, timeline.periods[-1]) for name in LEADERS)
    yield LeadRisk(
        head=RiskHead(*judged, "training_leads", period, "share", "event"),
        base_p50=plain(float(np.mean(base[training] > base[inference]))),
        changed_p50=plain(float(np.mean(changed[training] > changed[inference]))),
        change=None,
        mc_error=None,
        difference=None,
        probability_up=None,
        base_probability_never=None,
        changed_probability_never=None,
    )


def _metric_row(head: RiskHead, before: Array, after: Array) -> MetricRisk:
    """Return the row of a metric from draws before and after, (draws,)."""
    meaning = model_graph().nodes[head.metric].meaning
    row = change_row(meaning, str(head.period), before, after)
    return MetricRisk(
        head=head,
        base_p50=plain(float(np.median(before))),
        changed_p50=plain(float(np.median(after))),
        change=row.change,
        mc_error=row.mc_error,
        difference=Band(*(row.quantiles.at(each) for each in (10, 50, 90))),
        probability_up=row.probability_up,
        base_probability_never=None,
        changed_probability_never=None,
    )
