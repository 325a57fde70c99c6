"""The unit that a header, a label or a title states: Capex (USD million), value_usd_bn, in %."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from forecast.multiples import split_unit
from forecast.units import MONEY, NAMES

_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]+)[)\]）】]")
_ASIDE = re.compile(
    r"^\W*(?:units?\b|values\b|figures\b|amounts\b|in\b|all\b|[単单][位]|단위)|[(\[].*\bin\b|\(\$|\(US",
    re.I,
)
_IN = re.compile(r"(?:\b(?:in|unit:)\s+|(?:[単单]位|단위)\s?[:：]\s?)([^,;:()（）]+)", re.I)
_FOREIGN_IN = re.compile(r"^(?:in|en|em|i) ", re.I)
_CODE = re.compile(r"^(?:P[CT](?:_\w+)?|PERCENT\w*)$")  # per cent, as offices of statistics code it
_SIGN = re.compile(r"(?<![\w$])(?:US)?\$\s?(?:k|m|mn|b|bn|t|tn)\b", re.I)
# Money that is no unit here is no reason to take a magnitude beside it for dollars: a sign of two
# countries, and dollars of one year's worth.
_NO_UNIT = re.compile(
    r"¥|(?<![币幣][億萬千])(?<![币幣]百萬)(?<=[億萬千])元"
    r"|\b(?:THB|ZAR|TRY|MYR|IDR|PHP|VND|HUF|RON|RUB|UAH|KZT|CLP|COP|ARS|EGP|QAR|KWD|PPP)\b"
    r"|\b(?:constant|chained|real|PPP)\b(?:[^,;()]|\(\d{4}\))*(?:\$|\bUSD|dollars?)"
    r"|(?:US ?\$|\bUSD|dollars?)[^;()]*\b(?:constant|chained|PPP)\b[^;()]*"
    r"|\b[kMGTPE]J\b|\b(?:kilo|mega|giga|tera|peta|exa)joules?\b",
    re.I,
)
_LONGEST = 1000  # letters of a text that states a unit
_EXCEPT = re.compile(r",? except\b[^,()]*")  # in thousands except per share amounts, USD
_PER_UNKNOWN = re.compile(r"[$€£¥]\s?(?:/|per\b)", re.I)  # money for one of what nobody knows
_PER_CENT = re.compile(
    r"(?:^|[_\s])(?:pct|perc|percent(?:age)?)$|%$|^(?:pct|percent(?:age)?)[_\s](?!points?\b)"
    r"|^(?:%|porcentaje|pourcentage|percentuale) (?:of|del?|des|du|der|di|van|av|af)\b"
    r"|\(% (?:who|that|with|using|yes|answering|saying|agreeing|reporting|selecting)\b",
    re.I,
)
_EMPLOYEES = re.compile(r"^(?:all )?employees,? (?:\(|in )*thousands\b", re.I)
_RELATIVE = re.compile(
    r"share|ratio|rate|\b(?:per|je|pro)\b|percent|growth|change|proportion", re.I
)
# Behind what is counted: Tokens processed, GW installed; no cost of them.
_DONE = re.compile(
    r"[ _](?:processed|served|generated|produced|shipped|sold|delivered|deployed|installed|consumed"
    r"|used|spent|invested|raised)$",
    re.I,
)
_MONEY_FOR = re.compile(
    r"cost|price|spend|revenue|capex|value|expenditure|investment|sales|income", re.I
)
_PER = re.compile(" (?:per|je|pro) ")
# A word that alone is too little: a column named "years", "hours" or "units" may be anything.
_LENGTHS = {"year", "years", "quarter", "quarters", "log"}
_COMMON = {*_LENGTHS, "count", "ratio", "unit", "units", "runs", "hours"}
_HUNDREDTHS = {"USD": "cents", "EUR": "euro cents", "GBP": "pence", "SEK": "öre"}
POWERS = {
    0: "", 3: "thousand ", 6: "million ", 9: "billion ", 12: "trillion ", 15: "quadrillion ",
    18: "quintillion ", 21: "sextillion ",
}  # fmt: skip


@lru_cache(maxsize=4096)
def stated_unit(text: str) -> str:
    """Return the unit that a text is, in plain words (`million USD`); "" if it is none."""
    text = text.strip()
    if _CODE.match(text) or re.match(r"percentage\b", text, re.I):
        return "%"
    found = _split(text)
    return written(*found) if found and found[0] else ""


@lru_cache(maxsize=65536)  # a name stands beside many figures
def unit_in(text: str) -> str:
    """Return the unit that a head or a title names; "" if it names none.

    A magnitude alone, as in "(in millions)", is `million`.
    """
    if len(text) > _LONGEST:
        return ""
    text = _EXCEPT.sub("", text)
    if other := _NO_UNIT.search(text):
        known = unit_in(text.replace(other[0], " USD "))
        return f"{known.replace('USD', '').strip()} {other[0].strip()}".strip()
    if _PER_CENT.search(text):
        return "%"
    if len(sentences := re.split(r"(?<!\b[A-Z])[.;]\s+(?=[A-Z])", text)) > 1:
        return joined(map(unit_in, sentences))  # Currency in USD. All numbers in thousands.
    brackets = [part for inner in _BRACKETS.findall(text) for part in (inner, *inner.split(","))]
    behind = [part for found in _IN.findall(text) for part in (found, found.split(". ")[0])]
    parts = [*brackets, *behind, *_SIGN.findall(text), *_whole_parts(text)]
    parts.extend(_last_words(text))
    unit, magnitude = _first_unit(parts)
    if not unit and magnitude and brackets:
        unit = _counted(_BRACKETS.sub("", text))
    if not unit and not magnitude:
        unit = _done(text)
    if not unit and _EMPLOYEES.match(text):
        unit = "people"
    if unit or magnitude:
        return f"{magnitude} {unit}".strip()
    return next((part for part in brackets if _PER_UNKNOWN.search(part)), "")


def _first_unit(parts: Iterable[str]) -> tuple[str, str]:
    """Return the first unit among parts of a text and, where it is none or money without one, the
    first magnitude: in thousands, USD."""
    magnitude = money = ""
    for part in parts:
        found = _split(_FOREIGN_IN.sub("", part.strip()))
        if found and found[0] in MONEY and found[1] == 1:
            money = money or found[0]
        elif found and found[0]:
            return written(*found), ""
        elif found and not magnitude and found[1] > 1 and len(part.strip()) > 2:
            magnitude = written(*found)
    return money, magnitude


def _counted(text: str) -> str:
    """Return the unit among the words of a head: Weekly active users, Tokens processed; "" if there
    are several, or none."""
    words = [*_last_words(text), *text.split()]
    named = {found[0] for word in words if (found := _named(word)) and found[1] == 1}
    return named.pop() if len(named) == 1 else ""


def _done(text: str) -> str:
    """Return the unit before what was done with it or is said of it in brackets: tokens_processed,
    GW installed, Capex USD m (cash); "" if none."""
    plain = _DONE.sub("", _BRACKETS.sub("", text).strip())
    if plain == text or _RELATIVE.search(plain):
        return ""
    found = (_split(end) for end in _last_words(plain) if len(end) > 1)
    unit = next((each for each in found if each and each[0]), None)
    is_price = unit and unit[0] not in MONEY and _MONEY_FOR.search(plain)
    return written(*unit) if unit and not is_price else ""


def _named(word: str) -> tuple[str, Decimal] | None:
    return None if word.lower() in _COMMON else _split(word)


def _whole_parts(text: str) -> list[str]:
    """Return a text, its parts between commas and its sentences, without common words."""
    parts = text.split(",") if "," in text else []
    parts += re.split(r"[;,]|\.\s(?=[A-Z])", text) if re.search(r"[;.]\s", text) else []
    return [part for part in (text, *parts) if part.strip(" .:").lower() not in _COMMON]


def unit_of_aside(text: str) -> str:
    """Return the unit that a line beside a table states, such as `Unit: USD billion` or `($ in
    millions)`; "" for any other text."""
    return unit_in(text) if len(text) <= _LONGEST and _ASIDE.search(text) else ""


@lru_cache(maxsize=4096)
def without_unit(text: str) -> str:
    """Return a head without the unit that it states in brackets or behind a comma."""
    plain = _BRACKETS.sub(lambda match: "" if _split(match[1].strip()) else match[0], text).strip()
    plain = _IN.sub(lambda match: "" if _split(match[1].strip()) else match[0], plain).strip()
    before, comma, last = plain.rpartition(",")
    if comma and _split(last.strip()):
        plain = before.strip()
    for end in _last_words(plain):
        found = _split(end)
        is_letter = len(end) == 1 and plain.endswith(f" {end}") and found and not found[0]  # Fab B
        if (
            found
            and (found[1] != 1 or found[0] == "USD")
            and not is_letter
            and len(end) < len(plain)
        ):
            return plain[: -len(end)].strip(" _")
    return plain


def joined(units: Iterable[str]) -> str:
    """Return a unit from what several places say, the nearest first; a magnitude alone multiplies
    a unit that has none."""
    name, power = "", ""
    for unit in units:
        found = _split(unit) if unit else None
        if found is None:
            name = name or unit
        elif not found[0]:
            power = power or unit
        elif not name or (name == found[0] and found[1] != 1):
            name = unit
            if found[1] != 1:
                return name
    return f"{power} {name}".strip()


def how_many(unit: str) -> str:
    """Return the magnitude before a name that is no unit; a unit as it is."""
    if _split(unit) is not None:
        return unit
    words = unit.split()
    starts = (" ".join(words[:count]) for count in (2, 1) if len(words) > count)
    return next((start for start in starts if is_magnitude(start)), unit)


def is_magnitude(unit: str) -> bool:
    """Return whether a text names no unit, or only how many of one: `million`."""
    found = _split(unit)
    return not unit or (found is not None and not found[0])


def is_unit(text: str) -> bool:
    """Return whether a text is a unit that is known, or a magnitude."""
    return bool(text) and _split(text) is not None


@lru_cache(maxsize=4096)
def may_be_money(unit: str) -> bool:
    """Return whether a unit is money in any multiple, or states none."""
    return not unit or any(multiple_of(unit, money) is not None for money in MONEY)


def multiple_of(stated: str, unit: str) -> Decimal | None:
    """Return which multiple of a unit's base a text states, None if it states another or none."""
    found, base = _split(stated), _split(unit)
    if found is None or base is None or found[0] not in {"", base[0]}:
        return None
    return found[1]


def written(name: str, factor: Decimal) -> str:
    """Return a unit in plain words: `million USD`, `%`, `billion W`."""
    if name == "share" and factor != 1:
        return "%"
    power = factor.adjusted()
    above, slash, below = name.partition("/")
    if power < 0 and slash:
        counted = {0: "", 1: "10 ", 2: "100 "}[power % 3]
        return f"{counted}{above}/{POWERS[power % 3 - power]}{below}"
    if power == -2 and name in _HUNDREDTHS:
        return _HUNDREDTHS[name]
    if power in POWERS:
        return f"{POWERS[power]}{name}".strip()
    return f"{10 ** (power % 3)} {POWERS[power - power % 3]}{name}".strip()


def _last_words(text: str) -> list[str]:
    """Return the last words of a head that may be its unit: `capex_usd_bn`, `Capex $B`, `%`."""
    words = text.replace("_", " ").split()
    ends = [" ".join(words[-count:]) for count in (5, 4, 3, 2, 1) if len(words) >= count]
    if len(words) > 1 and _RELATIVE.search(" ".join(words)):
        return [end for end in ends if _PER.search(end)]  # price_usd_per_gpu_hour
    return [end for end in ends if end.strip(" .:").lower() not in _COMMON]


@lru_cache(maxsize=65536)
def _split(text: str) -> tuple[str, Decimal] | None:
    if not text:
        return None
    try:
        return split_unit(text, NAMES)
    except ValueError:
        return None
