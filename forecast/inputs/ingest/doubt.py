"""Rows that are refused as one, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.errors import Problem
from forecast.inputs.schema import Observation


@dataclass(frozen=True)
class Doubt:
    """Rows that are refused as one, and what is said of them."""

    problem: Problem
    places: frozenset[str]


def place_of(each: Observation) -> str:
    """Return `file:line` of an observation."""
    return f"{each.file}:{each.line}"


def and_more(rows: Sequence[Observation]) -> str:
    """Return how many rows there are beside the one that is named."""
    return f" and {len(rows) - 1} more" if len(rows) > 1 else ""
