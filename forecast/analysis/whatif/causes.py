"""What each of the changes of a what-if, and each link of the chain, contributes to a metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.analysis.attribution.divisia import decompose, title_of, wanted_for
from forecast.analysis.attribution.shapley import sets_of, shapley
from forecast.analysis.whatif.experiment import Experiment, Members
from forecast.model.graph import Meaning
from forecast.world.rows import plain
from forecast.world.values import Taken, Values


@dataclass(frozen=True)
class ChangePart:
    """What a change contributes to how far a metric's median moves, in its unit (Shapley), and the
    settings that the change stands for."""

    driver: str
    amount: float
    metric: str
    period: str
    unit: str
    method: Literal["shapley"]
    set: tuple[str, ...]


@dataclass(frozen=True)
class LinkPart:
    """What a link of the chain contributes to a metric's mean change, in its unit (LMDI)."""

    driver: str
    amount: float
    metric: str
    period: str
    unit: str
    method: Literal["lmdi"]
    title: str


Part = ChangePart | LinkPart


def links_of(metrics: Sequence[Meaning]) -> set[str]:
    """Return the names whose values `link_parts` reads of metrics."""
    return set().union(*(wanted_for(each.name) for each in metrics))


def change_parts(
    experiment: Experiment,
    metrics: Sequence[Meaning],
    period: str,
    sides: tuple[Values, Values],
) -> Iterator[ChangePart]:
    """Yield what each change did to the medians of metrics at a period; the parts of a metric sum
    to the change of its median. `sides` hold the metrics before and after all changes."""
    changes, seed = experiment.changes, experiment.options.seed
    keys = [(each.name, period) for each in metrics]
    before, after = (values.take(keys) for values in sides)
    taken: dict[Members, Taken] = {frozenset(): before, experiment.everyone: after}
    between = [each for each in sets_of(len(changes), seed) if each not in taken]
    taken |= zip(between, experiment.taken(between, keys), strict=True)
    medians = {
        members: np.array([np.median(draws[key]) for key in keys])
        for members, draws in taken.items()
    }
    parts = shapley(len(changes), medians, seed)
    for column, meaning in enumerate(metrics):
        for change, amount in zip(changes, parts[:, column], strict=True):
            about = plain(float(amount)), meaning.name, period, meaning.unit
            yield ChangePart(change.name, *about, "shapley", change.texts)


def link_parts(
    experiment: Experiment, meaning: Meaning, period: str, sides: tuple[Values, Values]
) -> Iterator[LinkPart]:
    """Yield what links did to a metric's mean, nothing for a metric that is no product or sum of
    others. `sides` hold all of `links_of` before and after all changes."""
    parts = decompose(meaning.name, period, *sides, kind=meaning.kind)
    if [part.name for part in parts] in ([], [meaning.name]):
        return
    for part in parts:
        about = plain(float(part.amount.mean())), meaning.name, period, meaning.unit
        title = title_of(part.name, experiment.base.inputs)
        yield LinkPart(part.name, *about, "lmdi", title)
