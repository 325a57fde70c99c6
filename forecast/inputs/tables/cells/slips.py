"""Whether an unknown id is plainly a slip of a known one, or a new one."""

from __future__ import annotations

from functools import cache

_SHORTEST = 5  # letters of a word in which one that differs is a slip


@cache
def slips(name: str, known: tuple[str, ...]) -> list[str]:
    """Return the known ids of which one is plainly a slip: but for a letter or two they are alike.

    Parts between underscores that differ as a whole, such as two tickers, are no slip.
    """
    return [other for other in known if _is_slip(name, other)][:3]


def _is_slip(name: str, other: str) -> bool:
    parts, others = name.lower().split("_"), other.lower().split("_")
    if "".join(parts) == "".join(others):
        return True
    if len(parts) != len(others):
        return False
    differ = [(a, b) for a, b in zip(parts, others, strict=True) if a != b]
    return len(differ) == 1 and _one_slip(*differ[0])


def _one_slip(word: str, other: str) -> bool:
    """Return whether two words of five letters or more differ by one letter left out, put in,
    changed or two in the wrong order; digits and short words tell things apart."""
    if min(len(word), len(other)) < _SHORTEST or any(map(str.isdigit, word + other)):
        return sorted(word) == sorted(other) and len(word) > 3
    start = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if start is None:
        return abs(len(word) - len(other)) == 1
    rest, others = word[start:], other[start:]
    return (
        rest[1:] == others[1:]
        or rest[1:] == others
        or rest == others[1:]
        or (rest[1::-1] == others[:2] and rest[2:] == others[2:])
    )
