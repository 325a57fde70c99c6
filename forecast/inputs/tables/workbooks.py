"""Excel workbooks as people keep them: titles above the header, merged cells, formulas, dates."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import Problem, did_you_mean
from forecast.inputs.tables.lines import Lines, plain_number, plain_text
from forecast.inputs.tables.workbook_bounds import TooLarge, used_rows, within_bounds

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


@dataclass(frozen=True)
class _Sheet:
    """A worksheet's lines with their numbers, and the index of its header among them."""

    name: str
    lines: tuple[tuple[int, tuple[Cell, ...]], ...]
    header: int
    names: int

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(_text(cell).strip() for cell in self.lines[self.header][1])


def read_workbook(
    file: str,
    content: bytes,
    sheet: str,
    known: Collection[str],
    problems: list[Problem],
    flawed: list[Problem],
) -> Lines | None:
    """Return the lines of one sheet below its header, the line that names most `known` columns.

    A cell that is merged downwards counts in each of its lines; a line that holds nothing but one
    cell merged across is a heading and is left out. A formula stands for its stored value.
    """
    try:
        content = within_bounds(content)
        workbook = _opened(content, formulas=False)
        sheets = [_sheet(each, known) for each in workbook.worksheets]
    except TooLarge as error:
        problems.append(Problem(file, "file", error.found, error.expected))
        return None
    except MemoryError:
        raise
    except Exception:  # openpyxl raises what it happens to meet
        found = "no Excel workbook, or a broken one"
        problems.append(Problem(file, "file", found, "a workbook that can be read"))
        return None
    chosen = _chosen(file, sheets, sheet, problems)
    if chosen is None:
        return None
    place = f"{file} [{chosen.name}]"
    merged = _merged_down(workbook[chosen.name])
    headings = _headings(workbook[chosen.name])
    width = _width(chosen.columns)
    formulas: Worksheet | None = None
    lines = []
    for number, cells in chosen.lines[chosen.header + 1 :]:
        if number in headings and sum(cell.value is not None for cell in cells) == 1:
            continue
        texts = [_text(merged.get((number, cell.column), cell)) for cell in cells[:width]]
        if not any(text.strip() for text in texts):
            continue
        texts += [""] * (width - len(texts))
        if "" in texts:
            formulas = formulas or _formulas(content, chosen.name)
            if missing := list(_without_value(formulas, number, texts, chosen.columns)):
                flawed.extend(_unsaved(f"{place}:{number}", *each) for each in missing)
                continue
        lines.append((number, tuple(texts)))
    top = chosen.lines[chosen.header][0]
    return Lines(place, chosen.columns[:width], tuple(lines), top, workbook.epoch.date())


def _opened(content: bytes, *, formulas: bool) -> Workbook:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that hold no values
        return load_workbook(io.BytesIO(content), data_only=not formulas)


def _sheet(worksheet: Worksheet, known: Collection[str]) -> _Sheet:
    """Return a worksheet's lines that hold something, and which of them is the header."""
    lines = tuple(
        (number, cells)
        for number, cells in used_rows(worksheet)
        if any(cell.value is not None for cell in cells)
    )
    named = [sum(_text(cell).strip() in known for cell in cells) for _, cells in lines]
    filled = [sum(cell.value is not None for cell in cells) for _, cells in lines]
    best = max(named, default=0)
    # Where no line names a column, the header is the first that is no title.
    header = named.index(best) if best else next((i for i, n in enumerate(filled) if n > 1), 0)
    return _Sheet(worksheet.title, lines, header, best)


def _chosen(
    file: str, sheets: Sequence[_Sheet], asked: str, problems: list[Problem]
) -> _Sheet | None:
    """Return the sheet asked for, or the one that names most columns; a tie is a problem, where no
    sheet names any the one with most columns is meant."""
    names = [each.name for each in sheets]
    if asked:
        found = next((each for each in sheets if each.name == asked), None)
        if found is None:
            hint = did_you_mean(asked, names)
            expected = f"one of {', '.join(names)}"
            problems.append(Problem(file, f"--sheet {asked}", "no such sheet", expected, hint))
        elif not found.lines:
            problems.append(Problem(f"{file} [{asked}]", "file", "an empty sheet", "a table"))
        return found if found and found.lines else None
    filled = [each for each in sheets if each.lines]
    if not filled:
        problems.append(Problem(file, "file", "nothing in any sheet", "a table"))
        return None
    most = max(each.names for each in filled)
    best = [each for each in filled if each.names == most]
    if not most:
        return max(filled, key=lambda each: _width(each.columns))
    if len(best) > 1:
        listed = ", ".join(each.name for each in best)
        hint = f"Say which: --sheet {best[0].name!r}."
        found_text = f"{len(best)} sheets that may be meant: {listed}"
        problems.append(Problem(file, "file", found_text, "one table", hint))
        return None
    return best[0]


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


def _width(columns: Sequence[str]) -> int:
    """Return how many columns there are up to the last that has a name."""
    return max((index for index, name in enumerate(columns, start=1) if name), default=0)


def _formulas(content: bytes, sheet: str) -> Worksheet:
    return _opened(content, formulas=True)[sheet]


def _without_value(
    worksheet: Worksheet, line: int, texts: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield column and formula where a cell is empty only because no value was stored with it."""
    for index, text in enumerate(texts):
        formula = worksheet.cell(line, index + 1).value
        if not text and isinstance(formula, str) and formula.startswith("="):
            yield columns[index], formula


def _unsaved(place: str, column: str, formula: str) -> Problem:
    hint = "Open the workbook in a spreadsheet program and save it."
    found = f"{formula}, a formula without a stored value"
    return Problem(place, column or "cell", found, "a value", hint)


def _text(cell: Cell) -> str:
    """Return what a cell shows, in full precision; a share formatted in per cent with its sign."""
    value: Any = cell.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and "%" in (cell.number_format or ""):
        return plain_number(float(f"{100.0 * value:.15g}")) + "%"
    return plain_text(value)
