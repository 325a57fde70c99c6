"""`forecast history`: the runs kept here, and how their forecasts did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import emit_list

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
Examples:
  forecast history
  forecast history --limit 5 --json
  forecast history --scores
"""
OWN = ("as_of", "format", "json", "output", "workspace", "quiet", "debug", "log_format")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("history", epilog=EXAMPLES)(shared_options.shared(history, only=OWN))


def history(
    given: Given,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="How many, the last first.")
    ] = 20,
    scores: Annotated[
        bool, typer.Option("--scores", help="How forecasts did where figures came since.")
    ] = False,
) -> None:
    """List the runs kept, and how their forecasts did."""
    from forecast.analysis.runs.history import history_rows
    from forecast.analysis.runs.kept_runs import kept_runs
    from forecast.report.pages.runs.history_pages import history_page

    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    shared_options.refuse(problems)
    if scores:
        _scores(options)
        return
    runs = kept_runs(options.workspace)
    rows = history_rows(runs)[:limit]
    place = f"workspace {options.workspace.name}" if options.workspace else "the user's cache"

    emit_list(
        "history",
        rows,
        lambda _: history_page(rows, len(runs), place),
        options.format,
        options.output,
    )


def _scores(options: shared_options.Options) -> None:
    """Show how forecasts did."""
    from forecast.analysis.runs.track_record import scores_now
    from forecast.report.pages.runs.history_pages import scores_page
    from forecast.world.case import load_case

    found = scores_now(load_case(options.workspace, as_of=options.as_of))
    emit_list(
        "history",
        found.rows if found else (),
        lambda _: scores_page(found),
        options.format,
        options.output,
        {"forecasts": found.forecasts if found else ()},
    )
