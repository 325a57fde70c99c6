"""What a source's figures are judged by before any is stored: what fails is drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from forecast.analysis.watch.upcoming import MISSED, MONTHS, Rhythm
from forecast.periods import EVENT
from forecast.sources.declared import Recipe, Source
from forecast.sources.figures import DriftError, Figure

MOST_FIGURES = 5_000  # of one series: a daily one of more than ten years
MOST_TAKEN_BACK = 0.5  # part of an open history that may go in a night
EDIT = "If it is right, change {} of {} in assumptions/sources.yaml."


def by_series(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    """Return figures by series, each series' by period and day of publication."""
    found: dict[str, list[Figure]] = {}
    for each in sorted(figures, key=lambda each: (each.period_end, each.published)):
        found.setdefault(each.series_id, []).append(each)
    return found


def check(
    source: Source, figures: Sequence[Figure], before: Mapping[str, Sequence[str]], today: date
) -> None:
    """Check all figures of a source; `before` holds the periods of its last good day.

    Raises DriftError for a value that its series cannot have, a history that became shorter, and
    where no series has gone on for longer than a source may be late.
    """
    mine = by_series(figures)
    for recipe in source.recipes:
        found = mine.get(recipe.series_id, [])
        if len(found) > MOST_FIGURES:
            expected = f"at most {MOST_FIGURES:,}"
            raise DriftError(f"{len(found):,} figures of {recipe.series_id}", expected)
        for each in found:
            _check_value(each, recipe)
            _check_days(each, recipe, today)
        if recipe.grows:
            _check_growth(found)
        _check_history(recipe, found, before.get(recipe.series_id, ()))
    _check_going_on(source, mine, today)


def check_jump(recipe: Recipe, each: Figure, neighbour: float, of: date) -> None:
    """Check a figure that is news against the one known before it. Raises DriftError."""
    low, high = sorted((each.value, neighbour))
    if low > 0 and high / low <= recipe.jump:
        return
    raise DriftError(
        f"{_named(each)} after {neighbour:.6g} of {of}",
        f"a change by no more than {recipe.jump:g} times",
        EDIT.format("jump", recipe.series_id),
    )


def _check_value(each: Figure, recipe: Recipe) -> None:
    if not recipe.low <= each.value <= recipe.high:
        raise DriftError(
            _named(each),
            f"{recipe.low:g} to {recipe.high:g} {recipe.unit}",
            EDIT.format("range", recipe.series_id),
        )


def _check_days(each: Figure, recipe: Recipe, today: date) -> None:
    if each.published > today + timedelta(days=1):
        raise DriftError(f"{_named(each)}, published on {each.published}", f"a day up to {today}")
    if recipe.kind == "automatic" and each.published < each.period_end:
        expected = "a figure that came out after its period"
        raise DriftError(f"{_named(each)}, published on {each.published}", expected)


def _check_growth(figures: Sequence[Figure]) -> None:
    for before, after in pairwise(figures):
        if after.value < before.value and after.period_end > before.period_end:
            raise DriftError(
                f"{_named(after)}, less than {before.value:.6g} of {before.period_end}",
                "a sum that only grows",
            )


def _check_history(recipe: Recipe, figures: Sequence[Figure], before: Sequence[str]) -> None:
    now = {each.period_end.isoformat() for each in figures}
    if recipe.history == "open":
        if len(now) < MOST_TAKEN_BACK * len(set(before)):
            found = f"{len(now)} figures of {recipe.series_id}, which had {len(set(before))}"
            raise DriftError(found, "most of them", "Was it cut off?")
        return
    if recipe.frequency == EVENT and len(now) >= len(set(before)):
        return  # some may be of another day now
    first = min(now, default="") if recipe.history == "rolling" and now else ""
    gone = [period for period in before if period not in now and period >= first]
    if gone:
        found = f"{recipe.series_id} without {', '.join(gone[:3])}"
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        hint = EDIT.format("history", recipe.series_id)
        raise DriftError(found + more, "every period that it had", hint)


def _check_going_on(source: Source, mine: Mapping[str, Sequence[Figure]], today: date) -> None:
    """Check that a series goes on: one that lacks more figures than `watch` takes for late has
    ended."""
    dated = [
        (recipe, mine[recipe.series_id][-1])
        for recipe in source.recipes
        if recipe.frequency in MONTHS and recipe.series_id in mine
    ]
    if not dated or any(recipe.ended for recipe, _ in dated):
        return
    awaited = []
    for recipe, last in dated:
        months = MONTHS[recipe.frequency]
        lag = (last.published - last.period_end).days
        ends = Rhythm(last.period_end, months, 91 * months // 3, lag).end_after(MISSED + 1)
        awaited.append(ends + timedelta(days=lag))
    if max(awaited) < today:
        newest = max((last for _, last in dated), key=lambda last: last.period_end)
        raise DriftError(
            f"nothing after {newest.period_end} ({newest.series_id})",
            f"at most {MISSED} figures missing",
            "Has the series moved?",
        )


def _named(each: Figure) -> str:
    return f"{each.value:.6g} of {each.series_id} for {each.period_end}"
