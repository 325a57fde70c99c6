"""When a run began and how long its stages took; no number of a result depends on either."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from time import perf_counter

from forecast.errors import InputError, Problem

LAST_MOMENT = 253_402_300_799  # of the year 9999, in seconds since 1970


def started() -> str:
    """Return this moment, or the one that SOURCE_DATE_EPOCH sets for reproducible output; raises
    InputError if that says none."""
    return (fixed_moment() or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(begun: float) -> float | None:
    """Return the seconds since a `perf_counter()`, which SOURCE_DATE_EPOCH leaves out."""
    return None if fixed_moment() else round(perf_counter() - begun, 3)


def fixed_moment() -> datetime | None:
    """Return the moment that SOURCE_DATE_EPOCH sets, None without it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return None
    is_moment = epoch.isascii() and epoch.isdigit() and len(epoch) <= len(str(LAST_MOMENT))
    if not is_moment or int(epoch) > LAST_MOMENT:
        expected = f"whole seconds since 1970, at most {LAST_MOMENT}"
        raise InputError(Problem("environment", "SOURCE_DATE_EPOCH", repr(epoch), expected))
    return datetime.fromtimestamp(int(epoch), UTC)
