"""Rows that are refused as one, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecast.errors import Problem
from forecast.inputs.schema import Observation

# What tells a figure from others of its file: file, line, series and period.
Key = tuple[str, int, str, date]


@dataclass(frozen=True)
class Doubt:
    """Rows that are refused as one, and what is said of them."""

    problem: Problem
    figures: frozenset[Key]


def place_of(each: Observation) -> str:
    """Return `file:line` of an observation."""
    return f"{each.file}:{each.line}"


def key_of(each: Observation) -> Key:
    """Return what tells an observation from others, of which a line may hold several."""
    return each.file, each.line, each.series_id, each.period_end


def and_more(rows: Sequence[Observation]) -> str:
    """Return how many rows there are beside the one that is named."""
    return f" and {len(rows) - 1} more" if len(rows) > 1 else ""
