"""How a change reads beside what it changes: equal decimals, a band, and which way it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from forecast.analysis.sensitivity.rows import MovesRow
from forecast.report.layout import SECTIONS, SHORT_NAMES
from forecast.report.numbers import UnitScale, exponent, per_cent, quantity, scale_for, signed
from forecast.world.metrics import MetricInfo
from forecast.world.rows import ChangeRow, ValueRow

LEAST_EXPLAINED = 0.005  # of a variance: what explains less moves nothing to speak of
UNCLEAR = (0.4, 0.6)  # rises in so many draws: no clear direction
LEGEND = (
    "change is now less base; its {band} and “rises in” are those of the differences draw by "
    "draw; ≈ no clear direction (rises in 40–60% of draws, or less than sampling error)."
)
_SHORT = {
    metric: name
    for section in SECTIONS
    for metric, name in section.rows
    if section.title == "DRIVERS" or metric == "hyperscaler_capex"
}


class Ends(NamedTuple):
    """A figure beside the ends of its band."""

    low: float
    middle: float
    high: float


def ends_of(row: ValueRow, bands: Sequence[float]) -> Ends:
    """Return the median of a row, or the change of a metric, beside the ends of its band: the
    outermost of some percentiles."""
    middle = row.change if isinstance(row, ChangeRow) else row.quantiles.p50
    return Ends(row.quantiles.at(bands[0]), middle, row.quantiles.at(bands[-1]))


def way(up: float) -> str:
    """Return ▲ or ▼ for a change that rises in a share of draws, ≈ where that is about half."""
    if UNCLEAR[0] <= up <= UNCLEAR[1]:
        return "≈"
    return "▲" if up > 0.5 else "▼"


class Moving(Protocol):
    """What is known of how a metric changes: between medians, and draw by draw."""

    @property
    def change(self) -> float: ...
    @property
    def mc_error(self) -> float: ...
    @property
    def probability_up(self) -> float: ...


def direction(row: Moving) -> str:
    """Return ▲, ▼ or, where a change has no clear direction or is sampling error, ≈."""
    found = way(row.probability_up)
    is_noise = abs(row.change) < row.mc_error or (found == "▲") is not (row.change > 0.0)
    return "≈" if is_noise else found


def rises_in(row: Moving) -> str:
    """Return in how many of 100 draws a change is a rise, and which way it goes: 16% ▼."""
    if isinstance(row, ChangeRow) and is_unmoved(row):
        return "same"
    return f"{of_hundred(row.probability_up)}% {direction(row)}"


def share_of_rises(up: float) -> str:
    """Return what `rises_in` does for a change of which only the share of rises is known."""
    return f"{of_hundred(up)}% {way(up)}"


def of_hundred(share: float) -> str:
    """Return a share of draws in per cent, never rounded to certainty."""
    points = 100.0 * share
    if 0.0 < points < 0.5:
        return "<1"
    return ">99" if 99.5 <= points < 100.0 else f"{points:.0f}"


def is_unmoved(row: ChangeRow) -> bool:
    """Return whether a metric is the same in every draw."""
    return row.quantiles.at(5) == row.quantiles.at(95) == row.mean == 0.0


def short_name(metrics: Mapping[str, MetricInfo], metric: str) -> str:
    """Return a metric's name for a table."""
    return _SHORT.get(metric) or metrics[metric].title


def in_sentence(name: str) -> str:
    """Return a name within a sentence: small at its start unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def moves_most(rows: Sequence[MovesRow]) -> str:
    """Return what moves a number most, with the share of its variance that each explains."""
    moving = [each for each in rows if each.first_order >= LEAST_EXPLAINED]
    if not moving:
        return ""
    named = (f"{_named(each)} {per_cent(each.first_order)}%" for each in moving)
    return f"{' · '.join(named)} of the variance of {moving[0].period}"


def _named(row: MovesRow) -> str:
    """Return what is short to call an assumption within a sentence."""
    return SHORT_NAMES.get(row.assumption) or in_sentence(row.title)


def own_scale(metric: str, unit: str, values: Sequence[float]) -> UnitScale:
    """Return the scale of a metric's section, or one that fits where its unit is another."""
    for section in SECTIONS:
        if metric in dict(section.rows) and section.unit == unit and section.scale:
            return section.scale
    return scale_for(unit, values)


def decimals(sizes: Sequence[float], changes: Sequence[float], *, is_share: bool = False) -> int:
    """Return the decimals, negative for tens, that values and changes of a row share.

    Two significant figures of the largest end of the changes, as long as the largest value keeps
    two to four; whole points of a share where the change has one.
    """
    largest = max((abs(size) for size in sizes), default=0.0)
    end = max((abs(change) for change in changes), default=0.0)
    fewest, most = 1 - exponent(largest), 3 - exponent(largest)
    if not end:
        return fewest
    wanted = 1 - exponent(end)
    if is_share and end >= 1.0:
        return 0 if end >= 10.0 else 1
    return max(fewest, min(most, wanted))


def number(value: float, places: int, sign: str = "") -> str:
    """Return a number with so many decimals, tens and hundreds for negative ones; a change has its
    sign (`+`), zero has none."""
    rounded = round(value, places)
    return signed(f"{rounded:{sign},.{max(places, 0)}f}") if rounded else "0"


def signed_quantity(value: float, unit: str) -> str:
    """Return a change with its sign and unit: −$280B."""
    text = quantity(abs(value), unit)
    return f"{'+' if value > 0 else '−'}{text}" if value else text


@dataclass(frozen=True)
class ChangeCells:
    """What a line says of a metric and its change, and the decimals of it."""

    base: str
    now: str
    change: str
    band: str
    places: int


def change_cells(base: float, now: float, change: Ends, scale: UnitScale) -> ChangeCells:
    """Return the cells of a line from values in the metric's unit; the change written is the
    difference of the figures written."""
    sizes = base / scale.divisor, now / scale.divisor
    low, middle, high = (each / scale.divisor for each in change)
    places = decimals(sizes, (low, middle, high), is_share=scale.is_share)
    band = [number(end, places, "+") for end in (low, high)]
    return ChangeCells(
        number(sizes[0], places),
        number(sizes[1], places),
        f"{written(*sizes, places)}{' pp' if scale.is_share else ''}",
        band[0] if band[0] == band[1] else "…".join(band),
        places,
    )


def written(base: float, now: float, places: int) -> str:
    """Return a change with its sign: the difference of two figures as they are written."""
    return number(round(now, places) - round(base, places), places, "+")


def in_words(row: ChangeRow, base: float, bands: Sequence[float]) -> str:
    """Return a change with its band: −2.6 pp (−5.9 to −0.2); of quantities in per cent: −12% (−30
    to +4%), where the change is that of the median and the band that of each draw's own change."""
    ends = ends_of(row, bands)
    if row.unit == "share":
        places = _whole_from_ten(ends)
        middle = written(100.0 * base, 100.0 * (base + row.change), places)
        return f"{middle} pp ({_percents(ends.low, ends.high, places)})"
    if row.relative is None:
        return _amounts(row, base, ends)
    ends = Ends(row.relative.at(bands[0]), row.change / base, row.relative.at(bands[-1]))
    places = _whole_from_ten(ends)
    middle = number(100.0 * ends.middle, places, "+")
    return f"{middle}% ({_percents(ends.low, ends.high, places)}%)"


def _amounts(row: ChangeRow, base: float, ends: Ends) -> str:
    """Return a change with its band in its unit, rounded as a table has them: −$50B (−$110B to
    0)."""
    now = base + row.change
    scale = own_scale(row.metric, row.unit, (base, now))
    sizes = [each / scale.divisor for each in (base, now, *ends)]
    places = decimals(sizes[:2], sizes[2:])
    before, after, low, _, high = (round(each, places) * scale.divisor for each in sizes)
    texts = [signed_quantity(each, row.unit) for each in (low, after - before, high)]
    return f"{texts[1]} ({texts[0]} to {texts[2]})"


def _whole_from_ten(ends: Ends) -> int:
    return 0 if max(map(abs, ends)) >= 0.1 else 1


def _percents(low: float, high: float, places: int) -> str:
    return " to ".join(number(100.0 * each, places, "+") for each in (low, high))
