"""One report at a time: a lock beside the store, which the system releases however a run ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from forecast.errors import LockedError

LOCK_FILE = "report.lock"
HOLDER_FILE = "report.holder"  # says who holds the lock; it means nothing while nobody does


@contextmanager
def report_lock(folder: Path, started: str) -> Iterator[str]:
    """Hold the lock of the folder in which a store is; yield "", or why there can be no lock there.

    A place that cannot be written has none: nothing is kept there either. Raises LockedError at
    once if another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_FILE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LockedError(f"another report is being made here{_holder(folder)}") from error
    except OSError as error:
        yield error.strerror or str(error)
        return
    with suppress(OSError):
        (folder / HOLDER_FILE).write_text(f"{os.getpid()} {started}\n", encoding="ascii")
    try:
        yield ""
    finally:
        with suppress(OSError):
            (folder / HOLDER_FILE).unlink()
        lock.release()


def _holder(folder: Path) -> str:
    """Return who holds the lock, in words, as far as it said."""
    try:
        process, started = (folder / HOLDER_FILE).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return ""
    return f", by process {process} since {started}"
