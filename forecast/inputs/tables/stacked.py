"""Several tables in one sheet, one below another with empty lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.inputs.tables.headers import find_header, kind_of
from forecast.inputs.tables.lines import Cells, Sheet

_MOST = 50  # blocks of lines; what has more is one table with empty lines in it
_FEWEST = 2  # columns of figures that a header of its own heads
Lines = Sequence[tuple[int, Cells]]


def apart(sheet: Sheet) -> list[Sheet]:
    """Return the tables of a sheet that have a header each; a sheet with one table as it is.

    Titles go with the table below them, lines without a header with the table above.
    """
    blocks = [] if sheet.records else _blocks(sheet.lines)
    heads = [_has_header(sheet, block) for block in blocks]
    if sum(heads) < 2:
        return [sheet]
    tables: list[list[tuple[int, Cells]]] = [[]]
    is_headed = False
    for block, has_header in zip(blocks, heads, strict=True):
        if is_headed and (has_header or _are_titles(block)):
            tables.append([])
            is_headed = False
        tables[-1].extend(block)
        is_headed = is_headed or has_header
    names = (f"{sheet.name} table {at}".strip() for at in range(1, len(tables) + 1))
    return [
        replace(sheet, lines=tuple(lines), name=name)
        for name, lines in zip(names, tables, strict=True)
    ]


def _blocks(lines: Lines) -> list[Lines]:
    """Return the lines between empty ones; none if there are too many blocks of them."""
    starts = [0]
    for at in range(1, len(lines)):
        if lines[at][0] > lines[at - 1][0] + 1:
            starts.append(at)
            if len(starts) > _MOST:
                return []
    return [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _has_header(sheet: Sheet, block: Lines) -> bool:
    """Return whether a block has a line of heads and figures below it."""
    header = find_header(replace(sheet, lines=tuple(block)), ())
    if header is None or header.score < _FEWEST:
        return False
    return any(kind_of(cell) == "figure" for _, cells in block[header.body :] for cell in cells)


def _are_titles(block: Lines) -> bool:
    return all(len([cell for cell in cells if cell.strip()]) == 1 for _, cells in block)
