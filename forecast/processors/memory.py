"""Memory: what a block of draws has used serves the next one, and where there is little."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from forecast.errors import ForecastError

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENAS = -1, -3, -8  # glibc's names for what mallopt sets: malloc.h
KEPT = 2**30  # bytes of freed memory that are kept
FROM_THE_SYSTEM = 2**25  # bytes from which a single array still comes from the system and goes back

LEAST = 2**30  # bytes of address space that a run of the fewest draws takes, with its libraries
# What glibc says when it loads a library, and Python when it starts a thread.
SHORTAGES = ("failed to map segment", "allocate memory", "can't start new thread")


def keep_freed_memory() -> None:
    """Have this process keep the memory that it frees.

    glibc gives what a block of draws has used back to the system after each, and the system clears
    every page again for the next: a third of the time of `forecast watch`. What one thread has
    freed serves the others too, for which they share one arena. Other C libraries have no such
    switch, and nothing happens.
    """
    if (mallopt := _of_glibc("mallopt")) is not None:
        mallopt(TRIM_THRESHOLD, KEPT)
        mallopt(MMAP_THRESHOLD, FROM_THE_SYSTEM)
        mallopt(ARENAS, 1)


def give_back_freed_memory() -> None:
    """Have this process give the memory that it has freed back to the system, once.

    What one thread has freed serves no other; so where threads begin what one alone has prepared,
    the process would hold both.
    """
    if (trim := _of_glibc("malloc_trim")) is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """Return a function of the C library, None if it has no such one."""
    import ctypes

    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
    return found


class TooLittleMemory(ForecastError):
    """A run cannot be fitted into the memory that this process may use."""

    exit_code = 71


def prepare_for_a_limit() -> None:
    """Have the libraries that are loaded later do with little, where memory is limited (ulimit -v).

    OpenBLAS ends the process or waits for ever if it gets no memory for its threads, jemalloc
    crashes; without them a shortage is an error that can be told.
    """
    if _limit() is not None:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def check_limit() -> None:
    """Raise TooLittleMemory where less may be used than any run takes.

    Far below that libraries crash, where nothing could be said any more.
    """
    limit = _limit()
    if limit is not None and limit < LEAST:
        found, least = f"{limit >> 20:,} MiB may be used", f"{LEAST >> 20:,} MiB"
        raise TooLittleMemory(f"too little memory: {found}, {least} are needed (ulimit -v)")


def _limit() -> int | None:
    """Return the bytes of address space that this process may use, None if there is no limit."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def is_shortage(error: Exception) -> bool:
    """Return whether an error says that there was too little memory, whatever asked for it."""
    match error:
        case MemoryError() | OSError(errno=errno.ENOMEM):
            return True
        case ImportError() | RuntimeError():  # say so only in words
            return any(words in str(error) for words in SHORTAGES)
        case _:
            return False
