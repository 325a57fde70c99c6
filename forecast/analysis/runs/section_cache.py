"""Sections of a report that take long: computed side by side, and kept in the cache so that none is
computed twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from forecast.result import Result, Run
from forecast.second_process import Beside
from forecast.store import open_store
from forecast.world.case import Case
from forecast.world.ensemble import shared_ensembles

Section = Callable[[], Sequence[Result]]  # of a module's function, so that a process can be told
Packed = dict[str, list[dict[str, Any]]]


def kept_sections(
    case: Case,
    run: Run,
    sections: Mapping[str, Section],
    *,
    decided_by: str = "",
    apart: Collection[str],
    beside: Beside,
    use_cache: bool,
) -> dict[str, list[Result]]:
    """Return the results of each section, all of one run, from the cache if they are there.

    They are kept under all that decides them: inputs, code, draws, seed, settings, the day, and
    what else they are `decided_by`, as a hash. A fresh result takes the same way through text as a
    kept one, so that the two agree. Those that stand `apart` are computed `beside` the others once
    the first is there, with which the ensemble is in the cache.
    """
    parts = ("sections", run.key, case.settings, case.as_of, decided_by)
    key = sha256(repr(parts).encode()).hexdigest()
    store = open_store(case.workspace) if use_cache else None
    payload = store.cache_get(key) if store is not None else None
    if payload is None:
        payload = json.dumps(_computed(sections, apart, beside), separators=(",", ":")).encode()
        if store is not None:
            store.cache_put(key, payload)
    packed: Packed = json.loads(payload)
    return {name: [_unpacked(each, run) for each in packed[name]] for name in sections}


def _computed(sections: Mapping[str, Section], apart: Collection[str], beside: Beside) -> Packed:
    first, *others = (name for name in sections if name not in apart)
    with shared_ensembles():
        found = _packed({first: sections[first]})
        theirs = beside(partial(_packed, {name: sections[name] for name in apart}))
        found |= _packed({name: sections[name] for name in others})
        return found | theirs()


def _packed(sections: Mapping[str, Section]) -> Packed:
    fields = ("command", "rows", "warnings", "extra")
    with shared_ensembles():
        return {
            name: [{each: getattr(result, each) for each in fields} for result in section()]
            for name, section in sections.items()
        }


def _unpacked(packed: dict[str, Any], run: Run) -> Result:
    rows, warnings = tuple(packed["rows"]), tuple(packed["warnings"])
    return OldResult(packed["command"], run, rows, warnings, packed["extra"])
