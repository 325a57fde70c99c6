"""The rows of a what-if, and a metric in both of its cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.inputs.schema import Setting
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
    """An assumption or driver that is set, and its median in the base `before`, at the setting's
    period or in the last quarter, in `unit`. A driver of the money group is a plan, of which what
    is realised may differ."""

    setting: Setting
    title: str
    unit: str
    is_plan: bool
    before: float
