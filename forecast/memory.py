"""Memory that a block of draws has used serves the next one."""

from __future__ import annotations

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's names for what mallopt sets: malloc.h
KEPT = 2**30  # bytes of freed memory that are kept
FROM_THE_SYSTEM = 2**25  # bytes from which a single array still comes from the system and goes back


def keep_freed_memory() -> None:
    """Have this process keep the memory that it frees.

    glibc gives what a block of draws has used back to the system after each, and the system clears
    every page again for the next: a third of the time of `forecast watch`. Other C libraries have
    no such switch, and nothing happens.
    """
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(TRIM_THRESHOLD, KEPT)
    mallopt(MMAP_THRESHOLD, FROM_THE_SYSTEM)
