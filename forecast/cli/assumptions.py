"""`forecast assumptions`: what the forecast believes, what history did to it, what differs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import DEFAULTS, Given, Options
from forecast.cli.running import asked, finish, load, started

if TYPE_CHECKING:
    from forecast.cli.output import Page
    from forecast.errors import Problem
    from forecast.result import Result
    from forecast.world.case import Case

# Leaving out one target after another conditions as many times: fewer draws tell as much.
TARGET_DRAWS = "2048"
EXAMPLES = {
    "list": ("forecast assumptions list", "forecast assumptions list agent --json"),
    "show": (
        "forecast assumptions show tokens_per_task",
        "forecast assumptions show agent_penetration",
    ),
    "check": ("forecast assumptions check", "forecast assumptions check --workspace ."),
    "diff": (
        "forecast assumptions diff --workspace .",
        "forecast assumptions diff --scenario grid-bound",
    ),
    "targets": (
        "forecast assumptions targets --draws 512",
        "forecast assumptions targets --draws 512 --format csv",
    ),
}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(
        help="List, show and check what the forecast believes.",
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    commands: tuple[tuple[str, Callable[..., None]], ...] = (
        ("list", list_all),
        ("show", show),
        ("check", check),
        ("diff", diff),
        ("targets", targets),
    )
    for name, command in commands:
        examples = "".join(f"\n  {line}" for line in EXAMPLES[name])
        epilog = f"\b\nExamples:{examples}"
        group.command(name, epilog=epilog)(shared_options.shared(command))
    app.add_typer(group, name="assumptions")


def list_all(
    given: Given,
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Only what names, titles or subjects contain.")
    ] = "",
) -> None:
    """List assumptions and drivers: prior and conditioned ranges, and status."""
    from forecast.analysis.beliefs.assumptions import list_assumptions
    from forecast.report.pages.belief_pages import list_page

    def run(case: Case, options: Options) -> Result:
        return list_assumptions(case, text, **asked(options))

    _answer(given, run, lambda result: lambda width: list_page(result, width))


def show(
    given: Given,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An assumption or driver.")],
) -> None:
    """Show one assumption in full: range, source, reasoning, evidence, and what reads it."""
    from forecast.analysis.beliefs.assumptions import show_assumption
    from forecast.report.pages.belief_pages import show_page

    def run(case: Case, options: Options) -> Result:
        return show_assumption(case, name, **asked(options))

    _answer(given, run, lambda result: lambda _: show_page(result))


def check(given: Given) -> None:
    """Check every input file and say what was read; exit 2 if anything is wrong."""
    from forecast.analysis.beliefs.assumptions import check_assumptions
    from forecast.report.pages.belief_pages import check_page

    def run(case: Case, _: Options) -> Result:
        return check_assumptions(case, started())

    _answer(given, run, lambda result: lambda _: check_page(result))


def diff(given: Given) -> None:
    """Show what a workspace or scenario has otherwise than the base case."""
    from forecast.analysis.beliefs.differences import differences
    from forecast.report.pages.belief_pages import diff_page

    def run(case: Case, options: Options) -> Result:
        return differences(case, **asked(options))

    _answer(given, run, lambda result: lambda _: diff_page(result))


def targets(given: Given) -> None:
    """Leave out each target in turn: what the forecast depends on (2,048 draws unless asked)."""
    from forecast.analysis.beliefs.targets import leave_one_target_out
    from forecast.report.pages.belief_pages import targets_page

    def run(case: Case, options: Options) -> Result:
        return leave_one_target_out(case, **asked(options))

    defaults = {**DEFAULTS, "draws": TARGET_DRAWS}
    _answer(given, run, lambda result: lambda _: targets_page(result), defaults)


def _answer(
    given: Given,
    run: Callable[[Case, Options], Result],
    page: Callable[[Result], Page],
    defaults: Mapping[str, str] = DEFAULTS,
) -> None:
    """Read the options, run one analysis of the case and print what it found."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems, defaults)
    result = run(load(options, problems), options)
    finish(result, options, begun, page(result))
