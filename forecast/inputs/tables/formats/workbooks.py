"""Excel workbooks as people keep them: titles above the header, merged cells, formulas, dates."""

from __future__ import annotations

import io
import re
import warnings
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forecast.errors import Problem
from forecast.inputs.tables.formats.lines import Sheet, plain_number, plain_text
from forecast.inputs.tables.formats.workbook_bounds import TooLarge, used_rows, within_bounds

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_LITERAL = re.compile(r'\\.|"[^"]*"')
_LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")  # [$€-407], and [$-409] of a date
_MONEY = re.compile(r"(?<![A-Za-z])[$€£₩]")
_SHOWN_IN = re.compile(r"[0#?](,+)(?![0#?.,])(?!.*%)")
_LETTERS = "kMBT"  # thousands, millions, …


def read_workbook(file: str, content: bytes, problems: list[Problem]) -> list[Sheet]:
    """Return the sheets of a workbook that hold something.

    A cell that is merged downwards counts in each of its lines. A formula stands for its stored
    value; where none was stored, its own text stands there.
    """
    try:
        content = within_bounds(content)
        workbook, formulas = (_opened(content, formulas=each) for each in (False, True))
        epoch = workbook.epoch.date()
        sheets = [_sheet(file, each, formulas[each.title], epoch) for each in workbook.worksheets]
    except TooLarge as error:
        problems.append(Problem(file, "file", error.found, error.expected))
        return []
    except MemoryError:
        raise
    except Exception:  # openpyxl raises what it happens to meet
        found = "no Excel workbook, or a broken one"
        problems.append(Problem(file, "file", found, "a workbook that can be read"))
        return []
    return [each for each in sheets if each.lines]


def _opened(content: bytes, *, formulas: bool) -> Workbook:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that hold no values
        return load_workbook(io.BytesIO(content), data_only=not formulas)


def _sheet(file: str, worksheet: Worksheet, formulas: Worksheet, epoch: date) -> Sheet:
    """Return the lines of a worksheet that hold something."""
    merged = _merged_down(worksheet)
    lines = []
    for number, cells in used_rows(formulas):
        texts = []
        for place, formula in enumerate(cells, start=1):
            stored: Any = merged.get((number, place)) or worksheet.cell(number, place)
            text = _text(stored)
            is_unsaved = not text and str(formula.value or "").startswith("=")
            texts.append(str(formula.value) if is_unsaved else text)
        if any(text.strip() for text in texts):
            lines.append((number, tuple(texts)))
    title = worksheet.title
    numbers = [number for number, _ in lines]
    breaks = frozenset(b for a, b in pairwise(numbers) if b > a + 1)
    headings = frozenset(_headings(worksheet))
    return Sheet(
        f"{file} [{title}]", tuple(lines), name=title, epoch=epoch, headings=headings, breaks=breaks
    )


def _merged_down(worksheet: Worksheet) -> dict[tuple[int, int], Cell]:
    """Return, for each line and column below the first of a merged cell, that first cell."""
    found = {}
    for area in worksheet.merged_cells.ranges:
        first: Any = worksheet.cell(area.min_row, area.min_col)
        for row in range(area.min_row + 1, area.max_row + 1):
            found[row, area.min_col] = first
    return found


def _headings(worksheet: Worksheet) -> set[int]:
    """Return the lines in which a cell is merged across columns."""
    areas = worksheet.merged_cells.ranges
    return {area.min_row for area in areas if area.max_col > area.min_col}


def _text(cell: Cell) -> str:
    """Return what a cell shows, in full precision; a share formatted in per cent with its sign.

    A `%` that a format escapes or quotes is written behind the number as it is, and the sign of
    money that a format shows before it. Where commas behind the digits of a format show thousands
    or millions, which a title may tell, the number has their letter: 5115M.
    """
    value: Any = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain_text(value)
    form = cell.number_format or ""
    if shown := _SHOWN_IN.search(form.split(";")[0]):
        count = min(len(shown[1]), len(_LETTERS))
        text = plain_number(float(f"{value / 1000**count:.15g}")) + _LETTERS[count - 1]
    elif "%" in form:
        is_scaled = "%" in _LITERAL.sub("", form)
        return plain_number(float(f"{100.0 * value:.15g}") if is_scaled else value) + "%"
    else:
        text = plain_text(value)
    sign = _MONEY.search(_LOCALE.sub(r"\1", form))
    return sign[0] + text if sign else text
