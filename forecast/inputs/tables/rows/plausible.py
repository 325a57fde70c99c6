"""What no figure can be, whoever states it: days outside any series, amounts beyond any quantity.

`ingest` refuses such a row; one that a store holds all the same is left out and said, so that no
ingested row keeps anything from being computed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date

from forecast.inputs.tables.tables import FREQUENCIES
from forecast.store import Kept, StoredGuidance, StoredRow
from forecast.store.vintages import Stored
from forecast.units import UNITS

FIRST_YEAR, LAST_YEAR = 1900, 2100
SMALLEST, LARGEST = 1e-60, 1e60  # of what is not zero, in the unit itself
LARGEST_ERROR = 10.0  # a standard error of a logarithm or logit: a factor of 22,000 either way
QUALIFIERS = ("eq", "approx", "lt", "gt", "range")


def plausible_rows(kept: Sequence[Kept[Stored]]) -> tuple[list[Stored], tuple[str, ...]]:
    """Return the rows that can be evaluated, and a sentence for each that cannot, with its mend."""
    good: list[Stored] = []
    warnings = []
    for each in kept:
        wrong = next(_wrong(each.row), "")
        if not wrong:
            good.append(each.row)
            continue
        warnings.append(
            f"{each.row.file}:{each.row.line}: {each.row.series_id}, ingested as row {each.id}, "
            f"left out: {wrong}; to take it back: forecast forget {each.id}"
        )
    return good, tuple(warnings)


def _wrong(row: StoredRow | StoredGuidance) -> Iterator[str]:
    """Yield what keeps a row from being evaluated."""
    for name in ("period_end", "published"):
        yield from wrong_day(name, getattr(row, name))
    if row.unit not in UNITS:
        yield f"unit is {row.unit}, which is not known"
        return
    names = ("value", "high") if isinstance(row, StoredRow) else ("low", "mid", "high")
    for name in names:
        yield from wrong_amount(name, getattr(row, name), row.unit)
    if isinstance(row, StoredRow):
        yield from wrong_error(row.error)
        if row.frequency not in FREQUENCIES:
            yield f"frequency is {row.frequency}, not one of {', '.join(FREQUENCIES)}"
        if row.qualifier not in QUALIFIERS:
            yield f"qualifier is {row.qualifier}, not one of {', '.join(QUALIFIERS)}"


def wrong_day(name: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a day in ISO 8601."""
    try:
        year = date.fromisoformat(text).year
    except ValueError:
        yield f"{name} is {text}, no day"
        return
    if not FIRST_YEAR <= year <= LAST_YEAR:
        yield f"{name} is {text}, not between {FIRST_YEAR} and {LAST_YEAR}"


def wrong_amount(name: str, value: float | None, unit: str) -> Iterator[str]:
    """Yield what is wrong with an amount in a unit; None is none."""
    if value is None:
        return
    scale = UNITS[unit].scale
    if not math.isfinite(value) or (value and not SMALLEST <= abs(value) <= LARGEST):
        yield f"{name} is {value:g}, not between {SMALLEST:g} and {LARGEST:g}"
    elif scale == "logit" and not 0.0 <= value <= 1.0:
        yield f"{name} is {value:g}, no share between 0 and 1"
    elif scale == "log" and value < 0.0:
        yield f"{name} is {value:g}, and {unit} cannot be negative"


def wrong_error(error: float | None) -> Iterator[str]:
    """Yield what is wrong with a standard error of a logarithm or logit; None is none."""
    if error is not None and not 0.0 < error <= LARGEST_ERROR:
        yield f"error is {error:g}, not above 0 and at most {LARGEST_ERROR:g}"
