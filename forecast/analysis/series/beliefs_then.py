"""What a hindcast believes: which of today's beliefs were not known then, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from forecast.analysis.beliefs.assumptions import influence, strongest
from forecast.analysis.beliefs.targets import HEADLINE
from forecast.inputs.schema import ReplacedKind, Way
from forecast.model.equations import model_graph
from forecast.result import Band, RunOptions, band
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.rows import plain
from forecast.world.world import World

MOST_NAMED = 5


@dataclass(frozen=True)
class BeliefThen:
    """A belief that was not known then and what stands for it; `moves` is the headline metric at
    the horizon that an assumption or driver moves most in what was believed then."""

    belief: str
    kind: ReplacedKind
    by: Way
    since: str | None
    moves: str | None
    rank_correlation: float | None


@dataclass(frozen=True)
class BeliefEffect:
    """A headline metric at the horizon by what was believed then, and by what is today."""

    metric: str
    period: str
    unit: str
    then: Band = field(metadata=band("then"))
    today: Band = field(metadata=band("today"))


def beliefs_then(world: World, through: str) -> tuple[BeliefThen, ...]:
    """Return the beliefs of today that a world as of an earlier day does not hold, those that move
    a headline metric at the horizon most first."""
    if not world.inputs.replaced:
        return ()
    moved = influence(world, through)
    rows = []
    for each in world.inputs.replaced:
        own = each.kind in ("assumption", "driver")
        moves, size = strongest(moved[each.name]) if own else (None, None)
        since = each.since.isoformat() if each.since else None
        rows.append(BeliefThen(each.name, each.kind, each.by, since, moves, size))
    return tuple(sorted(rows, key=lambda row: -abs(row.rank_correlation or 0.0)))


def moving_beliefs(world: World, through: str) -> tuple[str, ...]:
    """Return in words which beliefs that were not known then move the answer most, if any does."""
    named = [
        f"{row.belief} ({row.moves} {row.rank_correlation:+.2f}, by {row.by})"
        for row in beliefs_then(world, through)[:MOST_NAMED]
        if row.moves is not None
    ]
    if not named:
        return ()
    return (f"of the beliefs not known then, the answer moves most with {', '.join(named)}",)


def compare_beliefs(then: Case, today: Case, options: RunOptions) -> tuple[BeliefEffect, ...]:
    """Return the headline metrics of two cases of one day, with the beliefs of then and today's."""
    return tuple(_effects(then, today, options))


def _effects(then: Case, today: Case, options: RunOptions) -> Iterator[BeliefEffect]:
    values = [open_world(case, options).values(HEADLINE) for case in (then, today)]
    for name in HEADLINE:
        bands = [
            Band(*(plain(float(each)) for each in np.quantile(draws, (0.1, 0.5, 0.9))))
            for draws in (each.at(name, options.through) for each in values)
        ]
        unit = model_graph().nodes[name].meaning.unit
        yield BeliefEffect(name, options.through, unit, *bands)
