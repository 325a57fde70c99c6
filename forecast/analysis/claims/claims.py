"""Published claims against our distribution: where each lies, or why it cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.analysis.claims.filters import checked, is_wanted
from forecast.analysis.claims.held_against import held_against, subjects
from forecast.analysis.claims.rows import (
    EVERYTHING,
    ClaimRow,
    Claims,
    ComparedClaim,
    Counts,
    Filters,
)
from forecast.inputs.yardsticks.claims import read_claims
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world


def claims(case: Case, options: RunOptions = DEFAULT, *, filters: Filters = EVERYTHING) -> Claims:
    """Return the published claims asked for, held against the case: one row each, in the order of
    the file.

    Raises InputError for a filter that nothing meets by name, and for a mapping that does not fit
    the model.
    """
    published = read_claims(case.workspace)
    meanings = subjects(case.inputs)
    filters = checked(published, meanings, filters)
    world = open_world(case, options)
    wanted = [each for each in published if is_wanted(each, filters)]
    rows = held_against(wanted, meanings, world)
    if case.as_of:  # a cause may be a fact that was not known by that day
        rows = [replace(row, because=None, because_if=None) for row in rows]
    return Claims(
        command="claims",
        run=run_of(case, options),
        rows=tuple(row for row in rows if row.outside or not filters.outside),
        warnings=world.warnings,
        counts=_counts(rows),
        filters=filters,
    )


def _counts(rows: Sequence[ClaimRow]) -> Counts:
    compared = [row for row in rows if isinstance(row, ComparedClaim)]
    facts: dict[tuple[str, str, str], list[ComparedClaim]] = {}
    for row in compared:
        facts.setdefault((row.origin, row.metric, row.period), []).append(row)
    outside = {key for key, reports in facts.items() if all(row.outside for row in reports)}
    independent = {key for key, reports in facts.items() if not reports[0].used}
    return Counts(
        claims=len(rows),
        compared=len(compared),
        facts=len(facts),
        outside=len(outside),
        outside_below=sum(facts[key][0].percentile < 50.0 for key in outside),
        independent=len(independent),
        independent_outside=len(independent & outside),
    )
