"""Records as JSON and back: dataclasses as lists of their fields, decoded by their type hints.

A record that stands in a union of several is told apart by its name, which `Tagged` adds.

Decoding costs about as much as the JSON parser itself and imports nothing, which is what makes a
cached load quick.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Decoder = Callable[[Any], Any]
Record = TypeVar("Record")


class Tagged:
    """A record that may stand where another kind could: encoded with the name of its class."""

    __slots__ = ()


def encode(record: Any) -> bytes:
    """Return a record as JSON. Numbers that JSON has no word for (NaN, infinity) come back."""
    text = json.dumps(record, default=_plainer, ensure_ascii=False, separators=(",", ":"))
    # A byte of a file's name that is not UTF-8 becomes \udcXX, which JSON reads back.
    return text.encode("utf-8", "backslashreplace")


def decode(kind: type[Record], content: bytes) -> Record:
    """Return the record of a kind that `encode` was given. Raises ValueError for anything else."""
    try:
        return cast(Record, _record_decoder(kind)(json.loads(content)))
    except (LookupError, TypeError) as error:
        raise ValueError(f"not an encoded {kind.__name__}") from error


def _plainer(value: Any) -> Any:
    """Return what JSON's encoder knows, or asks for again, of a record or a date."""
    if isinstance(value, date):
        return value.isoformat()
    kind: Any = type(value)
    cells = [getattr(value, name) for name in _names(kind)]
    return {kind.__name__: cells} if isinstance(value, Tagged) else cells


@cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


@cache
def _decoder(hint: Any) -> Decoder | None:
    """Return what turns JSON into a value of a type; None if JSON's own value is it already."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is date:
        return date.fromisoformat
    if is_dataclass(hint):
        kind = cast(type, hint)
        return _tagged_decoder([kind]) if issubclass(kind, Tagged) else _record_decoder(kind)
    if origin is dict:
        return _dict_decoder(_decoder(arguments[1]))
    if origin is tuple:
        return _tuple_decoder(arguments)
    return _union_decoder(arguments) if origin in {Union, UnionType} else None


def _union_decoder(arguments: tuple[Any, ...]) -> Decoder | None:
    kinds = [hint for hint in arguments if isinstance(hint, type) and is_dataclass(hint)]
    if len(kinds) > 1:
        return _tagged_decoder(kinds)
    inner = next((found for found in map(_decoder, arguments) if found), None)
    return None if inner is None else _optional_decoder(inner)


def _tuple_decoder(arguments: tuple[Any, ...]) -> Decoder:
    if arguments[-1] is Ellipsis:
        decode = _decoder(arguments[0])
        return tuple if decode is None else lambda cells: tuple(map(decode, cells))
    decoders = [_decoder(argument) or _as_it_is for argument in arguments]
    return lambda cells: tuple(decode(cell) for decode, cell in zip(decoders, cells, strict=True))


def _tagged_decoder(kinds: list[type]) -> Decoder:
    decoders = {kind.__name__: _record_decoder(kind) for kind in kinds}

    def decode_tagged(cell: Any) -> Any:
        if cell is None:
            return None
        ((name, cells),) = cell.items()
        return decoders[name](cells)

    return decode_tagged


def _as_it_is(cell: Any) -> Any:
    return cell


def _record_decoder(record: type) -> Decoder:
    hints = get_type_hints(record)
    decoders = [(place, _decoder(hints[field.name])) for place, field in enumerate(fields(record))]
    needed = [(place, decode) for place, decode in decoders if decode is not None]

    def decode_record(cells: list[Any]) -> Any:
        for place, decode in needed:
            cells[place] = decode(cells[place])
        return record(*cells)

    return decode_record


def _dict_decoder(decode: Decoder | None) -> Decoder:
    if decode is None:
        return dict
    return lambda members: {key: decode(member) for key, member in members.items()}


def _optional_decoder(decode: Decoder) -> Decoder:
    return lambda cell: None if cell is None else decode(cell)
