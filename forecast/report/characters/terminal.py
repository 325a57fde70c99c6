"""Lines written for people: coloured on a terminal, plain in a pipe, in ASCII where need be."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import TextIO

from forecast.report.characters.table_lines import Line
from forecast.report.formats.escapes import in_a_line, in_lines

# Readable on light and on dark grounds: weight before colour, and no yellow, blue or white.
STYLES = {
    "title": "bold",
    "strong": "bold",
    "median": "",
    "plain": "",
    "band": "dim",
    "quiet": "dim",
    "rule": "dim",
    "observed": "green",
    "error": "bold red",
    "warning": "bold magenta",
    "hint": "dim",
    "fan": "bold cyan",
    "fan inner": "cyan",
    "fan outer": "cyan",
    "ghost": "dim",
    "second ghost": "magenta",
}
LEAST_WIDTH = 20
ASCII = str.maketrans(
    {
        "•": "*", "│": "|", "─": "-", "┼": "+", "├": "|", "┤": "|", "●": "o", "–": "-", "—": "-",
        "−": "-", "…": "..", "·": "-", "÷": "/", "×": "x", "≈": "~", "≤": "<=", "≥": ">=",
        "µ": "u", "¢": "c", "’": "'", "“": '"', "”": '"', "▲": "^", "▼": "v", "✗": "x", "→": "->",
        "░": ".", "▒": ":", "━": "=", "└": "+", "▓": "%", "█": "#",
        **{chr(0x2800 + dots): " .::=##"[min(dots.bit_count(), 6)] for dots in range(256)},
        "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "←": "<-",
    }
)  # fmt: skip


def plain(lines: Iterable[Line]) -> str:
    """Return styled lines as plain text without trailing blanks, control characters escaped."""
    return "".join(in_a_line("".join(text for text, _ in line).rstrip()) + "\n" for line in lines)


def show(lines: Iterable[Line], stream: TextIO) -> None:
    """Write styled lines: with colours where `wants_colour`, in ASCII where it cannot be helped."""
    put(drawn(lines, stream), stream)


def drawn(lines: Iterable[Line], stream: TextIO) -> str:
    """Return styled lines as text for a stream."""
    shown = list(lines)
    if not can_encode(stream):
        shown = [tuple((text.translate(ASCII), style) for text, style in line) for line in shown]
    return _in_colour(shown) if wants_colour(stream) else plain(shown)


def write(text: str, stream: TextIO) -> None:
    """Write text, with signs in ASCII and `?` for anything else that the stream cannot encode.

    A terminal gets no sign that it would obey; a pipe gets a table for machines as it is.
    """
    put(in_lines(text) if stream.isatty() else text, stream)


def put(text: str, stream: TextIO) -> None:
    """Write text that is `drawn`: colours are the program's own, and nothing else is obeyed."""
    encoding = stream.encoding or "utf-8"
    if not can_encode(stream):
        text = text.translate(ASCII).encode(encoding, "replace").decode(encoding)
    stream.write(text)
    stream.flush()


def _in_colour(lines: Iterable[Line]) -> str:
    from rich.console import Console
    from rich.text import Text

    text_of = io.StringIO()
    console = Console(file=text_of, force_terminal=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        text = Text.assemble(*((in_a_line(part), STYLES[style]) for part, style in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
    return text_of.getvalue()


def wants_colour(stream: TextIO) -> bool:
    """Return whether to colour: FORCE_COLOR and NO_COLOR speak first, then the stream itself."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        stream.isatty() and os.environ.get("TERM") != "dumb"
    )


def can_encode(stream: TextIO) -> bool:
    """Return whether a stream can show the signs that the tables are drawn with."""
    try:
        "•│─┼├┤●–−…".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def page_width(stream: TextIO) -> int:
    """Return the columns of text to draw for: COLUMNS, else the terminal's own, else 80.

    A pipe has no width of its own, so that its tables are the same wherever they are read. Below
    `LEAST_WIDTH` columns nothing can be laid out.
    """
    asked = os.environ.get("COLUMNS", "")
    if asked.isdigit() and int(asked) > 0:
        return max(LEAST_WIDTH, int(asked)) if stream.isatty() else max(80, int(asked))
    if not stream.isatty():
        return 80
    try:
        return max(LEAST_WIDTH, os.get_terminal_size(stream.fileno()).columns or 80)
    except OSError:  # a terminal that will not say how wide it is
        return 80
