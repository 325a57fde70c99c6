"""Names of lines and columns that hold no figures of a series: how many a survey asked, what
segments sold each other."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

RESPONDENTS, ELIMINATIONS = "lines that count respondents", "eliminations between segments"
TOTALS, ALL_ANSWERS = "totals of the year", "totals of 100%"
_TOTAL = re.compile(
    r"^(?:(?:grand )?total|sum|annual|(?:full |whole )?year|ytd|year to date|average|mean|summe"
    r"|gesamt|jahr|insgesamt)$",
    re.I,
)
_ASKED = r"(?:respondents|firms|companies|enterprises|participants) (?:surveyed|asked|interviewed)"
_BASE = re.compile(
    r"^(?:(?:un)?weighted |total |ungewichtete |gewichtete )?"
    rf"(?:base|sample(?: size)?|{_ASKED}|respondents|(?:number|no\.) of (?:respondents|interviews)"
    r"|basis|befragte|fallzahl|effectifs?|muestra|(?-i:n)|n(?= ?=)"
    r"|(?<=weighted )n|(?<=weighted )count)"
    r"(?: ?(?:\(.*\)|size|[:=].*|, .*))?$",
    re.I,
)
_ALONE = re.compile(r"^(?:base|sample|basis|muestra|effectifs?)$", re.I)  # or a scenario's name
# Taken off the sum of segments, below zero, they are no outflow of anybody.
_SET_OFF = re.compile(r"\beliminations?\b|\binter-?segment\b", re.I)
_HUNDRED = re.compile(r"^(?:100(?:[.,]0+)?\s?%?|1(?:[.,]0+)?)$")
_WHOLE = re.compile(r"^[\d.,\s\u00a0\u202f']*\d[+*]?$")


@lru_cache(maxsize=65536)
def is_base(name: str, among_shares: bool) -> bool:
    """Return whether a name is that of a line or column which counts who was asked: Base (n=),
    Unweighted base, Number of respondents; Base alone only among shares."""
    plain = " ".join(name.split())
    return bool(_BASE.match(plain)) and (among_shares or not _ALONE.match(plain))


@lru_cache(maxsize=65536)
def passed_over(name: str, among_shares: bool) -> tuple[str, ...]:
    """Return in words what lines of a name may be that are passed over, nothing of most names."""
    base = (RESPONDENTS,) if is_base(name, among_shares) else ()
    return (*base, ELIMINATIONS) if _SET_OFF.search(name) else base


def is_all_answers(name: str, texts: Collection[str]) -> bool:
    """Return whether a line among shares is what all answers to a question come to."""
    return is_total(name) and bool(texts) and all(map(_HUNDRED.match, texts))


def is_total(name: str) -> bool:
    """Return whether a name among months or quarters is that of the whole year."""
    return bool(_TOTAL.match(name.strip(" .:")))


def is_whole(text: str) -> bool:
    """Return whether a cell may be a count: digits, and no sign of a share or of money."""
    return bool(_WHOLE.match(text.strip()))
