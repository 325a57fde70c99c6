"""Tables whose heads have the periods: 2024 and 2025, or Revenue 2Q26 and Revenue 3Q26."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from forecast.inputs.tables.cells.figures import split_notes
from forecast.inputs.tables.cells.heads import is_called
from forecast.inputs.tables.cells.kinds import kind_of, main_kind, names_period
from forecast.inputs.tables.cells.passed_over import is_base
from forecast.inputs.tables.cells.unit_texts import without_unit
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import (
    DERIVED,
    Layout,
    holds_figures,
    part_column,
    words_of,
)

_LONGEST = 4  # words of a period: three months ended June
_PERIODS = {"year", "period"}
_PART = (
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?|q[1-4]|[1-4]q?|h[12]"
    r"|ytd|year to date|[a-z\d]+ months?|hy?[12]"
    r"|[1-4](?:\.|st|nd|rd|th)? ?(?:h[yj]?|q|half|sem|trim|quart|halb|kvart)[a-z]*\.?)"
)
# Jan-Aug 2025 is no year of anything.
_PART_OF_YEAR = re.compile(rf"^{_PART}(?:\s?(?:[-–/&+]|to)\s?{_PART})*$", re.I)


def across(layout: Layout, table: Table) -> Layout | None:
    """Return a table whose header has periods over figures, None if it is not one."""
    if {"value", "period_end"} & set(table.mapped):
        return None
    taken = set(layout.roles.values())
    heads = {
        index: split_notes(without_unit(name))[0]
        for index, name in enumerate(layout.names)
        if index not in taken
    }
    found = {
        index: name
        for index, name in heads.items()
        if name and kind_of(name) in {"year", "period"} and holds_figures(layout, index)
        if not _counts_asked(layout.names[index])
    }
    others = {i: rest for i, (rest, _) in _measured(layout).items() if i not in found}
    if found and any(rest.startswith("(") for rest in others.values()):
        return None  # 2024 (as reported), 2024 (restated), 2025
    if len(found) < (2 if "period_end" in layout.roles else 1):
        return None
    beside = [name for name in layout.names[:1] if 0 not in found]
    beside += [name for name in layout.names if is_called("period_end", name)]
    if len(found) == 1 and _have_periods(layout, beside):
        return None  # 2024, 2025 below "Next release", beside figures below its day
    roles = {role: at for role, at in layout.roles.items() if role not in {"period_end", "value"}}
    layout = replace(layout, roles=roles, figures=tuple(found), periods=tuple(found.values()))
    has_years = {kind_of(text) for text in layout.periods} == {"year"}
    return replace(layout, second=part_column(layout) if has_years else None)


def measured_across(layout: Layout, table: Table) -> Layout | None:
    """Return a table whose heads have a measure and a period each, None if it is not one."""
    if "period_end" in layout.roles or {"value", "period_end"} & set(table.mapped):
        return None
    if _have_periods(layout, layout.names):
        return None
    found = _measured(layout)
    if not found:
        return None
    bare = (i for i, name in enumerate(layout.names) if kind_of(name) in _PERIODS)
    found.update({i: ("", layout.names[i]) for i in bare if holds_figures(layout, i)})
    measures, periods = zip(*found.values(), strict=True)
    roles = {role: at for role, at in layout.roles.items() if role != "value"}
    return replace(layout, roles=roles, figures=tuple(found), periods=periods, measures=measures)


def _measured(layout: Layout) -> dict[int, tuple[str, str]]:
    """Return the measure and the period of each column of figures whose head holds both."""
    return {
        index: parts
        for index, parts in _measured_periods(layout.names).items()
        if holds_figures(layout, index) and not DERIVED.search(words_of(parts[0]))
        if not is_base(parts[0], among_shares=True)
    }


def _measured_periods(names: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return the measure and the period of each head that holds both, by its place."""
    found = {place: _parted(name) for place, name in enumerate(names)}
    return {place: parts for place, parts in found.items() if parts}


def _counts_asked(name: str) -> bool:
    """Return whether a head is of how many were asked in a period: 2025 n."""
    parts = _parted(name)
    return parts is not None and is_base(parts[0], among_shares=True)


def _parted(name: str) -> tuple[str, str] | None:
    """Return the measure and the period in a head, None where it does not hold both."""
    words = without_unit(name).split()
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        for period, rest in ((words[-count:], words[:-count]), (words[:count], words[count:])):
            text = " ".join(period).strip("(),:")
            if kind_of(text) in _PERIODS:
                measure = " ".join(rest).rstrip(" ,:;-–(")
                return ("", name) if _PART_OF_YEAR.match(measure) else (measure, text)
    return None


def _have_periods(layout: Layout, names: Collection[str]) -> bool:
    """Return whether a column of those that are named holds periods."""
    kinds = {
        main_kind(layout.column(i))
        for i, name in enumerate(layout.names)
        if name in names and not names_period(name)
    }
    return bool(kinds & {"year", "period"})
