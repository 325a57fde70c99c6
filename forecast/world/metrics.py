"""What can be asked for: metrics, the dimensions along which they split, and METRIC@PERIOD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_type_hints

from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind
from forecast.inputs.yaml.drivers import DRIVERS_FILE
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.names import Match, find, split_asked
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import Result
from forecast.units import Reading
from forecast.world.rows import (
    ConstraintRow,
    EventRow,
    MetricRow,
    ProbabilityRow,
    Status,
    ValueRow,
)
from forecast.world.timeline import Timeline

FORM = "METRIC@PERIOD, such as inference_share@2028"
DRIVER_METRICS = {
    "business_adoption": True,
    "agent_penetration": True,
    "weekly_users": True,
    "hyperscaler_capex": True,
    "nvidia_datacenter_revenue": False,
}
"""Drivers that are published as metrics, and whether they are headlines."""
SUBJECTS = (
    "inference_share",
    "inference_compute",
    "training_compute",
    "compute_stock",
    "chip_spend",
    "ai_capex",
    "ai_power_capacity",
)
"""What the forecast is about: the metrics among which an answer in words looks for what moved."""


def metric_meanings(inputs: Inputs) -> dict[str, Meaning]:
    """Return every metric that a projection can show: published quantities and drivers.

    Raises InputError for a workspace without a driver that is one.
    """
    if missing := [name for name in DRIVER_METRICS if name not in inputs.drivers]:
        expected = "every driver that the model reads"
        raise InputError(
            Problem(DRIVERS_FILE, name, "no such driver", expected) for name in missing
        )
    nodes = model_graph().nodes.values()
    meanings = {node.name: node.meaning for node in nodes if node.meaning.metric}
    for name, headline in DRIVER_METRICS.items():
        driver = inputs.drivers[name]
        meanings[name] = Meaning(
            name, driver.unit, driver.kind, driver.title, driver.title, True, headline, None
        )
    return meanings


def find_metric(text: str, meanings: Mapping[str, Meaning]) -> Match:
    """Return which metric a text means: by id, title or a part; headline metrics come first."""
    titles = {name: each.title for name, each in meanings.items()}
    return find(text.strip(), titles, [name for name, each in meanings.items() if each.headline])


def metric_ids(
    names: Iterable[str], meanings: Mapping[str, Meaning], problems: list[Problem]
) -> tuple[str, ...]:
    """Return the ids of metrics named on the command line, each once; what is wrong with a name is
    added to `problems`."""
    found = []
    for text in names:
        match = find_metric(text, meanings)
        if match.name is None:
            problems.append(_no_metric(match, f"--metric {text}"))
        else:
            found.append(match.name)
    return tuple(dict.fromkeys(found))


def found_metrics(names: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    """Return the ids of metrics by name. Raises InputError with every name that means none."""
    problems: list[Problem] = []
    found = metric_ids(names, metric_meanings(inputs), problems)
    if problems:
        raise InputError(problems)
    return found


def _no_metric(match: Match, subject: str) -> Problem:
    if "@" in match.text:
        found = f"a metric and a period, {match.text}"
        hint = f"At one period: forecast get {match.text}"
        return Problem("command line", subject, found, "a metric alone", hint)
    expected = "an id that `forecast metrics` lists"
    return match.problem(
        "command line", subject, "metric", expected, "All of them: forecast metrics"
    )


def breakdowns(dimension: str | None) -> dict[str, tuple[str, str]]:
    """Return the equations that split a metric along a dimension (all if it is None), by name, with
    the dimension and the metric they split."""
    return {
        node.name: node.meaning.breakdown
        for node in model_graph().nodes.values()
        if node.meaning.breakdown and dimension in {None, node.meaning.breakdown[0]}
    }


def members(metric: str, dimension: str) -> tuple[str, ...]:
    """Return the members of a metric's breakdown, in their order; none if it has no such one."""
    if (dimension, metric) not in breakdowns(dimension).values():
        return ()
    equation = model_graph().nodes[model_graph().record_of(metric, dimension)].equation
    return tuple(get_type_hints(equation)["return"]._fields)


def status_of(observed: Reading | None, last: int, timeline: Timeline) -> Status:
    """Return whether a period that ends at column `last` is observed, estimated or projected."""
    if last >= timeline.history:
        return "projected"
    return "estimated" if observed is None else "observed"


@dataclass(frozen=True)
class MetricInfo:
    """What a page needs to know of a metric."""

    unit: str
    kind: Kind
    title: str
    definition: str
    headline: bool


def metric_info(meanings: Iterable[Meaning]) -> dict[str, MetricInfo]:
    """Return what pages need to know of metrics, by name."""
    return {
        each.name: MetricInfo(each.unit, each.kind, each.title, each.definition, each.headline)
        for each in meanings
    }


@dataclass(frozen=True)
class MetricTable(Result):
    """Rows of metrics at years or quarters, and what a page needs to know of them."""

    rows: tuple[MetricRow, ...]
    metrics: dict[str, MetricInfo]
    first_projected: str

    @property
    def values(self) -> list[ValueRow]:
        """The rows that have a value at a period."""
        return [row for row in self.rows if isinstance(row, ValueRow)]

    @property
    def events(self) -> list[EventRow]:
        """The rows of events."""
        return [row for row in self.rows if isinstance(row, EventRow)]

    @property
    def constraints(self) -> list[ConstraintRow]:
        """The rows of what binds."""
        return [row for row in self.rows if isinstance(row, ConstraintRow)]

    def probability(self, metric: str, period: str) -> ProbabilityRow | None:
        """Return the row of an indicator at a period, None if there is none."""
        for row in self.rows:
            if isinstance(row, ProbabilityRow) and (row.metric, row.period) == (metric, period):
                return row
        return None

    def find(self, metric: str, period: str) -> ValueRow | None:
        """Return the row of a whole metric at a period, None if there is none."""
        for row in self.values:
            if (row.metric, row.period, row.member) == (metric, period, None):
                return row
        return None

    def event(self, metric: str) -> EventRow | None:
        """Return the row of an event, None if there is none."""
        return next((row for row in self.events if row.metric == metric), None)

    def binding(self, period: str) -> dict[str, float]:
        """Return the share of draws that each constraint binds in a period, by constraint."""
        return {row.member: row.mean for row in self.constraints if row.period == period}


@dataclass(frozen=True)
class MetricAt:
    """A metric at a year or quarter."""

    meaning: Meaning
    period: str

    @property
    def metric(self) -> str:
        """The metric's id."""
        return self.meaning.name

    @property
    def key(self) -> tuple[str, str]:
        """Metric and period, as `World.take` is asked for them."""
        return self.metric, self.period

    @property
    def text(self) -> str:
        """`METRIC@PERIOD`."""
        return f"{self.metric}@{self.period}"


def read_metric_at(
    text: str,
    inputs: Inputs,
    timeline: Timeline,
    subject: str = "",
    also: Mapping[str, Meaning] | None = None,
) -> MetricAt:
    """Return the metric and the period that `METRIC@PERIOD` names.

    `subject` is the option it stands in; `also` may be asked for beside the metrics. Raises
    InputError with every problem: an unknown metric, a metric that has no value at a period (an
    event), a period that the run does not show.
    """
    name, period = split_asked(text)
    subject = f"{subject} {text}".strip()
    if not name or not period:
        raise InputError(Problem("command line", subject, repr(text), FORM))
    meanings = {**(also or {}), **metric_meanings(inputs)}
    problems: list[Problem] = []
    match = find_metric(name, meanings)
    meaning = meanings.get(match.name or "")
    if meaning is None:
        problems.append(_no_metric(match, subject))
    elif meaning.kind == "event":
        found, expected = "an event, which has no band at a period", "a metric with values"
        problems.append(Problem("command line", subject, found, expected))
    if found := not_shown(period, timeline):
        expected = f"a year or quarter from {label(FIRST_QUARTER)} to {timeline.periods[-1]}"
        hint = "A later horizon: --through."
        problems.append(Problem("command line", subject, found, expected, hint))
    if meaning is None or problems:
        raise InputError(problems)
    return MetricAt(meaning, period.upper())


def not_shown(period: str, timeline: Timeline) -> str:
    """Return what is wrong with a period, nothing if a run shows it."""
    try:
        quarter(period)
    except ValueError as error:
        return str(error)
    if period.upper() in (*timeline.periods, *timeline.years):
        return ""
    return f"{period}, which the run through {timeline.periods[-1]} lacks"
