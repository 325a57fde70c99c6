"""From draws to rows: percentiles, Monte Carlo error, years, events and shares of draws."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from forecast.beliefs import Array
from forecast.codec import Tagged
from forecast.ensemble.replicates import mean_error, share_error
from forecast.inputs.schema import Kind
from forecast.model.equations.market.steps import CONSTRAINTS
from forecast.model.graph import Meaning
from forecast.periods import label
from forecast.result import (
    NO_QUARTERS,
    OPTIONAL,
    PERCENTILES,
    PREFIXED,
    Band,
    Quantiles,
    Quarters,
    band,
)
from forecast.units import Qualifier, Reading

ABSOLUTE_UNITS = frozenset({"share", "year", "log", "log/year"})  # never in per cent of before
_SIGNIFICANT = 10
_ROUNDING = 1e-9
_NEAR_MEDIAN = (0.45, 0.55)  # shares between which the density at the median is taken
Status = Literal["observed", "estimated", "projected"]


@dataclass(frozen=True)
class ValueRow(Tagged):
    """A metric at a period; `observed_qualifier` says how the source states what was observed."""

    metric: str
    dimension: str | None
    member: str | None
    period: str
    unit: str
    kind: Kind
    status: Status
    observed: float | None
    mean: float
    quantiles: Quantiles
    mc_error: float
    observed_qualifier: Qualifier | None


@dataclass(frozen=True)
class MemberRow(ValueRow):
    """A member of a metric's breakdown, with its `share` of the whole where there is a whole."""

    share: Band | None = field(metadata=band("share"))


@dataclass(frozen=True)
class ChangeRow(ValueRow):
    """How a metric changes draw by draw; `probability_up` is the share of draws in which it
    rises, no change counting half. `change` is what a reader sees between two figures: the median
    now less the median before. `relative` has the change of each draw over what it was, None for
    shares and logs and where a draw was not above zero."""

    probability_up: float
    change: float
    relative: Quantiles | None = field(metadata={**OPTIONAL, **PREFIXED})


@dataclass(frozen=True)
class EventRow(Tagged):
    """When something happens, and in which share of draws it never does. A row of a change has
    `probability_up`: the share of draws in which it comes later."""

    metric: str
    dimension: None
    member: None
    period: None
    unit: str
    kind: Kind
    status: Status
    observed: None
    mean: None
    quantiles: Quarters
    mc_error: float
    probability_never: float
    probability_up: float | None = field(metadata=OPTIONAL)


@dataclass(frozen=True)
class ConstraintRow(Tagged):
    """The share of draws, and of quarters of the period, in which a constraint binds: `mean`."""

    metric: str
    dimension: str
    member: str
    period: str
    unit: str
    kind: Kind
    status: Status
    observed: None
    mean: float
    quantiles: Quarters
    mc_error: float
    probability_up: float | None = field(metadata=OPTIONAL)


@dataclass(frozen=True)
class ProbabilityRow(Tagged):
    """The share of draws in which an indicator is one in a period: `mean`."""

    metric: str
    dimension: None
    member: None
    period: str
    unit: str
    kind: Kind
    status: Status
    observed: None
    mean: float
    quantiles: Quarters
    mc_error: float
    probability_up: float | None = field(metadata=OPTIONAL)


MetricRow = ValueRow | MemberRow | ChangeRow | EventRow | ConstraintRow | ProbabilityRow


def plain(value: float) -> float:
    """Return a number to ten significant digits, so that output does not depend on rounding."""
    return float(f"{value:.{_SIGNIFICANT}g}")


def plain_band(draws: Array) -> Band:
    """Return P10, P50 and P90 of draws, (draws,), as plain numbers."""
    return Band(*(plain(float(x)) for x in np.percentile(draws, (10.0, 50.0, 90.0))))


def value_row(
    meaning: Meaning,
    period: str,
    draws: Array,
    status: Status,
    observed: Reading | None,
) -> ValueRow:
    """Return the row of a metric at a period from its draws, (draws,)."""
    ordered = np.sort(draws)  # a third of the time of a partition at so many places
    return ValueRow(
        metric=meaning.name,
        dimension=None,
        member=None,
        period=period,
        unit=meaning.unit,
        kind=meaning.kind,
        status=status,
        observed=None if observed is None else plain(observed.value),
        mean=plain(float(draws.mean())),
        quantiles=_quantiles_of(ordered),
        mc_error=plain(median_error(draws, ordered)),
        observed_qualifier=None if observed is None else observed.qualifier,
    )


def member_row(
    whole: Meaning,
    place: tuple[str, str],
    period: str,
    draws: Array,
    total: Array,
    status: Status,
) -> MemberRow:
    """Return the row of a member of a breakdown, (dimension, member), from its draws and those of
    the whole, (draws,)."""
    there = total > 0.0
    return MemberRow(
        **fields_of(value_row(whole, period, draws, status, None))
        | dict(zip(("dimension", "member"), place, strict=True)),
        share=plain_band(draws[there] / total[there]) if there.any() else None,
    )


def change_row(meaning: Meaning, period: str, before: Array, after: Array) -> ChangeRow:
    """Return the row of a metric's change at a period from draws before and after, (draws,), on the
    same draws."""
    difference = moved(before, after)
    row = value_row(meaning, period, difference, "projected", None)
    first, second = (float(np.median(draws)) for draws in (before, after))
    is_relative = meaning.unit not in ABSOLUTE_UNITS and bool((before > 0.0).all())
    return ChangeRow(
        **fields_of(row),
        probability_up=probability_up(difference),
        change=plain(float(moved(np.array(first), np.array(second)))),
        relative=_quantiles(difference / before) if is_relative else None,
    )


def fields_of(row: ValueRow) -> dict[str, Any]:
    """Return the fields of a row by name, to make a row of more fields of."""
    return {each.name: getattr(row, each.name) for each in fields(row)}


def event_row(meaning: Meaning, draws: Array) -> EventRow:
    """Return the row of an event from the quarter at which it happens in each draw, (draws,);
    infinite where it never does."""
    ordered = np.sort(draws)
    places = (min(int(each / 100.0 * ordered.size), ordered.size - 1) for each in PERCENTILES)
    never = 1.0 * ~np.isfinite(draws)
    return EventRow(
        metric=meaning.name,
        dimension=None,
        member=None,
        period=None,
        unit=meaning.unit,
        kind="event",
        status="projected",
        observed=None,
        mean=None,
        quantiles=Quarters(
            tuple(label(int(at)) if np.isfinite(at) else None for at in ordered[list(places)])
        ),
        mc_error=plain(mean_error(never)),
        probability_never=plain(float(never.mean())),
        probability_up=None,
    )


def event_change_row(meaning: Meaning, before: Array, after: Array) -> EventRow:
    """Return the row of an event's change from the quarters at which it happens, (draws,): that of
    `probability_never`, without quantiles."""
    never = ~np.isfinite(after) - 1.0 * ~np.isfinite(before)
    later = 1.0 * (after > before) - 1.0 * (after < before)
    return replace(
        event_row(meaning, after),
        quantiles=NO_QUARTERS,
        mc_error=plain(mean_error(never)),
        probability_never=plain(float(never.mean())),
        probability_up=probability_up(later),
    )


def constraint_rows(
    meaning: Meaning, period: str, codes: Array, status: Status
) -> list[ConstraintRow]:
    """Return one row per constraint with the share of draws (and quarters) that it binds.

    `codes` has shape (draws, quarters of the period); the history, where nothing is bound by
    construction, is left out.
    """
    future = codes[:, codes[0] >= 0.0]  # quarters that can be bound are the same in every draw
    if future.size == 0:
        return []
    shares = [np.mean(future == code, axis=1) for code in range(len(CONSTRAINTS))]
    return [
        ConstraintRow(
            metric=meaning.name,
            dimension="constraint",
            member=member,
            period=period,
            unit=meaning.unit,
            kind="event",
            status=status,
            observed=None,
            mean=plain(float(share.mean())),
            quantiles=NO_QUARTERS,
            mc_error=plain(mean_error(share)),
            probability_up=None,
        )
        for member, share in zip(CONSTRAINTS, shares, strict=True)
    ]


def constraint_change_rows(
    meaning: Meaning, period: str, before: Array, after: Array
) -> list[ConstraintRow]:
    """Return how the share of draws that each constraint binds changes, from codes (draws, quarters
    of the period)."""
    future = after[0] >= 0.0  # the quarters in which anything can bind, the same in every draw
    rows = []
    for row in constraint_rows(meaning, period, after, "projected"):
        code = CONSTRAINTS.index(row.member)
        change = ((after == code)[:, future] - 1.0 * (before == code)[:, future]).mean(axis=1)
        rows.append(
            replace(
                row,
                mean=plain(float(change.mean())),
                mc_error=plain(mean_error(change)),
                probability_up=probability_up(change),
            )
        )
    return rows


def probability_row(
    meaning: Meaning, period: str, indicator: Array, status: Status
) -> ProbabilityRow:
    """Return the row of an indicator at a period from its ones and zeros, (draws,)."""
    return ProbabilityRow(
        metric=meaning.name,
        dimension=None,
        member=None,
        period=period,
        unit=meaning.unit,
        kind="event",
        status=status,
        observed=None,
        mean=plain(float(indicator.mean())),
        quantiles=NO_QUARTERS,
        mc_error=plain(mean_error(indicator)),
        probability_up=None,
    )


def probability_change_row(
    meaning: Meaning, period: str, before: Array, after: Array
) -> ProbabilityRow:
    """Return how the share of draws in which an indicator is one changes, from indicators,
    (draws,), on the same draws."""
    change = after - before
    row = probability_row(meaning, period, change, "projected")
    return replace(row, probability_up=probability_up(change))


def moved(before: Array, after: Array) -> Array:
    """Return the change draw by draw, (draws,); what only rounding moves has not moved."""
    change = after - before
    return np.where(np.abs(change) <= _ROUNDING * np.abs(before), 0.0, change)


def probability_up(change: Array) -> float:
    """Return the share of draws, (draws,), in which a change is a rise; none counts half."""
    return plain(float(np.mean(change > 0.0) + 0.5 * np.mean(change == 0.0)))


def _quantiles(draws: Array) -> Quantiles:
    """Return the quantiles of draws, (draws,)."""
    return _quantiles_of(np.sort(draws))


def _quantiles_of(ordered: Array) -> Quantiles:
    """Return the quantiles of draws in ascending order."""
    return Quantiles(tuple(plain(_at(ordered, each / 100.0)) for each in PERCENTILES))


def _at(ordered: Array, share: float) -> float:
    """Return a quantile of draws in ascending order, interpolated between them."""
    position = share * (ordered.size - 1)
    below = int(position)
    above = min(below + 1, ordered.size - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (position - below))


def median_error(draws: Array, ordered: Array) -> float:
    """Return the standard error of the median of draws, (draws,), from sampling; `ordered` are the
    same in ascending order.

    The error of the share of draws below the median, from replicates, times how far apart the
    values of neighbouring shares lie (Bahadur 1966).
    """
    low, high = _NEAR_MEDIAN
    return (
        share_error(draws < _at(ordered, 0.5))
        * (_at(ordered, high) - _at(ordered, low))
        / (high - low)
    )
