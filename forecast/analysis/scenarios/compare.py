"""Scenarios side by side, on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from forecast.analysis.scenarios.variants import Variants, variants
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario
from forecast.inputs.schema import Scenario
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.case_rows import case_rows, change_rows, keys_of, question_problems
from forecast.world.metrics import metric_meanings
from forecast.world.rows import metric_table

BASE, DIFFERENCE = "base", "difference"


def compare(
    case: Case,
    names: Sequence[str],
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    by: Literal["year", "quarter"] = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return the projection of the case as it stands (`base`) and of each scenario on top of it,
    with how each differs from it draw by draw.

    Rows are those of a projection with `case` first: base, a scenario's name, or difference, which
    has `probability_up`; `scenario` says whose a row is, None for base. Raises InputError for every
    scenario that does not exist, and for a metric, horizon or setting that is none.
    """
    scenarios = scenarios_of(case, names)
    timeline = case.timeline(through)
    if problems := question_problems(case.inputs, timeline, metrics, ""):
        raise InputError(problems)
    meanings = metric_meanings(case.inputs)
    chosen = metrics or [name for name in meanings if meanings[name].headline or not headline]
    periods = timeline.years if by == "year" else timeline.periods
    keys = keys_of([meanings[name] for name in chosen], periods)
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through}
    found = variants(case, scenarios, keys, use_cache=use_cache, **asked)
    return compared(case, found, chosen, periods, started=started, **asked)


def compared(
    case: Case,
    found: Variants,
    metrics: Sequence[str],
    periods: Sequence[str],
    *,
    draws: int,
    seed: int,
    through: str,
    started: str = "",
) -> Result:
    """Return what `compare` returns, from variants of a case that hold metrics at periods."""
    timeline, meanings = case.timeline(through), metric_meanings(case.inputs)
    chosen = [meanings[name] for name in metrics]
    rows = _labelled(BASE, None, case_rows(case.inputs, timeline, chosen, periods, found.base))
    for name, taken in found.scenarios.items():
        rows += _labelled(name, name, case_rows(case.inputs, timeline, chosen, periods, taken))
        changes = change_rows(chosen, periods, found.base, taken)
        rows += _labelled(DIFFERENCE, name, changes)
    extra = {"metrics": metric_table(chosen), "first_projected": timeline.first_projected}
    run = run_of(case, draws, seed, through, started)
    return OldResult("compare", run, tuple(rows), found.warnings, extra)


def _labelled(case: str, scenario: str | None, rows: Sequence[Row]) -> list[Row]:
    return [{"case": case, "scenario": scenario, **row} for row in rows]


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
