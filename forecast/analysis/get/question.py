"""What one number is asked for: a metric or a member of its breakdown, and a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.equations.market.steps import CONSTRAINTS
from forecast.model.graph import Meaning
from forecast.names import Match, find, is_said, split_asked
from forecast.world.metrics import breakdowns, find_metric, members, metric_meanings, not_shown
from forecast.world.timeline import Timeline
from forecast.world.values import CONSTRAINT

COMMAND_LINE = "command line"
CONSTRAINT_DIMENSION = "constraint"
# Wholes of workloads come after the whole of both where a member's name alone is given.
WORKLOADS = ("inference_", "training_")


@dataclass(frozen=True)
class Member:
    """A member of a metric's breakdown."""

    metric: str
    dimension: str
    member: str

    @property
    def name(self) -> str:
        """METRIC.MEMBER."""
        return f"{self.metric}.{self.member}"


@dataclass(frozen=True)
class Question:
    """A metric, or the part of it that is asked for, at a period; None for an event that has no
    periods."""

    meaning: Meaning
    period: str | None
    part: Member | None

    @property
    def metric(self) -> str:
        """The metric's id."""
        return self.meaning.name

    @property
    def text(self) -> str:
        """METRIC@PERIOD, or METRIC of an event."""
        return f"{self.metric}@{self.period}" if self.period else self.metric


def read_question(text: str, member: str | None, inputs: Inputs, timeline: Timeline) -> Question:
    """Return what `METRIC[@PERIOD]` asks for, at the last whole year where it names no period.

    METRIC may be a member's name alone, with the metric's or without ("asic share", "google").
    Raises InputError with every problem: a name that means nothing or too much, a period that the
    run does not show.
    """
    name, period = split_asked(text)
    meanings, problems = metric_meanings(inputs), list[Problem]()
    match, part = find_metric_or_part(name, meanings)
    metric = part.metric if part else match.name
    if metric is None:
        expected, hint = "an id that `forecast metrics` lists", "All of them: forecast metrics"
        problems.append(match.problem(COMMAND_LINE, text, "metric", expected, hint))
    elif member is not None:
        part = _member(metric, member, problems)
    is_moment = metric is not None and meanings[metric].is_moment
    period = period.upper() or timeline.years[-1]
    if not is_moment and (wrong := not_shown(period, timeline)):
        expected = f"a year or quarter from {timeline.periods[0]} to {timeline.periods[-1]}"
        problems.append(Problem(COMMAND_LINE, text, wrong, expected, "A later one: --through."))
    if metric is None or problems:
        raise InputError(problems)
    return Question(meanings[metric], None if is_moment else period, part)


def find_metric_or_part(text: str, meanings: Mapping[str, Meaning]) -> tuple[Match, Member | None]:
    """Return which metric a text means, or which part of one: a member's name alone, or with the
    metric's."""
    match = find_metric(text, meanings)
    if not match.is_loose and (match.name or match.several):
        return match, None
    parts = {
        each.name: each
        for each in every_part()
        if not match.is_loose or _is_named(each, text, match.name or "")
    }
    titles = {each.name: _title(each, meanings) for each in parts.values()}
    whole = [each for each in parts if not each.startswith(WORKLOADS)]
    found = find(text, titles, whole)
    if found.name or (found.several and not match.name):
        return found, parts.get(found.name or "")
    return match, None


def _is_named(part: Member, text: str, metric: str) -> bool:
    """Return whether a text names a part, and not a metric that has its words in another order:
    Microsoft capex is a part of that of the five, and AI power capacity no part of another."""
    return is_said(part.member, text) and not is_said(part.member, metric.replace("_", " "))


def every_part() -> list[Member]:
    """Return every member of every breakdown, of those that are wholes themselves first."""
    return [
        Member(metric, dimension, member)
        for dimension, metric in breakdowns(None).values()
        for member in members(metric, dimension)
    ]


def _title(part: Member, meanings: Mapping[str, Meaning]) -> str:
    """Return how a part reads: custom asic share of AI chip spend."""
    return f"{part.member.replace('_', ' ')} share of {meanings[part.metric].title}"


def _member(metric: str, text: str, problems: list[Problem]) -> Member | None:
    """Return the member of a metric that a text means; what is wrong is added to `problems`."""
    own = {each.member: each for each in every_part() if each.metric == metric}
    if metric == CONSTRAINT:
        own = {each: Member(metric, CONSTRAINT_DIMENSION, each) for each in CONSTRAINTS}
    match = find(text, dict.fromkeys(own, ""))
    if match.name is None:
        expected = f"one of {', '.join(own)}" if own else "a metric that has parts"
        problems.append(match.problem(COMMAND_LINE, f"--member {text}", "member", expected))
    return own.get(match.name or "")
