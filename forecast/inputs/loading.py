"""Loading the inputs of a case: files, ingested rows, and a cache of what they became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from forecast.inputs.places import InputFile, read_input_files
from forecast.inputs.schema import Inputs

if TYPE_CHECKING:
    from forecast.store import Store, StoredGuidance, StoredRow

_PACKAGE = Path(__file__).resolve().parents[1]


def load(
    workspace: Path | None = None,
    as_of: date | None = None,
    *,
    beliefs: Literal["then", "today"] = "then",
    use_cache: bool = True,
) -> Inputs:
    """Return the inputs of a workspace, or of the built-in base case if it is None.

    A workspace that lacks `assumptions/` or `data/` takes the built-in ones. What was not
    known by `as_of` is left out: observations and guidance published later and, unless `beliefs`
    are to be those of today, what people believed later. Raises InputError with every problem of
    every file.
    """
    from forecast.store import open_store

    files = read_input_files(workspace)
    store = open_store(workspace)
    rows = store.observations() if workspace else []
    said = store.guidance() if workspace else []
    digest = _digest(files, (*rows, *said), as_of, beliefs)
    key = f"inputs {_reader_digest()} {digest}"
    if use_cache and (found := _cached(store, key)):
        return found
    from forecast.codec import encode
    from forecast.inputs.tables.parsing import parse_inputs

    inputs = replace(parse_inputs(files, rows, said, as_of), sha256=digest)
    if as_of:
        from forecast.inputs.as_of import beliefs_as_of, lean_on_beliefs

        known = beliefs_as_of if beliefs == "then" else lean_on_beliefs
        inputs, replaced = known(inputs, as_of)
        inputs = replace(inputs, replaced=replaced, as_of=as_of)
    if use_cache:
        store.cache_put(key, encode(inputs))
    return inputs


def _cached(store: Store, key: str) -> Inputs | None:
    """Return the inputs cached under a key; whatever cannot be decoded is read anew."""
    content = store.cache_get(key)
    if content is None:
        return None
    from forecast.codec import decode

    try:
        return decode(Inputs, content)
    except ValueError:
        return None


def _digest(
    files: Sequence[InputFile],
    rows: Iterable[StoredRow | StoredGuidance],
    as_of: date | None,
    beliefs: str,
) -> str:
    """Return a hash of every byte that goes in."""
    digest = sha256(f"as of {as_of}, beliefs of {beliefs if as_of else 'today'}\n".encode())
    for file in files:
        # A name may hold bytes that are not UTF-8.
        digest.update(f"{file.name}\n{len(file.content)}\n".encode("utf-8", "surrogateescape"))
        digest.update(file.content)
    for row in rows:
        digest.update(f"{row.cells}\n".encode())
    return digest.hexdigest()


@cache
def _reader_digest() -> str:
    """Return a hash of the code that reads inputs, so that a change to it empties the cache."""
    digest = sha256()
    readers = sorted((_PACKAGE / "inputs").rglob("*.py"))
    for path in (*readers, _PACKAGE / "units.py", _PACKAGE / "periods.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
