"""Bodies as JSON and as tables of text, checked before anything is made of them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from forecast.sources.figures import TITLE, Body, DriftError, clean

MOST_BYTES_UNPACKED = 64 * 2**20
_PART_OF_DAY = re.compile(r"\d{4}(-\d{2})?")
_SLASHED = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")


def text_of(body: Body) -> str:
    """Return a body as text; an HTML page where data should be is drift, as is an empty body."""
    try:
        text = body.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DriftError("bytes that are not UTF-8", "text in UTF-8") from error
    head = text[:512].lstrip().lower()
    if head.startswith(("<!doctype html", "<html")):
        title = TITLE.search(text[:4096])
        raise DriftError(f"an HTML page: {title[1] if title else 'without a title'}", "data")
    if not text.strip():
        raise DriftError("an empty body", "data")
    return text


def json_of(body: Body) -> Any:
    """Return a body as JSON; `null` means that there is nothing yet, or too much was asked."""
    text = text_of(body)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DriftError(f"no JSON: {error}", "JSON") from error
    if found is None:
        raise DriftError("null", "data", "The publisher has nothing yet, or asks to slow down.")
    return found


def member(found: Any, *path: str) -> Any:
    """Return what stands under a path of keys; a key that is missing is drift."""
    for depth, key in enumerate(path):
        if not isinstance(found, Mapping) or key not in found:
            keys = (
                ", ".join(map(str, found)) if isinstance(found, Mapping) else type(found).__name__
            )
            at = ".".join(path[:depth]) or "the top"
            raise DriftError(f"no {key!r} at {at}, but {keys}", f"the key {key!r}")
        found = found[key]
    return found


def table_of(text: str, required: Iterable[str]) -> list[dict[str, str]]:
    """Return the records of CSV text; a column that is required and missing is drift."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [" ".join(name.split()) for name in next(reader, [])]
        check_columns(header, required)
        rows = [cells for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise DriftError(f"line {reader.line_num}: {error}", "valid CSV") from error
    for number, cells in enumerate(rows, start=2):
        if len(cells) != len(header):
            found = f"{len(cells)} cells in record {number}"
            raise DriftError(found, f"{len(header)}, as in the header", "Was it cut off?")
    if not rows:
        raise DriftError("a header alone", "records")
    return [dict(zip(header, cells, strict=True)) for cells in rows]


def check_columns(header: Sequence[str], required: Iterable[str]) -> None:
    """Check that all columns are there, once each."""
    for name in required:
        if header.count(name) == 1:
            continue
        if name in header:
            raise DriftError(f"the column {name!r} more than once", "it once")
        near = get_close_matches(name, [each[:99] for each in header[:99]], n=2, cutoff=0.5)
        hint = f"Is it {' or '.join(map(repr, map(clean, near)))} now?" if near else ""
        raise DriftError(f"no column {name!r} among {', '.join(header)}", f"{name!r}", hint)


def number_of(text: str, what: str) -> float:
    """Return a cell as a finite number."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DriftError(f"{text!r} as {what}", "a number")
    return value


def is_whole_day(text: str) -> bool:
    """Return whether a cell is more than a year or a month, which some records are dated by."""
    return not _PART_OF_DAY.fullmatch(text.strip())


def day_of(text: str, what: str) -> date:
    """Return a cell as a day: 2026-09-30, or 9/30/2026 as American publishers write it."""
    text = text.strip()
    if slashed := _SLASHED.match(text):
        text = f"{slashed[3]}-{int(slashed[1]):02d}-{int(slashed[2]):02d}"
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise DriftError(f"{text!r} as {what}", "a day such as 2026-09-30") from error
