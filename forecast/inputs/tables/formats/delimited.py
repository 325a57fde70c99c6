"""Tables of delimited text: commas, semicolons, tabs, as programs of any country save them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from itertools import islice

from forecast.errors import Problem
from forecast.inputs.tables.formats.lines import Cells, Sheet

_DELIMITERS = ("\t", ";", ",", "|")
_STATED = re.compile(r"^\"?sep=(.)\"?\r?$", re.I)
_SAMPLE = 200  # lines that tell the delimiter
_QUOTED_SIGN = re.compile(r"^\"([^\w\s\"]{1,3})\"(?= ?[=:])", re.M)  # "/" = not reliable
_KEYS = re.compile(r"^[^\t]*\\\w+$")  # of Eurostat: freq,unit,geo\TIME_PERIOD


def read_delimited(file: str, text: str, encoding: str, problems: list[Problem]) -> Sheet | None:
    """Return a delimited text as a sheet; None, with a problem added, where quotes do not close.

    A first line `sep=;`, which Excel writes and hides, states the delimiter.
    """
    stated = _STATED.match(text.partition("\n")[0])
    skipped = 1 if stated else 0
    if stated:
        text = text.partition("\n")[2]
    delimiter = stated[1] if stated else _find_delimiter(text)
    text = _QUOTED_SIGN.sub(r"\1", text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, Cells]] = []
    breaks: set[int] = set()
    is_broken = False
    line = 1 + skipped
    try:
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                lines.append((line, tuple(cells)))
                if is_broken:
                    breaks.add(line)
                is_broken = False
            else:
                is_broken = True
            line = reader.line_num + 1 + skipped
    except csv.Error as error:
        place = f"{file}:{reader.line_num + skipped}"
        problems.append(Problem(place, "row", str(error), "valid CSV"))
        return None
    kept = _keys_apart(lines, delimiter)
    behind = frozenset(breaks)
    return Sheet(file, kept, delimiter=delimiter, encoding=encoding, breaks=behind)


def _find_delimiter(text: str) -> str:
    """Return the sign that cuts most lines into equally many cells, more than one."""
    lines = [line for line in islice(io.StringIO(text), _SAMPLE) if line.strip()] or [""]

    def score(delimiter: str) -> tuple[float, int]:
        rows = csv.reader(lines, delimiter=delimiter)
        try:
            widths = Counter(len(row) for row in rows)
        except csv.Error:
            return 0.0, 0
        del widths[1]
        width, count = max(widths.items(), key=lambda each: each[1], default=(0, 0))
        return round(count / len(lines), 1), min(width, 3)

    best = max(_DELIMITERS, key=score, default=",")
    return best if score(best)[1] else ","


def _keys_apart(lines: list[tuple[int, Cells]], delimiter: str) -> tuple[tuple[int, Cells], ...]:
    """Return lines whose first cell, keys with commas between them, is cut into its keys."""
    if delimiter == "\t" and lines and _KEYS.match(lines[0][1][0]):
        count = lines[0][1][0].count(",")
        lines = [
            (line, (*cells[0].split(",", maxsplit=count), *cells[1:])) for line, cells in lines
        ]
    return tuple(lines)
