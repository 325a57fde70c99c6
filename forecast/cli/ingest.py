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
from forecast.cli.ingest_options import (
    ColumnOption,
    DatesOption,
    DecimalOption,
    FiscalOption,
    SeriesOption,
    SheetOption,
    UnitOption,
    WhereOption,
    read_told,
)
from forecast.cli.options import COMMAND_LINE, Given, read_day, refuse
from forecast.cli.output import deliver, remark, tell
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.inputs.ingest.ingest import Ingest

# Of the shared options, those that make sense for what is stored and not computed.
OPTIONS = ("json", "workspace", "quiet", "debug", "log_format")

_NAMED = 12  # series of which a line is said
MOST, MOST_FOR_MACHINES = 50, 1_000  # problems shown of rows that were skipped

EXAMPLES = (
    "\b\nExamples:\n  forecast ingest capex quarter.csv --dry-run"
    "\n  forecast ingest adoption survey.csv --unit % --as-of 2026-11-15"
    "\n  forecast ingest capex companies.xlsx --series Amazon=capex_cash_amzn"
    "\n  forecast ingest capex outlook.csv --guidance --dry-run"
    "\n\n\b\nTables go in as they come: a figure in each line, or years, quarters or series"
    "\n  across; titles above the header, flags and footnote marks behind figures,"
    "\n  decimal commas, fiscal quarters (Q1 FY26) and units in a head or a title"
    "\n  (USD million) are understood. What is not plain is asked for once; what a"
    "\n  file was taken for is said."
    "\n\n\b\nThe plain form has the columns series_id, period_end, value, unit; and if you"
    "\n  have them source, source_url, frequency, qualifier, published, status, note,"
    "\n  high, error, assumed. A value may be <5%, ~1T, $400B+ or 180-190B."
    "\n\n\b\nWith --guidance they are what a company says of a period to come:"
    "\n  series_id; period_end (2026, 2026Q4, FY2027, or a last day and months); low,"
    "\n  mid or high ($350B, >50B, 70-75B), or words (up, flat, down); published; and"
    "\n  unit, company, definition and the sources. Each day's word is kept; it is"
    "\n  evidence until its period is reported."
    "\n\n\b\nA figure of another order of magnitude than its neighbours is refused until"
    "\n  its unit is put right, or --confirm says that it is meant; a figure of a"
    "\n  period to come needs the day on which it was published."
    "\n\n\b\nJSON is a list of objects, an object with rows, an object on each line, or"
    "\n  what SEC EDGAR answers. Parquet needs pip install 'forecast[parquet]'."
)

FilesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE...",
        help="CSV, TSV, XLSX, JSON, Parquet, Markdown or HTML; - is standard input.",
    ),
]
SkipOption = Annotated[
    bool, typer.Option("--skip-bad", help="Store the good rows and say which were left out.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("ingest", epilog=EXAMPLES)(shared_options.shared(ingest, OPTIONS))


def _no_file(kind: str) -> Problem:
    """Return the problem of a single argument: a file without its kind, or a kind without file."""
    from forecast.inputs.ingest.ingest import KINDS

    expected = f"forecast ingest KIND FILE, KIND one of {', '.join(KINDS)}"
    if kind in KINDS:
        return Problem(COMMAND_LINE, kind, "no file", expected)
    hint = f"Of company spending: forecast ingest capex {kind}"
    return Problem(COMMAND_LINE, kind, "no kind before the file", expected, hint)


def ingest(
    given: Given,
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="adoption, capex, agents, usage, hardware or power."),
    ],
    files: FilesArgument = None,
    series: SeriesOption = None,
    column: ColumnOption = None,
    where: WhereOption = None,
    sheet: SheetOption = "",
    unit: UnitOption = "",
    decimal: DecimalOption = "",
    dates: DatesOption = "",
    fiscal_year_end: FiscalOption = "",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="When rows without `published` became known."),
    ] = None,
    guidance: Annotated[
        bool, typer.Option("--guidance", help="What companies say of periods to come.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Ids that are much like a known one are new series.")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Figures of another order of magnitude are meant.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and write nothing.")
    ] = False,
    skip_bad: SkipOption = False,
) -> None:
    """Store your own observations; a revision is kept beside what it revises."""
    from forecast.inputs.ingest.ingest import ingest as ingest_observations
    from forecast.inputs.ingest.ingest_guidance import ingest_guidance
    from forecast.inputs.tables.layout.columns import GUIDED, OBSERVED, read_roles

    problems: list[Problem] = []
    if not files:
        problems.append(_no_file(kind))
    day = read_day("--as-of", as_of, problems)
    roles = read_roles(column or (), GUIDED if guidance else OBSERVED, problems)
    name, told = read_told(series or (), where or (), decimal, dates, fiscal_year_end, problems)
    refuse(problems)
    found = shared_options.find_workspace(given)
    run = ingest_guidance
    if not guidance:
        run = partial(ingest_observations, is_new=new, progress=_progress(given))
    done = run(
        kind,
        files or (),
        found or Path.cwd(),
        series=name,
        unit=unit,
        as_of=day,
        roles=roles,
        sheet=sheet,
        told=told,
        is_confirmed=confirm,
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
        "files": done.files,
    }
    series = [{**asdict(note), "sentence": note.sentence()} for note in done.series]
    skipped = [asdict(problem) for problem in done.skipped[:MOST_FOR_MACHINES]]
    deliver(render_json_list("ingest", [row], {"series": series, "skipped": skipped}), None)


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
    for said in done.files:
        remark(f"read {said}")
    for note in done.series[:_NAMED]:
        remark(note.sentence())
    if len(done.series) > _NAMED:
        rest = done.series[_NAMED:]
        figures = sum(note.figures for note in rest)
        remark(f"and {len(rest)} series more with {figures} figures")
    if done.undated:
        remark(f"{done.undated} without `published`: taken as known on the period's last day")
    remark("dry run: nothing was written" if dry_run else f"in {done.store}")


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
