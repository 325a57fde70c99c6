"""The records of JSON: a list of objects, an object that holds one, or an object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from forecast.errors import Problem
from forecast.inputs.tables.formats.json.shapes import flat, nested_records, records_of

# Where an object keeps its records, as `forecast export --format json` writes them.
_LISTS = ("rows", "data", "observations", "records")
_EXPECTED = "objects such as {series_id, period_end, value, unit}"
Record = tuple[int, Mapping[str, Any]]


def read_records(file: str, text: str, problems: list[Problem]) -> list[Record] | None:
    """Return the records of a JSON text with the lines they begin in; None, with a problem added,
    if there are none such."""
    found: list[Record] = []
    try:
        for line, shaped in _records(text):
            record = flat(shaped) if isinstance(shaped, Mapping) else shaped
            if (problem := _wrong(f"{file}:{line}", record)) is not None:
                problems.append(problem)
                return None
            found.append((line, record))
    except json.JSONDecodeError as error:
        problems.append(Problem(f"{file}:{error.lineno}", "file", error.msg, "valid JSON"))
        return None
    except RecursionError:
        found_text = "lists or objects nested too deeply"
        problems.append(Problem(file, "file", found_text, _EXPECTED))
        return None
    return found


def _wrong(place: str, record: Any) -> Problem | None:
    """Return what is wrong with a record: it is no object, holds others, or half of a character."""
    if not isinstance(record, Mapping):
        return Problem(place, "record", type(record).__name__, _EXPECTED)
    for key, value in record.items():
        if isinstance(value, list | Mapping):
            shape = "a list" if isinstance(value, list) else "an object"
            return Problem(place, key, shape, "a text or a number")
        for text in (key, value):
            if isinstance(text, str) and not _is_whole(text):
                return Problem(place, "text", f"{text!a}, half of a character", "text in Unicode")
    return None


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole_number(digits: str) -> int | str:
    """Return an integer; one of more digits than any quantity has as the text that it is."""
    return digits if len(digits) > 4_000 else int(digits)


_DECODER = json.JSONDecoder(parse_int=_whole_number)


def _records(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the line and the value of each record."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] == "{":
        first, end = _DECODER.raw_decode(text, start)
        name = next((key for key in _LISTS if isinstance(first.get(key), list)), "")
        if not text[end:].strip() and (shaped := records_of(first)) is not None:
            yield from enumerate(shaped, start=1)
            return
        if name:
            start = _list_of(text, name, start)
        elif text[end:].strip():
            yield from _json_lines(text)
            return
        elif (nested := nested_records(first)) is not None:
            yield from enumerate(nested, start=1)
            return
        else:
            yield text.count("\n", 0, start) + 1, first
            return
    elif (shaped := records_of(_DECODER.decode(text))) is not None:
        yield from enumerate(shaped, start=1)
        return
    place, counted, line = start + 1, 0, 1
    while True:
        place = _skip(text, place, " \t\r\n,")
        if text[place] == "]":
            return
        record, end = _DECODER.raw_decode(text, place)
        line += text.count("\n", counted, place)
        counted = place
        yield line, record
        place = end


def _list_of(text: str, name: str, start: int) -> int:
    """Return where the list of a name begins among the members of the object at `start`."""
    place = start + 1
    while True:
        key, end = _DECODER.raw_decode(text, _skip(text, place, " \t\r\n,"))
        place = _skip(text, end, " \t\r\n:")
        if key == name:
            return place
        place = _DECODER.raw_decode(text, place)[1]


def _skip(text: str, place: int, signs: str) -> int:
    while text[place] in signs:
        place += 1
    return place


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, _DECODER.decode(line)
            except json.JSONDecodeError as error:
                raise json.JSONDecodeError(error.msg, "\n" * (number - 1), number - 1) from error
