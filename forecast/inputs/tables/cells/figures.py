"""The figure in a cell: its flags and footnote marks split off, its decimal sign found."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal

from forecast.multiples import MAGNITUDES
from forecast.units import MONEY

DecimalSign = Literal["point", "comma"]
Evidence = Literal["point", "comma", "either", ""]

# No figure; letters, also in brackets, are how offices of statistics mark what they withhold.
_MISSING = frozenset({
    "", ".", "..", "...", ":", "-", "–", "—", "--", "n/a", "na", "n.a.", "(na)", "#n/a", "nan",
    "null", "none", "nil", "nm", "n.m.", "n/m", "nd", "n.d.", "nc", "n.c.", "k.a.", "k. a.", "tba",
    "tbd", "<na>", "nat", "not available", "s", "d", "f", "x", "z",
    "np", "/", "•", "·", "*", "**", "***", "(d)", "(s)", "(x)", "(z)", "[c]", "[x]", "[z]", "[low]",
    "[na]",
})  # fmt: skip
# Eurostat's flags: b is a break in the series, e an estimate, p provisional, u unreliable, …
_FLAGS = "bcdefinprsuz"
_FLAGGED = re.compile(rf"^(?P<figure>.*[\d%:.])(?P<gap>\s*)(?P<flag>[{_FLAGS}]{{1,3}})$")
_BARE = re.compile(r"^-?\d+(?:\.\d+)?$")
_MARK = re.compile(
    r"(?:[¹²³⁴⁵⁶⁷⁸⁹⁰]+|[*†‡§]{1,3}|\[\(?(?:note )?\^?\w{1,3}\)?\]"
    r"|(?<=[\d%])\s?\((?:[a-zAC-JLN-SU-Z]|\d)\))$"  # 487.3(P); B, K, M and T count
)
_NARROW = str.maketrans("％．－（）", "%.-()")  # signs as Japanese programs write them
_LONGEST_MARK, _MOST_MARKS = 16, 8  # letters, and marks behind one figure
_TOKEN = re.compile(r"\d[\d.,]*\d|\d")
_GROUP_SIGN = re.compile("(?<=\\d)[ \u00a0\u202f'\u2019](?=\\d{3}(?!\\d))")
# Groups of three, or as in India of two before the last three: 1,23,45,678.
_POINT = re.compile(r"^(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)?(?:\.\d+)?$")
_COMMA = re.compile(r"^(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d+)?$")
_CURRENCY = re.compile(r"^(?P<sign>[<>~≈≤≥+\-−( ]*)(?:US ?\$|USD|U\.S\. ?\$)\s*(?=[\d.(])", re.I)
# Money whose code stands before the figure: CHF 20m, HK$3bn; no NOK 2025, which may head a column.
_CODES = {
    **{code: code for code in MONEY - {"USD"}}, "HK$": "HKD", "S$": "SGD", "A$": "AUD", "C$": "CAD",
    "NT$": "TWD", "R$": "BRL", "NZ$": "NZD", "Rs.": "INR", "Rs": "INR", "RMB": "CNY",
}  # fmt: skip
_CODED = re.compile(
    rf"^(?P<sign>[<>~≈≤≥+\-−( ]*)(?P<code>{'|'.join(map(re.escape, sorted(_CODES, reverse=True)))})"
    r"\s?(?P<figure>(?!(?:19|20)\d\d$)[\d.,' \u00a0]*\d(?:\s?[A-Za-z]{1,9})?\)?\+?)$"
)
_CODE_BEHIND = re.compile(rf"\s(?P<code>{'|'.join(sorted(MONEY))})$")
_NEGATIVE = re.compile(r"^(\$?)\s*\(\s*(\$?)\s*([\d.,]+\s*[%A-Za-z]*)\s*\)$")
_MINUS_BEHIND = re.compile(r"^([\d.,]*\d)\s?-$")  # as accounting programs print it
_WORDS = "less than|under|below|up to|at most|nearly|almost|more than|over|above|at least|about"
_NUMBER = r"[+\-−]?\(?\s?(?:\d[\d.,_]*|[.,]\d+)(?:[eE][+-]?\d+)?"
_SUFFIX = r"\s?(?:[%A-Za-z$/'][A-Za-z/$.\- ]{0,24})?"
_FIGURE = re.compile(
    rf"^(?:[<>~≈≤≥=]|(?:{_WORDS}|around|approximately|roughly|circa|ca\.)\b)?\s*[$€£¥₩]?\s*{_NUMBER}"
    rf"{_SUFFIX}(?:\s?(?:-|–|—|to)\s?[$€£¥₩]?{_NUMBER}{_SUFFIX})?\s*[+)\-]?$",
    re.I,
)


def is_missing(text: str) -> bool:
    """Return whether a cell says that there is no figure: empty, `:`, `.`, `n/a`, `: u`, …"""
    plain = text.strip().lower()
    return plain in _MISSING or (plain[:1] == ":" and plain[1:].strip(f" {_FLAGS}") == "")


def is_flag(text: str) -> bool:
    """Return whether a text is the flags of a figure, as Eurostat writes them: b, ep, …"""
    return 0 < len(text) <= 3 and set(text) <= set(_FLAGS)


def is_figure(text: str) -> bool:
    """Return whether a cell reads as a figure of any unit, with its flags and marks."""
    if len(text) > 80 or not any(character.isdigit() for character in text):
        return False
    figure = _CODED.sub(r"\g<sign>\g<figure>", split_notes(text)[0])
    return bool(_FIGURE.match(_GROUP_SIGN.sub("", _CURRENCY.sub(r"\g<sign>$", figure))))


def split_notes(text: str, is_flagged: bool = False) -> tuple[str, str]:
    """Return a figure and the flags and footnote marks that stand behind it.

    A lone `b` is a flag only where `is_flagged` says so of the column: it may mean billions.
    """
    if _BARE.match(text):
        return text, ""
    figure, notes = _without_marks(" ".join(text.translate(_NARROW).split()))
    if (match := _FLAGGED.match(figure)) and (is_flagged or match["flag"] not in MAGNITUDES):
        figure = match["figure"].strip()
        notes.append(match["flag"])
    return figure, " ".join(reversed(notes))


def _without_marks(text: str) -> tuple[str, list[str]]:
    """Return a text and the marks behind it, the last first; only its end is looked at, since a
    cell may be as long as a file."""
    marks: list[str] = []
    while len(marks) < _MOST_MARKS and (match := _MARK.search(text[-_LONGEST_MARK:])):
        text = text[: len(text) - len(match[0])].rstrip()
        marks.append(match[0].strip())
    return text, marks


def split_marks(text: str) -> str:
    """Return a name without the footnote marks behind it; a mark alone is a name."""
    name = re.sub(r"(?:(?<=\w)\s?\(\d\)|(?<=[^\W\d])\s?\([acdgh]\))$", "", text.strip())
    return _without_marks(name)[0] or name


def has_flags(texts: Collection[str]) -> bool:
    """Return whether a lone `b` in a column is a flag: other figures there have no letter at all,
    or flags that can be nothing else."""
    if not any(text.rstrip()[-1:] in {"b", "B"} for text in texts):
        return False
    figures = [split_notes(text) for text in texts if not is_missing(text)]
    lone = [re.search(r"\s[bB]$", figure) is not None for figure, _ in figures]
    bare = [figure[-1:].isdigit() for figure, _ in figures]
    flagged = [note in set(_FLAGS) for _, note in figures]
    return any(lone) and (any(bare) or any(flagged))


def evidence_of_sign(text: str) -> Evidence:
    """Return which decimal sign the digits of a cell prove, `either` where they may be read with
    both, "" where there is nothing to tell."""
    found: set[Evidence] = {_of_token(token) for token in _TOKEN.findall(text)}
    for proof in ("point", "comma", "either"):
        if proof in found:
            return proof
    return ""


def split_code(figure: str) -> tuple[str, str]:
    """Return a plain figure without the code of money behind it, and the code, "" if it has none or
    says nothing else."""
    match = _CODE_BEHIND.search(figure) if figure[-1:].isalpha() else None
    return (figure[: match.start()], match["code"]) if match else (figure, "")


def _of_token(token: str) -> Evidence:
    points, commas = token.count("."), token.count(",")
    if not points and not commas:
        return ""
    if points and commas:
        return "point" if token.rindex(".") > token.rindex(",") else "comma"
    before, *_, after = token.split("." if points else ",")
    as_decimal: Evidence = "point" if points else "comma"
    as_group: Evidence = "comma" if points else "point"
    if points + commas > 1:
        return as_group
    if len(after) != 3 or len(before) > 3 or before.startswith("0"):
        return as_decimal
    return "either"


def find_sign(texts: Iterable[str]) -> Evidence | Literal["both"]:
    """Return which decimal sign the cells of a column prove together."""
    found = {evidence_of_sign(text) for text in texts if "," in text or "." in text}
    if {"point", "comma"} <= found:
        return "both"
    for proof in ("point", "comma", "either"):
        if proof in found:
            return proof
    return ""


def in_plain(text: str, sign: DecimalSign) -> str:
    """Return a figure with a decimal point and without signs between groups of digits.

    Raises ValueError where its digits cannot be read with that decimal sign.
    """
    if sign == "point" and _BARE.match(text):
        return text
    text = _CURRENCY.sub(r"\g<sign>$", text.strip())
    if coded := _CODED.match(text):
        figure = in_plain(coded["sign"] + coded["figure"], sign)
        return f"{figure} {_CODES[coded['code']]}"
    text = _NEGATIVE.sub(r"\1\2-\3", text.replace("−", "-").replace("-$", "$-"))
    text = _MINUS_BEHIND.sub(r"-\1", _GROUP_SIGN.sub("", text))
    shape = _POINT if sign == "point" else _COMMA

    def plain(match: re.Match[str]) -> str:
        token = match[0]
        if not shape.match(token):
            raise ValueError(f"{token} does not read with a decimal {sign}")
        if sign == "comma":
            token = token.replace(".", "").replace(",", ".")
        return token.replace(",", "")

    return re.sub(r"\d[\d.,]*\d|\d", plain, text)
