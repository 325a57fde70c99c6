"""The plainest of tables with periods across read fast: large CSV files of new series.

Names on the left, numbers of plain digits below years, quarters or months, no quotes. The reader of
all files finds the layout from the first lines and names the series; what is not plain is left to
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import Problem
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.formats.delimited import read_delimited
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.layout.figure_units import FigureUnits
from forecast.inputs.tables.layout.layouts import Layout, describe
from forecast.inputs.tables.layout.recognise import recognise
from forecast.inputs.tables.layout.series_names import Known, SeriesNames
from forecast.inputs.tables.rows.plain_csv import (
    NUMBER,
    SMALL,
    NotPlain,
    PlainTable,
    checked,
    count_lines,
)
from forecast.multiples import split_unit
from forecast.units import MONEY, NAMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST = 400  # lines, from which the layout is found
_CELLS = 200_000  # that are read at a time
_LENGTHS = ("A", "Q", "H")  # of periods; months may stand for quarters


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
        if not path.is_file() or path.stat().st_size < SMALL:
            return None
        count_lines(path)
        layout = _layout(file, path)
        names, texts = _read_cells(path, layout, progress)
        return _table(file, layout, names, texts, inputs, known, kind, today)
    except (NotPlain, OSError, UnicodeDecodeError):
        return None


def _layout(file: str, path: Path) -> Layout:
    """Return the layout of the first lines. Raises NotPlain where it is not all that there is."""
    with path.open(encoding="utf-8") as stream:
        first = "".join(line for line, _ in zip(stream, range(_FIRST), strict=False))
    problems: list[Problem] = []
    sheet = read_delimited(file, first, "UTF-8", problems)
    if sheet is None or sheet.delimiter != "," or sheet.breaks:
        raise NotPlain
    layout = recognise(sheet, Table(OBSERVED), problems)
    if layout is None or problems or not layout.periods or layout.roles or layout.power:
        raise NotPlain
    if layout.measures or any(layout.units) or layout.header.units or not layout.labels:
        raise NotPlain
    return layout


def _read_cells(
    path: Path, layout: Layout, progress: Callable[[int], None]
) -> tuple[list[Cells], NDArray[np.object_]]:
    """Return the names of each line, at the places of their columns, and the texts of its figures:
    array of lines and periods."""
    import numpy as np
    import pandas as pd

    columns, width = list(layout.figures), len(layout.names)
    with path.open("rb") as stream:
        if any(line.count(b",") != width - 1 for line in stream):
            raise NotPlain
    lines: list[Cells] = []
    found: list[NDArray[np.object_]] = []
    try:
        reader = pd.read_csv(
            path, dtype=object, keep_default_na=False, na_filter=False, header=None,
            skiprows=layout.header.line, chunksize=max(1, _CELLS // len(columns)),
            encoding="utf-8", quoting=3, index_col=False, names=range(width),
            skip_blank_lines=False,
        )  # fmt: skip
        for block in reader:
            kept = [block[at].tolist() if at in layout.labels else [""] * len(block)
                    for at in range(width)]  # fmt: skip
            lines.extend(zip(*kept, strict=True))
            cells = block[columns].to_numpy()
            if not all(text == "" or NUMBER.fullmatch(text) for text in cells.ravel()):
                raise NotPlain
            found.append(cells)
            progress(len(lines) * len(columns))
    except (ValueError, TypeError, pd.errors.ParserError, pd.errors.EmptyDataError) as no:
        raise NotPlain from no
    return lines, np.concatenate(found)


def _table(
    file: str,
    layout: Layout,
    names: Sequence[Cells],
    texts: NDArray[np.object_],
    inputs: Inputs,
    known: Known,
    kind: str,
    today: date,
) -> PlainTable:
    """Return the figures of all cells that hold one, in the units of their series."""
    import numpy as np

    ends, frequency = _periods(layout)
    lines = list(enumerate(names, start=layout.header.line + 1))
    table = Table(OBSERVED)
    named = SeriesNames(layout, table, known, kind, lines)
    units = FigureUnits(layout, table, lines, [])
    is_told = (texts != "").any(axis=1).tolist()
    told = [cells for cells, has_figures in zip(names, is_told, strict=True) if has_figures]
    series = [named.series(cells, 0) for cells in told]
    stated = {units.of({"value": "1"}, cells, 0) for cells in told}
    if len(set(series)) < len(series) or len(stated) != 1:
        raise NotPlain
    said = stated.pop()
    unit, power = _scale(said, kind)
    row, column = np.nonzero(texts != "")
    number = np.cumsum(is_told)[row] - 1  # among the lines that hold figures
    values = np.array([float(f"{text}e{power}") for text in texts[row, column].tolist()])
    nothing = np.zeros(len(values), np.int32)
    codes = {
        "series_id": number.astype(np.int32), "period_end": column.astype(np.int32),
        "unit": nothing, "frequency": nothing,
    }  # fmt: skip
    words = {"series_id": series, "period_end": ends, "unit": [unit], "frequency": [frequency]}
    missing = len(told) * texts.shape[1] - len(values)
    how = [*describe(layout), said]
    if missing:
        how.append(f"{missing} {'cell' if missing == 1 else 'cells'} without a figure passed over")
    first = layout.header.line + 1
    return checked(
        file, words, codes, values, inputs, today, lines=row + first, said=", ".join(how)
    )


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
