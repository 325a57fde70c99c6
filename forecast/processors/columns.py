"""One work on an array time and again, whose columns copies of this process share.

A copy stands by between two times, and finds its columns in memory that it shares with this
process: what changes from one time to the next is all that needs to be written.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from forecast.processors.copies import Copy, alone, processes_for

Array = NDArray[np.float64]
Work = Callable[[slice, Array], Array]  # of where columns are and these, (rows, columns)


@contextmanager
def by_columns(work: Work, rows: int, columns: int) -> Iterator[Callable[[Array], Array]]:
    """Yield what does some work, for which each column is by itself, on an array (rows, columns),
    and returns what it makes of them, (found, columns): all here, or parts of them in copies."""
    count = processes_for(columns)
    ends = [columns * number // count for number in range(count + 1)]
    mine, *others = (slice(*each) for each in pairwise(ends))
    with ExitStack() as left:
        helpers: list[_Helper] = []
        for part in others:
            helpers.append(_Helper(work, part, rows, [each.copy for each in helpers]))
            left.callback(helpers[-1].copy.end)

        def done(array: Array) -> Array:
            if not helpers:
                return work(mine, array)
            for each in helpers:
                each.ask(array)
            found = alone(lambda part: work(part, array[:, part]), mine)
            return np.concatenate([found, *(each.answer() for each in helpers)], axis=1)

        yield done


class _Helper:
    """A copy of this process with columns of its own, and the memory that it shares."""

    def __init__(
        self, work: Work, part: slice, rows: int, others: list[Copy[Array, Array]]
    ) -> None:
        shape = rows, part.stop - part.start
        shared = mmap.mmap(-1, 8 * max(shape[0] * shape[1], 1))
        self._columns = np.frombuffer(shared, dtype=np.float64, count=shape[0] * shape[1])
        self._columns = self._columns.reshape(shape)
        self._part, self._work = part, lambda columns: work(part, columns)
        reader, self._words = Pipe(duplex=False)
        self.copy = Copy(self._work, _each_time(reader, self._columns), others)
        reader.close()

    def ask(self, array: Array) -> None:
        """Have the copy work on its columns of an array."""
        self._columns[:] = array[:, self._part]
        with suppress(OSError):  # it has died, and leaves no answer
            self._words.send_bytes(b"again")

    def answer(self) -> Array:
        """Return what the copy has found, or else do it here."""
        is_done, found = self.copy.heard()
        return found if is_done and found is not None else alone(self._work, self._columns)


def _each_time(reader: Connection, columns: Array) -> Iterator[Array]:
    """Yield columns each time that someone says so."""
    while True:
        reader.recv_bytes()
        yield columns
