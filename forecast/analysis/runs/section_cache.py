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
    inputs, asked = case.inputs, (case.settings, case.as_of, decided_by)
    base = replace(run, inputs_sha256=inputs.sha256).key
    parts = (kind.__name__, base, inputs.warnings, *asked)
    key = sha256(repr(parts).encode()).hexdigest()
    store = open_store(case.workspace) if use_cache else None
    known = store.cache_get(key) if store is not None else None
    content = known or encode(compute())
    if store is not None and known is None:
        store.cache_put(key, content)
    return decode(kind, content), known is not None
