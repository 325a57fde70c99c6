"""How draws are divided where there are many: members that are conditioned together, and parts of
further draws."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

MEMBERS = 16_384  # draws that are conditioned together at most; more of them need more memory
PART = 8_192  # further draws that are drawn together; both are multiples of the replicates


def together(draws: int) -> int:
    """Return how many of so many draws are conditioned together: the first."""
    return min(draws, MEMBERS)


def parts(draws: int) -> Iterator[slice]:
    """Yield where, among so many draws, each part stands that follows the members."""
    for first in range(MEMBERS, draws, PART):
        yield slice(first, min(first + PART, draws))


def part_seed(seed: int, number: int) -> int:
    """Return the seed of a part by its number from 0 on."""
    return int.from_bytes(sha256(f"{seed} part {number}".encode()).digest()[:8], "big")
