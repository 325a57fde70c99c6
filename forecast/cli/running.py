"""What every command that computes does around its one call: load the case, stamp, print."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from forecast.cli import options as shared_options
from forecast.cli.options import MACHINE_FORMATS
from forecast.cli.output import emit, emit_summary, logs_json, tell
from forecast.cli.progress import PROGRESS
from forecast.errors import InputError, Problem
from forecast.processors.memory import check_limit, keep_freed_memory
from forecast.processors.timing import since

if TYPE_CHECKING:
    from forecast.cli.options import Options
    from forecast.cli.output import Page
    from forecast.result import Result
    from forecast.world.case import Case

Beliefs = Literal["then", "today"]


def load(options: Options, problems: list[Problem], beliefs: Beliefs = "then") -> Case:
    """Return the case; what is wrong with its files is reported together with the options.

    As of an earlier day it holds the beliefs of `then`, unless those of `today` are asked for.
    """
    try:
        case = read_case(options, beliefs)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    shared_options.refuse(problems)
    if not options.quiet and options.format not in MACHINE_FORMATS:
        _warn_of_no_source(case)
    say_working(options)
    return case


def read_case(options: Options, beliefs: Beliefs = "then") -> Case:
    """Return the case that the options ask for; raises InputError with every problem found."""
    check_limit()  # before anything heavy is imported
    from forecast.world.case import load_case

    keep_freed_memory()
    return load_case(
        options.workspace,
        options.scenario,
        options.settings,
        options.as_of,
        beliefs,
        options.given,
    )


def say_working(options: Options) -> None:
    """Say from now on that an answer is being worked out, where anything may be said."""
    if not options.quiet and not logs_json():
        PROGRESS.begin(f"working it out on {options.run.draws:,} draws")


def _warn_of_no_source(case: Case) -> None:
    """Say which of the scenarios asked for rest on no source."""
    from forecast.inputs.named_scenario import find_scenario, unsourced

    for name in case.scenario:
        for warning in unsourced(find_scenario(name, case.inputs)):
            tell(f"warning: {warning}", "warning")


def stamped(result: Result, begun: float) -> Result:
    """Return the result with its duration, which SOURCE_DATE_EPOCH leaves out."""
    return replace(result, run=replace(result.run, duration_s=since(begun)))


def finish(
    result: Result, options: Options, begun: float, page: Page, *, is_summary: bool = False
) -> None:
    """Print a result that was begun at a `time.perf_counter()`, warnings on stderr.

    It `is_summary` where a file that is written already is the result.
    """
    if not options.quiet and options.format not in MACHINE_FORMATS:
        for warning in result.warnings:
            tell(f"warning: {warning}", "warning")
    made = stamped(result, begun), page, options.format, options.output
    if is_summary:
        emit_summary(*made)
    else:
        emit(*made, is_paged=options.is_paged)
