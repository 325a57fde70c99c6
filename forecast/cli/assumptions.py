"""`forecast assumptions`: what the forecast believes, what history did to it, what differs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import DEFAULTS, Given
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem
    from forecast.report.blocks import Block
    from forecast.result import Result, RunOptions
    from forecast.world.case import Case

Found = TypeVar("Found", bound="Result")
# Leaving out one target after another conditions as many times: fewer draws tell as much.
TARGET_DRAWS = "2048"
EXAMPLES = {
    "list": ("forecast assumptions list", "forecast assumptions list agent --json"),
    "show": (
        "forecast assumptions show research_level",
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
    from forecast.report.pages.beliefs.belief_pages import list_page

    run = partial(list_assumptions, text=text)
    _answer(given, run, lambda result, _: list_page(result))


def show(
    given: Given,
    key: Annotated[str, typer.Argument(metavar="NAME", help="An assumption or driver.")],
) -> None:
    """Show one assumption in full: range, source, reasoning, evidence, and what reads it."""
    from forecast.analysis.beliefs.shown import show_assumption
    from forecast.report.pages.beliefs.belief_pages import show_page

    run = partial(show_assumption, name=key)
    _answer(given, run, lambda result, _: show_page(result))


def check(given: Given) -> None:
    """Check every input file and say what was read; exit 2 if anything is wrong."""
    from forecast.analysis.beliefs.checks import check_assumptions
    from forecast.report.pages.beliefs.belief_pages import check_page

    _answer(given, check_assumptions, lambda result, _: check_page(result))


def diff(given: Given) -> None:
    """Show what a workspace or scenario has otherwise than the base case."""
    from forecast.analysis.beliefs.differences import differences
    from forecast.report.pages.beliefs.belief_pages import diff_page

    _answer(given, differences, lambda result, _: diff_page(result))


def targets(given: Given) -> None:
    """Leave out each target in turn: what the forecast depends on (2,048 draws unless asked)."""
    from forecast.analysis.beliefs.targets import leave_one_target_out
    from forecast.report.pages.beliefs.targets_pages import targets_page

    defaults = {**DEFAULTS, "draws": TARGET_DRAWS}
    _answer(given, leave_one_target_out, lambda result, _: targets_page(result), defaults)


def _answer(
    given: Given,
    question: Callable[[Case, RunOptions], Found],
    page: Callable[[Found, int], Sequence[Block]],
    defaults: Mapping[str, str] = DEFAULTS,
) -> None:
    """Read the options, ask one question of the case and print what was found."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems, defaults)
    result = question(load(options, problems), options.run)
    finish(result, options, begun, lambda width: page(result, width))
