"""From draws to rows: percentiles, Monte Carlo error, years, events and shares of draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from forecast.beliefs import Array
from forecast.model.equations.supply import CONSTRAINTS
from forecast.model.graph import Meaning
from forecast.periods import label
from forecast.result import PERCENTILES, Row
from forecast.units import Reading

_SIGNIFICANT = 10
_ROUNDING = 1e-9


def plain(value: float) -> float:
    """Return a number to ten significant digits, so that output does not depend on rounding."""
    return float(f"{value:.{_SIGNIFICANT}g}")


def value_row(
    meaning: Meaning,
    period: str,
    draws: Array,
    status: str,
    observed: Reading | None,
) -> Row:
    """Return the row of a metric at a period from its draws, (draws,).

    `observed_qualifier` says how the source states what was observed: eq, approx, lt or gt.
    """
    ordered = np.partition(draws, _places(draws.size))
    row: Row = {
        "metric": meaning.name,
        "dimension": None,
        "member": None,
        "period": period,
        "unit": meaning.unit,
        "kind": meaning.kind,
        "status": status,
        "observed": None if observed is None else plain(observed.value),
        "mean": plain(float(draws.mean())),
    }
    for percentile in PERCENTILES:
        row[f"p{percentile}"] = plain(_at(ordered, percentile / 100.0))
    row["mc_error"] = plain(monte_carlo_error(ordered))
    row["observed_qualifier"] = None if observed is None else observed.qualifier
    return row


def _at(ordered: Array, share: float) -> float:
    """Return a quantile of draws whose `_places` are in order, interpolated between them."""
    position = share * (ordered.size - 1)
    below = int(position)
    above = min(below + 1, ordered.size - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (position - below))


def monte_carlo_error(ordered: Array) -> float:
    """Return the largest standard error of P5, P50 and P95 from sampling, of draws whose `_places`
    are in order.

    The rank of a sample quantile has standard error √(p (1 − p) / n); the values that far apart
    measure what it means for the quantile.
    """
    return max(
        (_at(ordered, high) - _at(ordered, low)) / 2.0 for low, high in _errors(ordered.size)
    )


def _errors(size: int) -> list[tuple[float, float]]:
    """Return the ranks, as shares, one standard error on both sides of P5, P50 and P95."""
    found = []
    for share in (0.05, 0.5, 0.95):
        spread = math.sqrt(share * (1.0 - share) / size)
        found.append((max(share - spread, 0.0), min(share + spread, 1.0)))
    return found


@cache
def _places(size: int) -> list[int]:
    """Return the places of sorted draws that a row is read from: to have these in order takes a
    fifth of the time of sorting."""
    shares = [percentile / 100.0 for percentile in PERCENTILES]
    shares += [share for pair in _errors(size) for share in pair]
    below = {int(share * (size - 1)) for share in shares}
    return sorted(below | {min(place + 1, size - 1) for place in below})


def moved(before: Array, after: Array) -> Array:
    """Return the change draw by draw, (draws,); what only rounding moves has not moved."""
    change = after - before
    return np.where(np.abs(change) <= _ROUNDING * np.abs(before), 0.0, change)


def probability_up(change: Array) -> float:
    """Return the share of draws, (draws,), in which a change is a rise; none counts half."""
    return plain(float(np.mean(change > 0.0) + 0.5 * np.mean(change == 0.0)))


def difference_row(meaning: Meaning, period: str, before: Array, after: Array) -> Row:
    """Return the row of a metric's change at a period from draws before and after, (draws,), on the
    same draws; `probability_up` is the share of draws in which it rises."""
    change = moved(before, after)
    row = value_row(meaning, period, change, "projected", None)
    return row | {"probability_up": probability_up(change)}


def event_row(meaning: Meaning, draws: Array) -> Row:
    """Return the row of an event from the quarter at which it happens in each draw, (draws,);
    infinite where it never does."""
    ordered = np.sort(draws)
    row: Row = {
        "metric": meaning.name,
        "dimension": None,
        "member": None,
        "period": None,
        "unit": meaning.unit,
        "kind": "event",
        "status": "projected",
        "observed": None,
        "mean": None,
    }
    for percentile in PERCENTILES:
        at = ordered[min(int(percentile / 100.0 * ordered.size), ordered.size - 1)]
        row[f"p{percentile}"] = label(int(at)) if np.isfinite(at) else None
    never = float(np.mean(~np.isfinite(draws)))
    row["mc_error"] = plain(float(np.sqrt(never * (1.0 - never) / draws.size)))
    row["probability_never"] = plain(never)
    return row


def constraint_rows(meaning: Meaning, period: str, codes: Array, status: str) -> list[Row]:
    """Return one row per constraint with the share of draws (and quarters) that it binds.

    `codes` has shape (draws, quarters of the period); the history, where nothing is bound by
    construction, is left out.
    """
    future = codes[codes >= 0.0]
    if future.size == 0:
        return []
    rows = []
    for code, member in enumerate(CONSTRAINTS):
        share = float(np.mean(future == code))
        row: Row = {
            "metric": meaning.name,
            "dimension": "constraint",
            "member": member,
            "period": period,
            "unit": meaning.unit,
            "kind": "event",
            "status": status,
            "observed": None,
            "mean": plain(share),
            **{f"p{percentile}": None for percentile in PERCENTILES},
            "mc_error": plain(float(np.sqrt(share * (1.0 - share) / codes.shape[0]))),
        }
        rows.append(row)
    return rows


def metric_table(meanings: Sequence[Meaning]) -> dict[str, dict[str, Any]]:
    """Return what views need to know of each metric."""
    return {
        meaning.name: {
            "unit": meaning.unit,
            "kind": meaning.kind,
            "title": meaning.title,
            "definition": meaning.definition,
            "headline": meaning.headline,
        }
        for meaning in meanings
    }


def percent_band(draws: Array) -> tuple[float, float, float]:
    """Return P10, P50 and P90 of draws, (draws,)."""
    low, middle, high = np.percentile(draws, (10.0, 50.0, 90.0))
    return float(low), float(middle), float(high)


def sentence_share(prefix: str, draws: Array, suffix: str) -> str:
    """Return "prefix 34% (21–52%) suffix" for a share's draws."""
    low, middle, high = percent_band(draws)
    return f"{prefix} {middle:.0%} ({low:.0%}–{high:.0%}) {suffix}".replace("%–", "–")
