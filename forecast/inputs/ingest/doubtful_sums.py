"""Sums of several quarters that stand for one: a year's total, what a year has come to so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from forecast.errors import Problem
from forecast.inputs.ingest.doubt import Doubt, key_of, place_of
from forecast.inputs.schema import Observation
from forecast.units import MONEY

_FLOWS = MONEY | {"Wh", "tokens", "chips", "units"}  # what quarters add up to a year
_EVEN = 1.5  # times: quarters that are alike
_HINT = "As it stands it is taken with --confirm."
_QUARTERS = 4
_FEWEST = 3  # quarters of a year that tell a running sum, before the next one begins


def sums(name: str, rows: Sequence[Observation], before: Sequence[Observation]) -> Iterator[Doubt]:
    """Yield quarters that are as much as a year, and quarters that grow until a year begins
    anew."""
    quarters = {
        _number(each): each
        for each in sorted([*before, *rows], key=lambda each: each.published)
        if each.frequency == "Q" and each.unit in _FLOWS and each.value > 0.0
        if each.qualifier in {"eq", "approx"}
    }
    new = {key_of(each) for each in rows}
    running = [each for each in _running(quarters) if key_of(each) in new]
    if running:
        found = f"{running[0].value:g} {running[0].unit}, as much as the year until then"
        expected = f"what each quarter of {name} adds"
        keys = frozenset(map(key_of, running))
        yield Doubt(Problem(place_of(running[0]), "value", found, expected, _HINT), keys)
        return
    for last, each in sorted(quarters.items()):
        if key_of(each) in new and _is_year(
            [quarters[at].value for at in range(last - 3, last + 1) if at in quarters]
        ):
            found = f"{each.value:g} {each.unit}, as much as four quarters"
            expected = f"a quarter of {name}, not its year"
            problem = Problem(place_of(each), "value", found, expected, _HINT)
            yield Doubt(problem, frozenset({key_of(each)}))


def _number(each: Observation) -> int:
    return (12 * each.period_end.year + each.period_end.month - 1) // 3


def _is_year(values: Sequence[float]) -> bool:
    """Return whether the last of four quarters is the sum of three that are alike and one more."""
    if len(values) < _QUARTERS:
        return False
    *three, last = values
    rest = last - sum(three)
    return rest > 0.0 and _are_alike([*three, rest])


def _are_alike(values: Sequence[float]) -> bool:
    return max(values) <= _EVEN * min(values)


def _running(quarters: dict[int, Observation]) -> list[Observation]:
    """Return the quarters that are sums since a year began, if all of a series are: with each what
    they add is alike, and the next year begins with as little as the one before."""
    for first in range(_QUARTERS):
        years: dict[int, list[Observation]] = {}
        for at in sorted(quarters):
            years.setdefault((at - first) // _QUARTERS, []).append(quarters[at])
        if len(years) < 2 or max(map(len, years.values())) < _FEWEST:
            continue
        added: list[float] = []
        for year, found in years.items():
            starts = _number(found[0]) == year * _QUARTERS + first
            follows = all(_number(b) == _number(a) + 1 for a, b in pairwise(found))
            steps = [b.value - a.value for a, b in pairwise(found)]
            added.extend([found[0].value, *steps] if starts and follows else [0.0])
        if min(added) > 0.0 and _are_alike(added):
            return [each for found in years.values() for each in found[1:]]
    return []
