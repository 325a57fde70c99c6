"""The hash of the program's own source: what a result rests on beside its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

PACKAGE = Path(__file__).parent
OUTSIDE = frozenset({"__init__.py", "__main__.py", "api.py", "second_process.py"})
# The rooms that decide what is found; those after them decide how it reads.
DECIDING = ("inputs", "curves", "ensemble", "money", "model", "world", "analysis")


@cache
def rooms_sha256(rooms: Sequence[str]) -> str:
    """Return a hash of the source of some rooms, and of the files that all rooms share, so that
    what rests on them never meets a cache of before they changed."""
    digest = sha256()
    shared = (*PACKAGE.glob("*.py"), *(PACKAGE / "processors").glob("*.py"))
    of_rooms = (path for room in rooms for path in (PACKAGE / room).rglob("*.py"))
    for path in sorted([*(each for each in shared if each.name not in OUTSIDE), *of_rooms]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def code_sha256() -> str:
    """Return a hash of the source of every room that decides a result."""
    return rooms_sha256(DECIDING)
