"""What can be asked for: metrics, the dimensions along which they split, and METRIC@PERIOD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Kind
from forecast.inputs.yaml.drivers import DRIVERS_FILE
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import Result
from forecast.units import Reading
from forecast.world.rows import ConstraintRow, EventRow, MetricRow, Status, ValueRow
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


def breakdowns(dimension: str | None) -> dict[str, tuple[str, str]]:
    """Return the equations that split a metric along a dimension (all if it is None), by name, with
    the dimension and the metric they split."""
    return {
        node.name: node.meaning.breakdown
        for node in model_graph().nodes.values()
        if node.meaning.breakdown and dimension in {None, node.meaning.breakdown[0]}
    }


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
    name, sign, period = (part.strip() for part in text.partition("@"))
    subject = f"{subject} {text}".strip()
    if not name or not sign or not period:
        raise InputError(Problem("command line", subject, repr(text), FORM))
    meanings = {**(also or {}), **metric_meanings(inputs)}
    problems: list[Problem] = []
    meaning = meanings.get(name)
    if meaning is None:
        hint = did_you_mean(name, meanings) or "All of them: forecast metrics"
        expected = "an id that `forecast metrics` lists"
        problems.append(Problem("command line", subject, "no such metric", expected, hint))
    elif meaning.kind == "event":
        found, expected = "an event, which has no value at a period", "a metric with values"
        problems.append(Problem("command line", subject, found, expected))
    if found := _not_shown(period, timeline):
        expected = f"a year or quarter from {label(FIRST_QUARTER)} to {timeline.periods[-1]}"
        hint = "A later horizon: --through."
        problems.append(Problem("command line", subject, found, expected, hint))
    if meaning is None or problems:
        raise InputError(problems)
    return MetricAt(meaning, period.upper())


def _not_shown(period: str, timeline: Timeline) -> str:
    """Return what is wrong with a period, nothing if a run shows it."""
    try:
        quarter(period)
    except ValueError as error:
        return str(error)
    if period.upper() in (*timeline.periods, *timeline.years):
        return ""
    return f"{period}, which the run through {timeline.periods[-1]} lacks"
