"""How long the stages of a run took, for the person at the terminal; never part of a result."""

from __future__ import annotations

from time import perf_counter


class Stopwatch:
    """Laps in seconds, by name."""

    def __init__(self) -> None:
        self._start = self._last = perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Record the time since the last lap under `name`."""
        now = perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now

    def total(self) -> float:
        """Return the seconds since the start."""
        return round(perf_counter() - self._start, 3)
