"""Observations on their way into the store: what neither the files nor the store say already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from forecast.inputs.schema import Inputs, Observation
from forecast.store import Counts, Store, StoredRow
from forecast.store.vintages import Figure

NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # signs by which a file is taken for binary
_FIELDS = tuple(name for name in StoredRow.columns if name != "kind")


def keep(
    observations: Sequence[Observation],
    kind: str,
    inputs: Inputs,
    store: Store,
    dry_run: bool = False,
) -> Counts:
    """Store what neither the files nor the store say already, and return the counts.

    With `dry_run` nothing is written.
    """
    names = {each.series_id for each in observations}
    known = [each for each in inputs.observations if each.series_id in names]
    in_store = {row.figure for row in store.observations({each.series_id for each in known})}
    in_files: dict[Figure, Observation] = {}
    dated = set()
    for each in known:
        if (figure := stored_row(each, kind).figure) not in in_store:
            in_files[figure] = each
            dated.add((figure, each.published, _says(each)))
    rows = [stored_row(each, kind) for each in observations]
    fresh = [
        row
        for row, each in zip(rows, observations, strict=True)
        if row.figure not in in_files
        or (
            _says(in_files[row.figure]) != _says(each)
            and (row.figure, each.published, _says(each)) not in dated
        )
    ]
    counts = (store.preview if dry_run else store.add_observations)(fresh, set(in_files))
    return replace(counts, unchanged=counts.unchanged + len(rows) - len(fresh))


def _says(observation: Observation) -> tuple[object, ...]:
    """Return the figure itself, without who published it and when."""
    return observation.value, observation.high, observation.qualifier, observation.error


def stored_row(observation: Observation, kind: str) -> StoredRow:
    """Return an observation as the store keeps it."""
    values = {name: storable(getattr(observation, name)) for name in _FIELDS}
    return StoredRow(**values, kind=kind)


def storable(value: Any) -> Any:
    r"""Return a field of a row as the store keeps it: a day in ISO 8601; text without signs that no
    file of text may hold, which become U+FFFD, and with `\udcXX` for bytes that are not UTF-8."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        return NO_TEXT.sub("\ufffd", value.encode("utf-8", "backslashreplace").decode())
    return value
