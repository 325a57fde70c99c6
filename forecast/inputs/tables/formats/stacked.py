"""Several tables in one sheet, one below another with empty lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.inputs.tables.cells.kinds import kind_of
from forecast.inputs.tables.formats.lines import Cells, Sheet

_MOST = 50  # blocks of lines; what has more is one table with empty lines in it
_FIRST, _BELOW = 10, 30  # lines of a block among which a header stands, and that tell what it heads
Lines = Sequence[tuple[int, Cells]]


def apart(sheet: Sheet) -> list[Sheet]:
    """Return the tables of a sheet that have a header each; a sheet with one table as it is.

    Titles go with the table below them, lines without a header with the table above.
    """
    blocks = _blocks(sheet) if 0 < len(sheet.breaks) < _MOST else []
    heads = [_has_header(block) for block in blocks]
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
    return [
        replace(sheet, lines=tuple(lines), name=f"{sheet.name} table {part}".strip(), part=part)
        for part, lines in enumerate(tables, start=1)
    ]


def _blocks(sheet: Sheet) -> list[Lines]:
    """Return the lines between empty ones."""
    starts = [at for at, (line, _) in enumerate(sheet.lines) if not at or line in sheet.breaks]
    ends = [*starts[1:], len(sheet.lines)]
    return [sheet.lines[a:b] for a, b in zip(starts, ends, strict=True)]


def _has_header(block: Lines) -> bool:
    """Return whether one of the first lines of a block holds no figure and heads one."""
    for at, (_, heads) in enumerate(block[:_FIRST]):
        kinds = [kind_of(cell) for cell in heads]
        below = [cells for _, cells in block[at + 1 : at + 1 + _BELOW]]
        columns = [
            [kind_of(cells[place]) for cells in below if place < len(cells)]
            for place, kind in enumerate(kinds)
            if kind
        ]
        is_told = heads[0].rstrip().endswith(":")  # Data type: All employees, above Years: 2025
        if (
            not is_told
            and "figure" not in kinds
            and any(
                "figure" in column and set(column) <= {"figure", "year", ""} for column in columns
            )
        ):
            return True
    return False


def _are_titles(block: Lines) -> bool:
    return all(len([cell for cell in cells if cell.strip()]) == 1 for _, cells in block)
