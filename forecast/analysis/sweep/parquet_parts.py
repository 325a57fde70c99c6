"""A Parquet file in the making: its parts in a folder beside it, each whole or not there."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from forecast.errors import InputError, Problem

DESIGN = b"forecast design"  # key of the file's metadata
PARTS_OF_A_GROUP = 512  # of the file's row groups, each held in memory while it is written
Write = Callable[[Path, bytes], None]


class Parts:
    """A Parquet file in the making: its parts in a folder beside it, all of one design."""

    def __init__(self, out: Path, write: Write, identity: str) -> None:
        """Raises InputError without pyarrow, and where another design stands in the way."""
        try:
            from pyarrow import parquet
        except ImportError as error:
            found, hint = "pyarrow is not installed", "pip install 'forecast[parquet]'"
            problem = Problem("command line", f"--out {out}", found, "pyarrow, to write it", hint)
            raise InputError(problem) from error
        self.parquet: Any = parquet
        self.out, self.folder, self.write = out, out.with_name(f"{out.name}.parts"), write
        self.identity, self.standing = identity, self.folder / "design.txt"
        standing = _text(self.standing)
        for place, design in ((out, self._design_of(out)), (self.folder, standing)):
            if design is not None and design != identity:
                raise InputError(_in_the_way(place))

    def _design_of(self, path: Path) -> str | None:
        """Return the design of a finished file, empty for a file that is none, None without one."""
        if not path.exists():
            return None
        try:
            metadata = self.parquet.read_schema(path).metadata or {}
        except (OSError, ValueError):
            return ""
        return str(metadata.get(DESIGN, b"").decode())

    def is_complete(self) -> bool:
        """Return whether the file is there; a file of another design was refused before."""
        return self.out.exists()

    def missing(self, parts: int) -> list[int]:
        """Return the parts that are not there or cannot be read."""
        return [index for index in range(parts) if not self._design_of(self._part(index))]

    def _part(self, index: int) -> Path:
        return self.folder / f"part-{index:05}.parquet"

    def keep(self, index: int, columns: Mapping[str, Any]) -> None:
        """Write a part; the design stands in the folder before the first of them."""
        import pyarrow

        self.folder.mkdir(exist_ok=True)
        if not self.standing.exists():
            self.write(self.standing, self.identity.encode())
        self._write_tables(self._part(index), iter([pyarrow.table(dict(columns))]))

    def _write_tables(self, path: Path, tables: Iterator[Any]) -> None:
        """Write a file whose row groups are tables, of which one at a time is held in memory."""
        buffer = io.BytesIO()
        first = next(tables)
        described = first.schema.with_metadata({DESIGN: self.identity.encode()})
        with self.parquet.ParquetWriter(buffer, described) as writer:
            for table in chain([first], tables):
                writer.write_table(table.cast(described))
        self.write(path, buffer.getvalue())

    def join(self, parts: int) -> None:
        """Write the file from its parts, if it is not there, and remove them."""
        if not self.is_complete():
            self._write_tables(self.out, self._groups(parts))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _groups(self, parts: int) -> Iterator[Any]:
        """Yield the rows of all parts, those of so many parts in a table."""
        import pyarrow

        for start in range(0, parts, PARTS_OF_A_GROUP):
            own = range(start, min(start + PARTS_OF_A_GROUP, parts))
            yield pyarrow.concat_tables(self.parquet.read_table(self._part(each)) for each in own)

    def count(self) -> int:
        """Return how many rows the finished file has."""
        return int(self.parquet.read_metadata(self.out).num_rows)

    def columns_at(self, period: str, names: Sequence[str]) -> dict[str, Any]:
        """Return columns of the finished file, (rows,) each, in the rows of one period."""
        rows = [("period", "==", period)]
        table = self.parquet.read_table(self.out, columns=list(names), filters=rows)
        return {name: table[name].to_numpy() for name in names}


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _in_the_way(place: Path) -> Problem:
    return Problem(
        "command line",
        f"--out {place}",
        "something other than this sweep: another design, other inputs or another version",
        "nothing there, or the same sweep begun before",
        "Choose another name, or remove it to start anew.",
    )
