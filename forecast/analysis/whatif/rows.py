"""The rows of a what-if, and a metric in both of its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.result import MERGED
from forecast.world.rows import ChangeRow, MetricRow, ValueRow

CaseName = Literal["base", "changed", "difference"]


@dataclass(frozen=True)
class CaseRow:
    """A row of the base, of the changed case, or of how they differ."""

    case: CaseName
    row: MetricRow = field(metadata=MERGED)


@dataclass(frozen=True)
class Compared:
    """A metric in both cases, and how it differs draw by draw."""

    base: ValueRow
    now: ValueRow
    change: ChangeRow
