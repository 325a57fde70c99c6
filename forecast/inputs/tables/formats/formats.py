"""A person's file in any format, as lines of text cells: CSV, TSV, XLSX, JSON, Parquet.

What a cell means is decided by whoever reads the lines, so that every format has one reader.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from forecast.errors import Problem, did_you_mean
from forecast.inputs.tables.formats.aligned import is_aligned, read_aligned
from forecast.inputs.tables.formats.delimited import read_delimited
from forecast.inputs.tables.formats.json.records import read_records
from forecast.inputs.tables.formats.lines import Sheet, plain_text
from forecast.inputs.tables.formats.markup import is_html, is_markdown, read_html, read_markdown
from forecast.inputs.tables.formats.stacked import apart
from forecast.inputs.tables.formats.texts import read_text

_JSON = re.compile(r"\s*(?:\{|\[\s*[\[{\"\d\]-])")  # no [Billions of dollars]
_ZIP, _OLD_WORKBOOK, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"


def read_sheets(file: str, content: bytes, sheet: str, problems: list[Problem]) -> list[Sheet]:
    """Return the tables of a file in whatever format its first bytes say.

    `sheet` names the one that is meant, of a workbook or of a page with several tables. What is
    wrong with the file is added to `problems`, and nothing is returned then.
    """
    found = [table for each in _read_sheets(file, content, problems) for table in apart(each)]
    if not sheet or problems:
        return found
    names = [each.name for each in found if each.name]
    if not names:
        expected = "a workbook, or a file with several tables"
        problems.append(Problem(file, f"--sheet {sheet}", "another kind of file", expected))
        return []
    chosen = [each for each in found if each.name in {sheet, f"{sheet} table {each.part}"}]
    if not chosen:
        hint = did_you_mean(sheet, names)
        expected = f"one of {', '.join(names)}"
        problems.append(Problem(file, f"--sheet {sheet}", "no such sheet", expected, hint))
    return chosen


def _read_sheets(file: str, content: bytes, problems: list[Problem]) -> list[Sheet]:
    if content.startswith(_ZIP):
        from forecast.inputs.tables.formats.workbooks import read_workbook

        return read_workbook(file, content, problems)
    if content.startswith(_OLD_WORKBOOK):
        hint = "Save it as .xlsx without a password, or as CSV (UTF-8)."
        found = "an old (.xls) or locked Excel workbook"
        problems.append(Problem(file, "file", found, "a workbook that can be read", hint))
        return []
    if content.startswith(_PARQUET):
        return _read_parquet(file, content, problems)
    read = read_text(file, content, problems)
    return _of_text(file, *read, problems) if read else []


def _of_text(file: str, text: str, encoding: str, problems: list[Problem]) -> list[Sheet]:
    if _JSON.match(text):
        records = read_records(file, text, problems)
        return [] if records is None else [_of_records(file, records)]
    if is_html(text):
        return read_html(file, text, encoding)
    if is_markdown(text):
        return read_markdown(file, text, encoding)
    if is_aligned(text):
        return [read_aligned(file, text, encoding)]
    table = read_delimited(file, text, encoding, problems)
    return [table] if table else []


def _read_parquet(file: str, content: bytes, problems: list[Problem]) -> list[Sheet]:
    """Return the rows of a Parquet file, numbered from 1."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        hint = "pip install 'forecast[parquet]', or save the file as CSV."
        found = "a Parquet file, and pyarrow is not installed"
        problems.append(Problem(file, "file", found, "pyarrow, to read it", hint))
        return []
    try:
        records = parquet.read_table(io.BytesIO(content)).to_pylist()
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        found = str(error).splitlines()[0]
        problems.append(Problem(file, "file", found, "a Parquet file that can be read"))
        return []
    return [_of_records(file, list(enumerate(records, start=1)))]


def _of_records(file: str, records: Iterable[tuple[int, Mapping[str, Any]]]) -> Sheet:
    """Return records as lines under all their keys."""
    found = list(records)
    header = tuple(dict.fromkeys(str(key) for _, record in found for key in record))
    cells = [(line, tuple(plain_text(record.get(key)) for key in header)) for line, record in found]
    kept = tuple((line, each) for line, each in cells if any(cell.strip() for cell in each))
    return Sheet(file, ((0, header), *kept), records=True)
