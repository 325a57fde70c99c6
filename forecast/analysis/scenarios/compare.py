"""Scenarios side by side, on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from forecast.analysis.case_rows import (
    SideBySide,
    case_rows,
    change_rows,
    keys_of,
    question_problems,
)
from forecast.analysis.scenarios.variants import Variants, variants
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario
from forecast.inputs.schema import Scenario
from forecast.result import DEFAULT, MERGED, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.metrics import MetricTable, found_metrics, metric_info, metric_meanings
from forecast.world.rows import MetricRow

BASE, DIFFERENCE = "base", "difference"


@dataclass(frozen=True)
class ScenarioRow:
    """A row of the base, of a `scenario` by its name as `case`, or of how it differs from the
    base."""

    case: str
    scenario: str | None
    row: MetricRow = field(metadata=MERGED)


@dataclass(frozen=True)
class Comparisons(SideBySide):
    """Scenarios beside the case as it stands."""

    rows: tuple[ScenarioRow, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        """The base and the scenarios, by name."""
        return tuple(dict.fromkeys(row.case for row in self.rows if row.case != DIFFERENCE))

    def case(self, name: str) -> MetricTable:
        """Return the rows of the base, or of a scenario."""
        return self.table(each.row for each in self.rows if each.case == name)

    def difference(self, scenario: str) -> MetricTable:
        """Return the rows of how a scenario differs from the base."""
        sought = DIFFERENCE, scenario
        return self.table(each.row for each in self.rows if (each.case, each.scenario) == sought)


def compare(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    names: Sequence[str],
    by: Literal["year", "quarter"] = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
) -> Comparisons:
    """Return the projection of the case as it stands (`base`) and of each scenario on top of it,
    with how each differs from it draw by draw.

    Rows are those of a projection with `case` first: base, a scenario's name, or difference, which
    has `probability_up`; `scenario` says whose a row is, None for base. Raises InputError for every
    scenario that does not exist, for none but base, and for a metric, horizon or setting that is
    none.
    """
    scenarios = scenarios_of(case, names)
    if not scenarios:
        expected = "a scenario to set beside the base case"
        raise InputError(Problem("command line", "SCENARIO", " ".join(names) or "none", expected))
    timeline = case.timeline(options.through)
    if problems := question_problems(case.inputs, timeline, metrics, ""):
        raise InputError(problems)
    meanings = metric_meanings(case.inputs)
    chosen = found_metrics(metrics, case.inputs) or [
        name for name in meanings if meanings[name].headline or not headline
    ]
    periods = timeline.years if by == "year" else timeline.periods
    keys = keys_of([meanings[name] for name in chosen], periods)
    found = variants(case, options, scenarios=scenarios, keys=keys)
    return compared(case, options, found=found, metrics=chosen, periods=periods)


def compared(
    case: Case,
    options: RunOptions,
    *,
    found: Variants,
    metrics: Sequence[str],
    periods: Sequence[str],
) -> Comparisons:
    """Return what `compare` returns, from variants of a case that hold metrics at periods."""
    timeline, meanings = case.timeline(options.through), metric_meanings(case.inputs)
    chosen = [meanings[name] for name in metrics]
    base = case_rows(case.inputs, timeline, chosen, periods, found.base)
    rows = [ScenarioRow(BASE, None, row) for row in base]
    for name, taken in found.scenarios.items():
        mine = case_rows(case.inputs, timeline, chosen, periods, taken)
        rows += [ScenarioRow(name, name, row) for row in mine]
        changes = change_rows(chosen, periods, found.base, taken)
        rows += [ScenarioRow(DIFFERENCE, name, row) for row in changes]
    return Comparisons(
        command="compare",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=found.warnings,
        metrics=metric_info(chosen),
        first_projected=timeline.first_projected,
    )


def scenarios_of(case: Case, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios asked for, each once and without the base case.

    Raises InputError for every name that is none.
    """
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            scenario = find_scenario(name, case.inputs)
            found[scenario.name] = scenario
        except InputError as error:
            problems += [
                replace(each, subject=name) if each.subject == f"--scenario {name}" else each
                for each in error.problems
            ]
    if problems:
        raise InputError(problems)
    return [scenario for name, scenario in found.items() if name != BASE]
