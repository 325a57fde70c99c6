"""Draws by key on the disk, written part by part and read key by key."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from forecast.beliefs import Array
from forecast.errors import InputError, Problem

Key = TypeVar("Key", bound=Hashable)
_NUMBER = np.dtype(np.float64)


class Spill(Mapping[Key, Array], Generic[Key]):
    """Draws by key, (draws,) or (draws, quarters), in a file without a name, which is gone when
    nobody has it open any more.

    A part is written as its keys' draws one after the other, so that a key is read from as many
    places as there are parts. What is read is what was written, to the bit.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = list(dict.fromkeys(keys))
        self._file = tempfile.TemporaryFile(prefix="forecast-")  # noqa: SIM115, lives as long as this
        self._places: dict[Key, list[tuple[int, tuple[int, ...]]]] = {key: [] for key in self._keys}
        self.draws = 0

    def append(self, part: Mapping[Key, Array]) -> None:
        """Write the draws of a part, which has every key."""
        for key in self._keys:
            values = np.ascontiguousarray(part[key], dtype=_NUMBER)
            self._places[key].append((self._file.tell(), values.shape))
            self._file.write(values.data)
        self.draws += len(values)

    def __getitem__(self, key: Key) -> Array:
        places = self._places[key]
        found = np.empty((self.draws, *places[0][1][1:]))
        first = 0
        for start, shape in places:
            self._file.seek(start)
            self._file.readinto(found[first : first + shape[0]].data)
            first += shape[0]
        self._file.seek(0, 2)
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def check_room(numbers: float, draws: int) -> None:
    """Raise InputError if so many numbers do not fit where files of a run's own are put."""
    place = tempfile.gettempdir()
    needed, free = numbers * _NUMBER.itemsize, shutil.disk_usage(place).free
    if needed > free:
        raise InputError(
            Problem(
                "command line",
                f"--draws {draws}",
                f"{needed / 1e9:,.1f} GB to put aside in {place}, which has {free / 1e9:,.1f} GB",
                "fewer draws or metrics, or TMPDIR where there is room",
            )
        )
