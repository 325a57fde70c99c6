"""Heads that hold what is measured beside its period: Revenue 2Q26, 2Q26 Revenue (US$M)."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.inputs.tables.cells.unit_texts import without_unit
from forecast.inputs.tables.layout.headers import kind_of

_LONGEST = 4  # words of a period: three months ended June
_PERIODS = {"year", "period"}


def measured_periods(names: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return the measure and the period of each head that holds both, by its place."""
    found = {place: _parted(name) for place, name in enumerate(names)}
    return {place: parts for place, parts in found.items() if parts}


def _parted(name: str) -> tuple[str, str] | None:
    """Return the measure and the period in a head, None where it does not hold both."""
    words = without_unit(name).split()
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        for period, rest in ((words[-count:], words[:-count]), (words[:count], words[count:])):
            text = " ".join(period).strip("(),:")
            if kind_of(text) in _PERIODS:
                return " ".join(rest).rstrip(" ,:;-–("), text
    return None
