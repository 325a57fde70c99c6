"""Large plain tables with periods across: CSV files of new series.

Names on the left, numbers of plain digits below years, quarters or months; titles above and notes
below. The reader of all files finds the layout from the first lines and names the series.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import Problem
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.cells.passed_over import is_total, passed_over
from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.cells.period_words import is_estimated
from forecast.inputs.tables.cells.unit_texts import unit_of_aside
from forecast.inputs.tables.formats.delimited import read_delimited
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.formats.stacked import apart
from forecast.inputs.tables.layout.around import without_surroundings
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.layout.figure_units import FigureUnits
from forecast.inputs.tables.layout.layouts import Layout, describe
from forecast.inputs.tables.layout.recognise import recognise
from forecast.inputs.tables.layout.series_names import Known, SeriesNames
from forecast.inputs.tables.plain.checks import checked
from forecast.inputs.tables.plain.tables import (
    NUMBER,
    NotPlain,
    PlainTable,
    check_printable,
    is_large,
)
from forecast.multiples import split_unit
from forecast.units import MONEY, NAMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST = 120  # lines, from which the layout is found
_CELLS = 200_000  # that are read at a time
_LENGTHS = ("A", "Q", "H")  # of periods; months may stand for quarters
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,15})?")


@dataclass(frozen=True)
class _Cells:
    """The lines of a table with their numbers, each with names at the places of their columns, and
    its figures: the place of each among lines and periods, and its text."""

    numbers: list[int]
    names: list[Cells]
    line: NDArray[np.int32]
    period: NDArray[np.int32]
    texts: list[bytes]


def read_plain_wide(
    file: str,
    inputs: Inputs,
    known: Known,
    kind: str,
    today: date,
    progress: Callable[[int], None],
) -> PlainTable | None:
    """Return the figures of a file if it is large and plain, with periods across; else None.

    `progress` is told how many figures were read.
    """
    path = Path(file)
    try:
        if not is_large(path):
            return None
        check_printable(path)
        layout = _layout(file, path)
        cells = _read_cells(path, layout, progress)
        return _table(file, layout, cells, inputs, known, kind, today)
    except (NotPlain, OSError, csv.Error, UnicodeDecodeError):
        return None


def _layout(file: str, path: Path) -> Layout:
    """Return the layout of the first lines. Raises NotPlain where it is not all that there is."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = "".join(islice(stream, _FIRST))
    problems: list[Problem] = []
    sheet = read_delimited(file, first, "UTF-8", problems)
    if sheet is None or sheet.delimiter != "," or len(apart(sheet)) > 1:
        raise NotPlain
    if without_surroundings(sheet).lines != sheet.lines:
        raise NotPlain
    layout = recognise(sheet, Table(OBSERVED), problems)
    if layout is None or problems or not layout.periods or layout.roles or layout.power:
        raise NotPlain
    if layout.second is not None or any(map(is_estimated, layout.names)):
        raise NotPlain
    if layout.measures or any(layout.units) or layout.header.units or not layout.labels:
        raise NotPlain
    return layout


def _lines(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines below the header that hold more than a name or a note. Raises NotPlain for
    one of another length, for a note that states a unit, and for what follows an empty line."""
    width, figures = len(layout.names), set(layout.figures)
    is_over = False
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        line = 1
        for cells in reader:
            number, line = line, reader.line_num + 1
            if number <= layout.header.line:
                continue
            if len(cells) == width and cells[-1] and cells[0] and not is_over:
                yield number, cells
                continue
            filled = [at for at, cell in enumerate(cells) if cell and not cell.isspace()]
            if len(filled) > 1:
                if len(cells) != width or is_over:
                    raise NotPlain
                yield number, cells
            elif not filled:
                is_over = True
            elif filled[0] in figures or unit_of_aside(cells[filled[0]]):
                raise NotPlain


def _read_cells(path: Path, layout: Layout, progress: Callable[[int], None]) -> _Cells:
    """Return what stands below the header."""
    import numpy as np

    width, labels = len(layout.names), set(layout.labels)
    figures_of = itemgetter(*layout.figures, layout.figures[0])
    found = _Cells([], [], np.array([], np.int32), np.array([], np.int32), [])
    places: list[NDArray[np.int64]] = []
    count = len(layout.figures)
    lines = _lines(path, layout)
    while block := list(islice(lines, max(1, _CELLS // count))):
        start = len(found.names) * count
        for number, cells in block:
            found.numbers.append(number)
            found.names.append(tuple(cells[at] if at in labels else "" for at in range(width)))
        texts = [text for _, cells in block for text in figures_of(cells)[:-1]]
        told = [at for at, text in enumerate(texts) if text]
        found.texts.extend(_digits(texts[at]) for at in told)
        places.append(np.array(told) + start)
        progress(len(found.names) * count)
    if not found.texts:
        raise NotPlain
    place = np.concatenate(places)
    line, period = (each.astype(np.int32) for each in np.divmod(place, count))
    return _Cells(found.numbers, found.names, line, period, found.texts)


def _digits(text: str) -> bytes:
    """Return plain digits, also in groups of three."""
    if NUMBER.fullmatch(text):
        return text.encode()
    if _GROUPED.fullmatch(text):
        return text.replace(",", "").encode()
    raise NotPlain


def _table(
    file: str,
    layout: Layout,
    cells: _Cells,
    inputs: Inputs,
    known: Known,
    kind: str,
    today: date,
) -> PlainTable:
    """Return the figures of all cells that hold one, in the units of their series."""
    import numpy as np

    ends, frequency = _periods(layout)
    lines = list(zip(cells.numbers, cells.names, strict=True))
    table = Table(OBSERVED)
    named = SeriesNames(layout, table, known, kind, lines)
    units = FigureUnits(layout, table, lines, [])
    series = [named.series(names, 0) for names in cells.names]
    stated = {units.of({"value": "1"}, names, 0) for names in cells.names}
    told = [name for names in cells.names for name in names if name]
    if any(passed_over(name, True) or is_total(name) for name in told):
        raise NotPlain
    if len(set(series)) < len(series) or len(stated) != 1:
        raise NotPlain
    said = stated.pop()
    unit, power = _scale(said, kind)
    scaled = b"e%d" % power
    values = np.array([float(text + scaled) for text in cells.texts])
    rows, row = np.unique(cells.line, return_inverse=True)  # a series without a figure is none
    nothing = np.zeros(len(values), np.int32)
    codes = {
        "series_id": row.astype(np.int32), "period_end": cells.period,
        "unit": nothing, "frequency": nothing,
    }  # fmt: skip
    words = {
        "series_id": [series[at] for at in rows.tolist()], "period_end": ends, "unit": [unit],
        "frequency": [frequency],
    }  # fmt: skip
    missing = len(series) * len(ends) - len(values)
    how = [*describe(layout), said]
    if missing:
        how.append(f"{missing} {'cell' if missing == 1 else 'cells'} without a figure passed over")
    return checked(
        file, words, codes, values, inputs, today, said=", ".join(how),
        lines=np.array(cells.numbers)[cells.line],
    )  # fmt: skip


def _periods(layout: Layout) -> tuple[list[str], str]:
    """Return the last days of the periods across, and their length, of which there is one."""
    try:
        found = [read_period(text) for text in layout.periods]
    except ValueError as no:
        raise NotPlain from no
    lengths = {each.frequency for each in found if each and not each.fiscal_year}
    ends = [each.end.isoformat() for each in found if each]
    if len(lengths) != 1 or len(set(ends)) < len(found) or not lengths <= set(_LENGTHS):
        raise NotPlain
    return ends, lengths.pop()


def _scale(stated: str, kind: str) -> tuple[str, int]:
    """Return a unit and the power of ten that multiplies it."""
    try:
        unit, factor = split_unit(stated, NAMES)
    except ValueError as no:
        raise NotPlain from no
    power = factor.adjusted()
    is_small_money = kind == "capex" and unit in MONEY and not power  # how many of it is asked
    if not unit or factor != Decimal(10) ** power or is_small_money:
        raise NotPlain
    return unit, power
