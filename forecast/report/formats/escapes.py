"""Signs that a terminal obeys rather than shows, written as escapes: what a file says stays text.

An id, a header or a source may hold anything: the sequences that colour, move the cursor or name
the window, and the marks that turn the direction of writing.
"""

from __future__ import annotations

import re

# Control characters, DEL and C1, marks of direction, separators of lines, halves of characters.
_HIDDEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_OBEYED = re.compile(f"[{_HIDDEN}]")
_OBEYED_IN_A_LINE = re.compile(f"[\t\n{_HIDDEN}]")
_UNSEEN_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def in_a_line(text: str) -> str:
    r"""Return a text that is part of one line, such signs as `\x1b` and `\u202e`."""
    return _OBEYED_IN_A_LINE.sub(_escaped, text)


def in_lines(text: str) -> str:
    """Return a text of several lines, which keeps its line ends and tabs."""
    return _OBEYED.sub(_escaped, text)


def in_json(text: str) -> str:
    r"""Return JSON in which the signs that JSON leaves as they are read `\u009b`, as it allows."""
    return _UNSEEN_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
