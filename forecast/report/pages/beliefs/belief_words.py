"""How beliefs read: medians with their bands, before and after, without what a name says."""

from __future__ import annotations

from forecast.analysis.beliefs.stated import Points
from forecast.report.blocks import Cell
from forecast.report.numbers import quantity, quantity_band, signed
from forecast.result import Band

SHORT = {
    "inference_share": "inference share",
    "chip_spend": "chip spend",
    "compute_stock": "running compute",
}
LINEAR = {"log", "log/year"}
SMALLEST, LARGEST = 1e-4, 1e20  # outside of them numbers read as powers of ten
NIL = 0.005


def banded(belief: Band, unit: str) -> Cell:
    """Return a median with its band in one cell."""
    return Cell(band(belief, unit), belief.p50, band=(belief.p10, belief.p90))


def band(belief: Band, unit: str) -> str:
    """Return a median with its band; what is nothing beside the band's width reads 0."""
    low, middle, high = belief.p10, belief.p50, belief.p90
    stem = unit.partition("/")[0]
    if stem in {"W", "Wh"}:
        return stated(Points(low, middle, high), stem)
    if unit in LINEAR:
        least = NIL * (high - low)
        low, middle, high = (value if abs(value) > least else 0.0 for value in (low, middle, high))
    elif unit != "share" and not SMALLEST <= low <= high < LARGEST:
        return f"{_scientific(middle)} ({_scientific(low)}–{_scientific(high)})"
    bare = unit if unit in {"share", "year"} else "ratio"
    return f"{plain(middle, unit)} ({quantity_band(low, high, bare)})"


def plain(value: float, unit: str) -> str:
    """Return a value without its unit."""
    return quantity(value, unit if unit in {"share", "year"} else "ratio")


def stated(points: Points, unit: str, distribution: str = "") -> str:
    """Return a belief as it was stated: 300k tokens (50k–2.0M)."""
    low, middle, high = points.p10, points.p50, points.p90
    if low is not None and high is not None:
        band = quantity_band(low, high, unit)
        if middle is None:
            return band
        text = quantity(middle, unit)
        sign = " " if " " in text else "/"
        tail = sign + text.partition(sign)[2]
        is_shared = all(quantity(end, unit).endswith(tail) for end in (low, high))
        return f"{text} ({band.removesuffix(tail) if is_shared else band})"
    return distribution if middle is None else quantity(middle, unit)


def with_sign(value: float, places: int) -> str:
    """Return a number with its sign, which zero does not have."""
    text = f"{value:+.{places}f}"
    return text[1:] if float(text) == 0.0 else signed(text)


def _scientific(value: float) -> str:
    """Return 9.2e27 or 7.0e-5."""
    number, power = f"{value:.1e}".split("e")
    return f"{number}e{int(power)}"
