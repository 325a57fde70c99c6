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


@dataclass(frozen=True)
class SetBelief:
    """An assumption or driver that is set: `before` is its median in the base at the setting's
    period, or at the last quarter, in `unit`; None where the base sets it too, or it is delayed. A
    driver of the money group is a plan, of which what is realised may differ."""

    key: str
    title: str
    unit: str
    is_plan: bool
    before: float | None
