"""Records as JSON and back: dataclasses as lists of their fields, decoded by their type hints.

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


def encode(record: Any) -> bytes:
    """Return a record as JSON."""
    return json.dumps(_encode(record), ensure_ascii=False, separators=(",", ":")).encode()


def decode(kind: type[Record], content: bytes) -> Record:
    """Return the record of a kind that `encode` was given. Raises ValueError for anything else."""
    try:
        return cast(Record, _record_decoder(kind)(json.loads(content)))
    except (LookupError, TypeError) as error:
        raise ValueError(f"not an encoded {kind.__name__}") from error


def _encode(value: Any) -> Any:
    if is_dataclass(value):
        return [_encode(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, tuple):
        return [_encode(member) for member in value]
    if isinstance(value, dict):
        return {key: _encode(member) for key, member in value.items()}
    return value.isoformat() if isinstance(value, date) else value


@cache
def _decoder(hint: Any) -> Decoder | None:
    """Return what turns JSON into a value of a type; None if JSON's own value is it already."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is date:
        return date.fromisoformat
    if is_dataclass(hint):
        return _record_decoder(cast(type, hint))
    if origin is dict:
        return _dict_decoder(_decoder(arguments[1]))
    if origin is tuple:
        return _tuple_decoder(arguments)
    if origin in {Union, UnionType}:
        inner = next((found for found in map(_decoder, arguments) if found), None)
        return None if inner is None else _optional_decoder(inner)
    return None


def _tuple_decoder(arguments: tuple[Any, ...]) -> Decoder:
    if arguments[-1] is Ellipsis:
        decode = _decoder(arguments[0])
        return tuple if decode is None else lambda cells: tuple(map(decode, cells))
    decoders = [_decoder(argument) or _as_it_is for argument in arguments]
    return lambda cells: tuple(decode(cell) for decode, cell in zip(decoders, cells, strict=True))


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
