"""The lines of a table in any format: text cells, as a person would write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

_MOST_WHOLE = 2**53


@dataclass(frozen=True)
class Lines:
    """The lines of a table with their numbers: `file` (with its sheet) and `line` make a place.

    `top` is the line of the header, 0 where the format has none; `epoch` the day from which a
    workbook counts days that nobody formatted as dates.
    """

    file: str
    header: tuple[str, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]
    top: int = 1
    epoch: date | None = None


def plain_text(value: object) -> str:
    """Return a typed cell as a person would write it: no exponents, dates in ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return plain_number(value) if math.isfinite(value) else ""
        case datetime():
            return value.date().isoformat()
        case _:
            return str(value)


def plain_number(value: float) -> str:
    """Return a number in full, such that reading it back gives the same number."""
    if value.is_integer() and abs(value) < _MOST_WHOLE:
        return str(int(value))
    return f"{Decimal(repr(value)):f}"
