"""Sections of a report that take long: computed side by side, and kept in the cache so that none is
computed twice."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Any

from forecast.analysis.case import Case
from forecast.result import Result, Run
from forecast.store import open_store

Section = Callable[[], Result]  # of a module's own function, so that a process can be told of it
WORTH_A_PROCESS = 4096  # draws from which a second process gives more than its start costs


def kept_sections(
    case: Case, run: Run, sections: Mapping[str, Section], *, use_cache: bool
) -> dict[str, Result]:
    """Return the result of each section, all of one run, from the cache if they are there.

    They are kept under all that decides them: inputs, code, draws, seed, settings and the day. A
    fresh result takes the same way through text as a kept one, so that the two agree.
    """
    parts = ("sections", run.key, case.settings, case.as_of)
    key = sha256(repr(parts).encode()).hexdigest()
    store = open_store(case.workspace) if use_cache else None
    payload = store.cache_get(key) if store is not None else None
    if payload is None:
        has_help = use_cache and run.draws >= WORTH_A_PROCESS and (os.cpu_count() or 1) > 1
        packed = _by_two(sections) if has_help else _packed(sections)
        payload = json.dumps(packed, separators=(",", ":")).encode()
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


def _packed(sections: Mapping[str, Section]) -> dict[str, dict[str, Any]]:
    fields = ("command", "rows", "warnings", "extra")
    results = {name: section() for name, section in sections.items()}
    return {
        name: {each: getattr(result, each) for each in fields} for name, result in results.items()
    }


def _by_two(sections: Mapping[str, Section]) -> dict[str, dict[str, Any]]:
    """Return packed sections: every second one comes from a second process, which reads the
    ensemble from the cache. It is started afresh and holds no lock of this one; should it fail,
    this one does its work."""
    from multiprocessing import get_context

    names: Sequence[str] = list(sections)
    mine, theirs = ({name: sections[name] for name in names[start::2]} for start in (0, 1))
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    helper = context.Process(target=_answer, args=(sender, theirs), daemon=True)
    helper.start()
    sender.close()
    packed = _packed(mine)
    try:
        packed |= receiver.recv()
    except EOFError:
        packed |= _packed(theirs)
    helper.join()
    return {name: packed[name] for name in names}


def _answer(sender: Connection, sections: Mapping[str, Section]) -> None:
    """Send packed sections. What goes wrong is for the asker to find out and to say."""
    from forecast.analysis.ensemble import shared_ensembles

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C ends the asker, and so this
    with suppress(Exception), shared_ensembles():
        sender.send(_packed(sections))
