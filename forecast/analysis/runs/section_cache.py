"""What a question found, kept in the cache so that nothing is computed twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from forecast.codec import decode, encode
from forecast.result import Run
from forecast.store import open_store
from forecast.world.case import Case

Record = TypeVar("Record")


def kept(
    kind: type[Record],
    case: Case,
    run: Run,
    compute: Callable[[], Record],
    *,
    decided_by: str = "",
    use_cache: bool,
) -> Record:
    """Return the record of a kind that `compute` makes for a run, from the cache if it is there.

    It is kept under all that decides it: inputs (of scenarios only those asked for), code, draws,
    seed, settings, the day, and what else it is `decided_by`, as a hash. A fresh record takes the
    same way through text as a kept one, so that the two agree.
    """
    found, _ = recalled(kind, case, run, compute, decided_by=decided_by, use_cache=use_cache)
    return found


def recalled(
    kind: type[Record],
    case: Case,
    run: Run,
    compute: Callable[[], Record],
    *,
    decided_by: str = "",
    use_cache: bool,
) -> tuple[Record, bool]:
    """Return what `kept` does, and whether it was known from before."""
    known = recall(kind, case, run, decided_by=decided_by) if use_cache else None
    if known is not None:
        return known, True
    content = encode(compute())
    if use_cache:
        open_store(case.workspace).cache_put(_key(kind, case, run, decided_by), content)
    return decode(kind, content), False


def recall(kind: type[Record], case: Case, run: Run, *, decided_by: str = "") -> Record | None:
    """Return the record of a kind that was kept for a run, None if none was."""
    content = open_store(case.workspace).cache_get(_key(kind, case, run, decided_by))
    return None if content is None else decode(kind, content)


def keep(record: object, case: Case, run: Run, *, decided_by: str = "") -> None:
    """Keep a record for a run."""
    key = _key(type(record), case, run, decided_by)
    open_store(case.workspace).cache_put(key, encode(record))


def _key(kind: type, case: Case, run: Run, decided_by: str) -> str:
    inputs, asked = case.inputs, (case.settings, case.as_of, decided_by)
    base = replace(run, inputs_sha256=inputs.sha256).key
    parts = (kind.__name__, base, inputs.warnings, *asked)
    return sha256(repr(parts).encode()).hexdigest()
