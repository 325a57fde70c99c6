"""Readings made beside the keys: the latest state first on few draws, then, when the hand rests, on
all; what is outdated is cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from threading import Condition, Thread

from forecast.explorer.bench import Bench
from forecast.explorer.reading import Reading
from forecast.explorer.state import State
from forecast.world.world import Cancelled

REST = 0.25  # seconds without a key after which a hand rests


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to read: a metric in a state."""

    state: State
    metric: str


class Reader:
    """A thread that reads what is wanted last. `deliver` and `fail` are called from it, `fail` with
    what was wanted and the error."""

    def __init__(
        self,
        bench: Bench,
        deliver: Callable[[Wanted, Reading], object],
        fail: Callable[[Wanted, Exception], object],
    ) -> None:
        self._bench, self._deliver, self._fail = bench, deliver, fail
        self._changed = Condition()
        self._wanted: Wanted | None = None
        self._asked_at = 0.0
        self._is_closed = False
        Thread(target=copy_context().run, args=(self._run,), daemon=True).start()

    def ask(self, state: State, metric: str) -> None:
        """Want a reading; whatever was wanted before is outdated. Returns at once."""
        with self._changed:
            self._wanted, self._asked_at = Wanted(state, metric), time.monotonic()
            self._changed.notify()

    def close(self) -> None:
        """End the thread, as soon as it is done with a block of draws."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _run(self) -> None:
        done: Wanted | None = None
        while (wanted := self._next(done)) is not None:
            try:
                if not self._read(wanted, is_full=False) and self._rests(wanted):
                    self._read(wanted, is_full=True)
            except Cancelled:
                pass
            except Exception as error:
                self._fail(wanted, error)
            done = wanted

    def _next(self, done: Wanted | None) -> Wanted | None:
        """Return what is wanted once that is something new, None when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._wanted is not done)
            return None if self._is_closed else self._wanted

    def _rests(self, wanted: Wanted) -> bool:
        """Wait until the hand has rested; return whether nothing else was wanted meanwhile."""
        with self._changed:
            left = self._asked_at + REST - time.monotonic()
            self._changed.wait_for(lambda: self._is_outdated(wanted), timeout=max(0.0, left))
            return not self._is_outdated(wanted)

    def _is_outdated(self, wanted: Wanted) -> bool:
        return self._is_closed or self._wanted is not wanted

    def _read(self, wanted: Wanted, *, is_full: bool) -> bool:
        """Read and deliver; return whether that was on all draws."""
        reading = self._bench.read(
            wanted.state,
            wanted.metric,
            is_full=is_full,
            is_cancelled=lambda: self._is_outdated(wanted),
        )
        self._deliver(wanted, reading)
        return reading.is_full
