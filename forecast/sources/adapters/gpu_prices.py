"""GetDeploying: the median price of a GPU by week, from a table of all kinds of offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forecast.sources.adapters.contents import day_of, number_of, table_of, text_of
from forecast.sources.declared import Keys, Recipe, matches
from forecast.sources.figures import Body, DriftError, Figure, Reading

KEYS = Keys(frozenset({"value", "week"}))
_WEEK = timedelta(days=6)  # from a week's first day to its last
_LAG = timedelta(days=1)  # from its last day to publication


def read_prices(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the price of each whole week, known by its first day."""
    figures: list[Figure] = []
    for recipe in recipes:
        value, week = recipe.one("value"), recipe.one("week")
        rows = table_of(text_of(bodies[0]), (value, week, *recipe.where))
        mine = [
            row
            for row in rows
            if all(matches(row[name], texts) for name, texts in recipe.where.items())
        ]
        if not mine:
            raise DriftError(f"{len(rows)} other records", f"one for {recipe.series_id}")
        for row in mine:
            end = day_of(row[week], week) + _WEEK
            if end + _LAG <= bodies[0].fetched:
                amount = number_of(row[value], value)
                figures.append(Figure(recipe.series_id, end, amount, end + _LAG, bodies[0].url))
    return Reading(tuple(sorted(figures, key=lambda each: (each.series_id, each.period_end))))
