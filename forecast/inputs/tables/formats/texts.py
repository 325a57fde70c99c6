"""The text of a person's file, whatever program saved it: UTF-8, UTF-16, or what Windows writes in
Europe, Japan, China and Korea."""

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
_LEAST_PAIRED = 8  # bytes beyond ASCII
_SAMPLE = 4096  # bytes that tell an encoding without a mark


def read_text(file: str, content: bytes, problems: list[Problem]) -> tuple[str, str] | None:
    """Return a file's text and the name of its encoding; None, with a problem added, if it is no
    text."""
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        encoding = _of_east_asia(content) or "cp1252"
        text = _decoded(content, encoding)
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
    names = {
        "utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252", "cp932": "Shift JIS",
        "gb18030": "GB 18030", "cp949": "EUC-KR",
    }  # fmt: skip
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


def _decoded(content: bytes, encoding: str) -> str:
    """Return a text of an encoding, "" if it is none: it has no letters among control signs."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TEXT.search(text) else text


def _of_east_asia(content: bytes) -> str:
    """Return the encoding of a text whose letters beyond ASCII take two bytes, "" for any other.

    Chinese and Korean have no byte of ASCII in a pair, so that all runs of others are even;
    Korean syllables begin below 0xC9. Japanese pairs begin, where
    Windows has hardly a letter, at 0x81 to 0x9F.
    """
    runs = re.findall(rb"[\x80-\xff]+", content[:_SAMPLE])
    if sum(map(len, runs)) < _LEAST_PAIRED:
        return ""
    if all(len(run) % 2 == 0 and min(run) >= 0xA1 for run in runs[:-1]):
        first = [lead for run in runs for lead in run[::2]]
        encoding = "cp949" if max(first) <= 0xC8 else "gb18030"
        return encoding if max(map(len, runs)) > 2 and _decoded(content, encoding) else ""
    beyond = b"".join(runs)
    leads = sum(0x81 <= byte <= 0x9F for byte in beyond)
    return "cp932" if 3 * leads > len(beyond) and _decoded(content, "cp932") else ""
