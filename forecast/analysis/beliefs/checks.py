"""What was read of a case, and found right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from forecast.analysis.beliefs.targets import role_rows
from forecast.ensemble.prior import prior_normals
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.result import DEFAULT, Result, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import missing_inputs
from forecast.world.history.conditioning import unknown_quantities

FEWEST_DRAWS = 64


@dataclass(frozen=True)
class CountRow:
    """How many there are of a kind of input."""

    kind: str
    count: int
    detail: str


@dataclass(frozen=True)
class CheckedInputs(Result):
    """A row for each kind of input."""

    rows: tuple[CountRow, ...]


def check_assumptions(case: Case, options: RunOptions = DEFAULT) -> CheckedInputs:
    """Return a summary of what was read and found right; nothing is drawn or projected.

    Raises InputError for an assumption that no equation reads, one that is missing, and a target of
    a quantity that no equation defines.
    """
    inputs = case.inputs
    unfit = (missing_inputs, unread_assumptions, unknown_quantities)
    if problems := [problem for find in unfit for problem in find(inputs)]:
        raise InputError(problems)
    _, repairs = prior_normals(inputs.assumptions, inputs.correlations, FEWEST_DRAWS, 1)
    knots = sum(len(each.knots) for each in inputs.assumptions.values())
    beliefs = Counter(each.provenance.status for each in inputs.assumptions.values())
    judged = ", ".join(f"{count} {status}" for status, count in beliefs.most_common())
    assumed = sum(len(each.assumed) for each in inputs.drivers.values())
    data = sum(len(each.periods) for each in inputs.targets)
    companies = len({each.company for each in inputs.guidance})
    rows = (
        CountRow("assumptions", len(inputs.assumptions), f"{knots} beliefs; {judged}"),
        CountRow("drivers", len(inputs.drivers), f"{assumed} assumed points"),
        CountRow("targets", len(inputs.targets), f"{data} figures"),
        CountRow("correlations", len(inputs.correlations), "rank correlations between beliefs"),
        *(
            CountRow(f"{row.role} series", row.series, f"{row.observations:,} rows")
            for row in role_rows(inputs)
        ),
        CountRow("guidance", len(inputs.guidance), f"rows, of {companies} companies"),
        CountRow("scenarios", len(inputs.scenarios), ", ".join(inputs.scenarios)),
    )
    run = run_of(case, RunOptions(draws=0, seed=0, through="", started=options.started))
    return CheckedInputs("assumptions check", run, rows, (*inputs.warnings, *repairs))


def unread_assumptions(inputs: Inputs) -> list[Problem]:
    """Return a problem for each assumption that no equation reads."""
    read = model_graph().arguments()
    return [
        Problem(
            f"{each.file}:{each.line}",
            each.name,
            "an assumption that no equation reads",
            "a name that an equation takes",
            did_you_mean(each.name, sorted(read)),
        )
        for each in inputs.assumptions.values()
        if each.name not in read
    ]
