"""A result as a pandas data frame: one row each, columns that can be computed with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from forecast.periods import parse_day, quarter
from forecast.result import POINTS, Result, columns

if TYPE_CHECKING:
    import pandas as pd

# Numbers even where a result has none of them.
_NUMBERS = frozenset({"observed", "mean", "mc_error", "probability_never", "probability_up",
                      *POINTS})  # fmt: skip


def tidy_frame(result: Result) -> pd.DataFrame:
    """Return a result's rows as a data frame, columns in the order of the JSON schema.

    Numbers are float64 (NaN where there is none; counts are whole), words strings. `period_end` is
    the last day of `period`. The quantiles of an event are quarters: here they are years and
    fractions (2026Q3 starts at 2026.5), so that the columns stay numbers. A tree has a row for each
    branch, with its `depth` and the `parent` that it is an input of, without what changed it.
    """
    import pandas

    rows = list(_flat([columns(row) for row in result.rows]))
    frame = pandas.DataFrame.from_records(rows, columns=_columns(rows))
    for name in frame.columns:
        frame[name] = _column(name, frame[name])
    if "period" in frame:
        ends = pandas.Series([_end(period) for period in frame["period"]], dtype="datetime64[s]")
        frame.insert(list(frame.columns).index("period") + 1, "period_end", ends)
    return frame


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _flat(
    rows: Sequence[dict[str, Any]], depth: int = 0, parent: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield rows, and those nested in them as inputs below each."""
    for row in rows:
        if "inputs" not in row:
            yield row if depth == 0 else {"depth": depth, "parent": parent, **row}
            continue
        own = {key: value for key, value in row.items() if key not in {"inputs", "since"}}
        yield {"depth": depth, "parent": parent, **own}
        yield from _flat(row["inputs"], depth + 1, row["quantity"])


def _column(name: str, values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as numbers where all that it holds are numbers, or quarters of an event."""
    import pandas

    if name in POINTS:
        values = values.map(_start)
    there = values.dropna()
    is_number = [isinstance(each, int | float) and not isinstance(each, bool) for each in there]
    if (len(there) and all(is_number)) or (not len(there) and name in _NUMBERS):
        numbers = pandas.to_numeric(values)
        return numbers if len(there) == len(values) else numbers.astype("float64")
    if len(there) and all(isinstance(each, str) for each in there):
        return values.astype("str").where(values.notna(), None)
    return values


def _start(value: Any) -> Any:
    return quarter(value) / 4.0 if isinstance(value, str) else value


def _end(period: object) -> date | None:
    try:
        return parse_day(str(period))
    except ValueError:
        return None
