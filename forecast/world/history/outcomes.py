"""Outcomes that a person supposes: `METRIC[:MEMBER]@PERIOD=VALUE[±ERROR]`, to be learnt from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.beliefs import into_scale
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.inputs.yaml.blocks import sentence
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, is_year, label, quarter
from forecast.units import UNITS, Scale, parse_value
from forecast.world.metrics import breakdowns, find_metric, members, metric_meanings

COMMAND_LINE = "command line"
FORM = "METRIC@PERIOD=VALUE or METRIC@PERIOD=VALUE±ERROR, such as ai_capex@2027=1.5T±0.1T"
WITHIN = {"log": "a value above zero", "logit": "a share between 0% and 100%, both excluded"}
_OUTCOME = re.compile(
    r"^(?P<metric>[^@=:]+)(?::(?P<member>[^@=]*))?@(?P<period>[^=]+)=(?P<value>.+)$"
)
_ERROR = re.compile(r"\s*(?:±|\+/?-)\s*")


@dataclass(frozen=True)
class Outcome:
    """A figure supposed of a metric at a period, or of a member of its breakdown (`dimension` and
    `member` are empty for the whole). `value` is in its unit; `error`, one standard error in its
    scale, is None where none is stated."""

    metric: str
    dimension: str
    member: str
    period: str
    unit: str
    value: float
    error: float | None
    text: str

    @property
    def scale(self) -> Scale:
        """The space in which its error is normal."""
        return UNITS[self.unit].scale

    @property
    def scaled(self) -> float:
        """The value in its scale."""
        return float(into_scale(self.value, self.scale))

    @property
    def names(self) -> tuple[str, ...]:
        """What has to be computed to know it: the metric, or the breakdown that has the member."""
        if not self.member:
            return (self.metric,)
        return (model_graph().record_of(self.metric, self.dimension),)

    @property
    def subject(self) -> str:
        """The option as it was written."""
        return f"--given {self.text}"


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome that was learnt: one standard `error` of it in its unit, at which percentile of
    the draws it stood `before` (their median then, `p50` now), and how many `effective_draws` are
    left once it and those before it are known."""

    metric: str
    dimension: str | None
    member: str | None
    period: str
    unit: str
    value: float
    error: float
    error_stated: bool
    percentile: float
    before: float
    p50: float
    effective_draws: float


class _Wrong(ValueError):
    """What is wrong with an outcome; `parse_outcomes` makes a Problem of it."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.hint = found, expected, hint


def parse_outcomes(texts: Sequence[str], inputs: Inputs, last: str) -> tuple[Outcome, ...]:
    """Return the outcomes that `texts` say, of periods up to the quarter `last`.

    ERROR is in the unit of VALUE, in percentage points (`5pp`) for a share, or for anything else a
    percentage of VALUE; `+-` stands for ±. Raises InputError with every problem.
    """
    meanings = metric_meanings(inputs) if texts else {}
    found, problems = [], []
    for text in map(str.strip, texts):
        try:
            found.append(_outcome(text, meanings, last))
        except _Wrong as wrong:
            subject = f"--given {text}"
            problems.append(Problem(COMMAND_LINE, subject, wrong.found, wrong.expected, wrong.hint))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _outcome(text: str, meanings: Mapping[str, Meaning], last: str) -> Outcome:
    match = _OUTCOME.match(text)
    if match is None:
        raise _Wrong(repr(text), FORM)
    found, period = find_metric(match["metric"], meanings), match["period"].strip().upper()
    name, meaning = found.name or "", meanings.get(found.name or "")
    if meaning is None:
        hint = found.hint or "All of them: forecast metrics"
        wrong = found.found("no such metric")
        raise _Wrong(wrong, "an id that `forecast metrics` lists", hint)
    text = name + text[match.end("metric") :]
    if meaning.kind == "event":
        raise _Wrong("an event, which has no value at a period", "a metric with values")
    dimension, member = "", (match["member"] or "").strip()
    if match["member"] is not None:
        dimension = _dimension(name, member)
    _check_period(period, last)
    stated, *error = _ERROR.split(match["value"].strip(), maxsplit=1)
    value = _value(stated, meaning.unit)
    spread = _error(error[0], value, meaning.unit) if error else None
    return Outcome(name, dimension, member, period, meaning.unit, value, spread, text)


def _dimension(metric: str, member: str) -> str:
    """Return the dimension along which a metric has a member."""
    known = {
        part: dimension
        for dimension, whole in breakdowns(None).values()
        if whole == metric
        for part in members(metric, dimension)
    }
    if member not in known:
        expected = f"one of {', '.join(sorted(known))}" if known else "a metric that has members"
        raise _Wrong(f"no member {member!r} of {metric}", expected, did_you_mean(member, known))
    return known[member]


def _check_period(period: str, last: str) -> None:
    expected = f"a year or quarter from {label(FIRST_QUARTER)} to {last}"
    try:
        at = quarter(period)
    except ValueError as error:
        raise _Wrong(str(error), expected) from error
    first = at - 3 if is_year(period) else at
    if not FIRST_QUARTER <= first <= at <= quarter(last):
        raise _Wrong(f"the period {period}", expected)


def _value(text: str, unit: str) -> float:
    try:
        value = parse_value(text, unit)
    except ValueError as error:
        raise _Wrong(text, f"a value in {unit}", sentence(error)) from error
    scale = UNITS[unit].scale
    if scale != "linear" and (value <= 0.0 or (scale == "logit" and value >= 1.0)):
        raise _Wrong(text, WITHIN[scale])
    return value


def _error(text: str, value: float, unit: str) -> float:
    """Return one standard error in the unit's scale, by its slope at the value."""
    scale, sign = UNITS[unit].scale, next((each for each in ("%", "pp") if text.endswith(each)), "")
    number = text.removesuffix(sign).strip()
    if sign == "%" and scale == "logit":
        hint = f"Write {number}pp for percentage points."
        raise _Wrong(f"an error of {text}", "percentage points", hint)
    if sign == "pp" and scale != "logit":
        raise _Wrong(f"an error of {text} for {unit}", "percentage points only for a share")
    whole = {"%": abs(value) / 100.0, "pp": 0.01}.get(sign, 1.0)
    try:
        error = whole * parse_value(number, "ratio" if sign else unit)
    except ValueError as wrong:
        raise _Wrong(f"an error of {text}", f"one in {unit}", sentence(wrong)) from wrong
    if error <= 0.0:
        raise _Wrong(f"an error of {text}", "an error above zero")
    return error * slope_at(value, scale)


def slope_at(value: float, scale: Scale) -> float:
    """Return how far a small step of a value goes in its scale, for each unit of it."""
    if scale == "linear":
        return 1.0
    return 1.0 / (value if scale == "log" else value * (1.0 - value))
