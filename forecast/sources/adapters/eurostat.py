"""Eurostat: one cell for each year of a JSON-stat cube, chosen by the codes of its dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forecast.sources.adapters.contents import day_of, json_of, member, number_of
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading

KEYS = Keys(frozenset(), frozenset({"scale"}))
_TIME = "time"


def read_cube(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the yearly figures of cells; `where` holds the code of each dimension but time.

    A cell that is not published has no entry. `published` is the day of the cube's last update.
    """
    cube = json_of(bodies[0])
    for key in ("warning", "error"):
        if isinstance(cube, Mapping) and key in cube:
            raise DriftError(f"{key}: {cube[key]}", "a data set", "Later, or with more filters.")
    names, sizes = member(cube, "id"), member(cube, "size")
    published = day_of(str(member(cube, "updated")), "updated")
    values = _by_place(member(cube, "value"))
    figures: list[Figure] = []
    for recipe in recipes:
        strides = _strides(sizes)
        offset = 0
        for name, stride in zip(names, strides, strict=True):
            if name != _TIME:
                offset += stride * _index(cube, name, recipe)
        stride = strides[names.index(_TIME)]
        for year, at in _codes(cube, _TIME).items():
            value = values.get(offset + stride * at)
            if value is None:
                continue
            amount = number_of(str(value), f"{recipe.series_id} of {year}")
            scaled = round(amount * float(recipe.one("scale", "1")), 10)
            end = date(int(year), 12, 31)
            figures.append(Figure(recipe.series_id, end, scaled, published, bodies[0].url))
    return Reading(tuple(figures))


def _strides(sizes: Sequence[int]) -> list[int]:
    """Return how far apart neighbours of each dimension lie in the flat list of cells."""
    strides = [1]
    for size in reversed(sizes[1:]):
        strides.insert(0, strides[0] * size)
    return strides


def _by_place(values: Any) -> dict[int, Any]:
    """Return cells by their place: a list of all, or a mapping of those that are published."""
    pairs = values.items() if isinstance(values, Mapping) else enumerate(values)
    return {int(place): value for place, value in pairs}


def _codes(cube: Any, name: str) -> dict[str, int]:
    """Return the codes of a dimension with their places, which may be a list in their order."""
    codes = member(cube, "dimension", name, "category", "index")
    return (
        dict(codes) if isinstance(codes, Mapping) else {each: at for at, each in enumerate(codes)}
    )


def _index(cube: Any, name: str, recipe: Recipe) -> int:
    codes = _codes(cube, name)
    wanted = recipe.where.get(name, tuple(codes) if len(codes) == 1 else ())
    if len(wanted) != 1 or wanted[0] not in codes:
        raise DriftError(
            f"{name} of {', '.join(codes)}", f"{name} = {' or '.join(wanted) or 'one'}"
        )
    return codes[wanted[0]]
