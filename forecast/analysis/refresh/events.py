"""News of events: records that are known by a name, and whose day their publisher may move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from forecast.analysis.refresh.judging import News, check_neighbour, is_same
from forecast.inputs.schema import Observation
from forecast.sources.declared import Recipe
from forecast.sources.figures import Figure
from forecast.store.events import event_name


def event_news(
    figures: Sequence[Figure],
    beaten: Sequence[Figure],
    recipe: Recipe,
    known: Mapping[date, Observation],
    stored: Collection[tuple[str, date]],
    seen: date,
) -> list[News]:
    """Return the events of a series that are new, have another value, or another day than the one
    known; `beaten` are those that are no record, of which only a change is news.

    A publisher states no day for such a change, nor for a record before the last one ever known: it
    counts from the day on which it was `seen`.
    Raises DriftError for news that is too far from the record before it.
    """
    moved = dict(_moved([*figures, *beaten], known))
    left = {row.period_end for row in moved.values()}
    values = {day: row.value for day, row in known.items() if day not in left}
    days = {*known, *(day for series_id, day in stored if series_id == recipe.series_id)}
    newest = max(days, default=date.min)
    found: list[News] = []
    for each in figures:
        held = values.get(each.period_end)
        before = moved.get(each)
        if before is None and held is not None and is_same(held, each.value, recipe):
            continue
        check_neighbour(recipe, each, values)
        old = before.value if before else held
        is_late = each.period_end <= newest or before is not None
        values[each.period_end] = each.value
        found.append(News(_seen(each, seen) if is_late else each, recipe, old, before))
    return [*found, *_of_beaten(beaten, figures, recipe, known, moved, seen)]


def _of_beaten(
    beaten: Sequence[Figure],
    figures: Sequence[Figure],
    recipe: Recipe,
    known: Mapping[date, Observation],
    moved: Mapping[Figure, Observation],
    seen: date,
) -> Iterator[News]:
    """Yield what changed of events that were a record once; not what shares a day with a record."""
    days = {each.period_end for each in figures}
    for each in beaten:
        held = moved.get(each, known.get(each.period_end))
        if held is None or each.period_end in days or not _is_of(held, each):
            continue
        if each in moved or not is_same(held.value, each.value, recipe):
            yield News(_seen(each, seen), recipe, held.value, moved.get(each))


def _is_of(row: Observation, each: Figure) -> bool:
    return event_name(row.note) == event_name(each.note)


def _moved(
    figures: Sequence[Figure], known: Mapping[date, Observation]
) -> Iterator[tuple[Figure, Observation]]:
    """Yield each event that is known under another day, with the row there; a name that two events
    have tells nothing."""
    said = Counter(event_name(each.note) for each in figures)
    for each in figures:
        if not (name := event_name(each.note)) or said[name] > 1:
            continue
        mine = [row for row in known.values() if _is_of(row, each)]
        elsewhere = [row for row in mine if row.period_end != each.period_end]
        if elsewhere:
            yield each, max(elsewhere, key=lambda row: row.published)


def _seen(each: Figure, seen: date) -> Figure:
    return replace(each, published=max(seen, each.period_end))
