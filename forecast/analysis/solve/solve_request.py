"""What a goal seek is asked for: a metric, its target, and the key that is to bring it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind, Setting
from forecast.inputs.setting_values import SettingError
from forecast.inputs.settings import Key, in_full, known_keys, parse_setting
from forecast.model.equations import model_graph
from forecast.money.joint import moved_with, own_name
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.units import Scale, parse_value
from forecast.world.case import Case, computed_names
from forecast.world.metrics import MetricAt, read_metric_at
from forecast.world.timeline import Timeline
from forecast.world.values import with_parts

COMMAND_LINE = "command line"
ORIGIN = "goal seek"
Bound = Literal["at_least", "at_most"]


@dataclass(frozen=True)
class Goal:
    """A target for a metric: at least or at most `value`, with a probability."""

    bound: Bound
    value: float
    probability: float

    def quantile(self, draws: Array) -> float:
        """Return the quantile of draws, (draws,), that has to meet the value."""
        return float(np.quantile(draws, self._level))

    def margin(self, draws: Array) -> float:
        """Return by how much draws, (draws,), meet the goal; negative where they miss it."""
        away = self.quantile(draws) - self.value
        return away if self.bound == "at_least" else -away

    def share_met(self, draws: Array) -> float:
        """Return the share of draws, (draws,), in which the metric meets the value."""
        met = draws >= self.value if self.bound == "at_least" else draws <= self.value
        return float(np.mean(met))

    def sampling_error(self, draws: Array) -> float:
        """Return the standard error of the quantile from sampling.

        The rank of a sample quantile has standard error √(p (1 − p) / n); the values that far apart
        measure what it means for the quantile.
        """
        level = self._level
        spread = np.sqrt(level * (1.0 - level) / draws.size)
        low, high = np.quantile(draws, np.clip([level - spread, level + spread], 0.0, 1.0))
        return float(high - low) / 2.0

    @property
    def _level(self) -> float:
        return 1.0 - self.probability if self.bound == "at_least" else self.probability


@dataclass(frozen=True)
class Lever:
    """The key that is varied: at `period`, or without one from the first projected quarter on.
    `text` is how it was asked for."""

    key: str
    period: str
    text: str
    title: str
    unit: str
    scale: Scale
    kind: Kind

    @property
    def varied(self) -> str:
        """KEY or KEY@PERIOD as a setting names it."""
        return f"{self.key}@{self.period}" if self.period else self.key

    def set_to(self, value: float) -> Setting:
        """Return the setting that gives the key a value."""
        return Setting(self.key, self.period, "replace", value, self.text, ORIGIN)


@dataclass(frozen=True)
class SolveRequest:
    """A goal seek, read and checked. `change` is the target as it was asked for: a value, or a
    change from the case as it stands; `between` the range to search, if one was given."""

    at: MetricAt
    lever: Lever
    bound: Bound
    change: Setting
    probability: float
    between: tuple[float, float] | None

    def goal_from(self, now: Array) -> Goal:
        """Return the goal; a relative target starts from the quantile of draws as they stand."""
        goal = Goal(self.bound, self.change.value, self.probability)
        if self.change.operation == "scale":
            return replace(goal, value=goal.quantile(now) * self.change.value)
        if self.change.operation == "shift":
            return replace(goal, value=goal.quantile(now) + self.change.value)
        return goal


def read_request(
    case: Case,
    through: str,
    question: str,
    vary: str,
    at_least: str | None,
    at_most: str | None,
    probability: str | None,
    between: tuple[str, str] | None,
) -> SolveRequest:
    """Return what is asked for. Raises InputError with every problem of it."""
    problems: list[Problem] = []
    lever = _read_lever(vary, question, case.inputs, problems)
    reaching = [lever.set_to(0.0)] if lever else []
    timeline = replace(case, settings=(*case.settings, *reaching)).timeline(through)
    at = _read_question(question, case.inputs, timeline, problems)
    if lever is not None:
        problems += _misplaced(lever, at, case.inputs, timeline)
    bound: Bound = "at_most" if at_least is None else "at_least"
    change = _read_target(at, at_least, at_most, problems)
    share = _read_probability(probability, problems)
    limits = _read_between(between, lever, problems) if between else None
    if problems or at is None or lever is None or change is None:
        raise InputError(problems)
    return SolveRequest(at, lever, bound, change, share, limits)


def _read_question(
    question: str, inputs: Inputs, timeline: Timeline, problems: list[Problem]
) -> MetricAt | None:
    try:
        at = read_metric_at(question, inputs, timeline)
    except InputError as error:
        problems.extend(error.problems)
        return None
    if quarter(at.period) < FIRST_QUARTER + timeline.history:
        found = f"{at.period}, which is history and does not move"
        expected = f"a period that ends in {timeline.first_projected} or later"
        problems.append(Problem(COMMAND_LINE, question, found, expected))
    return at


def _read_lever(vary: str, question: str, inputs: Inputs, problems: list[Problem]) -> Lever | None:
    """Return the key; a driver or path without a period is set where the question is asked."""
    text = vary.strip()
    try:
        keys = known_keys(inputs.assumptions, inputs.drivers)
        read = parse_setting(in_full(f"{text}=x1", keys, computed_names(inputs)), keys, "")
    except SettingError as error:
        subject, expected = f"--vary {text}", error.expected.replace("KEY=VALUE", "KEY")
        problems.append(Problem(COMMAND_LINE, subject, error.found, expected, error.hint))
        return None
    if driver := inputs.drivers.get(read.key):
        period = read.period or _period_of(question)
        return Lever(read.key, period, text, driver.title, driver.unit, driver.scale, driver.kind)
    each = inputs.assumptions[read.key]
    is_path = each.knots[0].time is not None
    period = read.period or (_period_of(question) if is_path else "")
    return Lever(read.key, period, text, each.title, each.unit, each.scale, "stock")


def _period_of(question: str) -> str:
    """Return the period of a question, nothing if it has none that can be read."""
    period = question.partition("@")[2].strip().upper()
    try:
        quarter(period)
    except ValueError:
        return ""
    return period


def _misplaced(
    lever: Lever, at: MetricAt | None, inputs: Inputs, timeline: Timeline
) -> Iterator[Problem]:
    """Yield what is wrong with where a key is set, and with what is asked of it."""
    if lever.period:
        first, last = FIRST_QUARTER + timeline.history, FIRST_QUARTER + timeline.size - 1
        if not first <= quarter(lever.period) <= last:
            expected = f"a year or quarter from {timeline.first_projected} to {label(last)}"
            found = f"a date outside the projection, {lever.period}"
            yield Problem(COMMAND_LINE, f"--vary {lever.text}", found, expected)
    if at is not None and _inputs_of(at.metric).isdisjoint(moved_with(inputs, lever.key)):
        found = f"{at.metric} does not depend on it"
        expected = f"an assumption or driver behind {at.metric}"
        hint = f"What it rests on: forecast explain {at.text}"
        yield Problem(COMMAND_LINE, f"--vary {lever.text}", found, expected, hint)


def _inputs_of(metric: str) -> set[str]:
    """Return the assumptions and drivers that a metric needs; a driver is its own."""
    if metric not in model_graph().nodes:
        return {metric}
    return {own_name(name) for name in model_graph().arguments_of(with_parts([metric]))}


def _read_target(
    at: MetricAt | None, at_least: str | None, at_most: str | None, problems: list[Problem]
) -> Setting | None:
    if (at_least is None) == (at_most is None):
        found = "neither" if at_least is None else "both"
        expected = "one of them: the least or the most that the metric may be"
        problems.append(Problem(COMMAND_LINE, "--at-least, --at-most", found, expected))
        return None
    option, text = ("--at-least", at_least) if at_most is None else ("--at-most", at_most)
    if at is None:
        return None
    name, unit = at.metric, at.meaning.unit
    try:
        change = parse_setting(f"{name}={text}", {name: Key(unit, True)}, COMMAND_LINE)
        if change.operation == "delay":
            raise SettingError(text or "", "")
        return change
    except SettingError as error:
        subject = f"{option} {text}"
        expected = f"a value of {name} ({unit}), or a change: x1.1, +5pp"
        problems.append(Problem(COMMAND_LINE, subject, error.found, expected, error.hint))
        return None


def _read_probability(text: str | None, problems: list[Problem]) -> float:
    if text is None:
        return 0.5
    expected = "a probability between 0 and 1, both excluded: 0.8 or 80%"
    try:
        value = parse_value(text, "share")
    except ValueError as error:
        problems.append(Problem(COMMAND_LINE, f"--probability {text}", str(error), expected))
        return 0.5
    if not 0.0 < value < 1.0:
        problems.append(Problem(COMMAND_LINE, f"--probability {text}", text, expected))
    return value


def _read_between(
    between: tuple[str, str], lever: Lever | None, problems: list[Problem]
) -> tuple[float, float] | None:
    if lever is None:
        return None
    subject = f"--between {' '.join(between)}"
    try:
        low, high = (parse_value(text, lever.unit) for text in between)
    except ValueError as error:
        expected = f"two values of {lever.key} ({lever.unit})"
        problems.append(Problem(COMMAND_LINE, subject, str(error), expected))
        return None
    inside = {"log": low > 0.0, "logit": low > 0.0 and high < 1.0, "linear": True}[lever.scale]
    if low < high and inside:
        return low, high
    limits = {"log": ", above zero", "logit": ", between 0% and 100% and not either of them"}
    found = f"{between[0]} and {between[1]}"
    expected = f"a lower and a higher value of {lever.key}{limits.get(lever.scale, '')}"
    problems.append(Problem(COMMAND_LINE, subject, found, expected))
    return None
