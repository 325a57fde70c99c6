"""Quarters out of amounts of other periods, such as the year to date, vintage by vintage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

QUARTER = range(80, 101)  # days of a fiscal quarter, of 12 to 14 weeks


@dataclass(frozen=True)
class Fact:
    """An amount of a period, as one filing states it."""

    start: date
    end: date
    value: float
    filing: str
    filed: date
    url: str

    @property
    def days(self) -> int:
        """Days of the period, both ends counted."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Quarter:
    """A quarter of a vintage: the fact that gave it, and the one subtracted from it, if any."""

    fact: Fact
    less: Fact | None = None

    @property
    def value(self) -> float:
        """The amount of the quarter."""
        return self.fact.value - (self.less.value if self.less else 0.0)


def quarters(facts: Iterable[Fact]) -> list[Quarter]:
    """Return the quarters that facts give, by end and day of filing, each vintage once.

    A fact of 80 to 100 days is a quarter. Of any other the fact with the same start that ends a
    quarter earlier is subtracted, from the newest filing not later than its own, so that no two
    vintages are mixed. A filing that repeats the value of the one before gives nothing.
    """
    known = list(facts)
    by_start: dict[date, list[Fact]] = defaultdict(list)
    for fact in known:
        by_start[fact.start].append(fact)
    found: dict[date, dict[tuple[date, str], Quarter]] = defaultdict(dict)
    for fact in known:
        quarter = Quarter(fact) if fact.days in QUARTER else _difference(fact, by_start[fact.start])
        at = fact.filed, fact.filing
        if quarter is not None and (quarter.less is None or at not in found[fact.end]):
            found[fact.end][at] = quarter
    return [
        quarter
        for end in sorted(found)
        for quarter in _changes([found[end][at] for at in sorted(found[end])])
    ]


def _difference(fact: Fact, same_start: Sequence[Fact]) -> Quarter | None:
    earlier = [
        other
        for other in same_start
        if (fact.end - other.end).days in QUARTER and other.filed <= fact.filed
    ]
    if not earlier:
        return None
    return Quarter(fact, max(earlier, key=lambda other: (other.filed, other.filing == fact.filing)))


def _changes(vintages: Sequence[Quarter]) -> list[Quarter]:
    kept: list[Quarter] = []
    for each in vintages:
        if not kept or each.value != kept[-1].value:
            kept.append(each)
    return kept
