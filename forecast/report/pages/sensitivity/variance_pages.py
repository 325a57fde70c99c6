"""Shares of a metric's variance as a page, in words before and after."""

from __future__ import annotations

from forecast.analysis.sensitivity.rows import IndexRow, Interval
from forecast.analysis.sensitivity.sensitivity import Sensitivity
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Table,
    View,
    grid_columns,
    rows_of,
)
from forecast.report.words import first_line, with_band

SMALL = 0.01  # a share of variance that is not worth a name
SOBOL = (
    "Sobol indices on the independent prior: no correlations, no conditioning. Alone: the variance "
    "that goes when it is known (first order); in all: also with what it does together with others "
    "(total order). First orders add up to {sum}%; the rest is interaction. An assumption moves "
    "with all its knots, a driver by the rank of its fitted path at the period."
)
GIVEN_DATA = (
    "Read off the conditioned draws: the variance that goes when its value at the period is known, "
    "with all that hangs together with it there; shares overlap and need not add up to 100. What "
    "chance alone would show is taken off."
)


def variance_page(result: Sensitivity, view: View, top: int) -> list[Block]:
    """Return the page of shares of variance with its `top` rows, and the rest counted."""
    is_sobol = result.method == "sobol"
    shown = result.indices[:top]
    heads = ["alone" if is_sobol else "known", "95% interval"]
    heads += ["in all", "95% interval"] if is_sobol else []
    columns = grid_columns("EXPLAINS, % of variance", *heads)
    total = _percent(sum(row.first_order for row in result.indices), 0)
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(_sentence(result, view), "strong"),
        Table("variance", "", columns, rows_of(map(_cells, shown))),
        Prose(SOBOL.format(sum=total) if is_sobol else GIVEN_DATA, "quiet"),
        Prose(_small(result, len(shown)), "quiet"),
        Prose(_in_short(result), "strong", label="IN SHORT"),
    ]


def _cells(row: IndexRow) -> list[Cell]:
    """Return a row's estimates, each with its interval, with equal decimals."""
    decimals = _decimals(row)
    cells = [Cell(row.assumption)]
    for share, interval in row.estimates:
        cells.append(Cell(_percent(share, decimals), share))
        cells.append(Cell(_interval(interval, decimals), band=interval))
    return cells


def _decimals(row: IndexRow) -> int:
    """Return the decimals of a row in per cent: two significant figures for its main estimate."""
    return 0 if row.main >= 0.1 else 1


def _percent(share: float, decimals: int) -> str:
    """Return a share of variance in per cent; an estimate a little below nothing is nothing."""
    return f"{max(0.0, 100.0 * share):.{decimals}f}"


def _interval(ends: Interval, decimals: int) -> str:
    low, high = ends
    return f"{_percent(low, decimals)}–{_percent(high, decimals)}"


def _draws_of(result: Sensitivity) -> str:
    is_prior = result.method == "sobol"
    return "independent prior, before history is weighed" if is_prior else "conditioned ensemble"


def _sentence(result: Sensitivity, view: View) -> str:
    """Return the metric with its band, and what explains most of its spread."""
    most = result.indices[0]
    metric = with_band(result.base, view.bands)
    start = f"On the {_draws_of(result)}: {result.subject}, {metric}."
    if most.main <= 0.0:
        return f"{start} Nothing explains its spread."
    is_sobol = result.method == "sobol"
    how = "alone and with others" if is_sobol else "with what hangs together with it"
    share, interval = most.estimates[-1]
    decimals = _decimals(most)
    explained = f"{_percent(share, decimals)}% ({_interval(interval, decimals)}%)"
    variance = "the variance" + (" of its logarithm" if most.variance_of == "logarithm" else "")
    return (
        f"{start} {most.assumption} explains most of its spread: {explained} of {variance}, {how}."
    )


def _small(result: Sensitivity, shown: int) -> str:
    """Return how many rows are not shown, and how many of all explain little."""
    count = len(result.indices)
    small = sum(row.main < SMALL for row in result.indices)
    more = f" (--top {count} for all)" if shown < count else ""
    return (
        f"{shown} of {count} shown{more}. Explaining less than 1%: {small}. "
        "Intervals are from resampling the draws."
    )


def _in_short(result: Sensitivity) -> str:
    parts = [
        f"{row.assumption} {_percent(row.main, _decimals(row))}%"
        for row in result.indices[:3]
        if row.main >= SMALL
    ]
    found = f"most explained by {', '.join(parts)}" if parts else "nothing explains 1% or more"
    return f"{result.subject}, {_draws_of(result)}: {found}"
