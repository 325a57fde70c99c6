"""The figures that were asked of the hindcast before it was built, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.analysis.hindcast.hindcast import COMPANIES, MONEY_GROUPS
from forecast.analysis.hindcast.published.scores import HEADLINE
from forecast.analysis.hindcast.scoring.rows import (
    HeadToHead,
    Hindcast,
    HindcastRow,
    HindcastScore,
)
from forecast.analysis.hindcast.scoring.scores import Group, scored
from forecast.analysis.hindcast.scoring.truth import TOTAL
from forecast.analysis.hindcast.whole_model import SUMS
from forecast.money.group import LEADER
from forecast.periods import quarter

ALL, BEFORE, SINCE, NINE = MONEY_GROUPS
CALM = (
    Group("2018 and 2019", quarter("2018Q1"), quarter("2019Q4"), 12),
    Group("2021 and 2022", quarter("2021Q1"), quarter("2022Q4"), 12),
)


@dataclass(frozen=True)
class Aim:
    """What was asked for, between `least` and `most`, an end that is open None; and what was
    `measured`."""

    name: str
    least: float | None
    most: float | None
    measured: float

    @property
    def holds(self) -> bool:
        """Whether it was reached."""
        above = self.least is None or self.measured >= self.least
        return above and (self.most is None or self.measured <= self.most)


@dataclass(frozen=True)
class BesideWalk:
    """CRPS of a metric's forecasts from a group of origins, and of a random walk with drift on the
    same `rows`."""

    metric: str
    origins: str
    rows: int
    ours: float
    walk: float
    wis_over_walk: float


def beside_walk(rows: Sequence[HindcastRow], metric: str, group: Group) -> BesideWalk:
    """Return how a metric was forecast beside a walk, on the rows of money that both have."""
    mine = [each for each in rows if (each.part, each.metric) == ("money", metric)]
    walks = {_key(each): each for each in mine if each.method == "walk" and group.holds(each)}
    made = [each for each in mine if each.method == "forecast" and _key(each) in walks]
    both = _whole([*made, *walks.values()], group)
    walk = _whole([replace(each, method="forecast") for each in walks.values()], group)
    ratio = both.wis_over_walk
    return BesideWalk(
        metric, group.name, len(made), both.crps, walk.crps, np.nan if ratio is None else ratio
    )


def aims(
    result: Hindcast, against: HeadToHead, trend: Sequence[HindcastRow], walked: Mapping[str, float]
) -> Iterator[Aim]:
    """Yield every aim. `trend` are forecasts of the five's capex without the link, from the origins
    of CALM; `walked` holds the weighted interval score over a walk's of each other metric."""
    whole = {(s.metric, s.origins): s for s in result.scores if s.part == "money" and not s.horizon}
    for group, most in zip(MONEY_GROUPS, (0.125, 0.105, 0.165, 0.13), strict=True):
        score = whole[TOTAL, group.name]
        yield Aim(f"CRPS of the five's capex, {group.name}", None, most, score.crps)
    for group, least, high in ((ALL, 0.80, 0.97), (SINCE, 0.75, None)):
        held = whole[TOTAL, group.name].coverage_80.value
        yield Aim(f"part of them in the 80% band, {group.name}", least, high, held)
    for group in CALM:
        less = _whole(_made(result.rows), group).crps - _whole(_made(trend), group).crps
        yield Aim(f"CRPS less that of the trend alone, origins of {group.name}", None, 0.02, less)
    each = whole[COMPANIES, ALL.name]
    yield Aim("CRPS of each company's capex", None, 0.255, each.crps)
    yield Aim("part of them in the 80% band", 0.78, 0.93, each.coverage_80.value)
    for group in (ALL, NINE):
        beside = beside_walk(result.rows, LEADER, group)
        name = f"CRPS of NVIDIA's revenue less a walk's on the same rows, {group.name}"
        yield Aim(name, None, 0.01, beside.ours - beside.walk)
    for score, name, most in (
        (whole[TOTAL, ALL.name], "the five's capex", 0.72),
        (each, "each company's", 0.82),
    ):
        if score.wis_over_walk is not None:
            yield Aim(
                f"weighted interval score over a walk's, {name}", None, most, score.wis_over_walk
            )
    yield from _published(against)
    others = [ratio for name, ratio in walked.items() if name not in (TOTAL, *SUMS)]
    name = "weighted interval score over a walk's, mean of all else that was observed"
    yield Aim(f"{name}: geometric", None, 1.0, float(np.exp(np.mean(np.log(others)))))
    yield Aim(f"{name}: arithmetic", None, 1.0, float(np.mean(others)))


def _published(against: HeadToHead) -> Iterator[Aim]:
    """Yield what was asked beside published forecasts over a quarter ahead."""
    head = next(s for s in against.scores if s.group == HEADLINE and s.quantity is None)
    said = "published forecasts over a quarter ahead"
    yield Aim(f"our median error over that of {said}", None, 0.45, head.ratio.value)
    if head.ratio_to_walk is not None:
        yield Aim("over a walk's on the same rows", None, 0.8, head.ratio_to_walk.value)
    yield Aim("part of the outcomes in our 80% band", 0.85, None, head.held_80.value)


def _made(rows: Sequence[HindcastRow]) -> list[HindcastRow]:
    return [
        each
        for each in rows
        if (each.part, each.metric, each.method) == ("money", TOTAL, "forecast")
    ]


def _whole(rows: Sequence[HindcastRow], group: Group) -> HindcastScore:
    """Return the score of rows of one metric over a group."""
    return next(each for each in scored(rows, (group,), {}) if each.horizon is None)


def _key(row: HindcastRow) -> tuple[str, int]:
    return row.origin, row.horizon
