"""`forecast ingest`: a person's own observations, from CSV files into the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.options import COMMAND_LINE
from forecast.cli.output import tell
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from datetime import date

    from forecast.inputs.ingest import Ingest

EXAMPLES = (
    "\b\nExamples:\n  forecast ingest capex quarter.csv --dry-run"
    "\n  forecast ingest adoption survey.csv --unit share --as-of 2026-11-15"
    "\n\n\b\nColumns: series_id, period_end, value, unit, source; and if you have them"
    "\n  frequency, qualifier, published, source_url, status, note, high, error,"
    "\n  assumed"
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("ingest", epilog=EXAMPLES)(ingest)


def ingest(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="adoption, capex, agents, usage, hardware or power."),
    ],
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="CSV files; - is standard input.")
    ],
    unit: Annotated[
        str, typer.Option("--unit", metavar="UNIT", help="Unit of rows that state none.")
    ] = "",
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="When rows without `published` became known."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and write nothing.")
    ] = False,
    workspace: Annotated[
        str | None,
        typer.Option("--workspace", metavar="DIR", envvar="FORECAST_WORKSPACE", show_envvar=False,
                     help="Folder with assumptions/ and data/."),
    ] = None,
) -> None:  # fmt: skip
    """Store your own observations; a revision is kept beside what it revises."""
    from forecast.inputs import find_workspace
    from forecast.inputs.ingest import ingest as ingest_files

    day = _day(as_of)
    found = find_workspace(None, Path(workspace) if workspace else None)
    folder = found or Path.cwd()
    done = ingest_files(kind, files, folder, unit=unit, as_of=day, dry_run=dry_run)
    for warning in done.warnings:
        tell(f"warning: {warning}", "warning")
    _say(kind, done, day, dry_run)
    if found is None and not dry_run:
        typer.echo(f"made {done.store.parent}: this folder is a workspace now")


def _day(text: str | None) -> date | None:
    from forecast.periods import parse_day

    try:
        return parse_day(text) if text else None
    except ValueError as error:
        problem = Problem(COMMAND_LINE, f"--as-of {text}", str(text), "a date such as 2026-11-15")
        raise InputError(problem) from error


def _say(kind: str, done: Ingest, day: date | None, dry_run: bool) -> None:
    counts = done.counts
    rows = counts.new + counts.unchanged + counts.revised
    would = "would be " if dry_run else ""
    typer.echo(
        f"{kind}: {rows} row{'' if rows == 1 else 's'}: {counts.new} {would}new, "
        f"{counts.unchanged} unchanged, {counts.revised} {would}revised"
    )
    if done.undated:
        typer.echo(f"{done.undated} without `published`: taken as known on the period's last day")
    typer.echo("dry run: nothing was written" if dry_run else f"in {done.store}")
