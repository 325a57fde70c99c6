"""Units in any multiple, as people write them: GW, petaFLOP, $M, USD million, in billions, %."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

MAGNITUDES = {
    "k": 3, "thousand": 3, "thousands": 3, "'000": 3, "000s": 3, "tsd": 3,
    "m": 6, "mn": 6, "mm": 6, "mln": 6, "mio": 6, "million": 6, "millions": 6, "millionen": 6,
    "b": 9, "bn": 9, "bln": 9, "mrd": 9, "md": 9, "mds": 9, "milliards": 9, "billion": 9,
    "billions": 9,
    "t": 12, "tn": 12, "trn": 12, "trillion": 12, "trillions": 12,
    "q": 15, "quadrillion": 15, "quadrillions": 15, "quintillion": 18, "sextillion": 21,
}  # fmt: skip
_SYMBOLS = {"k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21}
_NAMES = {"kilo": 3, "mega": 6, "giga": 9, "tera": 12, "peta": 15, "exa": 18, "zetta": 21}
# What takes a prefix: its symbol, and how it is written out.
_PREFIXED = {
    "W": ("W", "watts"),
    "Wh": ("Wh", "watt-hours"),
    "FLOP": ("FLOP", "FLOPs"),
    "FLOP/s": ("FLOPS", "FLOP/s"),
    "bytes": ("B", "bytes"),
}
_OTHER_NAMES = (
    (r"u\.?s\.? ?\$|u\.?s\.? dollars?|nominal usd|current usd|dollars?(?! per)", "USD"),
    (r"nt\$|new taiwan dollars?|ntd", "TWD"),
    (r"₩|korean won|won", "KRW"),
    (r"€|euros?|eur", "EUR"),
    (r"£|pounds? sterling|gbp", "GBP"),
    (r"japanese yen|yen|jpy", "JPY"),
    (r"rmb|renminbi|chinese yuan|yuan|cn¥|cny", "CNY"),
    (r"₹|indian rupees?|inr", "INR"),
    (r"swiss francs?|chf|sfr", "CHF"),
    (r"c(?:a|dn)?\$|canadian dollars?|cad", "CAD"),
    (r"au?\$|australian dollars?|aud", "AUD"),
    (r"swedish kronor|sek", "SEK"),
    (r"\$", "USD"),
    (r"persons|individuals", "people"),
    (r"per ?cent(age)?|pct|percentages?", "%"),
)
_BEFORE_SIGN = re.compile(r"(?<![A-Za-z])(k|mn?|mio|mln|b|bn|t|tn|mrd|mds?)\.? ?([$€£₩])$", re.I)
_PER_CENT = {"%", "share in %"}
_LONGEST = 60  # letters of a unit
_FILLERS = {"in", "of", "current", "nominal", "and"}


@lru_cache(maxsize=1024)
def split_unit(text: str, known: frozenset[str]) -> tuple[str, Decimal]:
    """Return the unit that a text names, "" if only a magnitude, and what multiplies it.

    `share` in per cent has the factor 0.01. Raises ValueError for a text that names no unit.
    """
    plain = " ".join(text.replace("\u00a0", " ").split()).strip("()[] ,.")
    if len(plain) > _LONGEST:
        raise ValueError(f"{plain[:_LONGEST]}… is no unit that is known")
    if plain in known:
        return plain, Decimal(1)
    for per in (" per ", " a "):
        plain = plain.replace(per, "/")
    plain = plain.replace("US dollars", "USD")
    # The magnitude may stand before the sign of money: M$, Mrd. €.
    rest, power = _BEFORE_SIGN.sub(r"\1 \2", plain), 0
    for pattern, name in _OTHER_NAMES:
        rest = re.sub(
            rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z]{{3}})", f" {name} ", rest, flags=re.I
        )
        rest = re.sub(r"\bUSD\s+USD\b", "USD", rest)
    if re.match(r"\s*%\s+of\b", rest):
        return "share", Decimal("0.01")
    words = [word.rstrip(".") for word in rest.replace(",", " ").split()]
    words = [word for word in words if word.lower() not in _FILLERS]
    names: list[str] = []
    for word in words:
        if word.lower() in MAGNITUDES and not power:
            power = MAGNITUDES[word.lower()]
        else:
            names.append(word)
    name = " ".join(names).replace(" /", "/").replace("/ ", "/")
    if not name and words:
        return "", Decimal(10) ** power
    unit, own = _known_unit(name, known)
    if own is None:
        raise ValueError(f"{text!r} is no unit that is known")
    return unit, own.scaleb(power)


def _known_unit(name: str, known: frozenset[str]) -> tuple[str, Decimal | None]:
    """Return a unit by one of its names, with its prefix as a factor; None where it is none."""
    if name in _PER_CENT:
        return "share", Decimal("0.01")
    if name in known:
        return name, Decimal(1)
    folded = {each.lower(): each for each in known}
    for form in (name.lower(), name.lower().rstrip("s"), f"{name.lower()}s"):
        if form in folded:
            return folded[form], Decimal(1)
    stem, slash, per = name.partition("/")
    for base, forms in _PREFIXED.items():
        for form in forms:
            power = _prefix(name if "/" in form else stem, form)
            unit = base if "/" in form or not slash else f"{base}/{per}"
            if power is not None and unit in known:
                return unit, Decimal(10) ** power
    # The numerator may carry a magnitude that is glued to it: MUSD, BUSD.
    if stem[:1] in "kMBT" and stem[1:] + slash + per in known:
        return stem[1:] + slash + per, Decimal(10) ** MAGNITUDES[stem[:1].lower()]
    return "", None


def _prefix(text: str, form: str) -> int | None:
    """Return the power of ten of the prefix that stands before a unit's name, None if none does."""
    for ending in {form, form.rstrip("s"), form.replace("-", "")}:
        start = text[: -len(ending)]
        if re.sub("wh$", "Wh", text).endswith(ending) and (start in _SYMBOLS or not start):
            return _SYMBOLS.get(start, 0)
        if text.lower().endswith(ending.lower()) and start.lower().rstrip(" -") in _NAMES:
            return _NAMES[start.lower().rstrip(" -")]
    return None
