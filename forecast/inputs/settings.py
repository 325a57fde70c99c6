"""Changes that a person asks for: `KEY[@PERIOD]=VALUE`, on the command line or in a scenario."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Assumption, Driver, Inputs, Setting
from forecast.inputs.yaml.blocks import sentence
from forecast.names import Match, find
from forecast.periods import label, quarter, quarter_of
from forecast.units import UNITS, parse_value

_SETTING = re.compile(r"^(?P<key>[^@=]*)(?:@(?P<period>[^=]*))?=(?P<value>.*)$")
_SCALE = re.compile(r"^[x×*]\s*(?P<factor>.+)$")
_POINTS = re.compile(r"^(?P<number>.+?)\s*pp$")
_FORM = "KEY=VALUE or KEY@PERIOD=VALUE, such as agent_penetration@2028=25%"
# Units in which only sums for the whole world are set, where a small bare number is a slip.
_LARGE_UNITS = {
    "USD": ("dollars", "${}B"),
    "USD/year": ("dollars a year", "${}B"),
    "W": ("watts", "{}GW"),
    "W/year": ("watts a year", "{}GW"),
    "Wh/year": ("watt-hours a year", "{}TWh"),
}
_PLAIN = 1e6
_SAME = 1e-9  # 1.93% and 0.0193 differ by rounding alone
HISTORY_STAYS = "History does not move; set a later period."
Operation = Literal["replace", "scale", "shift"]


@dataclass(frozen=True)
class Key:
    """What a setting may change: its unit, whether it changes with time, and whether a year stands
    for its last quarter (stocks, shares) and not for its sum or mean."""

    unit: str
    dated: bool
    year_end: bool = True
    title: str = ""
    is_driver: bool = False


def known_keys(
    assumptions: Mapping[str, Assumption | None], drivers: Mapping[str, Driver | None]
) -> dict[str, Key]:
    """Return what settings may change: every assumption and every driver."""
    keys = {
        name: Key(each.unit, each.is_path, title=each.title)
        for name, each in assumptions.items()
        if each
    }
    return keys | {
        name: Key(driver.unit, True, driver.kind not in {"flow", "rate"}, driver.title, True)
        for name, driver in drivers.items()
        if driver
    }


def parse_settings(
    texts: Sequence[str], inputs: Inputs, origin: str, outcomes: Mapping[str, str] | None = None
) -> tuple[Setting, ...]:
    """Return the settings that `texts` say; `origin` says who asks (`command line`).

    VALUE replaces (`25%`, `$1.2T`), scales (`x2`) or shifts (`+5pp`, `-100B`). A key is found by
    its title, or a part that only it has, too; the setting's text has it in full. What is one of
    the `outcomes`, each with its title, is none. Raises InputError
    with every problem: an unknown key, a value that does not fit the key's unit, a period that is
    not in the future of the data, two settings that contradict each other.
    """
    keys = known_keys(inputs.assumptions, inputs.drivers)
    last = quarter_of(inputs.data_through) - 1  # the last quarter with data may be unfinished
    settings: list[Setting] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            setting = parse_setting(in_full(text, keys, outcomes or {}), keys, origin)
            check_future(setting, last)
            settings.append(setting)
        except SettingError as error:
            wrong = _constant_set(text, inputs) or error
            subject = f"--set {text}"
            problems.append(Problem(origin, subject, wrong.found, wrong.expected, wrong.hint))
    for setting, wrong in contradictions(settings, keys):
        subject = f"--set {setting.text}"
        problems.append(Problem(origin, subject, wrong.found, wrong.expected, wrong.hint))
    if problems:
        raise InputError(problems)
    return tuple(settings)


def in_full(text: str, keys: Mapping[str, Key], outcomes: Mapping[str, str]) -> str:
    """Return a setting with its key in full where a title or a part of a name says which is meant,
    else as it is. Raises SettingError for what is an outcome."""
    match = _SETTING.match(text.strip())
    if match is None or match["key"].strip() in keys:
        return text
    key = match["key"].strip()
    name = find_key(key, keys, outcomes).name
    if name in outcomes and name not in keys:
        hint = f"What it rests on: forecast why {name}"
        raise SettingError(f"{name}, which is an outcome", "an assumption or driver", hint)
    name = name or find_key(key, keys).name
    return text if name is None else name + text.strip()[match.end("key") :]


def find_key(
    text: str, keys: Mapping[str, Key], outcomes: Mapping[str, str] | None = None
) -> Match:
    """Return which key, or outcome by its title, a text means; drivers come before the others."""
    drivers = [name for name, key in keys.items() if key.is_driver]
    return find(text, {**(outcomes or {}), **{n: k.title for n, k in keys.items()}}, drivers)


def date_of(setting: Setting, keys: Mapping[str, Key]) -> str:
    """Return the date of a setting: the last quarter for a year that means it, empty for none."""
    if setting.period and keys[setting.key].year_end:
        return label(quarter(setting.period))
    return setting.period


def in_force(settings: Sequence[Setting], keys: Mapping[str, Key]) -> tuple[Setting, ...]:
    """Return the settings that count, in order: of a key at a date the last one; and a value that
    holds from now on puts aside what others, such as a scenario, have said of its key before."""
    chosen: dict[tuple[str, str], Setting] = {}
    for setting in settings:
        if not setting.period and setting.operation == "replace":
            chosen = {
                place: each
                for place, each in chosen.items()
                if each.key != setting.key or each.origin == setting.origin
            }
        place = (setting.key, date_of(setting, keys))
        chosen.pop(place, None)
        chosen[place] = setting
    return tuple(chosen.values())


def contradictions(
    settings: Sequence[Setting], keys: Mapping[str, Key]
) -> list[tuple[Setting, SettingError]]:
    """Return each setting that says otherwise than an earlier one of its key at its date, with what
    is wrong; to say the same twice is no contradiction."""
    first: dict[tuple[str, str], Setting] = {}
    found = []
    for setting in settings:
        earlier = first.setdefault((setting.key, date_of(setting, keys)), setting)
        same = math.isclose(earlier.value, setting.value, rel_tol=_SAME)
        if earlier.operation != setting.operation or not same:
            hint = ""
            if earlier.period != setting.period:
                hint = f"A year of {setting.key} means its last quarter."
            expected = "one value for a key at a date"
            found.append(
                (setting, SettingError(f"a contradiction of {earlier.text}", expected, hint))
            )
    return found


class SettingError(ValueError):
    """A setting that cannot be understood; whoever knows its place makes a Problem of it."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.hint = found, expected, hint


def parse_setting(text: str, keys: Mapping[str, Key], origin: str) -> Setting:
    """Return one setting. Raises SettingError."""
    match = _SETTING.match(text.strip())
    if not match or not match["key"].strip() or not match["value"].strip():
        raise SettingError(f"{text!r}", _FORM)
    name, value = match["key"].strip(), match["value"].strip()
    if name not in keys:
        raise _unknown_key(name, value, keys)
    key = keys[name]
    period = (match["period"] or "").strip()
    if match["period"] is not None:
        _check_period(name, period, key)
    operation, number = _parse_change(value, key.unit)
    return Setting(name, period.upper(), operation, number, text.strip(), origin)


def _unknown_key(name: str, value: str, keys: Mapping[str, Key]) -> SettingError:
    """Say what was probably meant and, if the value would not fit that either, say so too."""
    match = find_key(name, keys)
    hint = match.hint
    nearest = did_you_mean(name, keys, show=1).removeprefix("Did you mean ").removesuffix("?")
    if nearest:
        try:
            _parse_change(value, keys[nearest].unit)
        except SettingError as error:
            hint = f"{hint} Also: {error.hint or error.found}"
    found = match.found("no assumption or driver of this name")
    return SettingError(found, "a known name", hint or "forecast assumptions list")


def _constant_set(text: str, inputs: Inputs) -> SettingError | None:
    """Return what is wrong with setting a constant of the money group, None if it is none."""
    match = _SETTING.match(text.strip())
    constant = inputs.money.get(match["key"].strip()) if match else None
    if constant is None:
        return None
    hint = f"The paths of money are drawn with it before settings; it stands in {constant.file}."
    return SettingError("a constant of the money group", "an assumption or driver", hint)


def _check_period(name: str, period: str, key: Key) -> None:
    try:
        quarter(period)
    except ValueError as error:
        raise SettingError(str(error), "a year (2028) or a quarter (2028Q4)") from error
    if not key.dated:
        hint = f"{name} does not change with time: leave out @{period}."
        raise SettingError(f"a period, {period}", "no period", hint)


def check_future(setting: Setting, last: int) -> None:
    """Raise SettingError if a setting's period is not after the quarter of the last observation."""
    if setting.period and quarter(setting.period) <= last:
        raise SettingError(
            f"the period {setting.period}", f"a period after {label(last)}", HISTORY_STAYS
        )


def _parse_change(text: str, unit: str) -> tuple[Operation, float]:
    """Return what a value does, and the number: a factor for `scale`, else in `unit`."""
    if match := _SCALE.match(text):
        return "scale", _parse_factor(match["factor"], text)
    if text[0] in "+-−":
        return "shift", (1.0 if text[0] == "+" else -1.0) * _parse_step(text[1:].strip(), unit)
    _check_size(text, unit)
    try:
        return "replace", parse_value(text, unit)
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
