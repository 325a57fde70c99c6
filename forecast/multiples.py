"""Units in any multiple, as people write them: GW, petaFLOP, $M, USD million, in billions, %,
₹ crore, 億円, $/MWh, $ per 1M tokens."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

MAGNITUDES = {
    "k": 3, "thousand": 3, "thousands": 3, "'000": 3, "000s": 3, "tsd": 3,
    "m": 6, "mn": 6, "mm": 6, "mln": 6, "mio": 6, "million": 6, "millions": 6, "millionen": 6,
    "miljoner": 6, "millones": 6, "milhões": 6, "milhoes": 6, "milioni": 6, "miljoen": 6, "mill": 6,
    "млн": 6, "тыс": 3, "tys": 3, "lakh": 5, "lakhs": 5, "lac": 5, "crore": 7, "crores": 7, "cr": 7,
    "천": 3, "백만": 6,
    "千": 3, "万": 4, "萬": 4, "만": 4, "百万": 6, "百萬": 6, "千万": 7, "億": 8, "亿": 8, "억": 8,
    "兆": 12, "조": 12, "万亿": 12, "萬億": 12,
    "b": 9, "bn": 9, "bln": 9, "mrd": 9, "md": 9, "mds": 9, "milliards": 9, "billion": 9,
    "mld": 9, "mia": 9, "miliardi": 9, "miljard": 9, "milliarder": 9, "bilhões": 9, "млрд": 9,
    "billions": 9, "milliarden": 9, "miljarder": 9, "mdr": 9,
    "t": 12, "tn": 12, "trn": 12, "trillion": 12, "trillions": 12,
    "q": 15, "quadrillion": 15, "quadrillions": 15, "quintillion": 18, "sextillion": 21,
}  # fmt: skip
_SYMBOLS = {"k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21}
_NAMES = {"kilo": 3, "mega": 6, "giga": 9, "tera": 12, "peta": 15, "exa": 18, "zetta": 21}
# What takes a prefix: its symbol, and how it is written out.
_PREFIXED = {
    "W": ("W", "watts"),
    "Wh": ("Wh", "watthours"),
    "FLOP": ("FLOP", "FLOPs"),
    "FLOP/s": ("FLOPS", "FLOP/s"),
    "bytes": ("B", "bytes"),
}
_OTHER_NAMES = (
    (
        r"u\.?s\.? ?\$|u\$|u\.?s\.? dollars?|nominal usd|current usd|dollars?(?! per)"
        "|미?달러|米ドル",
        "USD",
    ),
    (r"nt\$|new taiwan dollars?|ntd", "TWD"),
    (r"₩|korean won|won|원", "KRW"),
    (r"euro ?cents?|€ ?cents?", "eurocents"),
    (r"€|euros?|eur", "EUR"),
    (r"£|pounds? sterling|gbp", "GBP"),
    (r"japanese yen|yen|jpy|円", "JPY"),
    (r"rmb|renminbi|chinese yuan|yuan|cn¥|cny|人民[币幣]", "CNY"),
    (r"₹|indian rupees?|inr|rs\.?(?= )", "INR"),
    (r"swiss francs?|chf|sfr", "CHF"),
    (r"c(?:a|dn)?\$|canadian dollars?|cad", "CAD"),
    (r"au?\$|australian dollars?|aud", "AUD"),
    (r"swedish kronor|sek", "SEK"),
    (r"norwegian kroner|nok", "NOK"),
    (r"danish kroner|dkk", "DKK"),
    (r"(?:polish )?z[łl]ot(?:ys?|ych)|zł|pln", "PLN"),
    (r"czech korun(?:as?|y)|kč|czk", "CZK"),
    (r"₪|israeli shekels?|(?-i:NIS|ILS)", "ILS"),
    (r"r\$|brazilian rea(?:is|l)|brl", "BRL"),
    (r"mx\$|mexican pesos?|mxn", "MXN"),
    (r"hk\$|hong kong dollars?|hkd", "HKD"),
    (r"s\$|singapore dollars?|sgd", "SGD"),
    (r"nz\$|new zealand dollars?|nzd", "NZD"),
    (r"uae dirhams?|aed", "AED"),
    (r"saudi riyals?|(?-i:SAR)", "SAR"),
    (r"per ?cent(age)?|pct|percentages?|pro[czs]ent|pourcentages?|porcentajes?|percentuale", "%"),
    (r"(?:u\.?s\.? ?)(?:cents?|¢)|cents|¢", "cents"),
    (r"öre", "öre"),
    (r"\$", "USD"),
    (r"h100[- ]equivalents?|h100[- ]?eq\.?", "H100e"),
    (r"千瓦[时時]", "kWh"),
    (r"千瓦", "kW"),
    (r"persons|individuals|人", "people"),
)
_NAMED = tuple(
    (re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z]{{3}})", re.I), f" {name} ")
    for pattern, name in _OTHER_NAMES
)
_ANY_NAME = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(pattern for pattern, _ in _OTHER_NAMES)})(?![A-Za-z]{{3}})", re.I
)
# How what takes a prefix may end, in small letters without blanks.
_ENDINGS = tuple(
    ending
    for forms in _PREFIXED.values()
    for form in forms
    for ending in (form.lower(), form.lower().rstrip("s"))
)
_BEFORE_SIGN = re.compile(r"(?<![A-Za-z])(k|mn?|mio|mln|b|bn|t|tn|mrd|mds?)\.? ?([$€£₩])$", re.I)
# As companies of Europe head their accounts: T is for thousands. TUSD may be trillions too.
_ACCOUNTED = re.compile(r"^(in )?T ?(?=(?:€|EUR|CHF|SEK|NOK|DKK|PLN|CZK)$)", re.I)
_DOLLARS_TWICE = re.compile(r"\bUSD\s+USD\b")
_HUNDREDTHS = {
    "%": "share", "share in %": "share", "cents": "USD", "eurocents": "EUR", "pence": "GBP",
    "öre": "SEK",
}  # fmt: skip
# One alone is of the dollar or of the euro, which is asked.
_PRICES = ((re.compile(r"\bct/"), "eurocents/"), (re.compile(r"\bp/(?=kWh)"), "pence/"))
_THREE_NOUGHTS = re.compile(r"^(.*[$€£]|[A-Z]{3}) ?'?000s?$")  # $000, as statements head it
_LONGEST = 60  # letters of a unit
_FILLERS = {
    "in", "of", "current", "nominal", "and", "the", "reported", "reporting", "currency", "d'", "en",
}  # fmt: skip
# 100 million JPY, 10 USD/million Wh; no top 100 users.
_COUNTED = re.compile(r"^(10{1,2}) (?=[a-z]*illion|thousand|[A-Z]{3}\b)")
# A magnitude that stands before money or people without a blank.
_GLUED = re.compile("(百万|千万|백만|[万億亿兆천만억조])(?=円|원|人|달러|ドル)")
# Whose 元 they are is said before them, or by simplified signs: 億元 alone may be of Taiwan.
_YUAN = (
    (re.compile("(百[万萬]|千万|[万萬億亿]?)元人民[币幣]"), r"\1 CNY"),
    (re.compile("新[台臺][币幣](百[万萬]|[千万萬億亿]?)元"), r"\1 TWD"),
    (re.compile("人民[币幣](百[万萬]|[千万萬億亿]?)元"), r"\1 CNY"),
    (re.compile("(百万|千万|[万亿])元"), r"\1 CNY"),
)
_CHIP_HOUR = re.compile(r"^(?:gpu|chip|accelerator|tpu)[- ]?(?:hours?|hrs?|h)$", re.I)
_TOKENS = re.compile(r"^([kmb]?)tok(?:en)?s?$", re.I)


@lru_cache(maxsize=1024)
def split_unit(text: str, known: frozenset[str]) -> tuple[str, Decimal]:
    """Return the unit that a text names, "" if only a magnitude, and what multiplies it.

    `share` in per cent has the factor 0.01. Raises ValueError for a text that names no unit.
    """
    plain = " ".join(text.replace("\u00a0", " ").replace("％", "%").split()).strip("()[] ,.")
    if len(plain) > _LONGEST:
        raise ValueError(f"{plain[:_LONGEST]}… is no unit that is known")
    if plain in known:
        return plain, Decimal(1)
    if match := _COUNTED.match(plain):
        unit, factor = split_unit(plain[match.end() :], known)
        return unit, factor * int(match[1])
    plain = _ACCOUNTED.sub("thousand ", _in_blanks(plain))
    if plain == "TUSD":
        raise ValueError("TUSD may be thousand USD or trillion USD")
    if (rate := _rate(plain, known)) is not None:
        return rate
    # The magnitude may stand before the sign of money: M$, Mrd. €.
    rest, power = _BEFORE_SIGN.sub(r"\1 \2", plain), 0
    for pattern, name in _NAMED if _ANY_NAME.search(rest) else ():
        rest = pattern.sub(name, rest)
        rest = _DOLLARS_TWICE.sub("USD", rest)
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


def _in_blanks(text: str) -> str:
    """Return a text of a unit with a slash for `per`, and blanks where other scripts have none."""
    for per in (" per ", " a ", " je ", " pro "):
        text = text.replace(per, "/")
    for sign, written in _PRICES:
        text = sign.sub(written, text)
    text = _THREE_NOUGHTS.sub(r"thousand \1", text)
    for signs, written in _YUAN:
        text = signs.sub(written, text)
    return _GLUED.sub(r"\1 ", text).replace("US dollars", "USD")


def _rate(plain: str, known: frozenset[str]) -> tuple[str, Decimal] | None:
    """Return a unit for one of another, each in its multiple: $/MWh, $m/MW, $/1M tokens."""
    if "/" not in plain:
        return None
    above, _, below = plain.partition("/")
    part, divisor = _part_below(below.strip())
    if not above.strip() or not part:
        return None
    try:
        unit, factor = split_unit(above, known)
    except ValueError:
        return None
    name = f"{unit}/{part}"
    return (name, factor / divisor) if name in known else None


def _part_below(text: str) -> tuple[str, Decimal]:
    """Return the unit for one of which another stands, and which multiple of it is meant."""
    word, _, rest = text.removeprefix("1").strip().partition(" ")
    if rest and word.lower() in MAGNITUDES:
        unit, factor = _part_below(rest)
        return unit, factor.scaleb(MAGNITUDES[word.lower()])
    if _CHIP_HOUR.match(text):
        return "chip-hour", Decimal(1)
    if match := _TOKENS.match(text):
        return "tokens", Decimal(10) ** MAGNITUDES.get(match[1].lower(), 0)
    for unit in ("Wh", "W"):
        for form in _PREFIXED[unit]:
            if (power := _prefix(text, form)) is not None:
                return unit, Decimal(10) ** power
    return text, Decimal(1)


def _known_unit(name: str, known: frozenset[str]) -> tuple[str, Decimal | None]:
    """Return a unit by one of its names, with its prefix as a factor; None where it is none."""
    if name in _HUNDREDTHS:
        return _HUNDREDTHS[name], Decimal("0.01")
    if name in known:
        return name, Decimal(1)
    folded = _folded(known)
    plain = name.lower()
    for form in (plain, plain if plain == "shares" else plain.rstrip("s"), f"{plain}s"):
        if form in folded:
            return folded[form], Decimal(1)
    stem, slash, per = name.partition("/")
    squeezed = plain.replace("-", "").replace(" ", "")
    may_have_prefix = squeezed.endswith(_ENDINGS) or squeezed.partition("/")[0].endswith(_ENDINGS)
    for base, forms in _PREFIXED.items() if may_have_prefix else ():
        for form in forms:
            power = _prefix(name if "/" in form else stem, form)
            unit = base if "/" in form or not slash else f"{base}/{per}"
            if power is not None and unit in known:
                return unit, Decimal(10) ** power
    # The numerator may carry a magnitude that is glued to it: MUSD, BUSD.
    if stem[:1] in "kMBT" and stem[1:] + slash + per in known:
        return stem[1:] + slash + per, Decimal(10) ** MAGNITUDES[stem[:1].lower()]
    return "", None


@lru_cache(maxsize=4)
def _folded(known: frozenset[str]) -> dict[str, str]:
    """Return units by their names in small letters."""
    return {each.lower(): each for each in known}


def _prefix(text: str, form: str) -> int | None:
    """Return the power of ten of the prefix that stands before a unit's name, None if none does."""
    symbol = re.sub("wh$", "Wh", text, flags=re.I)
    symbol = re.sub("^K(?=Wh?$)", "k", symbol)
    start = symbol.removesuffix(form)
    if start != symbol and (start in _SYMBOLS or not start):
        return _SYMBOLS.get(start, 0)
    word = re.sub("[- ]", "", text.lower())
    for ending in (form.lower(), form.lower().rstrip("s")):
        start = word.removesuffix(ending)
        if start != word and (start in _NAMES or (not start and len(form) > 2)):
            return _NAMES.get(start, 0)
    return None
