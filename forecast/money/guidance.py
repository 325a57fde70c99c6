"""Company guidance as evidence on paths, and what resolved cases teach of its bias and error.

A case is resolved once its quarters are reported. The bias b and error s of a kind of guidance are
those of its resolved cases and of a belief that is worth `guidance_worth` of them:

    b = (w b₀ + Σ errors) / (w + n),      s² = (w s₀² + Σ (error − b)²) / (w + n)

Errors of several vintages of one period are one case; those for the rest of a year shrink with the
root of the quarters that are open. What is not resolved moves the paths of its
own company by an ensemble Kalman update, words and floors from one side only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Assumption, Driver, Guidance, GuidedBy, Inputs
from forecast.money.processes import QUARTERS_PER_YEAR, constant
from forecast.money.reported import Reported, quarterly
from forecast.periods import fiscal_quarter

LARGEST_ERROR = 0.3  # a resolved case further off, in logarithms, counts as this far
Kind = Literal["outlook", "annual_guidance", "direction"]
Side = Literal["equal", "floor", "ceiling"]


@dataclass(frozen=True)
class Case:
    """Guidance of one period in the definition that is modelled.

    `amount` is what it leaves for the `quarters` that were open, in USD.
    """

    member: str
    kind: Kind
    side: Side
    period: tuple[int, int]
    quarters: tuple[int, ...]
    amount: float
    published: date


@dataclass(frozen=True)
class Datum:
    """The logarithm of a sum of a member's open quarters, with its standard error."""

    member: str
    quarters: tuple[int, ...]
    value: float
    error: float
    side: Side


def guidance_data(inputs: Inputs, reports: Mapping[str, Reported], day: date) -> list[Datum]:
    """Return the newest open guidance of each member and period, less its learnt bias."""
    cases = list(_cases(inputs, reports, day))
    resolved = [each for each in cases if each.quarters[-1] <= reports[each.member].last]
    newest = {
        (each.member, each.period): each
        for each in sorted(cases, key=lambda each: (each.published, each.side == "equal"))
        if each.quarters[-1] > reports[each.member].last
    }
    learnt = {kind: _learnt(inputs.money, kind, resolved, reports) for kind in _KINDS}
    return [
        datum
        for each in newest.values()
        if (datum := _datum(each, reports[each.member], learnt[each.kind]))
    ]


def outlook_series(driver: Driver) -> set[str]:
    """Return the series in whose definitions a driver is guided."""
    own = {series for row in driver.evidence[:1] for series in row.series}
    return own | {each.series for each in driver.guided_by}


_SIDES: dict[str, Side] = {"up": "floor", "down": "ceiling", "flat": "equal"}
_KINDS: tuple[Kind, ...] = ("outlook", "annual_guidance", "direction")


def _cases(inputs: Inputs, reports: Mapping[str, Reported], day: date) -> Iterator[Case]:
    """Yield every case of every member of the group that was published by a day."""
    by_series: dict[str, list[tuple[Driver, GuidedBy]]] = {}
    for name in reports:
        driver = inputs.drivers[name]
        own = [GuidedBy(series, 1.0) for row in driver.evidence[:1] for series in row.series]
        for each in (*own, *driver.guided_by):
            by_series.setdefault(each.series, []).append((driver, each))
    for row in inputs.guidance:
        for driver, by in by_series.get(row.series_id, ()):
            if row.published <= day:
                yield from _read(row, driver, by, reports[driver.name], inputs)


def _read(
    row: Guidance, driver: Driver, by: GuidedBy, report: Reported, inputs: Inputs
) -> Iterator[Case]:
    """Yield what a row says of a member, in the definition that is modelled."""
    last = fiscal_quarter(row.period_end)
    period = tuple(range(last - row.months // 3 + 1, last + 1))
    known = report.known_by(row.published)
    sides = _stated(row) or _said(row, known, period)
    is_open = tuple(quarter for quarter in period if quarter not in known)
    kind: Kind = "annual_guidance" if row.months > 3 else "direction" if row.words else "outlook"
    for side, amount in sides:
        if not is_open:
            continue
        if by.is_total:
            left = _part(amount, last, row.published, known, by.series, inputs)
        else:
            left = amount * by.scale_by - sum(known.get(quarter, 0.0) for quarter in period)
        if left is not None and left > 0.0:
            span = (period[0], last)
            yield Case(driver.name, kind, side, span, is_open, left, row.published)


def _stated(row: Guidance) -> tuple[tuple[Side, float], ...]:
    """Return the figures of a row: its middle, or else a floor or a ceiling; none for words."""
    if row.mid is not None:
        return (("equal", row.mid),)
    if row.low is not None and row.high is not None:
        return (("equal", 0.5 * (row.low + row.high)),)
    if row.low is not None:
        return (("floor", row.low),)
    return (("ceiling", row.high),) if row.high is not None else ()


def _said(
    row: Guidance, known: Mapping[int, float], period: Sequence[int]
) -> tuple[tuple[Side, float], ...]:
    """Return what words say beside the period before, as it was known then: up is a floor there,
    down a ceiling, flat the same again."""
    before = [quarter - len(period) for quarter in period]
    if not row.words or not known.keys() >= set(before):
        return ()
    return ((_SIDES[row.words], sum(known[quarter] for quarter in before)),)


def _part(
    total: float, quarter: int, day: date, known: Mapping[int, float], series: str, inputs: Inputs
) -> float | None:
    """Return the part of an outlook for total revenue: the last part plus its share of the change.

    The share is the part's share of the total's change over the last year, no less than its share
    of the total and no more than one.
    """
    totals = {q: value for q, (value, seen) in quarterly(series, inputs).items() if seen <= day}
    last, before = quarter - 1, quarter - 5
    if last not in known or last not in totals:
        return None
    share = known[last] / totals[last]
    if before in known and before in totals and totals[last] > totals[before]:
        rise = (known[last] - known[before]) / (totals[last] - totals[before])
        share = float(np.clip(rise, share, 1.0))
    return known[last] + share * (total - totals[last])


def _learnt(
    money: Mapping[str, Assumption],
    kind: Kind,
    resolved: Iterable[Case],
    reports: Mapping[str, Reported],
) -> tuple[float, float]:
    """Return bias and error of a kind of guidance."""
    errors: dict[tuple[str, tuple[int, int]], list[float]] = {}
    for case in resolved:
        figures = dict(zip(reports[case.member].quarters, reports[case.member].values, strict=True))
        if case.kind == kind and case.side == "equal" and set(case.quarters) <= figures.keys():
            came = sum(figures[quarter] for quarter in case.quarters)
            error = float(np.clip(np.log(came / case.amount), -LARGEST_ERROR, LARGEST_ERROR))
            whole = error / _share_of_error(case.kind, len(case.quarters))
            errors.setdefault((case.member, case.period), []).append(whole)
    found = np.array([np.mean(each) for each in errors.values()])
    believed = 0.0 if kind == "direction" else constant(money, f"{kind}_bias")
    spread, worth = constant(money, f"{kind}_error"), constant(money, "guidance_worth")
    weight = worth + len(found)
    bias = (worth * believed + float(found.sum())) / weight
    variance = (worth * spread**2 + float(np.sum((found - bias) ** 2))) / weight
    return bias, float(np.sqrt(variance))


def _datum(case: Case, report: Reported, learnt: tuple[float, float]) -> Datum | None:
    """Return a case on the quarters that are still open."""
    since = {q: report.values[report.quarters.index(q)] for q in case.quarters if q <= report.last}
    is_open = tuple(quarter for quarter in case.quarters if quarter > report.last)
    left = case.amount - sum(since.values())
    if left <= 0.0:
        return None
    part = _share_of_error(case.kind, len(is_open))
    bias = learnt[0] * part if case.side == "equal" else 0.0
    return Datum(case.member, is_open, float(np.log(left)) + bias, learnt[1] * part, case.side)


def _share_of_error(kind: Kind, quarters: int) -> float:
    """Return how large errors are with so many quarters open, of those of a whole year."""
    return float(np.sqrt(quarters / QUARTERS_PER_YEAR)) if kind == "annual_guidance" else 1.0


def updated(
    logs: dict[str, Array],
    data: Sequence[Datum],
    predicted: Callable[[Datum], Array],
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Return paths, (draws, quarters) in logarithms by member, that have heard the data.

    Each member's paths move by its own data alone, x + Cov(x, d) (Cov(d, d) + R)⁻¹ (value + noise −
    d), with what `predicted` says of each datum, (draws,), in logarithms. A floor pulls up only the
    draws below it, a ceiling pulls down those above.
    """
    found = dict(logs)
    for member in dict.fromkeys(each.member for each in data):
        mine = [each for each in data if each.member == member]
        d = np.stack([predicted(each) for each in mine])
        values, errors = (np.array([getattr(x, y) for x in mine]) for y in ("value", "error"))
        noise = errors[:, None] * rng.standard_normal(d.shape)
        miss = values[:, None] - d
        for index, each in enumerate(mine):
            if each.side == "equal":
                miss[index] += noise[index]
            else:
                low, high = (0.0, np.inf) if each.side == "floor" else (-np.inf, 0.0)
                miss[index] = np.clip(miss[index], low, high)
        centred = d - d.mean(axis=1, keepdims=True)
        draws = d.shape[1]
        spread = centred @ centred.T / draws + np.diag(errors**2)
        reach = logs[member].T @ centred.T / draws
        found[member] = logs[member] + (reach @ np.linalg.solve(spread, miss)).T
    return found
