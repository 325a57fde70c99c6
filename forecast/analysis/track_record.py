"""How earlier runs did: what they forecast of quarters that have been observed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from forecast.analysis.hindcast import NAMES, score_row
from forecast.analysis.history import Kept
from forecast.analysis.observed import BESIDE, observed_value
from forecast.analysis.scores import comparable
from forecast.analysis.summary import plain
from forecast.inputs.schema import Inputs, Observation
from forecast.periods import is_year, quarter, quarter_of
from forecast.result import Row


def forecast_rows(runs: Iterable[Kept], now: Inputs) -> list[Row]:
    """Return each forecast that earlier runs made of a quarter that has been observed since.

    A run repeated without change counts once. A forecast counts only if the run had seen no figure
    of the quarter from any series that makes up the observation; and if it was made as of an
    earlier day, only if what it forecast was published after it ran: the rest is a backtest, made
    with today's judgement. One row for each with the run's quantiles, `observed`,
    `observed_qualifier`, `published`, and `horizon` in quarters from the end of the run's data.
    """
    distinct = {kept.key: kept for kept in runs}
    rows = [row for kept in distinct.values() for row in _rows_of(kept, now)]
    return sorted(rows, key=lambda row: (row["metric"], row["period"], row["number"]))


def score_rows(rows: Sequence[Row]) -> list[Row]:
    """Return scores by metric and horizon, and of each metric over all horizons (`horizon` None).

    CRPS and `bias`, the mean of median − observed, are in percentage points for shares and in
    natural logarithms for levels; bounds count on their side alone and have no bias.
    """
    found = []
    for metric, group in groupby(rows, key=lambda row: row["metric"]):
        mine = list(group)
        found.append(_score(metric, None, mine))
        for horizon in sorted({row["horizon"] for row in mine}):
            found.append(
                _score(metric, horizon, [row for row in mine if row["horizon"] == horizon])
            )
    return found


def _score(metric: str, horizon: int | None, rows: Sequence[Row]) -> Row:
    """Return scores of a metric; each quarter of each run counts once."""
    exact = [row for row in rows if row["observed_qualifier"] in {"eq", "approx"}]
    ceiling = 1.0 if rows[0]["unit"] == "share" else None
    medians, observed = (
        comparable(np.array([row[name] for row in exact]), ceiling) for name in ("p50", "observed")
    )
    bias = plain(float(np.mean(medians - observed))) if exact else None
    row = score_row(metric, rows)
    row["forecasts"] = row.pop("quarters")
    return {**row, "horizon": horizon, "bias": bias}


def _rows_of(kept: Kept, now: Inputs) -> Iterator[Row]:
    then = kept.inputs
    if then is None or kept.figures is None:
        return
    unseen = _unseen_quarters(then, now, kept)
    for (metric, period, member), row in kept.figures.items():
        if metric not in BESIDE or member or period is None or is_year(period):
            continue
        if not unseen.get(metric, {}).get(quarter(period)):
            continue
        reading = observed_value(now, metric, period, row["kind"])
        if reading is None or reading.qualifier == "range":
            continue
        yield {
            "metric": metric,
            "run_id": kept.run.run_id,
            "number": kept.number,
            "started": kept.run.started,
            "period": period,
            "horizon": quarter(period) - quarter_of(then.data_through),
            "unit": row["unit"],
            "observed": plain(reading.value),
            "observed_qualifier": reading.qualifier,
            "published": unseen[metric][quarter(period)],
            **{name: row[name] for name in NAMES},
        }


def _unseen_quarters(then: Inputs, now: Inputs, kept: Kept) -> dict[str, dict[int, str]]:
    """Return for each metric the quarters of which a run had seen nothing, each with the day on
    which the last of its figures was published."""
    seen, known = _figures(then.observations), _figures(now.observations)
    found: dict[str, dict[int, str]] = {}
    for metric, beside in BESIDE.items():
        for series in (*beside.series, *beside.cumulative):
            for at, published in known.get(series, {}).items():
                days = found.setdefault(metric, {})
                days[at] = max(days.get(at, ""), published)
        for series in (*beside.series, *beside.cumulative):
            for at in seen.get(series, {}):
                found.get(metric, {}).pop(at, None)
    if kept.run.as_of:
        ran = kept.run.started[:10]
        return {
            name: {at: day for at, day in days.items() if day > ran} for name, days in found.items()
        }
    return found


def _figures(rows: Iterable[Observation]) -> dict[str, dict[int, str]]:
    """Return by series and quarter when a figure was first published; guidance is none."""
    found: dict[str, dict[int, str]] = {}
    for row in rows:
        if not row.assumed and row.period_end <= row.published:
            days = found.setdefault(row.series_id, {})
            at, day = quarter_of(row.period_end), row.published.isoformat()
            days[at] = min(days.get(at, day), day)
    return found
