"""`forecast ingest`: a person's own observations, from files into the workspace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given, read_day, refuse
from forecast.cli.output import deliver, remark, tell
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.inputs.tables.ingest import Ingest

# Of the shared options, those that make sense for what is stored and not computed.
OPTIONS = ("json", "workspace", "quiet", "debug", "log_format")

EXAMPLES = (
    "\b\nExamples:\n  forecast ingest capex quarter.csv --dry-run"
    "\n  forecast ingest adoption survey.csv --unit share --as-of 2026-11-15"
    "\n  forecast ingest usage app.xlsx --series my_app --column period_end=Month"
    "\n  forecast ingest capex outlook.csv --guidance --dry-run"
    "\n\n\b\nColumns: series_id, period_end, value, unit; and if you have them source,"
    "\n  source_url, frequency, qualifier, published, status, note, high, error,"
    "\n  assumed. A value may be <5%, ~1T, $400B+ or 180-190B."
    "\n\n\b\nWith --guidance they are what a company says of a period to come:"
    "\n  series_id; period_end (2026, 2026Q4, FY2027, or a last day and months); low,"
    "\n  mid or high ($350B, >50B, 70-75B), or words (up, flat, down); published; and"
    "\n  unit, company, definition and the sources. Each day's word is kept; it is"
    "\n  evidence until its period is reported."
    "\n\n\b\nOf a workbook the sheet is read whose header names most columns; titles above"
    "\n  it and headings in between are passed over, a cell merged downwards counts"
    "\n  in each of its lines, a formula stands for its stored value."
    "\n\n\b\nJSON is a list of objects, an object with rows, or an object on each line."
    "\n  Parquet needs pip install 'forecast[parquet]'."
)

MOST, MOST_FOR_MACHINES = 50, 1_000  # problems shown of rows that were skipped

FilesArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="CSV, TSV, XLSX, JSON or Parquet; - is standard input."),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="The column for a role; repeatable."),
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad", help="Store the good rows and say which were left out.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("ingest", epilog=EXAMPLES)(shared_options.shared(ingest, OPTIONS))


def ingest(
    given: Given,
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="adoption, capex, agents, usage, hardware or power."),
    ],
    files: FilesArgument,
    series: Annotated[
        str, typer.Option("--series", metavar="ID", help="Series of rows that name none.")
    ] = "",
    column: ColumnOption = None,
    sheet: Annotated[
        str, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook.")
    ] = "",
    unit: Annotated[
        str, typer.Option("--unit", metavar="UNIT", help="Unit of rows that state none.")
    ] = "",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="When rows without `published` became known."),
    ] = None,
    guidance: Annotated[
        bool, typer.Option("--guidance", help="What companies say of periods to come.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and write nothing.")
    ] = False,
    skip_bad: SkipOption = False,
) -> None:
    """Store your own observations; a revision is kept beside what it revises."""
    from forecast.inputs.tables.columns import GUIDED, OBSERVED, read_roles
    from forecast.inputs.tables.ingest import ingest as ingest_observations
    from forecast.inputs.tables.ingest_guidance import ingest_guidance

    problems: list[Problem] = []
    day = read_day("--as-of", as_of, problems)
    roles = read_roles(column or (), GUIDED if guidance else OBSERVED, problems)
    refuse(problems)
    found = shared_options.find_workspace(given)
    ingest_rows = partial(ingest_observations, progress=_progress(given))
    done = (ingest_guidance if guidance else ingest_rows)(
        kind,
        files,
        found or Path.cwd(),
        series=series.strip(),
        unit=unit,
        as_of=day,
        roles=roles,
        sheet=sheet,
        skip_bad=skip_bad,
        dry_run=dry_run,
    )
    if not given.quiet:
        for warning in done.warnings:
            tell(f"warning: {warning}", "warning")
        for problem in done.skipped[:MOST]:
            tell(f"skipped: {problem.sentence()}", "warning")
        if (more := len(done.skipped) - MOST) > 0:
            tell(f"skipped: {more:,} more problems", "warning")
    if given.json:
        _print_json(kind, done, dry_run)
        return
    _say(kind, done, dry_run)
    if found is None and not dry_run:
        remark(f"made {done.store.parent}: this folder is a workspace now")


def _progress(given: Given) -> Callable[[int], None]:
    """Return what says on a terminal how many rows of a large file were read."""
    if given.quiet or not sys.stderr.isatty():
        return lambda rows: None

    return lambda rows: tell(f"{rows:,} rows read")


def _print_json(kind: str, done: Ingest, dry_run: bool) -> None:
    from forecast.report.formats.machine import render_json_list

    row = {
        "kind": kind,
        **asdict(done.counts),
        "undated": done.undated,
        "dry_run": dry_run,
        "store": str(done.store),
        "notes": done.warnings,
    }
    skipped = [asdict(problem) for problem in done.skipped[:MOST_FOR_MACHINES]]
    deliver(render_json_list("ingest", [row], {"skipped": skipped}), None)


def _say(kind: str, done: Ingest, dry_run: bool) -> None:
    counts = done.counts
    rows = counts.new + counts.unchanged + counts.revised + counts.forgotten
    would = "would be " if dry_run else ""
    text = (
        f"{kind}: {_rows(rows)}: {counts.new} {would}new, "
        f"{counts.unchanged} unchanged, {counts.revised} {would}revised"
    )
    if counts.forgotten:
        text += f", {counts.forgotten} forgotten before (forecast forget --restore)"
    if done.skipped:
        text += f"; {_rows(len({problem.place for problem in done.skipped}))} skipped"
    remark(text)
    if done.undated:
        remark(f"{done.undated} without `published`: taken as known on the period's last day")
    remark("dry run: nothing was written" if dry_run else f"in {done.store}")


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
