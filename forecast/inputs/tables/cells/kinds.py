"""What a cell looks like: a figure, a year, another period, or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from forecast.inputs.tables.cells.figures import is_figure, is_missing, split_marks
from forecast.inputs.tables.cells.period_texts import YEARS, read_period

CellKind = Literal["", "figure", "year", "period", "text"]


@lru_cache(maxsize=65536)
def kind_of(text: str) -> CellKind:
    """Return what a cell looks like; "" for one without a figure or text."""
    if is_missing(text):
        return ""
    plain = split_marks(text)
    if plain.isdecimal():
        if len(plain) == 4:
            return "year" if YEARS[0] <= int(plain) <= YEARS[1] else "figure"
        return "period" if len(plain) == 8 and _is_day(plain) else "figure"
    if names_period(plain):
        return "period"
    return "figure" if is_figure(plain) else "text"


def _is_day(text: str) -> bool:
    try:
        return read_period(text) is not None
    except ValueError:
        return False


def names_period(text: str) -> bool:
    """Return whether a text has the form of a period, be it one that cannot be."""
    try:
        return read_period(text) is not None
    except ValueError:
        return True


def main_kind(cells: Sequence[str]) -> CellKind:
    """Return what most cells of a column look like that are not empty."""
    kinds = Counter(kind for cell in cells if (kind := kind_of(cell)))
    return kinds.most_common(1)[0][0] if kinds else ""
