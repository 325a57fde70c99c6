"""`forecast refresh`: what public sources have published since, stored as vintages."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.file_settings import read_contact
from forecast.cli.options import COMMAND_LINE, Given
from forecast.cli.output import emit_list, logs_json, remark, tell
from forecast.cli.progress import PROGRESS
from forecast.errors import InputError, Problem
from forecast.processors.timing import started

if TYPE_CHECKING:
    from forecast.analysis.refresh.rows import FailedRow, Refresh
    from forecast.sources.client import Fetcher

# Of the shared options, those that make sense for what is stored and not computed.
OPTIONS = ("format", "json", "output", "workspace", "quiet", "debug", "log_format")
LOOPBACK = "FORECAST_LOOPBACK"
EXAMPLES = """\b
Examples:
  forecast refresh --offline bodies --dry-run
  forecast refresh --offline bodies --only sec --only census-btos

\b
Every night: forecast refresh; forecast report --out reports --since last
Exit code 1 if a source failed: nothing is stored from it, the others go on.
What is read stands in assumptions/sources.yaml. SEC wants to know who asks:
contact = "Name name@domain" in forecast.toml, or FORECAST_CONTACT.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("refresh", epilog=EXAMPLES)(shared_options.shared(refresh, OPTIONS))


def refresh(
    given: Given,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="SOURCE", help="A source, or all whose names begin so."),
    ] = None,
    offline: Annotated[
        str | None,
        typer.Option("--offline", metavar="DIR", help="Replay bodies: DIR/[DAY/]HOST/PATH."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and check, and write nothing.")
    ] = False,
) -> None:
    """Fetch what public sources have published, and store it as vintages."""
    from forecast.report.pages.runs.refresh_pages import refresh_page

    problems: list[Problem] = []
    found = shared_options.find_workspace(given)
    options = shared_options.read(given, found, problems)
    contact = read_contact(found, problems)
    shared_options.refuse(problems)
    result = run_refresh(found or Path.cwd(), contact, only or (), offline, dry_run=dry_run)
    if options.format != "json":
        for failure in failures(result):
            tell(f"failed: {failure}", "error", event="source")
    tables = {
        "sources": result.sources,
        "due": result.due,
        "failed": result.failed,
        "notes": result.notes,
    }
    rows, page = result.rows, lambda _: refresh_page(result)
    is_silent = options.quiet and options.format == "table" and not (rows or options.output)
    if not is_silent:  # cron mails what is printed
        emit_list("refresh", rows, page, options.format, options.output, tables)
    if found is None and not dry_run and options.format == "table":
        remark(f"made {result.store.parent}: this folder is a workspace now")
    if result.failed:
        raise typer.Exit(1)


def run_refresh(
    workspace: Path,
    contact: str,
    only: tuple[str, ...] | list[str] = (),
    offline: str | None = None,
    *,
    dry_run: bool = False,
) -> Refresh:
    """Refresh a folder from the network, or from bodies in a folder if it is `offline`."""
    from forecast.analysis.refresh.refresh import refresh as fetch_all

    today = date.fromisoformat(started()[:10])
    client = _client(contact, offline, today)
    if not logs_json():
        PROGRESS.begin("reading what was fetched before")
    return fetch_all(workspace, client, today, only=only, dry_run=dry_run, stage=PROGRESS.say)


def failures(result: Refresh) -> tuple[str, ...]:
    """Return a sentence for each source that failed, and one for those that failed alike."""
    alike: dict[tuple[str, str, str], list[FailedRow]] = {}
    for row in result.failed:
        alike.setdefault((row.found, row.expected, row.hint), []).append(row)
    return tuple(
        rows[0].sentence()
        if len(rows) == 1
        else f"{', '.join(row.source for row in rows)}: {rows[0].reason()}"
        for rows in alike.values()
    )


def _client(contact: str, offline: str | None, today: date) -> Fetcher:
    from forecast.sources.bodies import Bodies, Replay
    from forecast.sources.client import Client

    if offline is None:
        return Client(contact, allow_loopback=os.environ.get(LOOPBACK) == "1")
    folder = Path(offline)
    if not folder.is_dir():
        problem = Problem(COMMAND_LINE, f"--offline {offline}", "no folder", "a folder of bodies")
        raise InputError(problem)
    return Replay(Bodies(folder, today))
