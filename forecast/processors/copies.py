"""Work on copies of this process, one for each further processor.

NumPy's steps on a block of draws are short, and between them threads wait for each other: two of
them do the work of one and a half. A copy waits for nobody, knows all that this process knows
and takes some ten milliseconds to make. Only Linux makes copies that are safe to work in.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Generic, NoReturn, TypeVar, cast

from forecast.processors.second_process import cores
from forecast.processors.threads import in_threads, is_alone, on_one_thread

MOST = 4  # processes, each of which takes memory of its own
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG: linux/prctl.h
ENDING = (signal.SIGINT, signal.SIGTERM)
First = TypeVar("First")
Second = TypeVar("Second")
Block = TypeVar("Block")
Found = TypeVar("Found")


def processes_for(blocks: int) -> int:
    """Return how many processes share so many blocks of work: one where all of it is to be done one
    after the other, or no copy is safe to work in."""
    can_share = sys.platform == "linux" and not is_alone()
    return min(MOST, cores(), blocks) if can_share else 1


def in_copies(run: Callable[[Block], Found], blocks: Sequence[Block]) -> Iterator[Found]:
    """Yield what `run` makes of each block, in order; of each n-th here and of the others in
    copies of this process, all on one thread each. What a copy has found is pickled.

    What fails in a copy is done again here, where it can say why, and so is what a copy leaves that
    dies. Where no copy can be made, threads do the work.
    """
    count = processes_for(len(blocks))
    if count < 2:
        yield from in_threads(partial(alone, run), blocks)
        return
    copies: list[Copy[Block, Found]] = []
    with ThreadPoolExecutor(count - 1) as listeners:
        try:
            for number in range(1, count):
                copies.append(Copy(run, blocks[number::count], copies))
            # Heard out at once, a copy goes on while this process is at a block of its own.
            told = [listeners.submit(each.heard) for each in copies]
            for place, block in enumerate(blocks):
                is_done, found = False, None
                if number := place % count:
                    is_done, found = told[number - 1].result()
                    told[number - 1] = listeners.submit(copies[number - 1].heard)
                yield cast("Found", found) if is_done else alone(run, block)
        finally:
            for each in copies:
                each.end()


def side_by_side(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return what two works return, of which the second is done in a copy of this process."""
    works: tuple[Callable[[], First | Second], ...] = (first, second)
    here, there = in_copies(_done, works)
    return cast("First", here), cast("Second", there)


def _done(work: Callable[[], Found]) -> Found:
    return work()


def alone(run: Callable[[Block], Found], block: Block) -> Found:
    """Return what `run` makes of a block, on one thread."""
    with on_one_thread():
        return run(block)


class Copy(Generic[Block, Found]):
    """A copy of this process, which works on blocks and ends with this process; `others` are the
    copies made before it."""

    def __init__(
        self,
        run: Callable[[Block], Found],
        blocks: Iterable[Block],
        others: Sequence[Copy[Block, Found]],
    ) -> None:
        from multiprocessing import Pipe

        self._reader, writer = Pipe(duplex=False)

        def work() -> None:
            # A pipe ends with whoever has its end open last.
            for each in (self, *others):
                each._reader.close()
            for block in blocks:
                answer: tuple[bool, Found | None] = False, None
                with suppress(Exception):
                    answer = True, alone(run, block)
                writer.send(answer)

        self._number = _copied(work)
        writer.close()

    def heard(self) -> tuple[bool, Found | None]:
        """Return whether it has done its next block, and what it has found."""
        try:
            answer: tuple[bool, Found | None] = self._reader.recv()
        except (EOFError, OSError):
            return False, None
        return answer

    def end(self) -> None:
        """End it, whatever it is doing."""
        if self._number:
            with suppress(OSError):  # whoever ignores SIGCHLD has no child to wait for
                os.kill(self._number, signal.SIGKILL)
                os.waitpid(self._number, 0)


def _copied(work: Callable[[], None]) -> int:
    """Return the number of a copy of this process that does some work and leaves without a word,
    and without what this process does as it ends; 0 where no copy can be made."""
    # A copy has what ends it wait until it leaves that to the system.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        with warnings.catch_warnings():
            # Later Pythons warn of threads beside this one, which NumPy's libraries may have.
            warnings.simplefilter("ignore", DeprecationWarning)
            number = os.fork()
        if number == 0:
            _leave_after(work)
        return number
    except OSError:  # no memory, or no room among the processes
        return 0
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _leave_after(work: Callable[[], None]) -> NoReturn:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        for number in ENDING:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        work()
    finally:
        os._exit(0)
