"""What stands around the figures of a table: flags in columns of their own, notes below it."""

from __future__ import annotations

import re
from dataclasses import replace

from forecast.inputs.tables.cells.figures import is_flag, is_missing
from forecast.inputs.tables.cells.kinds import kind_of
from forecast.inputs.tables.formats.lines import Cells, Sheet

_NOTES = re.compile(
    r"^(?:special values?|(?:observation )?flags?|symbols?(?: legend)?|legend|(?:foot ?)?notes?)"
    r"(?: and sources?)?\s*:?$",
    re.I,
)
_MOST_OF_A_NOTE = 2  # cells: a mark and what it means


def without_surroundings(sheet: Sheet) -> Sheet:
    """Return a table without the list of marks below it, its flags behind their figures."""
    return _with_flags(_without_notes(sheet))


def _without_notes(sheet: Sheet) -> Sheet:
    """Return a sheet without the marks that are explained below a heading such as `Footnotes:`.

    Lines of one cell stay, which may state a unit; a table that goes on is left as it is.
    """
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in sheet.lines]
    widths = [len(each) for each in filled]
    start = next(
        (
            at
            for at, cells in enumerate(filled)
            if len(cells) == 1 and _NOTES.match(cells[0]) and max(widths[:at], default=0) > 1
        ),
        None,
    )
    if start is None or max(widths[start:]) > _MOST_OF_A_NOTE:
        return sheet
    kept = tuple(
        line
        for line, cells in zip(sheet.lines[start:], filled[start:], strict=True)
        if len(cells) == 1
    )
    return replace(sheet, lines=(*sheet.lines[:start], *kept))


def _with_flags(sheet: Sheet) -> Sheet:
    """Return a sheet in which flags that fill a column of their own stand behind the figures to
    their left."""
    columns = _flag_columns(sheet)
    if not columns:
        return sheet
    lines = [(line, _joined(cells, columns)) for line, cells in sheet.lines]
    return replace(sheet, lines=tuple(lines))


def _flag_columns(sheet: Sheet) -> set[int]:
    """Return the columns in which nothing but flags stands beside figures."""
    found: set[int] = set()
    others: set[int] = set()
    for _, cells in sheet.lines:
        for at in range(1, len(cells)):
            text = cells[at].strip()
            if not text or not _may_be_flagged(cells[at - 1]):
                continue
            (found if is_flag(text) else others).add(at)
    return found - others


def _may_be_flagged(text: str) -> bool:
    return bool(text.strip()) and (is_missing(text) or kind_of(text) in {"figure", "year"})


def _joined(cells: Cells, columns: set[int]) -> Cells:
    """Return cells with each flag behind the figure to its left, and its own cell empty."""
    whole = list(cells)
    for at in columns:
        if at < len(whole) and is_flag(whole[at].strip()) and _may_be_flagged(whole[at - 1]):
            whole[at - 1], whole[at] = f"{whole[at - 1].strip()} {whole[at].strip()}", ""
    return tuple(whole)
