"""How far published forecasts missed, ours and a random walk on the same rows: one vote an outcome.

Intervals are from a bootstrap over outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import numpy as np

from forecast.analysis.hindcast.scoring.rows import Estimate, PublishedRow, PublishedScore
from forecast.beliefs import Array
from forecast.ensemble.prior import stream
from forecast.world.rows import plain

RESAMPLES = 1000
A_QUARTER = 0.25  # of a year
HEADLINE, PROVISIONAL = "over a quarter ahead", "provisional outcomes"


def _is_firm(row: PublishedRow) -> bool:
    return row.strength == "firm" and not row.is_read_off


def _is_of_money(row: PublishedRow) -> bool:
    return row.error_walk is not None


GROUPS: dict[str, Callable[[PublishedRow], bool]] = {
    HEADLINE: lambda row: _is_of_money(row) and _is_firm(row) and row.years_ahead > A_QUARTER,
    "up to a quarter ahead": lambda row: (
        _is_of_money(row) and _is_firm(row) and row.years_ahead <= A_QUARTER
    ),
    "nearly the same, or read off a path": lambda row: (
        _is_of_money(row) and row.strength != "provisional" and not _is_firm(row)
    ),
    PROVISIONAL: lambda row: _is_of_money(row) and row.strength == "provisional",
    "other quantities, whole model": lambda row: (
        not _is_of_money(row) and row.strength != "provisional"
    ),
}


def counted_in(row: PublishedRow) -> str:
    """Return the group that a row is scored in, or why it is in none."""
    if row.outcome is None:
        return "no outcome"
    if row.years_ahead < 0.0:
        return "the period was over"
    if row.error is None:
        return "a bound, or nothing"
    return next((name for name, belongs in GROUPS.items() if belongs(row)), "provisional")


def published_scores(rows: Sequence[PublishedRow]) -> Iterator[PublishedScore]:
    """Yield the scores of each group, of all quantities and of each.

    Forecasts of a period that was over, bounds, and those without an outcome are left out.
    """
    for name in GROUPS:
        group = [row for row in rows if counted_in(row) == name]
        quantities = dict.fromkeys(row.quantity for row in group)
        for quantity in (None, *(quantities if len(quantities) > 1 else ())):
            mine = [row for row in group if quantity in {None, row.quantity}]
            if mine:
                yield _score(name, quantity, mine)


def _score(group: str, quantity: str | None, rows: Sequence[PublishedRow]) -> PublishedScore:
    walks = [row.error_walk for row in rows]
    has_walk = None not in walks
    errors = np.abs(
        np.array([[row.error, row.error_ours, row.error_walk or 0.0] for row in rows], dtype=float)
    )
    held = np.array([bool(row.held_80) for row in rows])
    nearer = errors[:, 1] < errors[:, 0]
    outcomes = [cast(str, row.outcome_id) for row in rows]
    votes = _votes(np.column_stack([errors, nearer, held]), outcomes)
    sizes = np.median(votes[:, :3], axis=0)
    resampled = _resampled(votes)
    medians, means = np.median(resampled, axis=1), resampled.mean(axis=1)
    return PublishedScore(
        group=group,
        quantity=quantity,
        forecasts=len(rows),
        outcomes=len(votes),
        error=plain(float(sizes[0])),
        error_ours=plain(float(sizes[1])),
        error_walk=plain(float(sizes[2])) if has_walk else None,
        ratio=_ratio(sizes, medians, 0),
        ratio_to_walk=_ratio(sizes, medians, 2) if has_walk else None,
        nearer=_estimate(votes[:, 3].mean(), means[:, 3]),
        held_80=_estimate(votes[:, 4].mean(), means[:, 4]),
    )


def _votes(figures: Array, outcomes: Sequence[str]) -> Array:
    """Return medians of |error|, and means of the rest, over the rows of each outcome."""
    index = np.array(outcomes)
    groups = [figures[index == each] for each in dict.fromkeys(outcomes)]
    return np.array([[*np.median(g[:, :3], axis=0), *g[:, 3:].mean(axis=0)] for g in groups])


def _resampled(votes: Array) -> Array:
    """Return votes of outcomes drawn with replacement, (resamples, outcomes, figures)."""
    chosen = stream(1, "published outcomes").integers(len(votes), size=(RESAMPLES, len(votes)))
    return np.asarray(votes[chosen])


def _ratio(sizes: Array, medians: Array, other: int) -> Estimate:
    """Return our median error over another's; infinite where the other was exact."""
    with np.errstate(divide="ignore"):
        return _estimate(sizes[1] / sizes[other], medians[:, 1] / medians[:, other])


def _estimate(value: float, resampled: Array) -> Estimate:
    low, high = np.quantile(resampled, [0.025, 0.975], method="nearest")
    return Estimate(plain(float(value)), plain(float(low)), plain(float(high)))
