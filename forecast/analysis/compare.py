"""Scenarios side by side, on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from forecast.analysis.case import Case, run_of
from forecast.analysis.ensemble import build_ensemble
from forecast.analysis.overrides import apply_settings
from forecast.analysis.pairs import case_rows, change_rows, question_problems
from forecast.analysis.project import metric_meanings
from forecast.analysis.samples import Samples, sample
from forecast.analysis.summary import metric_table
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario
from forecast.inputs.schema import Scenario, Setting
from forecast.result import Result, Row

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
    scenarios = _found(case, names)
    every = tuple(setting for scenario in scenarios for setting in scenario.settings)
    grid = replace(case, settings=(*case.settings, *every)).grid(through)
    if problems := question_problems(case.inputs, grid, metrics, ""):
        raise InputError(problems)
    meanings = metric_meanings(case.inputs)
    wanted = metrics or [name for name in meanings if meanings[name].headline or not headline]
    chosen = [meanings[name] for name in wanted]
    periods = grid.years if by == "year" else grid.periods
    ensemble = build_ensemble(case, grid, draws, seed, use_cache=use_cache)
    warnings = list(ensemble.report["warnings"])

    def samples(added: tuple[Setting, ...]) -> Samples:
        settings = (*case.settings, *added)
        changed, found = apply_settings(case.inputs, ensemble, grid, settings)
        warnings.extend(text for text in found if text not in warnings)
        return sample(case.inputs, ensemble, grid, wanted, changed=changed)

    base = samples(())
    rows = _labelled(BASE, None, case_rows(case.inputs, grid, chosen, periods, base))
    for scenario in scenarios:
        own = samples(scenario.settings)
        found = case_rows(case.inputs, grid, chosen, periods, own)
        rows += _labelled(scenario.name, scenario.name, found)
        changes = change_rows(chosen, periods, base, own)
        rows += _labelled(DIFFERENCE, scenario.name, changes)
    extra = {"metrics": metric_table(chosen), "first_projected": grid.first_projected}
    run = run_of(case, draws, seed, through, started)
    return Result("compare", run, tuple(rows), tuple(warnings), extra)


def _labelled(case: str, scenario: str | None, rows: Sequence[Row]) -> list[Row]:
    return [{"case": case, "scenario": scenario, **row} for row in rows]


def _found(case: Case, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios asked for, each once and without the base case."""
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
