"""Work on as many threads as there are processors: NumPy leaves Python to others while it works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")
THREADS = max(1, min(4, os.cpu_count() or 1))


def side_by_side(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return what two works return, of which the second is done in a thread beside this one. What
    either raises is raised once both have ended."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(copy_context().run, second)
        return first(), other.result()


def spread(work: Callable[[First], Second], over: Iterable[First]) -> list[Second]:
    """Return what some work makes of each of several things, in their order."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, over))
