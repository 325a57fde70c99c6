"""Events: rows known by a name and not by a period, whose publisher may date them anew.

A row of frequency `event` has the event's name first in its note. `; dated DAY before` behind it
names each day in whose place the row stands.
"""

from __future__ import annotations

import re

from forecast.periods import EVENT

_FORMER = re.compile(r"; dated (\d{4}-\d{2}-\d{2}) before")
_CONFIDENCE = re.compile(r" \((?:Confident|Likely|Speculative|Unknown)\)$")


def event_name(note: str) -> str:
    """Return the name in the note of an event, in small letters and without how sure its figure is;
    empty where there is none."""
    name = " ".join(note.partition(";")[0].split())
    return _CONFIDENCE.sub("", name).lower()


def former_days(frequency: str, note: str) -> list[str]:
    """Return the days, in ISO 8601, in whose place an event stands, the first one first."""
    return _FORMER.findall(note) if frequency == EVENT else []


def dated_anew(before: str, day: str) -> str:
    """Return what the note of an event says of its former days, given the note of the row that
    stood `before` at a day."""
    days = dict.fromkeys([*_FORMER.findall(before), day])
    return "".join(f"; dated {each} before" for each in days)
