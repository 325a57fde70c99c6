"""How much of a person's file is read: a stated limit, where a stream never ends too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from forecast.errors import InputError, Problem

STANDARD_INPUT = "-"
LARGEST = 512 * 2**20  # bytes
_BLOCK = 2**24


def read_bounded(
    file: str | Path, place: str, problems: list[Problem], subject: str = "file"
) -> bytes | None:
    """Return what is in a file, `-` for standard input; None, with a problem of `subject` at
    `place` added, if it cannot be read or has more than `LARGEST` bytes."""
    try:
        if file == STANDARD_INPUT:
            content = _first(sys.stdin.buffer)
        else:
            with Path(file).open("rb") as stream:
                content = _first(stream)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        problems.append(Problem(place, subject, found, "a file that can be read"))
        return None
    if content is None:
        found = f"more than {LARGEST >> 20} MiB"
        expected = f"at most {LARGEST >> 20} MiB; cut the file into parts"
        problems.append(Problem(place, subject, found, expected))
    return content


def content_of(path: Path, place: str, subject: str = "file") -> bytes:
    """Return what is in a file. Raises InputError as `read_bounded` adds problems."""
    problems: list[Problem] = []
    content = read_bounded(path, place, problems, subject)
    if content is None:
        raise InputError(problems)
    return content


def _first(stream: BinaryIO) -> bytes | None:
    """Return what a stream holds, None if that is too much."""
    blocks: list[bytes] = []
    left = LARGEST
    while block := stream.read(_BLOCK):
        left -= len(block)
        if left < 0:
            return None
        blocks.append(block)
    return b"".join(blocks)
