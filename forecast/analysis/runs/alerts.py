"""Alerts: sentences about a forecast that somebody wants to hear of when they come true.

inference_share@2028.p50 < 60%            a percentile (p50 if none is named) or the mean
crossover.probability_never > 0.3         an event: its percentiles are quarters
change(chip_spend@2028.p50) < -10%        since the run before: $50B, 5pp, or % of what it was
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan

from forecast.analysis.runs.kept_runs import KeptFigures, event_in, value_in
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import label, quarter
from forecast.result import POINTS
from forecast.units import parse_value
from forecast.world.metrics import find_metric, metric_meanings
from forecast.world.rows import ProbabilityRow, plain
from forecast.world.timeline import Timeline

FIELDS = (*POINTS, "mean")
NEVER = "probability_never"
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
EXAMPLES = (
    '"inference_share@2028.p50 < 60%", "crossover.probability_never > 0.3", '
    '"change(chip_spend@2028) < -10%"'
)
# What an alert is made of, in order: name, pattern, and what is expected where it does not stand.
_WORDS = (
    ("change", r"(?:change\s*\()?", "change( or a metric"),
    ("metric", r"[a-z_][a-z0-9_]*", "a metric, such as inference_share"),
    ("period", r"(?:@\s*[0-9]{4}(?:Q[1-4])?)?", "a year or quarter"),
    ("field", r"(?:\.\s*[a-z_][a-z0-9_]*)?", "a field, such as .p50"),
    ("close", r"\)?", ")"),
    ("sign", r"<=|>=|<|>", "<, <=, > or >="),
    ("value", r".*\S", "a value, such as 60%, $500B, 5pp or 2027Q1"),
)


@dataclass(frozen=True)
class Alert:
    """One alert: `field` of a metric at a period (empty for an event), or its change since the run
    before, compared with `value`, in the metric's unit, or as a part of what it was."""

    text: str
    meaning: Meaning
    period: str
    field: str
    sign: str
    value: float
    is_change: bool
    is_relative: bool = False

    @property
    def is_moment(self) -> bool:
        """Whether it is about a quarter at which something happens."""
        return self.meaning.is_moment and self.field != NEVER


@dataclass(frozen=True)
class AlertRow:
    """What became of an alert: whether it `fires`, the `value` that was compared, the figure `now`
    and, for a change, `before`; quarters by their names, what there is not None."""

    alert: str
    fires: bool
    metric: str
    period: str | None
    field: str
    unit: str
    value: float | str | None
    now: float | str | None
    is_change: bool
    is_relative: bool
    before: float | str | None


def parse_alerts(texts: Sequence[str], inputs: Inputs, timeline: Timeline) -> tuple[Alert, ...]:
    """Return the alerts that texts say. Raises InputError with the problems of all of them."""
    found: list[Alert] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            found.append(_parse(text, inputs, timeline))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


def alert_rows(
    alerts: Sequence[Alert], now: KeptFigures, before: KeptFigures | None
) -> list[AlertRow]:
    """Return what became of each alert; a change does not fire where nothing was kept to compare
    with."""
    return [_row(alert, now, before or {}) for alert in alerts]


def _row(alert: Alert, now: KeptFigures, before: KeptFigures) -> AlertRow:
    current, earlier = _figure(alert, now), _figure(alert, before)
    value = current
    if alert.is_change:
        value = current - earlier
        if alert.is_relative:
            value = value / abs(earlier) if earlier else nan
    return AlertRow(
        alert=alert.text,
        # to the digits that are shown, or 35.0% would not be <= 35%
        fires=not isnan(value) and OPERATORS[alert.sign](plain(value), plain(alert.value)),
        metric=alert.meaning.name,
        period=alert.period or None,
        field=alert.field,
        unit="share" if alert.field == NEVER else alert.meaning.unit,
        value=_said(alert, value, is_difference=alert.is_change),
        now=_said(alert, current),
        is_change=alert.is_change,
        is_relative=alert.is_relative,
        before=_said(alert, earlier) if alert.is_change else None,
    )


def _said(alert: Alert, value: float, *, is_difference: bool = False) -> float | str | None:
    """Return a value as results state it: a quarter by its name, what there is not as None."""
    if isnan(value) or abs(value) == inf:
        return None
    return label(int(value)) if alert.is_moment and not is_difference else plain(value)


def _figure(alert: Alert, figures: KeptFigures) -> float:
    """Return what an alert is about: infinite for what never happens, NaN for what is not known."""
    if alert.meaning.is_indicator:
        lead = figures.get((alert.meaning.name, alert.period, None))
        return lead.mean if isinstance(lead, ProbabilityRow) else nan
    if alert.meaning.is_moment:
        event = event_in(figures, alert.meaning.name)
        if event is None or alert.field == NEVER:
            return event.probability_never if event else nan
        moment = event.quantiles.at(_percentile(alert.field))
        return inf if moment is None else float(quarter(moment))
    row = value_in(figures, alert.meaning.name, alert.period)
    if row is None:
        return nan
    return row.mean if alert.field == "mean" else row.quantiles.at(_percentile(alert.field))


def _percentile(field: str) -> int:
    return int(field.removeprefix("p"))


def _parse(text: str, inputs: Inputs, timeline: Timeline) -> Alert:
    words = _words(text)
    meanings = metric_meanings(inputs)
    match = find_metric(words["metric"], meanings)
    meaning = meanings.get(match.name or "")
    if meaning is None or meaning.name == "binding_constraint":
        hint = match.hint or "All of them: forecast metrics"
        raise _problem(text, "no such metric", "a metric of `forecast metrics`", hint=hint)
    is_event, is_change = meaning.is_moment, bool(words["change"])
    period = words["period"].removeprefix("@").strip().upper()
    field = words["field"].removeprefix(".").strip().lower()
    field = field or ("mean" if meaning.is_indicator else "p50")
    if is_event and period:
        raise _problem(text, "a period for an event", f"{meaning.name}.{field}")
    if not is_event and period not in (*timeline.periods, *timeline.years):
        found = f"the period {period}" if period else "no period"
        expected = f"a year or quarter from {timeline.periods[0]} to {timeline.periods[-1]}"
        raise _problem(text, found, expected)
    fields = (*FIELDS[:-1], NEVER) if is_event else FIELDS
    fields = ("mean",) if meaning.is_indicator else fields
    if field not in fields:
        hint = did_you_mean(field, fields)
        raise _problem(text, f"the field {field}", f"one of {', '.join(fields)}", hint=hint)
    alert = Alert(text, meaning, period, field, words["sign"], nan, is_change)
    value, is_relative = _value(alert, words["value"])
    return Alert(text, meaning, period, field, words["sign"], value, is_change, is_relative)


def _words(text: str) -> dict[str, str]:
    """Return the parts of an alert by name. Raises InputError at the first that is not there."""
    found: dict[str, str] = {}
    at = 0
    for name, pattern, expected in _WORDS:
        at += len(text[at:]) - len(text[at:].lstrip())
        if name == "close" and not found["change"]:
            found[name] = ""
            continue
        match = re.compile(pattern, re.IGNORECASE).match(text, at)
        if match is None or (name == "close" and not match[0]):
            raise _problem(text, f"{text[at:]!r}" if text[at:] else "its end", expected, at=at)
        found[name], at = match[0].strip(), match.end()
    return {**found, "metric": found["metric"].lower()}


def _value(alert: Alert, text: str) -> tuple[float, bool]:
    """Return the value compared with, and whether it is a part of what the figure was."""
    unit = "share" if alert.field == NEVER else alert.meaning.unit
    try:
        if alert.is_moment:
            quarters = re.sub(r"\s*quarters?$", "", text)
            return float(quarters) if alert.is_change else float(quarter(text)), False
        if not alert.is_change:
            return parse_value(text, unit), False
        sign, size = (-1.0 if text[0] in "-−" else 1.0), text.lstrip("+-−").strip()
        if unit != "share":
            is_relative = size.endswith("%")
            return sign * parse_value(size, "ratio" if is_relative else unit), is_relative
        if size.endswith("%"):
            raise ValueError(f"a change of a share is in points: {size.rstrip('%').strip()}pp")
        points = size.removesuffix("pp").strip()
        return sign * float(points) * (0.01 if points != size else 1.0), False
    except ValueError as error:
        expected = _expected(alert, unit)
        raise _problem(alert.text, str(error), expected, at=alert.text.rindex(text)) from error


def _expected(alert: Alert, unit: str) -> str:
    if alert.is_moment:
        return "a number of quarters" if alert.is_change else "a quarter, such as 2027Q1"
    if alert.is_change:
        return "5pp or 0.05" if unit == "share" else f"a difference in {unit}, or a percentage"
    return f"a value in {unit}"


def _problem(
    text: str, found: str, expected: str, *, at: int | None = None, hint: str = ""
) -> InputError:
    """Return the error of an alert that cannot be read, with a caret where that shows."""
    excerpt = "" if at is None else f"{text}\n{' ' * at}^ character {at + 1}: {found}"
    if at is not None:
        hint = f"For example: {EXAMPLES}"
    return InputError(Problem("command line", f"--alert {text}", found, expected, hint, excerpt))
