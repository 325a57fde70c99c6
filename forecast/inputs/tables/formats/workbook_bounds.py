"""Workbooks bounded by the cells that hold something, however far they lie apart.

A workbook may count a million rows in which nothing stands but a border, or have one stray cell in
the last row and column; openpyxl by itself would make a cell of each place in between.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MOST_UNPACKED = 300 * 2**20  # bytes of a workbook's parts together
MOST_CELLS = 250_000  # that hold something, in all sheets; places on the way to them in one
_FEW = 50_000  # cells, empty ones too, that are not worth a second look
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_EMPTY = (
    re.compile(rb"<c(?: [^<>]*)?/>"),
    re.compile(rb"<c(?: [^<>]*)?></c>"),
    re.compile(rb"<row(?: [^<>]*)?/>"),
    re.compile(rb"<row(?: [^<>]*)?></row>"),
)
_CELL = re.compile(rb"<(?:\w+:)?c[ >]")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell [^<>]*ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")


class TooLarge(ValueError):
    """A workbook beyond the bounds; says what was found and what is expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def within_bounds(content: bytes) -> bytes:
    """Return a workbook that holds the same and is small enough to be read as a whole.

    Raises TooLarge if it is not, and whatever zipfile raises for what is no archive.
    """
    with ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked > MOST_UNPACKED:
            found = f"{unpacked / 2**20:,.0f} MiB when unpacked"
            raise TooLarge(found, f"at most {MOST_UNPACKED >> 20} MiB")
        sheets = {name: archive.read(name) for name in archive.namelist() if _SHEET.fullmatch(name)}
        _check_merged(sheets.values())
        if _count(sheets.values()) <= _FEW:
            return content
        sheets = {name: _without_empty(part) for name, part in sheets.items()}
        if (count := _count(sheets.values())) > MOST_CELLS:
            found = f"{count:,} cells that hold something"
            raise TooLarge(found, f"at most {MOST_CELLS:,} in a workbook; save the sheet as CSV")
        slim = io.BytesIO()
        with ZipFile(slim, "w", ZIP_DEFLATED, compresslevel=1) as copy:
            for name in archive.namelist():
                copy.writestr(name, sheets.get(name) or archive.read(name))
    return slim.getvalue()


def _count(parts: Any) -> int:
    return sum(sum(1 for _ in _CELL.finditer(part)) for part in parts)


def _without_empty(part: bytes) -> bytes:
    for pattern in _EMPTY:
        part = pattern.sub(b"", part)
    return part


def _check_merged(parts: Any) -> None:
    """Check that merged cells do not cover more places than there may be cells."""
    area = 0
    for part in parts:
        for left, top, right, bottom in _MERGED.findall(part):
            width = _number(right) - _number(left) + 1
            area += max(0, width) * max(0, int(bottom[:9]) - int(top[:9]) + 1)
    if area > MOST_CELLS:
        found = f"merged cells that cover {area:,} places"
        raise TooLarge(found, f"at most {MOST_CELLS:,}; unmerge them")


def _number(letters: bytes) -> int:
    """Return the number of a column by its letters."""
    number = 0
    for letter in letters[:4]:
        number = 26 * number + letter - 64
    return number


def used_rows(worksheet: Worksheet) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Yield the number of each row in which something stands, and its cells up to the last of them.

    Raises TooLarge if they lie too far apart.
    """
    from openpyxl.cell.cell import Cell, MergedCell

    rows: dict[int, dict[int, Any]] = {}
    # Only what the file holds stands there; rows and columns that openpyxl offers have every place.
    held: dict[tuple[int, int], Any] = worksheet._cells
    for (row, column), cell in held.items():
        if cell.value is not None or isinstance(cell, MergedCell):
            rows.setdefault(row, {})[column] = cell
    places = sum(map(max, rows.values()))
    if places > MOST_CELLS:
        found = f"{places:,} places up to the last cell of each row"
        raise TooLarge(found, f"at most {MOST_CELLS:,}; delete what stands far to the right")
    for row in sorted(rows):
        cells = rows[row]
        places_in_row = range(1, max(cells) + 1)
        yield row, tuple(cells.get(at) or Cell(worksheet, row, at) for at in places_in_row)
