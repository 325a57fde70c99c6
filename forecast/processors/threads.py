"""Work on as many threads as there are processors: NumPy leaves Python to others while it works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")
THREADS = max(1, min(4, os.cpu_count() or 1))
_IS_ALONE: ContextVar[bool] = ContextVar("on one thread", default=False)


def is_alone() -> bool:
    """Return whether all work is to be done one after the other."""
    return _IS_ALONE.get()


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Within it all work is done one after the other: other processors have their own."""
    token = _IS_ALONE.set(True)
    try:
        yield
    finally:
        _IS_ALONE.reset(token)


def spread(work: Callable[[First], Second], over: Iterable[First]) -> list[Second]:
    """Return what some work makes of each of several things, in their order."""
    if is_alone():
        return [work(each) for each in over]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, over))


def in_threads(
    work: Callable[[First], Second], over: Iterable[First], threads: int = THREADS
) -> Iterator[Second]:
    """Yield what some work makes of each of several things, in their order, a few ahead of whoever
    reads."""
    if threads == 1 or is_alone():
        yield from map(work, over)
        return
    with ThreadPoolExecutor(threads) as pool:
        ahead: list[Future[Second]] = []
        try:
            for each in over:
                ahead.append(pool.submit(copy_context().run, work, each))
                if len(ahead) > threads:
                    yield ahead.pop(0).result()
            while ahead:
                yield ahead.pop(0).result()
        finally:
            for waiting in ahead:
                waiting.cancel()
