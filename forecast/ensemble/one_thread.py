"""Linear algebra on one thread: with more, its last digits would depend on how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# The number of threads is the whole process's: whoever left first would set it free for others.
_ALONE = Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it NumPy's linear algebra runs on one thread, and no other thread of the process is
    within it."""
    with _ALONE, _linear_algebra().limit(limits=1):
        yield


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within it NumPy's linear algebra runs on one thread in each thread of the process: where work
    is spread over threads already. Some of it may be within `one_thread`."""
    with _linear_algebra().limit(limits=1):
        yield


@cache
def _linear_algebra() -> ThreadpoolController:
    """Return the controller of the libraries that NumPy has loaded, looked for once."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
