"""What a person asked for, as words of a sentence: settings, delays and scenarios."""

from __future__ import annotations

import re

from forecast.analysis.whatif.rows import SetBelief
from forecast.report.layout import SHORT_NAMES
from forecast.report.numbers import quantity
from forecast.report.pages.answers.changes import in_sentence

LONGEST = 60  # characters of a title within a sentence: of a longer one the key says as much
_SETTING = re.compile(r"[^@=]+(?:@(?P<period>[^=]+))?=(?P<value>.+)")
_LENGTHS = {"y": "year", "q": "quarter", "m": "month"}


def asked_words(text: str, belief: SetBelief | None) -> str:
    """Return a setting (`KEY[@PERIOD]=VALUE`) of a belief, or a scenario, as words of a sentence,
    its value as it was written: applications with agents at 20% in 2028 (base 47%)."""
    match = _SETTING.fullmatch(text)
    if match is None or belief is None:
        return f"the scenario {text}"
    title = in_sentence(belief.title)
    name = SHORT_NAMES.get(belief.key) or (title if len(title) <= LONGEST else belief.key)
    planned = ", as planned," if belief.is_plan else ""
    when = f" in {match['period'].strip()}" if match["period"] else ""
    base = f" (base {quantity(belief.before, belief.unit)})" if belief.before is not None else ""
    return f"{name}{planned} {_value_words(match['value'].strip())}{when}{base}"


def _value_words(value: str) -> str:
    """Return what a value does: at 20%, times 0.5, up by 5pp, 2 quarters later."""
    sign, rest = value[:1], value[1:].strip()
    if delay := re.fullmatch(r"delay\s*[-–−]?\s*([\d.]+)\s*([a-z])[a-z]*", value, re.IGNORECASE):
        count, unit = delay[1], _LENGTHS[delay[2].lower()]
        return f"a {unit} later" if count == "1" else f"{count} {unit}s later"
    if sign in "xX×":
        return f"times {rest}"
    if sign in "+-−":
        return f"{'up' if sign == '+' else 'down'} by {rest}"
    return f"at {rest if sign == '=' else value}"
