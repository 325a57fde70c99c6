"""A Parquet file in the making: its parts in a folder beside it, each whole or not there."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forecast.errors import InputError, Problem

DESIGN = b"forecast design"  # key of the file's metadata
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

    def keep(self, index: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a part; the design stands in the folder before the first of them."""
        import pyarrow

        self.folder.mkdir(exist_ok=True)
        if not self.standing.exists():
            self.write(self.standing, self.identity.encode())
        table = pyarrow.Table.from_pylist(list(rows))
        self._write_table(self._part(index), table)

    def _write_table(self, path: Path, table: Any) -> None:
        buffer = io.BytesIO()
        described = table.replace_schema_metadata({DESIGN: self.identity.encode()})
        self.parquet.write_table(described, buffer)
        self.write(path, buffer.getvalue())

    def join(self, parts: int) -> None:
        """Write the file from its parts, if it is not there, and remove them."""
        import pyarrow

        if not self.is_complete():
            tables = [self.parquet.read_table(self._part(index)) for index in range(parts)]
            self._write_table(self.out, pyarrow.concat_tables(tables))
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the finished file, by column."""
        return list(self.parquet.read_table(self.out).to_pylist())


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
