"""Sections of a report that take long, kept in the cache so that none is computed twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256

from forecast.analysis.case import Case
from forecast.result import Result, Run
from forecast.store import open_store


def kept_sections(
    case: Case, run: Run, compute: Callable[[], Mapping[str, Result]], *, use_cache: bool
) -> dict[str, Result]:
    """Return the results that `compute` returns by name, all of one run, from the cache if they are
    there.

    They are kept under all that decides them: inputs, code, draws, seed, settings and the day. A
    fresh result takes the same way through text as a kept one, so that the two agree.
    """
    parts = ("sections", run.key, case.settings, case.as_of)
    key = sha256(repr(parts).encode()).hexdigest()
    store = open_store(case.workspace) if use_cache else None
    payload = store.cache_get(key) if store is not None else None
    if payload is None:
        payload = _packed(compute())
        if store is not None:
            store.cache_put(key, payload)
    return {
        name: Result(
            packed["command"],
            run,
            tuple(packed["rows"]),
            tuple(packed["warnings"]),
            packed["extra"],
        )
        for name, packed in json.loads(payload).items()
    }


def _packed(results: Mapping[str, Result]) -> bytes:
    fields = ("command", "rows", "warnings", "extra")
    packed = {
        name: {each: getattr(result, each) for each in fields} for name, result in results.items()
    }
    return json.dumps(packed, separators=(",", ":")).encode()
