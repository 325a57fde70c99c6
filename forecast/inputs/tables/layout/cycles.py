"""Survey cycles by number (202519), whose days another sheet of the workbook lists.

The US Census Bureau heads the columns of its Business Trends and Outlook Survey like this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.formats.lines import Cells, Sheet

_CYCLE = re.compile(r"^20\d{4}$")
_HEADS = 10  # first lines, among which are those that head columns
_SAMPLE = 5  # lines of a list of days that tell its columns


def with_days(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return sheets in whose heads a cycle's number is the day on which it ended."""
    days: dict[str, str] = {}
    for sheet in sheets:
        days = days or _days_of(sheet)
    return [_with_days(sheet, days) for sheet in sheets] if days else list(sheets)


def _days_of(sheet: Sheet) -> dict[str, str]:
    """Return the last day of each cycle that a sheet lists, nothing if it lists none."""
    for at, (_, heads) in enumerate(sheet.lines[:_HEADS]):
        below = [cells for _, cells in sheet.lines[at + 1 :]]
        ends = [index for index, head in enumerate(heads) if re.search(r"\bend", head, re.I)]
        ends = [index for index in ends if _hold_days(below[:_SAMPLE], index)]
        numbers = [
            index
            for index in range(len(heads))
            if below and all(_CYCLE.match(_at(cells, index)) for cells in below[:_SAMPLE])
        ]
        if ends and numbers:
            # The days that are asked about end last of those that are listed.
            return {_at(cells, numbers[0]): _at(cells, ends[-1]) for cells in below}
    return {}


def _hold_days(rows: Sequence[Cells], index: int) -> bool:
    try:
        return bool(rows) and all(read_period(_at(cells, index)) for cells in rows)
    except ValueError:
        return False


def _at(cells: Cells, index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _with_days(sheet: Sheet, days: dict[str, str]) -> Sheet:
    heads = tuple(
        (line, tuple(days.get(cell.strip(), cell) for cell in cells))
        for line, cells in sheet.lines[:_HEADS]
        if sum(cell.strip() in days for cell in cells) > 1
    )
    if not heads:
        return sheet
    replaced = dict(heads)
    lines = tuple((line, replaced.get(line, cells)) for line, cells in sheet.lines)
    return replace(sheet, lines=lines)
