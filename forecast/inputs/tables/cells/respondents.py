"""How a survey says how many were asked, beside the shares that it found."""

from __future__ import annotations

import re
from functools import lru_cache

_ASKED = r"(?:respondents|firms|companies|enterprises|participants) (?:surveyed|asked|interviewed)"
_BASE = re.compile(
    r"^(?:(?:un)?weighted |total |ungewichtete |gewichtete )?"
    rf"(?:base|sample(?: size)?|{_ASKED}|respondents|(?:number|no\.) of (?:respondents|interviews)"
    r"|basis|befragte|fallzahl|effectifs?|muestra|(?-i:n)|n(?= ?=)"
    r"|(?<=weighted )n|(?<=weighted )count)"
    r"(?: ?(?:\(.*\)|size|[:=].*|, .*))?$",
    re.I,
)
_WHOLE = re.compile(r"^[\d.,\s\u00a0\u202f']*\d[+*]?$")


@lru_cache(maxsize=65536)
def is_base(name: str) -> bool:
    """Return whether a name is that of a line or column which counts who was asked: Base (n=),
    Unweighted base, Number of respondents."""
    return bool(_BASE.match(" ".join(name.split())))


def is_whole(text: str) -> bool:
    """Return whether a cell may be a count: digits, and no sign of a share or of money."""
    return bool(_WHOLE.match(text.strip()))
