"""The text of a person's file, whatever program saved it: UTF-8, UTF-16, Windows-1252."""

from __future__ import annotations

import codecs
import re

from forecast.errors import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FEW = 50  # letters of text to one sign that is none
_SAMPLE = 4096  # bytes that tell an encoding without a mark


def read_text(file: str, content: bytes, problems: list[Problem]) -> tuple[str, str] | None:
    """Return a file's text and the name of its encoding; None, with a problem added, if it is no
    text."""
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        encoding = "cp1252"
        text = _in_windows(content)
        if not text:
            line = content[: error.start].count(b"\n") + 1
            found = f"a byte that is not UTF-8 (0x{content[error.start]:02x})"
            problems.append(Problem(f"{file}:{line}", "text", found, "text in UTF-8"))
            return None
    match = _NO_TEXT.search(text)
    if match and _FEW * len(_NO_TEXT.findall(text, 0, _SAMPLE)) > len(text[:_SAMPLE]):
        line = text.count("\n", 0, match.start()) + 1
        problems.append(Problem(f"{file}:{line}", "text", "binary data", "a table as text"))
        return None
    names = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252"}
    return text, names.get(encoding, "UTF-16")


def _encoding(content: bytes) -> str:
    """Return the encoding that a mark says, or that every other byte is zero says."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    start = content[:_SAMPLE]
    if start[1::2].count(0) > len(start) // 3:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 3:
        return "utf-16-be"
    return "utf-8"


def _in_windows(content: bytes) -> str:
    """Return a text of Windows-1252, "" if it is none: it has no letters among control signs."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TEXT.search(text) else text
