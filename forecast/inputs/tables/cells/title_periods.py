"""The one period that the titles of a table name, where no column and no head does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from forecast.inputs.tables.cells.kinds import kind_of

_LONGEST = 7  # words of a period: the three months ended June 30, 2026
_WORDS = 60  # of a title that are looked at
_PERIODS = {"year", "period"}
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d|\bFY ?'?\d\d\b|[1-4]Q'?\d\d\b")  # not September 30
_NUMBERED = re.compile(r"^(?:table|tabelle|figure|fig|exhibit|chart|page|no|nr)\.?$", re.I)
# What says when a table was made, not of when its figures are.
_MADE = re.compile(
    r"\b(?:published|updated?|released?|accessed|downloaded|retrieved|extracted|exported|generated"
    r"|created|refreshed|printed|stand|erstellt|abgerufen|mise à jour|copyright|source|quelle"
    r"|next)\b|©|\(c\) ",
    re.I,
)


def period_in(titles: Iterable[str]) -> str:
    """Return the period that titles name, "" where they name none, or several."""
    found = {period for title in titles if not _MADE.search(title) for period in _periods_of(title)}
    return found.pop() if len(found) == 1 else ""


def _periods_of(title: str) -> list[str]:
    """Return the periods that a title names, the longest texts first; a span between two years
    names both."""
    words = title.replace("–", " ").replace("—", " ").split()[:_WORDS]
    found = []
    at = 0
    while at < len(words):
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            text = " ".join(words[at : at + count]).strip("(),.:;'\"")
            if _YEAR.search(text) and kind_of(text) in _PERIODS:
                if not at or not _NUMBERED.match(words[at - 1]):  # Table 2025-3
                    found.append(text)
                at += count - 1
                break
        at += 1
    return found
