"""A person's file in any format, as lines of text cells: CSV, TSV, XLSX, JSON, Parquet.

What a cell means is decided by whoever reads the lines, so that every format has one reader.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from forecast.errors import Problem
from forecast.inputs.tables.json_records import read_records
from forecast.inputs.tables.lines import Lines, plain_text
from forecast.inputs.yaml.nodes import decode_text

DELIMITERS = (",", "\t", ";")
_ZIP, _OLD_WORKBOOK, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"


def read_lines(
    file: str,
    content: bytes,
    sheet: str,
    known: Collection[str],
    problems: list[Problem],
    flawed: list[Problem],
) -> Lines | None:
    """Return the lines of a file in whatever format its first bytes say.

    `sheet` names a workbook's sheet (found by its columns if empty) and `known` the columns that
    tell a header. What is wrong with the file is added to `problems`, and what with one line to
    `flawed`; None where nothing could be read.
    """
    if content.startswith(_ZIP):
        from forecast.inputs.tables.workbooks import read_workbook

        return read_workbook(file, content, sheet, known, problems, flawed)
    if sheet:
        expected = "an XLSX workbook, which alone has sheets"
        problems.append(Problem(file, f"--sheet {sheet}", "another kind of file", expected))
    elif content.startswith(_OLD_WORKBOOK):
        hint = "Save it as .xlsx without a password, or as CSV (UTF-8)."
        found = "an old (.xls) or locked Excel workbook"
        problems.append(Problem(file, "file", found, "a workbook that can be read", hint))
    elif content.startswith(_PARQUET):
        return _read_parquet(file, content, problems)
    elif (text := decode_text(file, content, problems)) is not None:
        if text.lstrip()[:1] in {"{", "["}:
            records = read_records(file, text, problems)
            return None if records is None else _of_records(file, records)
        return _read_delimited(file, text, problems, flawed)
    return None


def _read_delimited(
    file: str, text: str, problems: list[Problem], flawed: list[Problem]
) -> Lines | None:
    """Return the lines of a CSV file; the comma, tab or semicolon that its header uses most."""
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, tuple[str, ...]]] = []
    try:
        header = tuple(column.strip() for column in next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                expected = f"{len(header)}, as in the header"
                flawed.append(Problem(f"{file}:{line}", "row", f"{len(cells)} cells", expected))
            elif any(cell.strip() for cell in cells):
                lines.append((line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(f"{file}:{reader.line_num}", "row", str(error), "valid CSV"))
        return None
    return Lines(file, header, tuple(lines))


def _read_parquet(file: str, content: bytes, problems: list[Problem]) -> Lines | None:
    """Return the rows of a Parquet file, numbered from 1."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        hint = "pip install 'forecast[parquet]', or save the file as CSV."
        found = "a Parquet file, and pyarrow is not installed"
        problems.append(Problem(file, "file", found, "pyarrow, to read it", hint))
        return None
    try:
        records = parquet.read_table(io.BytesIO(content)).to_pylist()
    except (arrow.ArrowException, OSError) as error:
        found = str(error).splitlines()[0]
        problems.append(Problem(file, "file", found, "a Parquet file that can be read"))
        return None
    return _of_records(file, list(enumerate(records, start=1)))


def _of_records(file: str, records: Iterable[tuple[int, Mapping[str, Any]]]) -> Lines:
    """Return records as lines under all their keys."""
    found = list(records)
    header = tuple(dict.fromkeys(str(key) for _, record in found for key in record))
    cells = [(line, tuple(plain_text(record.get(key)) for key in header)) for line, record in found]
    kept = tuple((line, each) for line, each in cells if any(cell.strip() for cell in each))
    return Lines(file, header, kept, top=0)
