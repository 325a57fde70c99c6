"""When a run began and how long its stages took; no number of a result depends on either."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from time import perf_counter


def started() -> str:
    """Return this moment, or the one that SOURCE_DATE_EPOCH sets for reproducible output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def since(begun: float) -> float | None:
    """Return the seconds since a `perf_counter()`, which SOURCE_DATE_EPOCH leaves out."""
    is_fixed = os.environ.get("SOURCE_DATE_EPOCH", "").isdigit()
    return None if is_fixed else round(perf_counter() - begun, 3)
