"""Loading the inputs of a case: files, ingested rows, and a cache of what they became."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from forecast.inputs.places import InputFile, read_input_files
from forecast.inputs.schema import Inputs

if TYPE_CHECKING:
    from forecast.store import Kept, Store, StoredGuidance, StoredRow

# What every draw needs; it takes as long to import as files to parse, and is beside that.
LIBRARY = "scipy.special"
_SERIES_FILE, _DELIMITERS = "data/series.csv", (",", "\t", ";")
_SCENARIOS = "assumptions/scenarios/"
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
    from forecast.store import StoredGuidance, StoredRow, open_store

    files = read_input_files(workspace)
    store = open_store(workspace)
    rows = store.kept(StoredRow, _series_of(files)) if workspace else []
    said = store.kept(StoredGuidance) if workspace else []
    told = [file for file in files if file.name.startswith(_SCENARIOS)]
    asked = f"as of {as_of}, beliefs of {beliefs if as_of else 'today'}\n"
    digest = _digest([file for file in files if file not in told], (*rows, *said), asked)
    scenarios = _digest(told)
    key = f"inputs {_reader_digest()} {digest} {scenarios}"
    if use_cache and (found := _cached(store, key)):
        return found

    def parsed() -> Inputs:
        inputs = _parsed(files, rows, said, as_of, beliefs)
        inputs = replace(inputs, sha256=digest, scenarios_sha256=scenarios)
        if use_cache:
            from forecast.codec import encode

            store.cache_put(key, encode(inputs))
        return inputs

    if LIBRARY in sys.modules:
        return parsed()
    from forecast.processors.copies import side_by_side

    return side_by_side(partial(import_module, LIBRARY), parsed)[1]


def _parsed(
    files: Sequence[InputFile],
    rows: Sequence[Kept[StoredRow]],
    said: Sequence[Kept[StoredGuidance]],
    as_of: date | None,
    beliefs: Literal["then", "today"],
) -> Inputs:
    """Return what files and ingested rows become; raises InputError as `load` does."""
    from forecast.inputs.parsing import parse_inputs
    from forecast.inputs.tables.rows.plausible import plausible_rows

    good_rows, bad_rows = plausible_rows(rows)
    good_said, bad_said = plausible_rows(said)
    inputs = parse_inputs(files, good_rows, good_said, as_of)
    inputs = replace(inputs, warnings=(*bad_rows, *bad_said, *inputs.warnings))
    if as_of is None:
        return inputs
    from forecast.inputs.as_of import beliefs_as_of, lean_on_beliefs

    known = beliefs_as_of if beliefs == "then" else lean_on_beliefs
    inputs, replaced = known(inputs, as_of)
    return replace(inputs, replaced=replaced, as_of=as_of)


def with_own_series(inputs: Inputs, workspace: Path | None, names: Iterable[str]) -> Inputs:
    """Return the inputs of a workspace with those series of `names` that only ingested rows know.

    `load` leaves them out, since no driver or target rests on them and there may be many.
    """
    missing = {name for name in names if name not in inputs.series}
    if workspace is None or not missing:
        return inputs
    from forecast.inputs.ingest.ingested import read_ingested
    from forecast.inputs.tables.rows.plausible import plausible_rows
    from forecast.store import StoredRow, open_store

    kept = open_store(workspace).kept(StoredRow, missing)
    rows, bad = plausible_rows([each for each in kept if each.row.series_id in missing])
    if not kept:
        return inputs
    series, own, dropped = read_ingested(rows, inputs.series, {}, inputs.as_of)
    return replace(
        inputs,
        series=series,
        observations=(*inputs.observations, *own),
        warnings=(*inputs.warnings, *bad, *dropped),
        sha256=sha256(f"{inputs.sha256} {[row.cells for row in rows]}".encode()).hexdigest(),
    )


def _series_of(files: Sequence[InputFile]) -> set[str]:
    """Return the ids in the table of series, as far as it can be read: what is wrong with it is
    said when it is parsed."""
    import csv
    from io import StringIO

    content = next((file.content for file in files if file.name == _SERIES_FILE), b"")
    text = content.decode("utf-8-sig", "replace")
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    found: set[str] = set()
    with suppress(csv.Error):
        for row in csv.DictReader(StringIO(text, newline=""), delimiter=delimiter):
            found.add((row.get("series_id") or "").strip())
    return found


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
    rows: Iterable[Kept[StoredRow] | Kept[StoredGuidance]] = (),
    asked: str = "",
) -> str:
    """Return a hash of every byte that goes in, and of how it was asked for."""
    digest = sha256(asked.encode())
    for file in files:
        # A name may hold bytes that are not UTF-8.
        digest.update(f"{file.name}\n{len(file.content)}\n".encode("utf-8", "surrogateescape"))
        digest.update(file.content)
    for row in rows:
        digest.update(f"{row.row.cells}\n".encode())
    return digest.hexdigest()


@cache
def _reader_digest() -> str:
    """Return a hash of the code that reads inputs, so that a change to it empties the cache."""
    digest = sha256()
    readers = sorted((_PACKAGE / "inputs").rglob("*.py"))
    for path in (*readers, _PACKAGE / "units.py", _PACKAGE / "periods.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
