"""Figures that should be out by now, by the calendar of `watch`, and where to look for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecast.analysis.watch.upcoming import known_on, upcoming
from forecast.inputs.schema import Inputs, Observation
from forecast.sources.declared import Declared


@dataclass(frozen=True)
class DueRow:
    """A figure that has not come: `expected` is when it usually would have, `days` how long ago.

    `kind` is automatic, proposal, or reminder: what no source gives and a person looks up.
    """

    series_id: str
    title: str
    kind: str
    period: str
    expected: str
    days: int
    last_period: str
    where: str


def due_rows(inputs: Inputs, declared: Declared, today: date) -> tuple[DueRow, ...]:
    """Return the figures of drivers and targets that are overdue, the longest first."""
    kinds = declared.kinds()
    by_series: dict[str, list[Observation]] = {}
    for row in inputs.observations:
        by_series.setdefault(row.series_id, []).append(row)
    rows = {}
    for each in upcoming(inputs, known_on(inputs))[0]:
        if not each.series or each.published > today:
            continue
        name = " + ".join(each.series)
        rows[name] = DueRow(
            name,
            each.title,
            kinds.get(each.series[0], "reminder"),
            each.period,
            each.published.isoformat(),
            (today - each.published).days,
            max(row.period_end for row in by_series[each.series[0]]).isoformat(),
            _where(each.series, declared, by_series[each.series[0]]),
        )
    return tuple(sorted(rows.values(), key=lambda row: -row.days))


def _where(series: Sequence[str], declared: Declared, rows: Sequence[Observation]) -> str:
    for source in declared.sources:
        if any(recipe.series_id in series for recipe in source.recipes):
            return source.title
    last = max(rows, key=lambda row: row.published)
    return declared.reminders.get(series[0], f"{last.source}, {last.source_url}")
