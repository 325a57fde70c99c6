"""`forecast doctor`: is the installation sound, which settings are in force, is the model sane."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import emit_list
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

FAILED = 1
EXAMPLES = """\b
Examples:
  forecast doctor
  forecast doctor --settings
  forecast doctor --model
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("doctor", epilog=EXAMPLES)(shared_options.shared(doctor))


def doctor(
    given: Given,
    context: typer.Context,
    model: Annotated[
        bool, typer.Option("--model", help="Hold the model's ratios against published ranges.")
    ] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Show each setting's value and origin.")
    ] = False,
) -> None:
    """Check the installation, or the model; exit 1 if something does not hold."""
    if settings:
        _show_settings(given, context)
    elif model:
        _check_model(given)
    else:
        _check_installation(given)


def _show_settings(given: Given, context: typer.Context) -> None:
    from forecast.report.pages.beliefs.doctor_pages import settings_page

    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems)
    shared_options.refuse(problems)
    rows = shared_options.in_force(given, workspace, context)
    emit_list("doctor", rows, lambda _: settings_page(rows), options.format, options.output)


def _check_installation(given: Given) -> None:
    from forecast.analysis.doctor.installation import installation
    from forecast.report.pages.beliefs.doctor_pages import installation_page

    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems)
    shared_options.refuse(problems)
    rows = installation(workspace)
    emit_list("doctor", rows, lambda _: installation_page(rows), options.format, options.output)
    if not all(row.holds for row in rows):
        raise typer.Exit(FAILED)


def _check_model(given: Given) -> None:
    from forecast.analysis.doctor.sanity import sanity
    from forecast.report.pages.beliefs.doctor_pages import sanity_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    result = sanity(load(options, problems), options.run)
    finish(result, options, begun, lambda _: sanity_page(result))
    if result.outside:
        raise typer.Exit(FAILED)
