"""Scenarios side by side, on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from forecast.analysis.case import Case, run_of
from forecast.analysis.project import project
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario
from forecast.inputs.schema import Scenario
from forecast.result import Result, Row

BASE = "base"


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
    """Return the projection of the case as it stands (`base`) and of each scenario on top of it.

    Rows are those of a projection with `case` first: base, or a scenario's name. Raises InputError
    for every scenario that does not exist, and for what `project` refuses.
    """
    scenarios = _found(case, names)
    rows: list[Row] = []
    warnings: list[str] = []
    extra = {}
    for scenario in (None, *scenarios):
        settings = scenario.settings if scenario else ()
        result = project(
            replace(case, settings=(*case.settings, *settings)),
            draws=draws,
            seed=seed,
            through=through,
            by=by,
            metrics=metrics,
            headline=headline,
            use_cache=use_cache,
            started=started,
        )
        name = scenario.name if scenario else BASE
        rows += [{"case": name, **row} for row in result.rows]
        warnings += [text for text in result.warnings if text not in warnings]
        extra = {key: result.extra[key] for key in ("metrics", "first_projected")}
    run = run_of(case, draws, seed, through, started)
    return Result("compare", run, tuple(rows), tuple(warnings), extra)


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
