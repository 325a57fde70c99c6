"""What news is, and how a figure is held against the ones beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from forecast.analysis.refresh.checks import check_jump
from forecast.inputs.schema import Observation
from forecast.sources.declared import Recipe
from forecast.sources.figures import Figure


@dataclass(frozen=True)
class News:
    """A figure that is not known: the value it revises is `old`, None if the figure is new;
    `moved` is the row of the same event under the day that it had before, if it has another now."""

    figure: Figure
    recipe: Recipe
    old: float | None
    moved: Observation | None = None


def is_same(value: float, other: float, recipe: Recipe) -> bool:
    """Return whether two values differ by no more than their rounding."""
    allowed = max(recipe.rounding, recipe.tolerance * max(abs(value), abs(other)))
    return abs(value - other) <= allowed * (1.0 + 1e-9)


def check_neighbour(recipe: Recipe, each: Figure, values: Mapping[date, float]) -> None:
    """Check a figure that is news against the last of `values` up to its day. Raises DriftError."""
    before = max((day for day in values if day <= each.period_end), default=None)
    if before is not None:
        check_jump(recipe, each, values[before], before)
