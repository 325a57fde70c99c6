"""What a source is made into: bodies as they were served, figures, and drift where they differ."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from forecast.units import Qualifier

TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)  # of an HTML page
LONGEST_TEXT = 300  # characters of a source's own words that are kept or shown


@dataclass(frozen=True)
class Body:
    """The bytes that an address answered with, and the day on which they were first fetched."""

    url: str
    content: bytes
    fetched: date


@dataclass(frozen=True)
class Figure:
    """One figure of a series, in the unit of the series.

    `published` is the publisher's own day, else the day fetched. `plan` says that it was said
    before its period ended. `url` is the document it stands in; `where` is the address within it.
    """

    series_id: str
    period_end: date
    value: float
    published: date
    url: str
    note: str = ""
    qualifier: Qualifier = "eq"
    plan: bool = False


@dataclass(frozen=True)
class Reading:
    """All figures of a source, by series and period, those of one period in order of publication;
    `remarks` say what waits or has ended; `beaten` are events that are no record."""

    figures: tuple[Figure, ...]
    remarks: tuple[str, ...] = field(default=())
    beaten: tuple[Figure, ...] = field(default=())


class DriftError(Exception):
    """A source is not what it was: what was `found`, and what was `expected`."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        self.found, self.expected, self.hint = clean(found), clean(expected), hint
        super().__init__(f"found {self.found}; expected {self.expected}")


def clean(text: str) -> str:
    """Return a source's words on one line, without control characters and not too long."""
    head = text[: 8 * LONGEST_TEXT]  # what is hostile may be long
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in head)
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"
