"""`forecast inbox`: statements that a person accepts or refuses, and what to look up by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import emit_list
from forecast.errors import Problem
from forecast.processors.timing import started

OPTIONS = ("format", "json", "output", "workspace", "quiet", "debug", "log_format")
EXAMPLES = """\b
Examples:
  forecast inbox
  forecast inbox --json

\b
A refresh puts statements here that a machine should not judge: run rates,
users, tokens, spending. --accept 3 --refuse 4 stores the first of two and
drops the second for good.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("inbox", epilog=EXAMPLES)(shared_options.shared(inbox, OPTIONS))


def inbox(
    given: Given,
    accept: Annotated[
        list[int] | None,
        typer.Option("--accept", metavar="ID", help="Store a proposal; repeatable."),
    ] = None,
    refuse: Annotated[
        list[int] | None,
        typer.Option("--refuse", metavar="ID", help="Never propose it again; repeatable."),
    ] = None,
) -> None:
    """List what waits for a person: statements to accept or refuse, figures to look up."""
    from forecast.analysis.refresh.inbox import inbox as look_into
    from forecast.report.pages.runs.refresh_pages import inbox_page

    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems)
    shared_options.refuse(problems)
    today = date.fromisoformat(started()[:10])
    result = look_into(workspace, today, accept=accept or (), refuse=refuse or ())
    tables = {
        "reminders": result.reminders,
        "accepted": result.accepted,
        "refused": result.refused,
        "notes": result.notes,
    }
    page = lambda _: inbox_page(result)  # noqa: E731
    emit_list("inbox", result.rows, page, options.format, options.output, tables)
