"""A projection in the long format of the Integrated Assessment Modeling Consortium (IAMC).

Columns are model, scenario, region, variable, unit, and year and value, or a column for each year;
a quantile is a variable of its own below its metric: `AI Compute|Inference|P50`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from forecast.periods import is_year
from forecast.report.layout import MEMBERS, PRESENTATIONS
from forecast.result import MERGED, Cells, Run
from forecast.world.metrics import MetricTable
from forecast.world.rows import ConstraintRow, EventRow, ProbabilityRow, ValueRow

WORLD = "World"
REGIONS = {"united_states": "United States", "china": "China", "other": "Rest of World"}


@dataclass(frozen=True)
class Variable:
    """What a number is of, in the words of the IAMC."""

    model: str
    scenario: str
    region: str
    variable: str
    unit: str


@dataclass(frozen=True)
class PointRow:
    """A variable in a year."""

    head: Variable = field(metadata=MERGED)
    year: int
    value: float


@dataclass(frozen=True)
class SeriesRow:
    """A variable with a column for each year."""

    head: Variable = field(metadata=MERGED)
    years: Cells[float | None]


def iamc_rows(
    result: MetricTable, shape: Literal["long", "wide"] = "long"
) -> list[PointRow] | list[SeriesRow]:
    """Return a projection by year as IAMC rows; events, which have no year, are left out."""
    points = list(_points(result))
    return points if shape == "long" else list(_series(points))


def _series(points: Sequence[PointRow]) -> Iterator[SeriesRow]:
    years = sorted({row.year for row in points})
    values: dict[Variable, dict[int, float]] = {}
    for row in points:
        values.setdefault(row.head, {})[row.year] = row.value
    for head, by_year in values.items():
        yield SeriesRow(head, Cells(tuple(map(str, years)), tuple(map(by_year.get, years))))


def _points(result: MetricTable) -> Iterator[PointRow]:
    """Yield a row for the mean and each percentile of every metric and year."""
    model, scenario = f"forecast {result.run.version}", scenario_name(result.run)
    for row in result.rows:
        if isinstance(row, EventRow) or not is_year(row.period):
            continue
        region, variable = _place(row)
        for name, value in (("mean", row.mean), *row.quantiles.columns("")):
            if isinstance(value, float):
                full = f"{variable}|{name.capitalize()}"
                head = Variable(model, scenario, region, full, _unit(row))
                yield PointRow(head, int(row.period), value)


def scenario_name(run: Run) -> str:
    """Return what a scenario is called: its name, and every setting and outcome on top of it."""
    names = [name for name in run.scenario if name != "base"] or ["base"]
    return ", ".join([" + ".join(names), *run.overrides, *(f"given {each}" for each in run.given)])


def _place(row: ValueRow | ConstraintRow | ProbabilityRow) -> tuple[str, str]:
    """Return the region and the variable of a row; the part of a region is the region's whole."""
    known = PRESENTATIONS.get(row.metric)
    variable = known.iamc if known else row.metric.replace("_", " ").title()
    region = (known and known.country) or WORLD
    if row.member is None:
        return region, variable
    if row.dimension == "region":
        return REGIONS[row.member], variable
    return region, f"{variable}|{MEMBERS.get(row.member) or row.member.title()}"


def _unit(row: ValueRow | ConstraintRow | ProbabilityRow) -> str:
    return f"{row.unit}/yr" if row.kind == "flow" else row.unit
