"""What a setting does to its key: VALUE replaces, scales, shifts or delays."""

from __future__ import annotations

import re

from forecast.inputs.schema import Operation
from forecast.inputs.yaml.blocks import sentence
from forecast.units import UNITS, parse_value

_SCALE = re.compile(r"^[x×*]\s*(?P<factor>.+)$")
_POINTS = re.compile(r"^(?P<number>.+?)\s*pp$")
# Units in which only sums for the whole world are set, where a small bare number is a slip.
_LARGE_UNITS = {
    "USD": ("dollars", "${}B"),
    "USD/year": ("dollars a year", "${}B"),
    "W": ("watts", "{}GW"),
    "W/year": ("watts a year", "{}GW"),
    "Wh/year": ("watt-hours a year", "{}TWh"),
}
_PLAIN = 1e6
_DELAY = re.compile(
    r"^delay\s*[-–−]?\s*(?P<count>\d{1,4}(?:\.\d{1,2})?)\s*(?P<length>[a-z]+)$", re.I
)
_QUARTERS = {"y": 4.0, "year": 4.0, "q": 1.0, "quarter": 1.0, "m": 1.0 / 3.0, "month": 1.0 / 3.0}


class SettingError(ValueError):
    """A setting that cannot be understood; whoever knows its place makes a Problem of it."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.hint = found, expected, hint


def assignment(place: str, value: str) -> str:
    """Return the setting that gives `KEY[@PERIOD]` a value; one with a sign would be a shift."""
    return f"{place}={'=' * value.startswith(('-', '−', '+'))}{value}"


def parse_change(text: str, unit: str) -> tuple[Operation, float]:
    """Return what a value does, and the number: a factor for `scale`, quarters for `delay`, else in
    `unit`. Raises SettingError."""
    if text.lower().startswith("delay"):
        return "delay", _parse_delay(text)
    if text[0] == "=":  # a sign after it belongs to the value and is no shift
        return "replace", _parse_replacement(text[1:].strip(), unit)
    if match := _SCALE.match(text):
        return "scale", _parse_factor(match["factor"], text)
    if text[0] in "+-−":
        return "shift", (1.0 if text[0] == "+" else -1.0) * _parse_step(text[1:].strip(), unit)
    return "replace", _parse_replacement(text, unit)


def _parse_delay(text: str) -> float:
    """Return by how many quarters a value delays: delay-1y, delay-2q, delay-6m."""
    match = _DELAY.match(text)
    length = match["length"].lower() if match else ""
    size = _QUARTERS.get(length) or _QUARTERS.get(length.removesuffix("s"))
    quarters = float(match["count"]) * size if match and size else 0.0
    if quarters <= 0.0 or abs(quarters - round(quarters)) > 1e-9:
        raise SettingError(text, "a delay of whole quarters, such as delay-1y, delay-2q, delay-6m")
    return float(round(quarters))


def _parse_replacement(text: str, unit: str) -> float:
    _check_size(text, unit)
    try:
        return parse_value(text, unit)
    except ValueError as error:
        raise SettingError(text, f"a value in {unit}", _share_message(text, unit, error)) from error


def _check_size(text: str, unit: str) -> None:
    """Raise SettingError for a small number of dollars or watts without a unit: hardly anyone means
    21 watts of power plants."""
    try:
        number = abs(float(text))
    except ValueError:
        return
    if unit in _LARGE_UNITS and 0.0 < number < _PLAIN:
        words, likely = _LARGE_UNITS[unit]
        hint = f"It would be {number:g} {words}. Write {likely.format(text)} if that is meant."
        raise SettingError(f"{text}, a number without a unit", f"a value in {unit}", hint)


def _share_message(text: str, unit: str, error: ValueError) -> str:
    """Return why a value does not fit, for shares in the shorter form of the command line."""
    try:
        number = float(text)
    except ValueError:
        return sentence(error)
    if unit == "share" and number > 1.0:
        mend = f" Write {number:g}% or {number / 100:g}." if number <= 100.0 else ""
        return f"{text} would be {number:,.0%} (unit: share, 0–1).{mend}"
    return sentence(error)


def _parse_factor(text: str, whole: str) -> float:
    try:
        factor = float(text)
    except ValueError as error:
        raise SettingError(whole, "a factor such as x2 or x0.5") from error
    if not 0.0 < factor < float("inf"):
        raise SettingError(whole, "a factor above 0")
    return factor


def _parse_step(text: str, unit: str) -> float:
    """Return the size of a shift; percentages are refused because they may mean two things."""
    if match := _POINTS.match(text):
        if unit != "share":
            raise SettingError(f"{text} for {unit}", "percentage points only for a share")
        text = f"{match['number']}%"
    elif text.endswith("%"):
        number = text.removesuffix("%").strip()
        hint = f"Write +{number}pp to add percentage points, or x1.05 to scale by 5%."
        raise SettingError(f"a shift by {text}", "percentage points, or a factor", hint)
    _check_size(text, unit)
    try:
        size = parse_value(text, unit)
    except ValueError as error:
        raise SettingError(text, f"a step in {unit}", sentence(error)) from error
    if size < 0.0 and UNITS[unit].scale == "linear":
        raise SettingError(text, "one sign")
    return size
