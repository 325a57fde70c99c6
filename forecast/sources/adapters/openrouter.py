"""OpenRouter: the tokens of its newest whole day, the sum over all models and the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from forecast.sources.adapters.contents import day_of, json_of, member, number_of, table_of, text_of
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading

KEYS = Keys(frozenset({"date", "value", "model", "rest"}))


def exports(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> list[dict[str, str]]:
    """Return what addresses the file that the manifest tells of."""
    return [{"snapshot_date": str(member(json_of(bodies[0]), "snapshot_date"))}]


def read_rankings(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the sum of the newest day of which the rest, beyond the ranked models, is stated."""
    if len(bodies) != 2:
        raise DriftError("a manifest alone", "the file that it names")
    published = day_of(str(member(json_of(bodies[0]), "snapshot_date")), "snapshot_date")
    figures: list[Figure] = []
    for recipe in recipes:
        day, value, model = (recipe.one(key) for key in ("date", "value", "model"))
        totals: dict[date, float] = defaultdict(float)
        whole = set()
        for row in table_of(text_of(bodies[1]), (day, value, model)):
            at = day_of(row[day], day)
            totals[at] += number_of(row[value], value)
            if row[model].strip() == recipe.one("rest"):
                whole.add(at)
        if not whole:
            raise DriftError(f"no record of {recipe.one('rest')!r}", "one for each whole day")
        newest = max(whole)
        note = f"sum of all models on {newest}"
        figures.append(
            Figure(recipe.series_id, newest, totals[newest], published, bodies[1].url, note)
        )
    return Reading(tuple(figures))
