"""What a published claim says, and where it lies in our distribution, in words.

Words follow the numbers that are printed: nothing lies above a median that reads the same or more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from forecast.analysis.claims.filters import named
from forecast.analysis.claims.held_against import point
from forecast.analysis.claims.rows import ClaimRow, Claims, ComparedClaim, Filters
from forecast.report.layout import MEMBERS
from forecast.report.numbers import band_figures, quantity, quantity_band, significant

Side = Literal["below", "above", "about"]

MOST_FIGURES = 6
# How a unit of data/claims.csv begins, and what one of it is in a unit that we print.
PUBLISHED_UNITS = {
    "USD_bn": (1e9, "USD"),
    "USD_mn": (1e6, "USD"),
    "percent": (0.01, "share"),
    "multiple": (1.0, "ratio"),
    "million": (1e6, ""),
    "GW": (1e9, "W"),
    "TWh": (1e12, "Wh"),
}
SPELLED = {"yoy": "on the year before", "per year": "a year", "per quarter": "a quarter"}


def headline_sentence(row: ClaimRow) -> str:
    """Return what a claim comes to, from its numbers and ours, in one sentence.

    The cause is a fact of the data; it is left out where the claim lies on the other side of our
    median than the one that the fact explains.
    """
    if not isinstance(row, ComparedClaim):
        return not_compared(row)
    figures = median_figures([row], band_figures(row.p10, row.p90))
    side = _side(row, significant(row.p50, figures))
    middle = quantity(row.p50, row.unit, figures)
    band = f"median {middle}, P10–P90 {quantity_band(row.p10, row.p90, row.unit, figures)}"
    sentence = f"{subject(row, row.title)}: {_relation(row, side)} ({band})"
    if row.because and row.because_if == "any":
        sentence += f"; {row.because}"
    elif row.because and row.because_if == side:
        sentence += f", because {row.because}"
    return f"{sentence}."


def median_figures(rows: Iterable[ComparedClaim], figures: int) -> int:
    """Return the significant figures, at least `figures`, with which the median that claims share
    reads on the side of each that its percentile says; `figures` if not even six tell them
    apart."""
    rows = list(rows)
    told = [row for row in rows if round(row.percentile) != 50]
    ours = rows[0].p50
    return _telling(ours, figures, [(point(row) or 0.0, row.percentile < 50.0) for row in told])


def _telling(ours: float, figures: int, stated: Iterable[tuple[float, bool]]) -> int:
    """Return the figures with which our number reads apart from those stated, each (a value,
    whether it lies below ours)."""
    stated = list(stated)
    for more in range(figures, MOST_FIGURES + 1):
        shown = significant(ours, more)
        if all(value < shown if is_below else value > shown for value, is_below in stated):
            return more
    return figures


def _side(row: ComparedClaim, median: float) -> Side:
    """Return on which side of our median, as it is printed, a claim lies by both its value and its
    percentile."""
    value, rank = point(row) or 0.0, round(row.percentile)
    if value < median and rank < 50:
        return "below"
    return "above" if value > median and rank > 50 else "about"


def _relation(row: ComparedClaim, side: Side) -> str:
    """Return where a claim lies in our distribution."""
    said = f"the published {claimed(row)}"
    if row.read:
        said = f"“{row.words}”, read as {claimed(row)},"
    if row.outside:
        return f"{said} lies {_beyond(row)}"
    if row.mid is None:
        return f"{said} holds in {percentile(_holds(row))} of 100 draws"
    at = f"percentile {percentile(row.percentile)}"
    if side == "about":
        return f"{said} lies about at our median, at {at}"
    return f"{said} lies {side} our median but inside P5–P95, at {at}"


def _beyond(row: ComparedClaim) -> str:
    """Return beyond which end of P5 to P95 a claim lies."""
    is_below = row.percentile < 50.0
    ends = [end for end in (row.low, row.mid, row.high) if end is not None]
    edge, bound = (max(ends), row.p5) if is_below else (min(ends), row.p95)
    shown = quantity(bound, row.unit, _telling(bound, 2, [(edge, is_below)]))
    return f"below our P5 of {shown}" if is_below else f"above our P95 of {shown}"


def _holds(row: ComparedClaim) -> float:
    """Return in how many of 100 draws a range, a floor or a ceiling holds."""
    if row.percentile_low is not None and row.percentile_high is not None:
        return row.percentile_high - row.percentile_low
    return row.percentile if row.low is None else 100.0 - row.percentile


def percentile(value: float) -> str:
    """Return a percentile or a count of 100 draws, never rounded to certainty."""
    if value < 0.5:
        return "<1"
    return ">99" if value >= 99.5 else f"{value:.0f}"


def subject(row: ClaimRow, name: str) -> str:
    """Return what a claim is about and when: AI chip spend, 2026."""
    what = name
    if row.member:
        share = "share of" if row.over == "whole" else "in"
        what = f"{MEMBERS.get(row.member, row.member)}, {share} {what}"
    over = f" over {row.over}" if row.over and row.over != "whole" else ""
    through = "through " if row.kind == "cumulative" else ""
    return f"{what}, {through}{row.period}{over}"


def claimed(row: ClaimRow) -> str:
    """Return a claim's numbers as published: $275B, ≥$400B, 6–12%, $50B per GW; empty if it states
    none."""
    scale, unit, rest = _published_unit(row.unit)
    low, mid, high = (
        None if end is None else _exactly(end * scale, unit) + ("×" if unit == "ratio" else "")
        for end in (row.low, row.mid, row.high)
    )
    if low and high:
        text = f"{mid} ({_range(low, high)})" if mid else _range(low, high)
    else:
        text = mid or (f"≥{low}" if low else f"≤{high}" if high else "")
    return f"{text} {rest}".strip() if text else ""


def _published_unit(unit: str) -> tuple[float, str, str]:
    """Return what one of a unit is, in which unit that we print, and what to say behind it."""
    for head, (scale, ours) in PUBLISHED_UNITS.items():
        if unit == head or unit.startswith(f"{head}_"):
            rest = unit.removeprefix(head).strip("_").replace("_", " ")
            return scale, ours, SPELLED.get(rest, rest)
    return 1.0, unit, ""


def _range(low: str, high: str) -> str:
    """Return $400–450B for $400B and $450B."""
    scale = low.lstrip("$0123456789.,")
    if scale and high.endswith(scale):
        return f"{low.removesuffix(scale)}–{high.removeprefix('$')}"
    return f"{low}–{high}"


def _exactly(value: float, unit: str) -> str:
    """Return a published value with all its figures; a share may be stated as 100%."""
    if unit == "share":
        return f"{100.0 * value:.{MOST_FIGURES}g}%"
    figures = next(
        (
            each
            for each in range(1, MOST_FIGURES)
            if abs(significant(value, each) - value) <= 1e-9 * abs(value)
        ),
        MOST_FIGURES,
    )
    return quantity(value, unit, figures)


def not_compared(row: ClaimRow) -> str:
    """Return what a claim says and why it is not compared."""
    head = f"{row.who}, {row.period}"
    if row.words:
        return f"{head}: “{row.words}” is not compared, because {row.reason}."
    stated = f"{figure}; " if (figure := claimed(row)) else ""
    return f"{head}, {row.about.replace('_', ' ')}: {stated}{row.reason}."


def summary(result: Claims) -> str:
    """Return how many of the claims asked for could be compared, how many facts they state, and
    how many of these lie outside our band."""
    counts, asked = result.counts, _asked(result.filters)
    if not counts.compared:
        return (
            f"None of {counts.claims} published claims{asked} is about a metric within the horizon."
        )
    below = counts.outside_below
    facts = "fact" if counts.facts == 1 else "facts"
    lie = "lies" if counts.outside == 1 else "lie"
    return (
        f"{counts.compared} of {counts.claims} published claims{asked} are about a metric within "
        f"the horizon and state {counts.facts} {facts}; "
        f"{counts.outside} of these {lie} outside our P5–P95 ({below} below, "
        f"{counts.outside - below} above), {counts.independent_outside} of the "
        f"{counts.independent} that are not among our evidence."
    )


def _people(text: str) -> str:
    """Return names as a sentence has them: Gartner or Goldman."""
    return " or ".join(each.title() if each.islower() else each for each in named(text))


def _asked(filters: Filters) -> str:
    """Return which claims are counted, in words."""
    parts = (
        (" that started this project", filters.headline),
        (f" by {_people(filters.who)}", filters.who),
        (f" about {filters.about}", filters.about),
        (f" for {filters.year}", filters.year),
    )
    return "".join(text for text, is_asked in parts if is_asked)
