"""Numbers as a reader wants them: $1.2T, 38M H100e, 41 GW, 73%, with no more digits than they earn.

Digits follow the band: two significant figures where there is one. Shares are written in per cent,
`>99` rather than 100 and `<1` rather than 0, because a rounded certainty is a false one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

MAGNITUDES = (
    (1e18, "E"),
    (1e15, "Q"),
    (1e12, "T"),
    (1e9, "B"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
)
PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
MISSING = "–"
# Outside of them a number with a band reads as a power of ten, as does one alone that is larger.
NO_PREFIX = (1e-4, 1e20)

LARGEST = 1e18  # an assumption's own value beyond it is written 1.9e28


@dataclass(frozen=True)
class UnitScale:
    """What a table divides a row's values by, and the unit it then states."""

    divisor: float
    unit: str
    is_share: bool = False


def exponent(value: float) -> int:
    """Return the power of ten of a number's first digit; 0 for zero."""
    return math.floor(math.log10(abs(value))) if value else 0


def significant(value: float, figures: int = 2) -> float:
    """Return `value` rounded to so many significant figures."""
    return round(value, figures - 1 - exponent(value))


def signed(text: str) -> str:
    """Return a formatted number with a true minus sign."""
    return text.replace("-", "−")


def quantity(value: float, unit: str, figures: int = 2) -> str:
    """Return a value (in its SI unit) with so many significant figures: $690B, 16M H100e, 73%."""
    if unit == "share":
        return per_cent(value, figures) + "%"
    if unit == "year":
        return f"{value:.1f}"
    named = "" if unit in {"", "ratio", "log", "log/year"} else f" {unit}"
    if abs(value) >= NO_PREFIX[1]:
        return _scientific(value, figures) + named
    rounded = significant(value, figures)
    steps = PREFIXES if unit.split("/", maxsplit=1)[0] in {"W", "Wh"} else MAGNITUDES
    divisor, letter = next((step for step in steps if abs(rounded) >= step[0]), (1.0, ""))
    number = _figures(rounded / divisor, figures)
    if unit.startswith("USD"):
        sign = "−" if rounded < 0 else ""
        return f"{sign}${number.lstrip('−')}{letter}{unit.removeprefix('USD')}"
    if steps is PREFIXES:
        return f"{number} {letter}{unit}"
    return f"{number}{letter}{named}"


def own_value(value: float, unit: str, figures: int = 2) -> str:
    """Return an assumption's value without what its name says anyway: $1.2T, 18 GW, 0.4M."""
    if abs(value) >= LARGEST:
        return f"{value:.{figures - 1}e}".replace("e+", "e")
    return quantity(value, unit, figures).removesuffix(f" {unit}").partition("/")[0]


def quantity_band(low: float, high: float, unit: str, least: int = 2) -> str:
    """Return a band in words: $460B–$1.1T, 44–96%, 41–59 GW; with at least so many figures."""
    figures = max(least, band_figures(low, high))
    first, second = quantity(low, unit, figures), quantity(high, unit, figures)
    number, tail = _split(first)
    if tail == _split(second)[1]:
        first, second = number, second.lstrip("$")
    else:
        first = first.removesuffix(f" {unit}")
    return f"{first} to {second}" if low < 0 else f"{first}–{second}"


def _split(text: str) -> tuple[str, str]:
    """Split a quantity into its number (with the sign of money) and what stands behind it."""
    number = re.split(r"[^−$<>\d.,]", text, maxsplit=1)[0]
    return number, text.removeprefix(number)


def median_band(low: float, middle: float, high: float, unit: str) -> str:
    """Return a median with its band: 300k tokens (50k–2.0M); the median alone where there is no
    spread. What no prefix reaches reads as a power of ten."""
    if low == middle == high:
        return _beyond(middle, unit) or quantity(middle, unit)
    if _beyond(high, unit) or _beyond(middle, unit):
        tail = f" {unit}" if unit not in {"", "ratio"} else ""
        ends = (_scientific(value) for value in (middle, low, high))
        return "{} ({}–{}){}".format(*ends, tail)
    text, band = quantity(middle, unit, band_figures(low, high)), quantity_band(low, high, unit)
    sign = " " if " " in text else "/"
    return f"{text} ({band.removesuffix(sign + text.partition(sign)[2])})"


def _beyond(value: float, unit: str) -> str:
    """Return a value as a power of ten if no prefix reaches it, else nothing."""
    plain_units = {"share", "year", "log", "log/year"}
    if unit in plain_units or not value or NO_PREFIX[0] <= abs(value) < NO_PREFIX[1]:
        return ""
    return f"{_scientific(value)} {unit}".removesuffix(" ratio")


def _scientific(value: float, figures: int = 2) -> str:
    """Return 9.2e27 or 7.0e-5."""
    number, power = f"{value:.{figures - 1}e}".split("e")
    return f"{signed(number)}e{int(power)}"


def band_figures(low: float, high: float) -> int:
    """Return the significant figures that a band earns: two, more where it is too narrow for two.

    188–197 would otherwise read 190–200, which is wider than it is.
    """
    figures = 2
    while figures < 4 and 0.0 < high - low < 2.0 * 10.0 ** (exponent(high) - figures + 1):
        figures += 1
    return figures


def per_cent(value: float, figures: int = 2) -> str:
    """Return a share (0 to 1) in per cent, without the sign, never rounded up to certainty."""
    points = 100.0 * value
    if points >= 99.5:
        return ">99"
    if 0.0 < points < 0.1:
        return "<0.1"
    return _figures(points, figures)


def change(before: float, after: float, unit: str) -> str:
    """Return how far a quantity moved: percentage points for a share, per cent for the rest.

    The difference is taken before it is rounded; dates and growth rates move by a plain difference.
    """
    if unit == "share":
        return _difference(100.0 * (after - before), 0) + " pp"
    if unit in {"year", "log", "log/year"}:
        return _difference(after - before, 2)
    if before == 0.0:
        return MISSING
    return _difference(100.0 * (after - before) / abs(before), 0) + "%"


def _difference(value: float, decimals: int) -> str:
    """Return a difference with its sign, which zero does not have."""
    rounded = round(value, decimals)
    return signed(f"{rounded:+,.{decimals}f}") if rounded else "0"


def spelled(unit: str) -> str:
    """Return a unit with its strokes in words: tokens a day, USD an H100e-hour."""
    return re.sub("/(?=[aHh])", " an ", unit).replace("/", " a ")


def scale_for(unit: str, values: Sequence[float]) -> UnitScale:
    """Return the scale that brings a row's largest value below 1,000, and its unit in words."""
    if unit == "share":
        return UnitScale(0.01, "%", is_share=True)
    largest = max((abs(value) for value in values), default=0.0)
    stem, _, per = unit.partition("/")
    steps = PREFIXES if stem in {"W", "Wh"} else MAGNITUDES
    divisor, letter = next((step for step in steps if largest >= step[0]), (1.0, ""))
    tail = spelled(f"/{per}") if per else ""
    if stem == "USD":
        if 0.0 < largest < 0.5:
            return UnitScale(1e-6, f"µ${tail}") if largest < 1e-4 else UnitScale(0.01, f"¢{tail}")
        return UnitScale(divisor, f"${letter}{tail}")
    if steps is PREFIXES:
        return UnitScale(divisor, f"{letter}{stem}{tail}")
    if unit in {"ratio", "users", "people", "chips"}:
        return UnitScale(divisor, letter)
    return UnitScale(divisor, f"{letter} {stem}{tail}".strip())


def side_decimals(medians: Sequence[float]) -> int:
    """Return the decimals that all medians of a row share on one side of the bar.

    Two significant figures for the middle one, and never more than one decimal beside a number
    above 1, so that the largest is not given digits that its band does not support.
    """
    sizes = sorted(abs(median) for median in medians if median)
    if not sizes:
        return 0
    wanted = max(0, 1 - exponent(sizes[(len(sizes) - 1) // 2]))
    largest = sizes[-1]
    most = 0 if largest >= 100.0 else 1 if largest >= 1.0 else 1 - exponent(largest)
    return min(wanted, most)


def cell(value: float, decimals: int, figures: int = 2, *, is_share: bool = False) -> str:
    """Return a table's number: `decimals` places, or else whole with so many significant figures.

    A positive number too small for its row reads `<0.1`, never 0.
    """
    whole_places = min(0, figures - 1 - exponent(value))
    rounded = round(value, decimals or whole_places)
    if is_share and rounded >= 100.0 - 0.5 * 10.0**-decimals:
        return ">99"
    if rounded == 0.0 and value > 0.0:
        return f"<{10.0**-decimals:.{decimals}f}"
    return signed(f"{rounded + 0.0:,.{decimals}f}")


def median_cell(
    middle: float, low: float, high: float, decimals: int, *, is_share: bool = False
) -> str:
    """Return the median of a band that `band_cell` shows: with the row's decimals, or with those of
    its band where rounding would put it outside (`<0.1` over 0.02–0.07, 200 over 188–197)."""
    figures, finer = band_figures(low, high), _band_places(low, high, decimals)
    text, *ends = (
        cell(value, places, figures, is_share=is_share)
        for value, places in ((middle, decimals), (low, finer), (high, finer))
    )
    least, shown, most = (_read(each) for each in (ends[0], text, ends[1]))
    if least <= shown <= most and not text.startswith("<"):
        return text
    return cell(middle, finer, figures, is_share=is_share)


def _read(text: str) -> float:
    """Return the number that a cell shows; what is less than a bound as the bound."""
    return float(text.lstrip("<>").replace(",", "").replace("−", "-"))


def band_cell(low: float, high: float, decimals: int, *, is_share: bool = False) -> str:
    """Return a band as a table shows it, both ends with equal decimals: 6.7–9.4, 820–1,400."""
    places, figures = _band_places(low, high, decimals), band_figures(low, high)
    ends = [cell(value, places, figures, is_share=is_share) for value in (low, high)]
    if ends[0] == ends[1]:
        return ends[0]
    return f"{ends[0]}…{ends[1]}" if low < 0.0 else f"{ends[0]}–{ends[1]}"


def _band_places(low: float, high: float, decimals: int) -> int:
    """Return the decimals of a band's ends in a row of so many."""
    places = decimals if max(abs(low), abs(high)) < 10.0 else 0
    if 0 < places < 3 and (round(low, places) == round(high, places) or not round(low, places)):
        places += 1
    figures = band_figures(low, high)
    return max(places, figures - 1 - exponent(high)) if figures > 2 else places


def _figures(value: float, figures: int) -> str:
    """Return a number with so many significant figures and no exponent."""
    rounded = significant(value, figures)
    places = max(0, figures - 1 - exponent(rounded))
    return signed(f"{rounded:,.{places}f}") if rounded else "0"
