"""A second process, which works beside this one.

It is started afresh, so that it holds no lock and no half of anything, and it ends with this one,
however that ends. `concurrent.futures.ProcessPoolExecutor` does not hold that: its workers keep
both ends of their queues open, so that they outlive a process ended by SIGTERM or `kill -9`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")


class Beside(Protocol):
    """Starts work elsewhere, or not at all, and returns a function that returns its result.

    Results are asked for in the order in which work was started.
    """

    def __call__(self, work: Callable[[], T], /) -> Callable[[], T]: ...


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def here(work: Callable[[], T], /) -> Callable[[], T]:
    """Leave work to be done in this process, when its result is asked for."""
    return work


@contextmanager
def second_process(prepare: Callable[[], object]) -> Iterator[Beside]:
    """Yield a way to work in a second process, which prepares itself at once.

    Work is a function of a module, or a `partial` of one. What fails there is done again here,
    where it can say why; where no process can be started, all of it is. Only the main thread can do
    this.
    """
    from multiprocessing import get_context

    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, prepare), daemon=True)
    # What is ignored here is ignored there from its first moment: a person's Ctrl-C ends this
    # process, and so that one.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_there = False
    try:
        # No memory, no room among the processes, or no current folder to start in.
        with suppress(OSError):
            process.start()
            is_there = True
    finally:
        signal.signal(signal.SIGINT, usual)
    theirs.close()
    if not is_there:
        ours.close()
        yield here
        return

    def beside(work: Callable[[], T], /) -> Callable[[], T]:
        try:
            ours.send(work)
        except OSError:
            return work

        def result() -> T:
            with suppress(EOFError, OSError):
                is_done, found = ours.recv()
                if is_done:
                    done: T = found
                    return done
            return work()

        return result

    try:
        yield beside
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(asker: Connection, prepare: Callable[[], object]) -> None:
    """Do what is asked for, until the asker hangs up."""
    prepare()
    with suppress(OSError):
        while True:
            try:
                answer = True, asker.recv()()
            except EOFError:
                return
            except Exception:
                answer = False, None
            asker.send(answer)
