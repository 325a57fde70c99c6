"""Large plain tables in long form: CSV, Parquet, and JSON with an object on each line.

One row for each figure, columns by the names of their roles: what `forecast export` and programs of
statistics write.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any

from forecast.inputs.schema import Inputs
from forecast.inputs.tables.formats.lines import plain_text
from forecast.inputs.tables.layout.columns import OBSERVED
from forecast.inputs.tables.plain.checks import checked
from forecast.inputs.tables.plain.tables import (
    BLOCK,
    NUMBER,
    Coded,
    NotPlain,
    PlainTable,
    check_printable,
    is_large,
)

_PARQUET = b"PAR1"
_PACKED = 32  # times smaller than its text a Parquet file may be
_ROWS = 2_000  # read at a time: of more the collector of Python would look at each again and again
Line = tuple[int, Sequence[Any]]  # the number of a line, and its cells in the order of the header


def read_plain(
    file: str, inputs: Inputs, today: date, progress: Callable[[int], None]
) -> PlainTable | None:
    """Return the table of a file if it is large and plain; None for any other, and for one with
    something wrong in it, which the reader of all files explains.

    `progress` is told how many rows were read.
    """
    path = Path(file)
    try:
        if not is_large(path, packed=_PACKED):
            return None
        with path.open("rb") as raw:
            is_parquet = raw.read(len(_PARQUET)) == _PARQUET
        if not is_parquet and not is_large(path):
            return None
        if is_parquet:
            table = _table(file, *_of_parquet(path), inputs, today, progress)
        else:
            check_printable(path)
            with path.open(encoding="utf-8-sig", newline="") as stream:
                is_json = stream.read(1) == "{"
                stream.seek(0)
                found = _of_objects(stream) if is_json else _of_delimited(stream)
                table = _table(file, *found, inputs, today, progress)
        units = sorted({*table.units.values()})
        unit = units[0] if len(units) == 1 else f"{len(units)} units"
        return replace(table, said=f"{table.said}, {unit}")
    except (NotPlain, OSError, csv.Error, ValueError, RecursionError):
        return None


def _of_delimited(stream: Iterable[str]) -> tuple[list[str], Iterator[Line]]:
    """Return the header of a CSV file, and its lines."""
    reader = csv.reader(stream, strict=True)

    def lines(width: int) -> Iterator[Line]:
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) != width:
                raise NotPlain
            yield line, cells
            line = reader.line_num + 1

    header = next(reader, [])
    return header, lines(len(header))


def _of_objects(stream: Iterable[str]) -> tuple[list[str], Iterator[Line]]:
    """Return the keys of the first object, and the values of all, which have no others."""
    texts = enumerate(stream, start=1)
    first = next(texts)
    header = list(_object(first[1]))
    keys = set(header)

    def lines() -> Iterator[Line]:
        for number, text in chain([first], texts):
            if not text.isspace():
                found = _object(text)
                if not found.keys() <= keys:
                    raise NotPlain
                yield number, [found.get(key) for key in header]

    return header, lines()


def _of_parquet(path: Path) -> tuple[list[str], Iterator[Line]]:
    """Return the names of the columns of a Parquet file, and its rows."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as no:
        raise NotPlain from no

    try:
        file = ParquetFile(path)
        columns = ([each.to_pylist() for each in one.columns] for one in file.iter_batches(BLOCK))
        rows = chain.from_iterable(zip(*each, strict=True) for each in columns)
        return list(file.schema_arrow.names), enumerate(rows, start=1)
    except ArrowException as no:
        raise NotPlain from no


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise NotPlain
    return found


def _check_header(header: Sequence[str]) -> None:
    roles = set(OBSERVED.roles)
    if len(set(header)) < len(header) or not set(header) <= roles:
        raise NotPlain
    if not set(OBSERVED.required) <= set(header):
        raise NotPlain


def _table(
    file: str,
    header: Sequence[str],
    lines: Iterator[Line],
    inputs: Inputs,
    today: date,
    progress: Callable[[int], None],
) -> PlainTable:
    """Return the table of lines in long form."""
    import numpy as np

    _check_header(header)
    coded = Coded()
    values, numbers, count = [], [], 0
    while block := list(islice(lines, _ROWS)):
        places, rows = zip(*block, strict=True)
        numbers.append(np.array(places))
        for name, cells in zip(header, zip(*rows, strict=True), strict=True):
            if name == "value":
                values.append(np.array(list(map(_number, cells))))
            else:
                are_texts = set(map(type, cells)) <= {str}
                coded.add(name, cells if are_texts else map(_text, cells))
        count += len(block)
        progress(count)
    if not count:
        raise NotPlain
    return checked(
        file, coded.texts(), coded.codes(), np.concatenate(values), inputs, today,
        lines=np.concatenate(numbers), said="a figure in each line",
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        raise NotPlain
    return value if isinstance(value, str) else plain_text(value)


def _number(value: Any) -> float:
    """Return plain digits, or a number that is written with them, as a number."""
    if not isinstance(value, str):
        value = repr(value)
    if not NUMBER.fullmatch(value):
        raise NotPlain
    return float(value)
