"""What a source says against what is known: new, revised, or the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from forecast.analysis.refresh.checks import by_series
from forecast.analysis.refresh.events import event_news
from forecast.analysis.refresh.judging import News, check_neighbour, is_same
from forecast.inputs.schema import Observation
from forecast.periods import EVENT
from forecast.sources.declared import Recipe
from forecast.sources.figures import Figure, Reading
from forecast.store.fetched import Proposal

SAME_STATEMENT = 0.015  # by which publishers round one statement differently
NEAR_DAYS = 45  # within which the same value under another date may be the same statement

Known = Mapping[str, Mapping[date, Observation]]


def known_figures(observations: Sequence[Observation]) -> dict[str, dict[date, Observation]]:
    """Return what is known of each series, by the last day of the period."""
    found: dict[str, dict[date, Observation]] = {}
    for row in observations:
        if not row.assumed:
            found.setdefault(row.series_id, {})[row.period_end] = row
    return found


def automatic_news(
    reading: Reading,
    recipes: Mapping[str, Recipe],
    known: Known,
    stored: Collection[tuple[str, date]],
    seen: date,
) -> list[News]:
    """Return what is new or revised of the automatic series, vintage by vintage; `stored` are the
    figures that the store holds, whose days of publication are the publishers', and `seen` is the
    day on which the newest body was fetched.

    Raises DriftError for news that is too far from the figure before it.
    """
    found: list[News] = []
    for series_id, mine in by_series(reading.figures).items():
        recipe = recipes[series_id]
        so_far = known.get(series_id, {})
        if recipe.kind == "automatic" and recipe.frequency == EVENT:
            beaten = [each for each in reading.beaten if each.series_id == series_id]
            found += event_news(mine, beaten, recipe, so_far, stored, seen)
        elif recipe.kind == "automatic":
            found += _news(mine, recipe, so_far, stored)
    return found


def _news(
    figures: Sequence[Figure],
    recipe: Recipe,
    known: Mapping[date, Observation],
    stored: Collection[tuple[str, date]],
) -> Iterator[News]:
    """Yield what is news of a series whose figures are about periods."""
    values = {day: row.value for day, row in known.items()}
    for end in sorted({each.period_end for each in figures}):
        vintages = [each for each in figures if each.period_end == end]
        is_stored = (recipe.series_id, end) in stored
        for each in _later(vintages, known.get(end), is_stored, recipe):
            check_neighbour(recipe, each, values)
            yield News(each, recipe, values.get(end))
            values[end] = each.value


def _later(
    vintages: Sequence[Figure], held: Observation | None, is_stored: bool, recipe: Recipe
) -> Sequence[Figure]:
    """Return the vintages that came after the one that is held.

    That is known by its value. Where none has it, those count that were published later; a file
    that nobody else agrees with gives way to the last, for its day may be a guess.
    """
    if held is None:
        return vintages
    same = [place for place, each in enumerate(vintages) if is_same(each.value, held.value, recipe)]
    if same:
        return vintages[same[-1] + 1 :]
    later = [each for each in vintages if each.published >= held.published]
    return later or ([] if is_stored else vintages[-1:])


def statements(
    figures: Sequence[Figure], recipes: Mapping[str, Recipe], known: Known
) -> Iterator[tuple[Figure, str]]:
    """Yield the statements that are not known, each with what is odd of it."""
    for each in figures:
        if recipes[each.series_id].kind != "proposal":
            continue
        rows = known.get(each.series_id, {})
        held = rows.get(each.period_end)
        if held is not None and _is_near(held.value, each.value):
            continue
        yield each, "; ".join(_remarks(each, held, rows.values()))


def _remarks(
    each: Figure, held: Observation | None, rows: Collection[Observation]
) -> Iterator[str]:
    if each.plan:
        yield "a plan: said before its period ended"
    if held is not None:
        yield f"{_plain(held.value)} is known of that day"
    near = [
        row
        for row in rows
        if row is not held
        and _is_near(row.value, each.value)
        and abs(row.period_end - each.period_end) <= timedelta(days=NEAR_DAYS)
    ]
    if near:
        row = min(near, key=lambda row: abs(row.period_end - each.period_end))
        yield f"near-duplicate of {_plain(row.value)} of {row.period_end}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= value < 1e15 else f"{value:.6g}"


def _is_near(value: float, other: float) -> bool:
    return abs(value - other) <= SAME_STATEMENT * max(abs(value), abs(other))


def unheard(found: Sequence[Proposal], before: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that were not made before, whatever became of those."""
    keys = {each.key for each in before}
    return [each for each in found if each.key not in keys]
