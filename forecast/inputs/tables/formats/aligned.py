"""Tables of plain text whose columns stand below one another with blanks between them, as they are
pasted from a page or a terminal."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from operator import itemgetter

from forecast.inputs.tables.formats.lines import Cells, Sheet

_CELL = re.compile(r"\S+(?: \S+)*")  # two blanks end it
_SIGN_APART = re.compile(r"([$€£])( +)(?=[\d(])")
_RULE = re.compile(r"^[\s\-=_.+|]*$")
_DELIMITER = re.compile(r"[\t;|]|(?<!\d),|,(?!\d)")  # a comma between digits parts none
_STRAY = 0.3  # of the lines may hold such a sign in a name
_SAMPLE = 200  # lines that tell whether a text is aligned
_LEAST = 0.6  # of the lines have as many cells, or one less below an empty head
Span = tuple[int, int]


def is_aligned(text: str) -> bool:
    """Return whether most lines of a text are cut by two blanks or more into equally many cells,
    and hold no delimiter of another kind."""
    lines = _lines(islice(io.StringIO(text), _SAMPLE))
    widths = Counter(len(_CELL.findall(line)) for _, line in lines)
    width, count = max(widths.items(), key=lambda each: (each[0] > 1) * each[1], default=(0, 0))
    cut = sum(_DELIMITER.search(line) is not None for _, line in lines)
    rows = len(lines) - widths[1]
    return width > 1 and cut <= _STRAY * rows and count >= max(2, _LEAST * rows)


def read_aligned(file: str, text: str, encoding: str) -> Sheet:
    """Return an aligned text as a sheet: cells that stand below one another are a column."""
    whole = text.splitlines()
    lines = _lines(whole)
    found = [
        (number, [(m.start(), m.end(), m[0]) for m in _CELL.finditer(line)])
        for number, line in lines
    ]
    columns = _columns([[(a, b) for a, b, _ in cells] for _, cells in found if len(cells) > 1])
    kept = tuple((number, _put(cells, columns)) for number, cells in found)
    numbers = [number for number, _ in lines]
    behind = frozenset(
        b
        for a, b in pairwise(numbers)
        if not all(_RULE.match(each) and each.strip() for each in whole[a : b - 1])
    )
    return Sheet(file, kept, encoding=encoding, breaks=behind)


def _lines(texts: Iterable[str]) -> list[tuple[int, str]]:
    """Return the lines that are neither empty nor rules, a sign of money next to its figure."""
    kept = ((at, line) for at, line in enumerate(texts, start=1) if not _RULE.match(line))
    return [(number, _SIGN_APART.sub(r"\2\1", line)) for number, line in kept]


def _columns(lines: Sequence[Sequence[Span]]) -> list[Span]:
    """Return the spans of columns: those of cells that overlap are one."""
    found: list[Span] = []
    for start, end in sorted(span for line in lines for span in line):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _put(cells: Sequence[tuple[int, int, str]], columns: Sequence[Span]) -> Cells:
    """Return the cells of a line by column; one alone, a title or a note, stands first."""
    if len(cells) == 1:
        return (cells[0][2], *[""] * (len(columns) - 1))
    texts = [""] * len(columns)
    for start, _, text in cells:
        at = bisect_right(columns, start, key=itemgetter(0)) - 1
        texts[at] = f"{texts[at]} / {text}" if texts[at] else text  # 4 and 100 are no 4 100
    return tuple(texts)
