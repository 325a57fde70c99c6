"""A result: one long table of rows, whatever the command, that reports only pick, order and draw.

A row is a flat dictionary in the order of the published JSON schema. Nothing here computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
PERCENTILES = (5, 10, 25, 50, 75, 90, 95)
Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What identifies a run: enough to repeat it to the byte."""

    version: str
    started: str
    as_of: str | None
    data_through: str
    seed: int
    draws: int
    through: str
    scenario: tuple[str, ...]
    overrides: tuple[str, ...]
    inputs_sha256: str
    duration_s: float | None
    source: str = "built-in base case"
    code_sha256: str = ""

    @property
    def key(self) -> str:
        """A hash of all that decides the result: inputs, code, seed, draws and changes asked for.

        Neither the moment nor the place of a run is in it.
        """
        from hashlib import sha256

        key = (self.version, self.seed, self.draws, self.through, self.scenario, self.overrides)
        return sha256(f"{key}{self.inputs_sha256}{self.code_sha256}".encode()).hexdigest()

    @property
    def run_id(self) -> str:
        """Six characters that change with any input, code, seed or override."""
        return self.key[:6]


@dataclass(frozen=True)
class Result:
    """What a command found: `rows` as one long table, and tables beside it in `extra`."""

    command: str
    run: Run
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def find(self, metric: str, period: str | None, **where: Any) -> Row | None:
        """Return the row of a metric at a period (and further fields), None if there is none."""
        wanted = {"metric": metric, "period": period, **where}
        for row in self.rows:
            if all(row.get(key) == value for key, value in wanted.items()):
                return row
        return None

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a data frame, one row each, columns in schema order."""
        import pandas

        return pandas.DataFrame.from_records(list(self.rows))
