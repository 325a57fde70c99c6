"""Series by code, whose names and units another sheet of the workbook tells.

The Federal Reserve Bank of St. Louis saves its series like this, with a sheet README beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forecast.inputs.tables.cells.unit_texts import unit_in
from forecast.inputs.tables.formats.lines import Cells, Sheet

_HEADS = 10  # first lines, among which are those that head columns


def with_descriptions(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return sheets in whose heads what another sheet says of a code, with its unit, stands behind
    it."""
    return [
        _described(sheet, _descriptions([other for other in sheets if other is not sheet]))
        for sheet in sheets
    ]


def _descriptions(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Return what sheets say of codes in lines of two cells."""
    found: dict[str, str] = {}
    for sheet in sheets:
        for _, cells in sheet.lines:
            filled = [cell.strip() for cell in cells if cell.strip()]
            if len(filled) == 2 and unit_in(filled[1]):
                found.setdefault(filled[0], re.sub(r"[()\[\]]", "", filled[1]))
    return found


def _described(sheet: Sheet, descriptions: Mapping[str, str]) -> Sheet:
    def whole(cells: Cells) -> Cells:
        told = (descriptions.get(cell.strip(), "") for cell in cells)
        return tuple(
            f"{cell} ({text})" if text else cell for cell, text in zip(cells, told, strict=True)
        )

    heads = tuple((line, whole(cells)) for line, cells in sheet.lines[:_HEADS])
    return replace(sheet, lines=(*heads, *sheet.lines[_HEADS:])) if descriptions else sheet
