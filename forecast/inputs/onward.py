"""Targets that go on: quarters after the last that is listed count once their series cover them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from forecast.inputs.schema import Observation, Target
from forecast.periods import is_year, label, parse_day, quarter, quarter_of

NEAR_END = timedelta(days=31)  # before a quarter's end within which a figure stands for it


def going_on(targets: Iterable[Target], observations: Iterable[Observation]) -> tuple[Target, ...]:
    """Return targets with the later quarters that observations cover among their periods."""
    by_series = _by_series(observations)
    return tuple(
        replace(each, periods=(*each.periods, *_later(each, by_series))) for each in targets
    )


def _by_series(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = {}
    for row in observations:
        if not row.assumed and row.period_end <= row.published:
            found.setdefault(row.series_id, []).append(row)
    return found


def goes_on(target: Target) -> bool:
    """Return whether a target is read of later quarters too: one of series, with several quarters.

    A single period was read for what it says of that time, and a bound says little until passed.
    """
    several = len(target.periods) > 1 and not is_year(target.periods[-1])
    return bool(target.series) and several and not target.bound


def _later(target: Target, by_series: Mapping[str, Sequence[Observation]]) -> Iterable[str]:
    mine = [by_series.get(name, ()) for name in target.series]
    if not goes_on(target) or not all(mine):
        return
    last = max(map(quarter, target.periods))
    newest = min(max(quarter_of(row.period_end) for row in rows) for rows in mine)
    yield from (
        label(q) for q in range(last + 1, newest + 1) if all(_tells(rows, q) for rows in mine)
    )


def _tells(rows: Sequence[Observation], q: int) -> bool:
    """Return whether figures tell where a quarter ended: one lies near its end, or on both sides of
    it. What grows threefold a year is at its end not what it was two months before."""
    inside = [row for row in rows if quarter_of(row.period_end) == q]
    end = parse_day(label(q))
    is_near = any(end - row.period_end <= NEAR_END for row in inside)
    return is_near or (bool(inside) and any(quarter_of(row.period_end) == q + 1 for row in rows))
