"""What a question is about: `METRIC@PERIOD`, such as inference_share@2028."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.world.metrics import metric_meanings
from forecast.world.timeline import Timeline

FORM = "METRIC@PERIOD, such as inference_share@2028"


@dataclass(frozen=True)
class Asked:
    """A metric at a year or quarter."""

    meaning: Meaning
    period: str

    @property
    def metric(self) -> str:
        """The metric's id."""
        return self.meaning.name

    @property
    def text(self) -> str:
        """`METRIC@PERIOD`."""
        return f"{self.metric}@{self.period}"


def read_asked(
    text: str,
    inputs: Inputs,
    timeline: Timeline,
    subject: str = "",
    also: Mapping[str, Meaning] | None = None,
) -> Asked:
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
    return Asked(meaning, period.upper())


def _not_shown(period: str, timeline: Timeline) -> str:
    """Return what is wrong with a period, nothing if a run shows it."""
    try:
        quarter(period)
    except ValueError as error:
        return str(error)
    if period.upper() in (*timeline.periods, *timeline.years):
        return ""
    return f"{period}, which the run through {timeline.periods[-1]} lacks"
