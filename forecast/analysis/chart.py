"""Metrics by quarter for a chart, flows at the rate of a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forecast.analysis.project import project
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.result import DEFAULT, PERCENTILES, Quantiles, RunOptions
from forecast.world.case import Case
from forecast.world.metrics import MetricTable, metric_ids, metric_meanings
from forecast.world.rows import MetricRow, ProbabilityRow, ValueRow
from forecast.world.values import CONSTRAINT

QUARTERS = 4.0


@dataclass(frozen=True)
class Charted(MetricTable):
    """Metrics by quarter in the order asked for; flows are at the rate of a year, in their unit a
    year."""

    def drawn(self, metric: str) -> list[ValueRow]:
        """Return the rows of a metric as they are drawn; a probability has no band."""
        return [
            _as_value(row) if isinstance(row, ProbabilityRow) else row
            for row in self.rows
            if row.metric == metric and isinstance(row, ValueRow | ProbabilityRow)
        ]


def chart(case: Case, options: RunOptions = DEFAULT, *, metrics: Sequence[str]) -> Charted:
    """Return metrics by quarter. Raises InputError for names that are none, and for what has no
    value in a quarter."""
    names = _names(metrics, case.inputs)
    result = project(case, options, by="quarter", metrics=names)
    about = {
        name: replace(info, unit=f"{info.unit}/year", kind="rate") if info.kind == "flow" else info
        for name, info in result.metrics.items()
    }
    return Charted(
        command="chart",
        run=result.run,
        rows=tuple(_annualised(result.rows)),
        warnings=result.warnings,
        metrics=about,
        first_projected=result.first_projected,
    )


def _names(metrics: Sequence[str], inputs: Inputs) -> tuple[str, ...]:
    meanings, problems = metric_meanings(inputs), list[Problem]()
    names = metric_ids(metrics, meanings, problems)
    for name in names:
        if meanings[name].is_moment or name == CONSTRAINT:
            found = "an event, which has no value in a quarter"
            expected, hint = "a metric with values", ""
            if meanings[name].is_moment:
                hint = "Who leads in each quarter: inference_ahead, inference_spend_ahead."
            problems.append(Problem("command line", name, found, expected, hint))
    if problems:
        raise InputError(problems)
    return names


def _annualised(rows: Sequence[MetricRow]) -> Iterator[MetricRow]:
    """Yield rows with flows of a quarter at the rate of a year."""
    for row in rows:
        if isinstance(row, ValueRow) and row.kind == "flow":
            yield annual_rate(row)
        else:
            yield row


def annual_rate(row: ValueRow) -> ValueRow:
    """Return the flow of a quarter at the rate of a year."""
    return replace(
        row,
        unit=f"{row.unit}/year",
        kind="rate",
        observed=None if row.observed is None else QUARTERS * row.observed,
        mean=QUARTERS * row.mean,
        quantiles=Quantiles(tuple(QUARTERS * value for value in row.quantiles.values)),
        mc_error=QUARTERS * row.mc_error,
    )


def _as_value(row: ProbabilityRow) -> ValueRow:
    """Return a probability as a level without a band."""

    return ValueRow(
        metric=row.metric,
        dimension=None,
        member=None,
        period=row.period,
        unit=row.unit,
        kind="share",
        status=row.status,
        observed=None,
        mean=row.mean,
        quantiles=Quantiles((row.mean,) * len(PERCENTILES)),
        mc_error=row.mc_error,
        observed_qualifier=None,
    )
