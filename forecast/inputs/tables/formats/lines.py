"""A table in any format as lines of text cells, as a person would write them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

_MOST_WHOLE = 2**53


Cells = tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One table of a file as it stands: lines of text cells with their numbers, titles and all.

    `file` (with the name of the sheet) and a line make a place. The first line of `records` is
    their keys, in line 0. `delimiter` and `encoding` are those of a text; `epoch` is the day from
    which a workbook counts days that nobody formatted as dates, `headings` the lines that hold one
    cell merged across, `breaks` those behind an empty line. `part` numbers a table of several that
    stand in one sheet, 0 where it stands alone.
    """

    file: str
    lines: tuple[tuple[int, Cells], ...]
    records: bool = False
    delimiter: str = ""
    encoding: str = "UTF-8"
    name: str = ""
    epoch: date | None = None
    headings: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    part: int = 0


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
