"""Cells as all tables have them: medians over their bands, texts that lead to an address."""

from __future__ import annotations

import re

from forecast.report.blocks import Cell
from forecast.report.numbers import MISSING, median_band, spelled
from forecast.result import Band, Spread

BANDS = (10, 50, 90)
_ADDRESS = re.compile(r"^(.*?)[\s:]*(https?://\S+)$", re.DOTALL)


def linked(text: str, address: str | None = "") -> Cell:
    """Return a cell of words that links to an address, its own or one that ends the text.

    Only web addresses are links.
    """
    if not address and (match := _ADDRESS.match(text)):
        text, address = match[1], match[2]
    is_web = bool(address) and str(address).startswith(("https://", "http://"))
    return Cell(text, text, address=str(address) if is_web else "")


def banded(band: Band | None, unit: str) -> Cell:
    """Return a median with its band below it, without the unit but for money, power and shares."""
    if band is None:
        return Cell(MISSING)
    text, note = with_band(band.p10, band.p50, band.p90, unit)
    return Cell(text, band.p50, (note,), (band.p10, band.p90))


def band_of(spread: Spread) -> Band:
    """Return the band of BANDS."""
    low, middle, high = (spread.at(each) for each in BANDS)
    return Band(low, middle, high)


def with_band(low: float, middle: float, high: float, unit: str) -> tuple[str, str]:
    """Return a median and its band as text, the band empty where there is no spread."""
    text, _, rest = median_band(low, middle, high, bare(unit)).partition(" (")
    return text, rest.partition(")")[0]


def own_value(value: float | None, unit: str) -> str:
    """Return an assumption's own value as text; a group has none."""
    return MISSING if value is None else with_band(value, value, value, unit)[0]


def bare(unit: str) -> str:
    """Return the unit for a number whose unit stands elsewhere: only $, W and % are written out."""
    is_written = unit in {"share", "year"} or unit.partition("/")[0] in {"USD", "W", "Wh"}
    return unit if is_written else "ratio"


def unit_words(unit: str) -> str:
    """Return the unit that a head states because its numbers do not: `, tokens a day`."""
    if bare(unit) != "ratio" or unit in {"ratio", "log", "users"}:
        return ""
    return f", {spelled(unit)}"
