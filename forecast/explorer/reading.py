"""What a state makes of the metrics, and that of the base case as the cache keeps it, from which
the first frame is drawn before the ensemble is at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.analysis.runs import section_cache
from forecast.analysis.whatif.rows import Compared
from forecast.code_hash import rooms_sha256
from forecast.explorer.facts import Facts
from forecast.explorer.levers import Lever
from forecast.explorer.state import State
from forecast.report.characters.terminal_fan import FanPath
from forecast.world.case import run_of


@dataclass(frozen=True)
class Reading:
    """What a state makes of the metrics, on so many draws: each beside the base at the period, the
    chosen one by quarter (`base` the same before the changes), and warnings. `median` says where an
    assumption or driver stands, None where it stands as in the base."""

    state: State
    metric: str
    draws: int
    is_full: bool
    compared: dict[str, Compared]
    path: FanPath
    base: FanPath
    median: Callable[[str], float | None]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """The base case on all draws: metrics at the period, the chosen one by quarter, what moves it,
    and all levers."""

    compared: dict[str, Compared]
    times: tuple[float, ...]
    levels: tuple[tuple[float, ...], ...]
    ranked: tuple[str, ...]
    levers: dict[str, Lever]


def recalled(facts: Facts, metric: str) -> Reading | None:
    """Return the base case as the cache has it, None if it has not; levers and what moves the
    metric are then among the facts."""
    if not facts.options.use_cache:
        return None
    case, run = facts.case, run_of(facts.case, facts.options)
    found = section_cache.recall(Opening, case, run, decided_by=_decided_by(metric))
    if found is None:
        return None
    facts.levers |= found.levers
    facts.ranked[metric] = list(found.ranked)
    path = FanPath(np.array(found.times), np.array(found.levels))
    draws = facts.options.draws
    return Reading(State(), metric, draws, True, found.compared, path, path, lambda _: None, ())


def keep(facts: Facts, reading: Reading) -> None:
    """Keep a reading of the base case on all draws, with what facts are known."""
    opening = Opening(
        reading.compared,
        tuple(reading.path.times.tolist()),
        tuple(map(tuple, reading.path.levels.tolist())),
        tuple(facts.ranked[reading.metric]),
        facts.levers,
    )
    case, run = facts.case, run_of(facts.case, facts.options)
    section_cache.keep(opening, case, run, decided_by=_decided_by(reading.metric))


def _decided_by(metric: str) -> str:
    return f"{metric} {rooms_sha256(('explorer', 'report'))}"
