"""`forecast forget`: ingested rows, looked at and taken back, with a trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, Given
from forecast.cli.output import emit_list
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.report.blocks import Block

OPTIONS = ("format", "json", "output", "workspace", "quiet", "debug", "log_format")
EXAMPLES = """\b
Examples:
  forecast forget --list
  forecast forget --list --series capex_cash_amzn --json
  forecast forget 1 --reason "in millions, read as units"
  forecast forget --file quarter.csv --restore

A row that is forgotten counts no longer, as if it had never been ingested, but
stays in the store with when and why; the same row is not taken in again until
it is restored (--restore). A figure that was revised needs no forgetting: ingest the new one,
which supersedes the old.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("forget", epilog=EXAMPLES)(shared_options.shared(forget, OPTIONS))


def forget(
    given: Given,
    rows: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ROW]...", help="Ids of rows, or ranges of them: 17, 20-35, g3."),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List rows and change nothing.")] = False,
    series: Annotated[
        str, typer.Option("--series", metavar="ID", help="Only rows of this series.")
    ] = "",
    file: Annotated[
        str, typer.Option("--file", metavar="FILE", help="Only rows that came from this file.")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the row.")
    ] = "",
    restore: Annotated[
        bool, typer.Option("--restore", help="Take back what was forgotten.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="How many to show, the last first.")
    ] = 40,
) -> None:
    """List ingested rows, and take them back with a trace."""
    from forecast.analysis.ingested_rows import forget_rows, ingested_rows, read_chosen
    from forecast.report.pages.runs.ingested_pages import forgotten_page, ingested_page

    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems)
    if not (rows or series or file or show):
        hint = "Their ids: forecast forget --list"
        problems.append(Problem(COMMAND_LINE, "ROW", "nothing", "which rows to forget", hint))
    if show and restore:
        problems.append(Problem(COMMAND_LINE, "--restore", "--list", "one of the two"))
    shared_options.refuse(problems)
    chosen = read_chosen(rows or (), series, file)
    folder = workspace or Path.cwd()
    if show:
        found, total = ingested_rows(folder, chosen, limit)
        page: list[Block] = ingested_page(found, total)
    else:
        taken = forget_rows(folder, chosen, reason, restore=restore, most=limit)
        found, page = taken.rows, forgotten_page(taken, restore)
    emit_list("forget", found, lambda _: page, options.format, options.output)
