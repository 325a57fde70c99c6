"""Units, and the ways people write a quantity: $350B, 40%, <5%, ~1T, 180-190B, $400B+, 21 GW."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from forecast.multiples import split_unit

Scale = Literal["log", "logit", "linear"]
Qualifier = Literal["eq", "approx", "lt", "gt", "range"]


@dataclass(frozen=True)
class Unit:
    """A unit and the space its quantities live in: log (positive), logit (share), linear."""

    name: str
    scale: Scale
    meaning: str


_MONEY = {
    "USD": "US dollars, nominal",
    "KRW": "Korean won, nominal",
    "TWD": "New Taiwan dollars, nominal",
    "EUR": "euros, nominal",
    "GBP": "pounds sterling, nominal",
    "JPY": "Japanese yen, nominal",
    "CNY": "Chinese yuan (RMB), nominal",
    "INR": "Indian rupees, nominal",
    "CHF": "Swiss francs, nominal",
    "CAD": "Canadian dollars, nominal",
    "AUD": "Australian dollars, nominal",
    "SEK": "Swedish kronor, nominal",
    "NOK": "Norwegian kroner, nominal",
    "DKK": "Danish kroner, nominal",
    "PLN": "Polish zlotys, nominal",
    "CZK": "Czech korunas, nominal",
    "ILS": "Israeli shekels, nominal",
    "BRL": "Brazilian reais, nominal",
    "MXN": "Mexican pesos, nominal",
    "HKD": "Hong Kong dollars, nominal",
    "SGD": "Singapore dollars, nominal",
    "NZD": "New Zealand dollars, nominal",
    "AED": "dirhams of the United Arab Emirates, nominal",
    "SAR": "Saudi riyals, nominal",
}
_LOG_UNITS = {
    **_MONEY,
    **{
        f"{money}/Wh": f"{meaning.removesuffix(', nominal')} for one watt-hour"
        for money, meaning in _MONEY.items()
    },
    "USD/year": "US dollars a year",
    "USD/H100e": "US dollars for one H100-equivalent",
    "USD/H100e-hour": "US dollars for one H100-equivalent running one hour",
    "USD/user/year": "US dollars for one user in a year",
    "USD/agent/year": "US dollars for one agent in a year",
    "USD/agent-hour": "US dollars for one agent working one hour",
    "USD/chip-hour": "US dollars for one accelerator running one hour",
    "USD/tokens": "US dollars for one token",
    "USD/W": "US dollars for one watt",
    "H100e": "dense 8-bit operations per second over 1,979e12",
    "H100e/year": "H100-equivalents a year",
    "H100e/MW": "H100-equivalents for one megawatt",
    "FLOP": "floating-point operations",
    "FLOP/s": "floating-point operations per second",
    "W": "watts",
    "W/year": "watts a year",
    "W/H100e": "watts for one H100-equivalent",
    "Wh": "watt-hours",
    "tokens": "tokens, input and output",
    "tokens/day": "tokens a day",
    "tokens/hour": "tokens an hour",
    "tokens/J": "tokens for one joule",
    "tokens/H100e-hour": "tokens from one H100-equivalent in one hour",
    "H100e-hour/tokens": "hours of one H100-equivalent for one token",
    "tokens/s": "tokens a second",
    "requests/day": "requests a day",
    "messages/day": "messages a day",
    "tasks/day": "tasks a day",
    "hours/day": "hours a day",
    "hours/year": "hours a year, for one seat",
    "users": "people who use the service in a week",
    "people": "people",
    "chips": "accelerators",
    "parameters": "parameters active for one token",
    "runs": "training runs",
    "units": "devices or machines",
    "runs/year": "training runs a year",
    "ratio": "one quantity over another",
    "quarters": "quarters of a year",
    "years": "years",
    "wafers": "wafers",
    "wafers/month": "wafers a month",
    "count": "things counted: deals, agents, robots",
    "hours": "hours",
    "bytes/year": "bytes of memory a year",
    "bytes/H100e": "bytes of memory for one H100-equivalent",
    "wafers/year": "packaged wafers a year",
    "H100e/wafer": "H100-equivalents from one packaged wafer",
    "Wh/year": "watt-hours a year",
}
_LINEAR_UNITS = {
    "log/year": "natural logarithm a year: 0.69 doubles in a year, -0.69 halves",
    "log": "natural logarithm of a ratio",
    "year": "a date as a year and its fraction",
    "deviations": "standard deviations of a factor without a scale of its own",
}
UNITS: dict[str, Unit] = {
    **{name: Unit(name, "log", meaning) for name, meaning in _LOG_UNITS.items()},
    **{name: Unit(name, "linear", meaning) for name, meaning in _LINEAR_UNITS.items()},
    "share": Unit("share", "logit", "a share, 0 to 1"),
}
NAMES = frozenset(UNITS)
_NAMES_AND_STEMS = NAMES | {name.split("/", maxsplit=1)[0] for name in UNITS}

MONEY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR"}
MONEY = frozenset(_MONEY)
_SIGNS = "".join(MONEY_SIGNS)

_WHOLE = r"(?:\d{1,3}(?:[,_]\d{3})+(?!\d)|\d+)"
_NUMBER = rf"[+-]?(?:{_WHOLE}(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{{1,4}})?"
_VALUE = re.compile(rf"^(?P<sign>[{_SIGNS}])?\s*(?P<number>{_NUMBER})\s*(?P<tail>.*)$")
_WORDS_BELOW = ("less than", "under", "below", "up to", "at most", "nearly", "almost")
_WORDS_ABOVE = ("more than", "over", "above", "at least")
_WORDS_ABOUT = ("about", "around", "approximately", "roughly", "circa", "ca.")


def parse_value(text: str | float | int, unit: str) -> float:
    """Return the number that `text` says, in `unit`.

    Accepts plain numbers, `$` with money, `%` with shares, magnitudes (k, M, B, T or spelled out),
    SI prefixes on watts and FLOP, and the unit itself as a suffix. Raises ValueError, with what was
    expected, when the text says something else or a share lies outside 0 to 1.
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    if isinstance(text, bool):
        raise ValueError("a yes or no is not a quantity")
    value = float(text) if isinstance(text, int | float) else _parse_text(text, unit)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite number")
    if unit == "share" and not 0.0 <= value <= 1.0:
        said, hint = f"{text} would be {value:,.0%}", ""
        if "%" in str(text):
            said = f"{text} is {value:g}"
        elif 1.0 < value <= 100.0:
            hint = f" Write {value:g}% or {value / 100:g}."
        raise ValueError(f"{said}; a share lies between 0 and 1.{hint}")
    if UNITS[unit].scale == "log" and value < 0.0:
        raise ValueError(f"{text} is negative; {unit} cannot be")
    return value


def _parse_text(text: str, unit: str) -> float:
    match = _VALUE.match(" ".join(text.replace("−", "-").split()))
    if not match:
        raise ValueError(f"{text!r} is not a number")
    if match["sign"] and not unit.startswith(MONEY_SIGNS[match["sign"]]):
        raise ValueError(f"{text!r} is money, but the unit is {unit}")
    number = Decimal(match["number"].replace(",", "").replace("_", ""))
    tail = match["tail"].strip()
    if match["sign"]:  # $350B/year, as pages write it
        tail = tail.removesuffix(unit.removeprefix(MONEY_SIGNS[match["sign"]]))
    return float(number * _factor(tail, unit, text))


def _factor(tail: str, unit: str, text: str) -> Decimal:
    """Return what the letters after a number multiply it by."""
    if not tail:
        return Decimal(1)
    not_understood = f"{text!r} does not read as {unit}: {tail!r} is not understood"
    try:
        stated, factor = split_unit(tail, _NAMES_AND_STEMS)
    except ValueError as error:
        raise ValueError(not_understood) from error
    if stated == "share" and unit not in {"share", "ratio"}:
        raise ValueError(f"{text!r} is a percentage, but the unit is {unit}")
    # What is a rate may be stated by its numerator alone: $5 of USD/year, 3 GW of W/year.
    if stated not in {"", "share", unit, unit.split("/", maxsplit=1)[0]}:
        raise ValueError(not_understood)
    return factor


@dataclass(frozen=True)
class Reading:
    """An observed value as its source states it.

    `eq` and `approx` carry `value`; `lt` and `gt` carry the bound in `value`; `range` carries
    `value` (the low end) and `high`.
    """

    qualifier: Qualifier
    value: float
    high: float | None = None


def parse_reading(text: str | float | int, unit: str, qualifier: str = "") -> Reading:
    """Return what a source states: `<5%`, `~1T`, `$400B+`, `180-190B`, `up to 40%`, or a number.

    A `qualifier` column (eq, approx, lt, gt) wins over a plain number; ValueError if both speak and
    disagree, or if the text cannot be understood.
    """
    if qualifier and qualifier not in {"eq", "approx", "lt", "gt"}:
        raise ValueError(f"qualifier {qualifier!r} is not eq, approx, lt or gt")
    if isinstance(text, int | float):
        return Reading(_qualifier(qualifier or "eq"), parse_value(text, unit))
    text = " ".join(text.split())
    said, rest = _said_qualifier(text.lower(), text)
    if said == "eq" and (ends := _range_ends(rest, unit)):
        return Reading("range", *ends)
    if qualifier and said not in {"eq", qualifier}:
        raise ValueError(f"{text!r} says {said}, but the qualifier says {qualifier}")
    return Reading(_qualifier(qualifier or said), parse_value(rest, unit))


def _qualifier(text: str) -> Qualifier:
    result: Qualifier = "eq"
    for known in ("approx", "lt", "gt", "range"):
        if text == known:
            result = known
    return result


def _said_qualifier(words: str, text: str) -> tuple[str, str]:
    """Split what is said about a number from the number itself."""
    for prefixes, said in (
        (("<", "≤", *_WORDS_BELOW), "lt"),
        ((">", "≥", *_WORDS_ABOVE), "gt"),
        (("~", "≈", *_WORDS_ABOUT), "approx"),
    ):
        for prefix in prefixes:
            if words.startswith(prefix):
                return said, text[len(prefix) :].lstrip(" =")
    return ("gt", text[:-1]) if text.endswith("+") else ("eq", text)


def _range_ends(text: str, unit: str) -> tuple[float, float] | None:
    """Return both ends of `180-190B` or `$1.1T to $1.3T`, None if the text is no range."""
    parts = re.split(rf"\s*(?:–|—|\bto\b|(?<=[\d%A-Za-z])-(?=[\d{_SIGNS}]))\s*", text)
    parts = [part for part in parts if part]
    if len(parts) != 2 or re.search(r"[eE]$", parts[0]):
        return None
    first = re.match(rf"^[{_SIGNS}]?\s*{_NUMBER}\s*(.*)$", parts[0])
    second = re.match(rf"^[{_SIGNS}]?\s*{_NUMBER}\s*(.*)$", parts[1])
    if first and second and not first[1]:
        parts[0] += second[1]
    low, high = parse_value(parts[0], unit), parse_value(parts[1], unit)
    if low > high:
        raise ValueError(f"{text!r} runs from high to low")
    return low, high
