"""How good would the whole forecast have been? As of an earlier day, against what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from forecast.analysis.case import Case
from forecast.analysis.observed import observed_value
from forecast.analysis.project import project
from forecast.analysis.scores import comparable, crps
from forecast.analysis.summary import plain
from forecast.periods import label, quarter, quarter_of
from forecast.result import PERCENTILES, Result, Row

LEVELS = tuple(percentile / 100.0 for percentile in PERCENTILES)
NAMES = tuple(f"p{percentile}" for percentile in PERCENTILES)


def backtest_model(
    then: Case, now: Case, *, origin: date, draws: int, seed: int, started: str = ""
) -> Result:
    """Return the forecast of `then`, a case as of `origin`, beside what `now` has observed since.

    One row for each metric and later quarter that was observed; assumptions are those of today, so
    this tests the model and its reading of data, not the judgements. Raises InputError where the
    data of then do not carry a forecast.
    """
    through = label(max(quarter_of(now.inputs.data_through), quarter_of(origin) + 1))
    made = project(then, draws=draws, seed=seed, through=through, by="quarter", started=started)
    rows = tuple(_rows(made, now, quarter_of(origin)))
    warnings = made.warnings
    if not rows:
        warnings += (f"nothing observed after {origin} to hold the forecast against",)
    run = replace(made.run, data_through=now.inputs.data_through.isoformat())
    return Result("backtest", run, rows, warnings, {"scores": tuple(_scores(rows))})


def _rows(made: Result, now: Case, origin: int) -> Iterator[Row]:
    for row in made.rows:
        period = row["period"]
        if period is None or row["dimension"] is not None or quarter(period) <= origin:
            continue
        reading = observed_value(now.inputs, row["metric"], period, row["kind"])
        if reading is None or reading.qualifier not in {"eq", "approx"}:
            continue
        yield {
            "metric": row["metric"],
            "origin": label(origin),
            "horizon": quarter(period) - origin,
            "period": period,
            "unit": row["unit"],
            "observed": plain(reading.value),
            **{name: row[name] for name in NAMES},
        }


def _scores(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the scores of each metric, averaged over its quarters."""
    for metric in dict.fromkeys(row["metric"] for row in rows):
        mine = [row for row in rows if row["metric"] == metric]
        ceiling = 1.0 if mine[0]["unit"] == "share" else None
        quantiles = comparable(np.array([[row[name] for name in NAMES] for row in mine]), ceiling)
        observed = comparable(np.array([row["observed"] for row in mine]), ceiling)
        yield {
            "metric": metric,
            "kind": "level" if ceiling is None else "share",
            "quarters": len(mine),
            "crps": plain(float(crps(quantiles, observed, LEVELS).mean())),
            "coverage_80": _held(quantiles, observed, "p10", "p90"),
            "coverage_90": _held(quantiles, observed, "p5", "p95"),
        }


def _held(quantiles: np.ndarray, observed: np.ndarray, low: str, high: str) -> float:
    ends = quantiles[:, NAMES.index(low)], quantiles[:, NAMES.index(high)]
    return plain(float(np.mean((ends[0] <= observed) & (observed <= ends[1]))))
