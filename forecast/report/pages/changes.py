"""How a change reads beside what it changes: equal decimals, a band, and which way it goes."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.layout import SECTIONS
from forecast.report.numbers import Scale, exponent, quantity, scale_for, signed
from forecast.result import Result, Row

UNCLEAR = (0.4, 0.6)  # rises in so many draws: no clear direction
# What the forecast is about.
SUBJECTS = (
    "inference_share",
    "inference_compute",
    "training_compute",
    "compute_stock",
    "chip_spend",
    "ai_capex",
    "ai_power_capacity",
)
LEGEND = (
    "change and its {band} are those of the differences draw by draw, so it need not be now less "
    "base; ≈ no clear direction (rises in 40–60% of draws, or less than sampling error)."
)
_SHORT = {
    metric: name
    for section in SECTIONS
    for metric, name in section.rows
    if section.title == "DRIVERS" or metric == "hyperscaler_capex"
}


def direction(row: Row) -> str:
    """Return ▲, ▼ or, where a change has no clear direction, ≈."""
    up = float(row["probability_up"])
    middle = row.get("p50")
    is_noise = middle is not None and abs(middle) < row["mc_error"]
    if UNCLEAR[0] <= up <= UNCLEAR[1] or is_noise:
        return "≈"
    return "▲" if up > 0.5 else "▼"


def rises_in(row: Row) -> str:
    """Return in how many of 100 draws a change is a rise, and which way it goes: 16% ▼."""
    if is_unmoved(row):
        return "same"
    return f"{of_hundred(float(row['probability_up']))}% {direction(row)}"


def of_hundred(share: float) -> str:
    """Return a share of draws in per cent, never rounded to certainty."""
    points = 100.0 * share
    if 0.0 < points < 0.5:
        return "<1"
    return ">99" if 99.5 <= points < 100.0 else f"{points:.0f}"


def is_unmoved(row: Row) -> bool:
    """Return whether a metric is the same in every draw."""
    return bool(row["p5"] == row["p95"] == row["mean"] == 0.0)


def short_name(result: Result, metric: str) -> str:
    """Return a metric's name for a table."""
    return _SHORT.get(metric) or str(result.extra["metrics"][metric]["title"])


def in_sentence(name: str) -> str:
    """Return a name within a sentence: small at its start unless it is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def own_scale(metric: str, unit: str, values: Sequence[float]) -> Scale:
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


def change_cells(base: float, now: float, change: Row, scale: Scale, ends: tuple[str, str]) -> Row:
    """Return the cells of a row: base, now, change, band, and `places`, their decimals."""
    shares = scale.is_share
    low, middle, high = (change[key] / scale.divisor for key in (ends[0], "p50", ends[1]))
    sizes = base / scale.divisor, now / scale.divisor
    places = decimals(sizes, (low, middle, high), is_share=shares)
    points = " pp" if shares else ""
    band = [number(end, places, "+") for end in (low, high)]
    return {
        "base": number(sizes[0], places),
        "now": number(sizes[1], places),
        "change": f"{number(middle, places, '+')}{points}",
        "band": band[0] if band[0] == band[1] else "…".join(band),
        "places": places,
    }


def in_words(change: Row, base: Row, ends: tuple[str, str]) -> str:
    """Return a change with its band: −2.6 pp (−5.9 to −0.2); of quantities in per cent of the base
    median: −12% (−30 to +4%)."""
    low, middle, high = (float(change[key]) for key in (ends[0], "p50", ends[1]))
    whole = 1.0 if change["unit"] == "share" else abs(float(base["p50"]))
    if not whole or change["unit"] in {"year", "log", "log/year"}:
        first, second, third = (_plain(each, change["unit"]) for each in (middle, low, high))
        return f"{first} ({second} to {third})"
    values = [100.0 * each / whole for each in (middle, low, high)]
    places = 0 if max(map(abs, values)) >= 10.0 else 1
    first, second, third = (number(each, places, "+") for each in values)
    if change["unit"] == "share":
        return f"{first} pp ({second} to {third})"
    return f"{first}% ({second} to {third}%)"


def _plain(value: float, unit: str) -> str:
    text = quantity(abs(value), unit)
    return f"{'+' if value > 0 else '−'}{text}" if value else text
