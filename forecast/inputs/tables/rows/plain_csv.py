"""The plainest of tables read fast: large CSV files in long form, of series of a person's own.

Dates in ISO 8601, numbers of plain digits, known units, one row for each figure, no quotes: what
`forecast export` and statistics programs write. A file with anything else in it is left to the
reader of all files, which gives the same rows of a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.inputs.schema import Inputs
from forecast.inputs.tables.layout.columns import OBSERVED
from forecast.inputs.tables.rows.long_rows import file_source
from forecast.inputs.tables.rows.plausible import LARGEST, SMALLEST, wrong_day
from forecast.inputs.tables.tables import FREQUENCIES
from forecast.inputs.yaml.beliefs import STATUSES
from forecast.store import StoredRow
from forecast.units import UNITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]

SMALL = 4 * 2**20  # bytes; a file below is left to the reader of all files
_BLOCK = 100_000  # rows
_FARTHEST_STEP = 50.0  # times: two neighbours that a person should look at first
_NOT_PLAIN = bytes({*range(32), 127, ord('"')} - {ord("\n"), ord("\t")})
NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EMPTY = ("high", "error", "assumed")  # columns in which a plain file has nothing
_WORDS = {"frequency": FREQUENCIES, "status": STATUSES, "qualifier": ("eq", "approx", "lt", "gt")}
_DEFAULTS = {"frequency": "point", "status": "unverified", "qualifier": "eq"}


class NotPlain(Exception):
    """Something in a file that the reader of all files must look at."""


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
        for start in range(0, len(self), _BLOCK):
            rows = slice(start, start + _BLOCK)
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


def read_plain(
    file: str, inputs: Inputs, today: date, progress: Callable[[int], None]
) -> PlainTable | None:
    """Return the table of a file if it is large and plain; None for any other, and for one with
    something wrong in it, which the reader of all files explains.

    `progress` is told how many rows were read.
    """
    import numpy as np

    path = Path(file)
    try:
        if not path.is_file() or path.stat().st_size < SMALL:
            return None
        lines = count_lines(path)
        texts, codes, values = _read_columns(path, lines, progress)
        at = np.arange(2, len(values) + 2)
        said = "a figure in each line"
        table = checked(file, texts, codes, values, inputs, today, lines=at, said=said)
        units = sorted({*table.units.values()})
        unit = units[0] if len(units) == 1 else f"{len(units)} units"
        return replace(table, said=f"{table.said}, {unit}")
    except (NotPlain, OSError):
        return None


def count_lines(path: Path) -> int:
    """Return how many lines there are; a quote, or an end that is no single newline, is not
    plain."""
    count, last = 0, b""
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            if len(block.translate(None, _NOT_PLAIN)) < len(block):
                raise NotPlain
            count += block.count(b"\n")
            last = block
    return count + (not last.endswith(b"\n"))


def _read_columns(
    path: Path, lines: int, progress: Callable[[int], None]
) -> tuple[dict[str, list[str]], dict[str, Codes], NDArray[np.float64]]:
    """Return the texts of each column, a number of one for each row, and the values."""
    import numpy as np
    import pandas as pd

    found: dict[str, dict[str, int]] = {}
    codes: dict[str, list[Codes]] = {}
    values: list[NDArray[np.float64]] = []
    rows = 0
    try:
        reader = pd.read_csv(
            path, dtype=object, keep_default_na=False, na_filter=False, chunksize=_BLOCK,
            encoding="utf-8", quoting=3, index_col=False, skip_blank_lines=False,
        )  # fmt: skip
        for block in reader:
            if rows == 0:
                _check_header(list(block.columns))
            for name in block.columns:
                cells = block[name].to_numpy()
                if name == "value":
                    values.append(_numbers(cells))
                    continue
                block_codes, uniques = pd.factorize(cells)
                known = found.setdefault(name, {})
                places = [known.setdefault(text, len(known)) for text in uniques.tolist()]
                numbers = np.asarray(places, dtype=np.int32)[block_codes]
                codes.setdefault(name, []).append(numbers)
            rows += len(block)
            progress(rows)
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as no:
        raise NotPlain from no
    if rows != lines - 1 or not rows:
        raise NotPlain
    joined = {name: np.concatenate(parts) for name, parts in codes.items()}
    return {name: list(known) for name, known in found.items()}, joined, np.concatenate(values)


def _check_header(header: list[str]) -> None:
    roles = set(OBSERVED.roles)
    if len(set(header)) < len(header) or not set(header) <= roles:
        raise NotPlain
    if not set(OBSERVED.required) <= set(header):
        raise NotPlain


def _numbers(cells: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return plain digits as numbers."""
    if not all(map(NUMBER.fullmatch, cells)):
        raise NotPlain
    return cells.astype(float)


def checked(
    file: str,
    texts: dict[str, list[str]],
    codes: dict[str, Codes],
    values: NDArray[np.float64],
    inputs: Inputs,
    today: date,
    *,
    lines: NDArray[np.int64],
    said: str,
) -> PlainTable:
    """Return the table with what its rows leave out filled in. Raises NotPlain for a table that is
    none."""
    import numpy as np

    for name in _EMPTY:
        if texts.pop(name, [""]) != [""]:
            raise NotPlain
        codes.pop(name, None)
    if any(text != text.strip() for column in texts.values() for text in column):
        raise NotPlain
    for name in texts.keys() & _WORDS.keys():
        texts[name] = [text or _DEFAULTS[name] for text in texts[name]]
        if not set(texts[name]) <= set(_WORDS[name]):
            raise NotPlain
    undated = _check_days(texts, codes, today)
    has_sources = "source" in texts
    for name, default in {**_DEFAULTS, "source": file_source(file)}.items():
        if name not in texts:
            texts[name], codes[name] = [default], np.zeros(len(values), np.int32)
    if "" in texts["source"]:
        raise NotPlain
    units = _units(texts, codes, inputs)
    _check_values(texts, codes, values)
    return PlainTable(file, texts, codes, values, units, undated, has_sources, lines, said)


def _check_days(texts: dict[str, list[str]], codes: dict[str, Codes], today: date) -> int:
    """Check both columns of days, fill the published one in, and return how many rows had none.

    The first day of a month may stand for the whole: that is for the reader of all files.
    """
    import numpy as np

    ends = texts["period_end"]
    for text in {*ends, *texts.get("published", ())} - {""}:
        if not _DAY.fullmatch(text) or any(wrong_day("", text)):
            raise NotPlain
    if "" in ends or any(text.endswith("-01") for text in ends):
        raise NotPlain
    end = _ordinals(ends)[codes["period_end"]]
    published = np.zeros_like(end)
    if "published" in texts:
        published = _ordinals(texts["published"])[codes["published"]]
    filled = np.where(published, published, end)
    if (filled < end).any() or filled.max() > today.toordinal():
        raise NotPlain
    days, numbers = np.unique(filled, return_inverse=True)
    texts["published"] = [date.fromordinal(day).isoformat() for day in days.tolist()]
    codes["published"] = numbers.astype(np.int32)
    return int((published == 0).sum())


def _ordinals(days: Sequence[str]) -> NDArray[np.int64]:
    """Return days in ISO 8601 as numbers, 0 for none."""
    import numpy as np

    return np.array([date.fromisoformat(day).toordinal() if day else 0 for day in days])


def _units(
    texts: Mapping[str, list[str]], codes: Mapping[str, Codes], inputs: Inputs
) -> dict[str, str]:
    """Return the unit of each series, of which each must be new and have one."""
    import numpy as np

    names, units = texts["series_id"], texts["unit"]
    if "" in names or not set(units) <= set(UNITS) or {*names} & {*inputs.series, *inputs.drivers}:
        raise NotPlain
    pairs = np.unique(np.stack([codes["series_id"], codes["unit"]]), axis=1).T.tolist()
    if len(pairs) > len(names):
        raise NotPlain
    return {names[series]: units[unit] for series, unit in pairs}


def _check_values(
    texts: Mapping[str, list[str]], codes: Mapping[str, Codes], values: NDArray[np.float64]
) -> None:
    """Check that figures lie in their units, none stands twice, and neighbours are of one order."""
    import numpy as np

    if ((values != 0.0) & ((values < SMALLEST) | (values > LARGEST))).any():
        raise NotPlain
    is_share = np.array([UNITS[unit].scale == "logit" for unit in texts["unit"]])[codes["unit"]]
    if (values[is_share] > 1.0).any():
        raise NotPlain
    days = [_ordinals(texts[name])[codes[name]] for name in ("published", "period_end")]
    order = np.lexsort(np.stack([*days, codes["series_id"]]))
    key = [codes[name][order] for name in ("series_id", "period_end", "published")]
    is_same = [each[1:] == each[:-1] for each in key]
    if (is_same[0] & is_same[1] & is_same[2]).any():
        raise NotPlain
    ordered = values[order]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.abs(np.log(ordered[1:] / ordered[:-1]))[is_same[0]]
    if (steps[np.isfinite(steps)] > np.log(_FARTHEST_STEP)).any():
        raise NotPlain
