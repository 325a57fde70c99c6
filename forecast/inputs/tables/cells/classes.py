"""Classes of size or age, which look like figures and are names: 10 to 49 employees, 250+."""

from __future__ import annotations

import re
from collections.abc import Collection

_N = r"\d[\d,. ]*"
_TO = r"\s*(?:-|–|—|to|bis|à|a|til|till|～|~)\s*"
_FROM = (
    r"(?:<|>|≤|≥|less than|fewer than|more than|under|over|from|at least|unter|über|ab|moins de"
    r"|plus de)\s*"
)
_MORE = r"(?:\+|\s+(?:[^\W\d_]+\s+)?(?:(?:or|and|oder|und|et|ou|eller)\s+\w+))"
_OF = r"(?:\s+[^\W\d_].*)?"  # what is counted
_WHOM = r"(?:(?:ages?|aged|firms with|companies with|with)\s+)?"
_CLASS = re.compile(rf"^{_WHOM}(?:{_N}{_TO}{_N}|{_FROM}{_N}|{_N}{_MORE}){_OF}$", re.I)
_FEWEST = 2


def are_classes(cells: Collection[str]) -> bool:
    """Return whether the cells of a column, of which some may be words, are classes: each a range
    between whole numbers, or all above or below one, and more than one of them."""
    found = {cell.strip() for cell in cells if cell.strip()}
    classes = {cell for cell in found if _CLASS.match(cell)}
    words = {cell for cell in found if not any(sign.isdigit() for sign in cell)}
    return len(classes) >= _FEWEST and classes | words == found
