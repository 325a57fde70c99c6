"""The plainest of tables, read fast: columns of numbers for texts, checked as a whole.

Dates in ISO 8601, numbers of plain digits, known units, series of a person's own. A table with
anything else in it is left to the reader of all files, which gives the same rows of a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.store import StoredRow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]

SMALL = 4 * 2**20  # bytes; a file below is left to the reader of all files
BLOCK = 100_000  # rows
_UNPRINTABLE = bytes({*range(32), 127} - {*b"\n\r\t"})
NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")


class NotPlain(Exception):
    """Something in a file that the reader of all files must look at."""


class _Numbers(dict[str, int]):
    """The number of each text, in the order in which they were asked for."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Coded:
    """Columns of texts, each text once and a number of one for each row, filled by the block."""

    def __init__(self) -> None:
        self.known: dict[str, _Numbers] = {}
        self.parts: dict[str, list[Codes]] = {}

    def add(self, name: str, cells: Iterable[str]) -> None:
        """Add the cells of a block to a column."""
        import numpy as np

        known = self.known.setdefault(name, _Numbers())
        codes = np.fromiter(map(known.__getitem__, cells), np.int32)
        self.parts.setdefault(name, []).append(codes)

    def texts(self) -> dict[str, list[str]]:
        """Return the texts of each column. Raises NotPlain for half of a character."""
        try:
            "".join(text for known in self.known.values() for text in known).encode()
        except UnicodeEncodeError as no:
            raise NotPlain from no
        return {name: list(known) for name, known in self.known.items()}

    def codes(self) -> dict[str, Codes]:
        """Return the numbers of each column: arrays of rows."""
        import numpy as np

        return {name: np.concatenate(parts) for name, parts in self.parts.items()}


@dataclass(frozen=True)
class PlainTable:
    """The columns of a plain file: a number for each row's text in `texts`, and the values.

    `units` are those of its series, `undated` how many rows have no day of publication.
    `has_sources` says whether a column names them, `lines` where in the file each row stands, and
    `said` what the file was taken for.
    """

    file: str
    texts: Mapping[str, Sequence[str]]
    codes: Mapping[str, Codes]
    values: NDArray[np.float64]
    units: Mapping[str, str]
    undated: int
    has_sources: bool
    lines: NDArray[np.int64]
    said: str

    def __len__(self) -> int:
        return len(self.values)

    def spans(self) -> dict[str, tuple[int, str, str]]:
        """Return of each series how many figures there are, and their first and last day."""
        import numpy as np

        names, days = self.texts["series_id"], sorted(set(self.texts["period_end"]))
        ranks = {day: rank for rank, day in enumerate(days)}
        rank = np.array([ranks[day] for day in self.texts["period_end"]])[self.codes["period_end"]]
        series = self.codes["series_id"]
        first, last = np.full(len(names), len(days)), np.full(len(names), -1)
        np.minimum.at(first, series, rank)
        np.maximum.at(last, series, rank)
        counts = np.bincount(series, minlength=len(names)).tolist()
        ends = zip(names, counts, first.tolist(), last.tolist(), strict=True)
        return {name: (count, days[low], days[high]) for name, count, low, high in ends}

    def cells(self, kind: str) -> Iterator[tuple[object, ...]]:
        """Yield the rows as the store keeps them, cells in the order of its columns."""
        fixed = {"high": None, "error": None, "assumed": False, "kind": kind, "file": self.file}
        for start in range(0, len(self), BLOCK):
            rows = slice(start, start + BLOCK)
            count = len(self.values[rows])
            columns: dict[str, Any] = {
                "value": self.values[rows].tolist(),
                "line": self.lines[rows].tolist(),
            }
            for name in set(StoredRow.columns) - {*columns}:
                if name in self.codes:
                    columns[name] = map(
                        self.texts[name].__getitem__, self.codes[name][rows].tolist()
                    )
                else:
                    columns[name] = repeat(fixed.get(name, ""), count)
            yield from zip(*(columns[name] for name in StoredRow.columns), strict=True)


def is_large(path: Path, packed: int = 1) -> bool:
    """Return whether a file, which is so many times smaller than its text, is large enough that its
    being plain is worth a look."""
    return path.is_file() and packed * path.stat().st_size >= SMALL


def check_printable(path: Path) -> None:
    """Raise NotPlain for a file with characters that no text has."""
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            if len(block.translate(None, _UNPRINTABLE)) < len(block):
                raise NotPlain
