"""Changes that a person asks for: `KEY[@PERIOD]=VALUE`, on the command line or in a scenario."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Assumption, Driver, Inputs, Setting
from forecast.inputs.setting_values import SettingError, parse_change
from forecast.names import Match, find, is_said
from forecast.periods import label, quarter, quarter_of

_SETTING = re.compile(r"^(?P<key>[^@=]*)(?:@(?P<period>[^=]*))?=(?P<value>.*)$")
SHOWN = 4  # keys that a message lists
_SAME = 1e-9  # 1.93% and 0.0193 differ by rounding alone
_FORM = "KEY=VALUE or KEY@PERIOD=VALUE, such as agent_penetration@2028=25%"
_Place = tuple[str, str, bool]
HISTORY_STAYS = "History does not move; set a later period."


@dataclass(frozen=True)
class Key:
    """What a setting may change: its unit, whether it changes with time, and whether a year stands
    for its last quarter (stocks, shares) and not for its sum or mean."""

    unit: str
    dated: bool
    year_end: bool = True
    title: str = ""
    is_driver: bool = False


@dataclass(frozen=True)
class Computed:
    """What the model computes, so that no setting changes it: a title, whether it is a published
    outcome, and the keys that it rests on through the fewest steps."""

    title: str
    is_outcome: bool
    rests_on: tuple[str, ...]

    def refusal(self, name: str) -> SettingError:
        """Return what is wrong with setting it."""
        expected = "an assumption or driver"
        if self.is_outcome:
            hint = f"What it rests on: forecast why {name}"
            return SettingError(f"{name}, which is an outcome", expected, hint)
        rest = len(self.rests_on) - SHOWN
        more = f", and {rest} more" if rest > 0 else ""
        hint = f"It rests on {', '.join(self.rests_on[:SHOWN])}{more}." if self.rests_on else ""
        return SettingError(f"{name}, which is computed", expected, hint)


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
    texts: Sequence[str],
    inputs: Inputs,
    origin: str,
    computed: Mapping[str, Computed] | None = None,
) -> tuple[Setting, ...]:
    """Return the settings that `texts` say; `origin` says who asks (`command line`).

    VALUE replaces (`25%`, `$1.2T`, `=-0.5`), scales (`x2`), shifts (`+5pp`, `-100B`) or delays
    (`delay-1y`). A key is found by its title, or a part that only it has, too; the setting's text
    has it in full. What is `computed` is none. Raises InputError with every problem: an unknown
    key, a value that does not fit the key's unit, a period that is not in the future of the data,
    two settings that contradict each other.
    """
    keys = known_keys(inputs.assumptions, inputs.drivers)
    last = quarter_of(inputs.data_through) - 1  # the last quarter with data may be unfinished
    settings: list[Setting] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            setting = parse_setting(in_full(text, keys, computed or {}), keys, origin)
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


def in_full(text: str, keys: Mapping[str, Key], computed: Mapping[str, Computed]) -> str:
    """Return a setting with its key in full where a title or a part of a name says which is meant,
    else as it is.

    Raises SettingError for the whole name of what is computed, of which another name may well be
    a part, and for a part of an outcome's.
    """
    match = _SETTING.match(text.strip())
    if match is None or match["key"].strip() in keys:
        return text
    key = match["key"].strip()
    if not any(_is_named(key, name, each.title) for name, each in keys.items()):
        for other, each in computed.items():
            if other not in keys and _is_named(key, other, each.title):
                raise each.refusal(other)
    is_dated = bool(match["period"]) or match["value"].strip().lower().startswith("delay")
    outcomes = {name: each.title for name, each in computed.items() if each.is_outcome}
    name = find_key(key, keys, outcomes, is_dated=is_dated).name
    if name in outcomes and name not in keys:
        raise computed[name].refusal(name)
    name = name or find_key(key, keys, is_dated=is_dated).name
    return text if name is None else name + text.strip()[match.end("key") :]


def _is_named(text: str, name: str, title: str) -> bool:
    """Return whether a text has the words of a name or title, all of them and no other."""
    return any(is_said(each, text) and is_said(text, each) for each in (name, title))


def find_key(
    text: str,
    keys: Mapping[str, Key],
    outcomes: Mapping[str, str] | None = None,
    *,
    is_dated: bool = False,
) -> Match:
    """Return which key, or outcome by its title, a text means: drivers come before the others, and
    where it `is_dated` (set at a period, or delayed) what changes with time before what does not.
    """
    titles = {**(outcomes or {}), **{name: key.title for name, key in keys.items()}}
    match = find(text, titles, [name for name, key in keys.items() if key.is_driver])
    if match.name or not is_dated:
        return match
    return find(text, titles, [name for name, key in keys.items() if key.dated])


def date_of(setting: Setting, keys: Mapping[str, Key]) -> str:
    """Return the date of a setting: the last quarter for a year that means it, empty for none."""
    if setting.period and keys[setting.key].year_end:
        return label(quarter(setting.period))
    return setting.period


def _place(setting: Setting, keys: Mapping[str, Key]) -> _Place:
    """Return where a setting stands: its key, its date, and whether it delays, which it may beside
    what says a value."""
    return setting.key, date_of(setting, keys), setting.operation == "delay"


def in_force(settings: Sequence[Setting], keys: Mapping[str, Key]) -> tuple[Setting, ...]:
    """Return the settings that count, in order: of a key at a date the last one, beside a delay of
    it; and a value that holds from now on puts aside what others, such as a scenario, have said of
    its key before."""
    chosen: dict[_Place, Setting] = {}
    for setting in settings:
        if not setting.period and setting.operation == "replace":
            chosen = {
                place: each
                for place, each in chosen.items()
                if each.key != setting.key or each.origin == setting.origin
            }
        place = _place(setting, keys)
        chosen.pop(place, None)
        chosen[place] = setting
    return tuple(chosen.values())


def contradictions(
    settings: Sequence[Setting], keys: Mapping[str, Key]
) -> list[tuple[Setting, SettingError]]:
    """Return each setting that says otherwise than an earlier one of its key at its date, with what
    is wrong; to say the same twice is no contradiction."""
    first: dict[_Place, Setting] = {}
    found = []
    for setting in settings:
        earlier = first.setdefault(_place(setting, keys), setting)
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
    operation, number = parse_change(value, key.unit)
    if operation == "delay" and not key.dated:
        hint = f"{name} does not change with time, so nothing of it comes later."
        raise SettingError(value, f"a value in {key.unit}", hint)
    return Setting(name, period.upper(), operation, number, text.strip(), origin)


def _unknown_key(name: str, value: str, keys: Mapping[str, Key]) -> SettingError:
    """Say what was probably meant and, if the value would not fit that either, say so too."""
    match = find_key(name, keys)
    hint = match.hint
    nearest = did_you_mean(name, keys, show=1).removeprefix("Did you mean ").removesuffix("?")
    if nearest:
        try:
            parse_change(value, keys[nearest].unit)
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
