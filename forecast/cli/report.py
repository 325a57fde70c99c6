"""`forecast report`: everything in files that replace the old ones whole, for people and cron."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.file_settings import read_contact
from forecast.cli.files import obstacle, remove_leftovers, write_files
from forecast.cli.options import COMMAND_LINE, Given, Options
from forecast.cli.output import emit_summary, log, logs_json, tell
from forecast.cli.running import load, stamped
from forecast.errors import ForecastError, InputError, Problem, did_you_mean
from forecast.processors.second_process import Beside, cores, here, second_process
from forecast.processors.timing import since as elapsed
from forecast.report.formats import REPORT_FORMATS

if TYPE_CHECKING:
    from forecast.analysis.runs.reporting import FileRow, Reported, ReportRequest
    from forecast.world.case import Case

EXAMPLES = """\b
Examples:
  forecast report --out reports
  forecast report --out reports --since last --only-if-changed
  forecast report --out reports --alert "inference_share@2028 < 40%"

\b
An alert is METRIC@PERIOD.FIELD and a comparison: p2_5 to p97_5 (p50 if none
is named) or mean. crossover.p50 > 2027Q1, crossover.probability_never > 0.3.
change(chip_spend@2028) < -10% is about the change since the last run: $50B,
5pp, or % of what it was. The command exits with 1 if an alert is true, after
the report has been written; 3 if another report is being made here.
"""
WORTH_A_PROCESS = 4096  # draws from which a second process gives more than its start costs
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
OWN = (
    *("scenario", "set", "through", "as_of", "draws", "seed", "json", "no_cache"),
    *("workspace", "quiet", "debug", "log_format"),
)


@dataclass(frozen=True)
class Target:
    """Where a report goes: one file for each format."""

    folder: Path
    name: str
    formats: tuple[str, ...]

    @property
    def files(self) -> dict[str, Path]:
        """The file of each format."""
        return {each: self.folder / f"{self.name}.{each}" for each in self.formats}


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("report", epilog=EXAMPLES)(shared_options.shared(report, only=OWN))


def report(
    given: Given,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the files; made if need be.")
    ],
    formats: Annotated[
        str, typer.Option("--format", metavar="F,F", help="Of html, md, json, csv, xlsx: all.")
    ] = ",".join(REPORT_FORMATS),
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the files, and of the run kept.")
    ] = "forecast",
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="last|RUN", help="Say first what changed since then."),
    ] = None,
    alert: Annotated[
        list[str] | None,
        typer.Option("--alert", metavar="EXPR", help="Exit with 1 if it is true; repeatable."),
    ] = None,
    only_if_changed: Annotated[
        bool,
        typer.Option("--only-if-changed", help="Write nothing if the last run was the same."),
    ] = False,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Fetch public sources first; implies --since last."),
    ] = False,
) -> None:
    """Write a report, and keep the run to compare the next one with."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems)
    target = Target(out, _name(name, problems), _formats(formats, problems))
    _check_folder(out, problems)
    _check_files(target, problems)
    contact = _contact(workspace, problems) if refresh else ""
    is_there = all(path.is_file() for path in target.files.values())
    paths = tuple(os.path.realpath(path) for path in target.files.values())
    with _beside(options, target.formats) as beside:  # before anything heavy is imported here
        from forecast.analysis.runs.kept_runs import store_folder
        from forecast.analysis.runs.reporting import ReportRequest
        from forecast.store import report_lock

        failures = _refresh(workspace, contact, problems) if refresh and workspace else ()
        since = since or ("last" if refresh else "")
        request = ReportRequest(
            name, since, tuple(alert or ()), only_if_changed and is_there, paths
        )
        case = load(options, problems)
        run_id = _log_start(case, options)
        with report_lock(store_folder(workspace), options.run.started):
            reported = _report(case, options, request, beside)
            files = _write(reported, target, beside)
            not_kept = _keep(case, options, reported, paths)
    broken = (*failures, *not_kept)
    reported = replace(reported, warnings=(*reported.warnings, *broken))
    _say(reported, files, options, begun, broken)
    code = 1 if failures or any(row.fires for row in reported.alerts) else 0
    _log_end(reported, files, run_id, code, begun)
    if code:
        raise typer.Exit(code)


def _contact(workspace: Path | None, problems: list[Problem]) -> str:
    """Return who asks publishers; there must be a workspace to keep what they answer."""
    if workspace is None:
        hint = "Make one with forecast init DIR."
        expected = "a workspace, to keep what is fetched"
        problems.append(Problem(COMMAND_LINE, "--refresh", "no workspace", expected, hint))
    return read_contact(workspace, problems)


def _refresh(workspace: Path, contact: str, problems: Sequence[Problem]) -> tuple[str, ...]:
    """Fetch public sources, unless the command line is wrong; return what failed, for whatever is
    wrong with sources costs no report."""
    from forecast.cli.refresh import failures, run_refresh

    shared_options.refuse(problems)
    try:
        return failures(run_refresh(workspace, contact))
    except ForecastError as error:
        return (f"nothing was refreshed: {error}",)


def _name(text: str, problems: list[Problem]) -> str:
    if not NAME.fullmatch(text):
        expected = "letters, digits, - and _, such as nightly"
        problems.append(Problem(COMMAND_LINE, f"--name {text}", repr(text), expected))
    return text


def _formats(text: str, problems: list[Problem]) -> tuple[str, ...]:
    """Return the formats, each once, in the order of REPORT_FORMATS."""
    asked = [part.strip().lower() for part in text.split(",") if part.strip()]
    for unknown in [part for part in asked if part not in REPORT_FORMATS] or (
        [] if asked else [text]
    ):
        hint = did_you_mean(unknown, REPORT_FORMATS)
        expected = f"some of {', '.join(REPORT_FORMATS)}"
        problems.append(Problem(COMMAND_LINE, f"--format {text}", repr(unknown), expected, hint))
    return tuple(each for each in REPORT_FORMATS if each in asked)


def _check_folder(folder: Path, problems: list[Problem]) -> None:
    """Add a problem if no file can be put into a folder that is there or could be made."""
    there = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    found = ""
    if not there.is_dir():
        found = f"{there} is {'a file' if there.exists() else 'a link that leads nowhere'}"
    elif not os.access(there, os.W_OK):
        found = f"{there} cannot be written to"
    if found:
        expected = "a folder that can be written"
        problems.append(Problem(COMMAND_LINE, f"--out {folder}", found, expected))


def _check_files(target: Target, problems: list[Problem]) -> None:
    """Add a problem for each file that is there as something that is never written to."""
    subject, expected = f"--out {target.folder}", "a file that can be written"
    for path in target.files.values():
        if path.exists() and not path.is_file() and (found := obstacle(path)):
            problems.append(Problem(COMMAND_LINE, subject, f"{path.name}: {found}", expected))


def _beside(options: Options, formats: Sequence[str]) -> AbstractContextManager[Beside]:
    """Return a way to work beside this process where that gives more than it costs: a second one
    reads the ensemble from the cache."""
    if not options.run.use_cache or options.run.draws < WORTH_A_PROCESS or cores() < 2:
        return nullcontext(here)
    return second_process(partial(_prepare, draws_charts="html" in formats))


def _prepare(*, draws_charts: bool) -> None:
    """Import what a second process will need."""

    if draws_charts:
        from forecast.report.charts.inline import import_matplotlib
        from forecast.report.sections import charts  # noqa: F401

        import_matplotlib()


def _report(case: Case, options: Options, request: ReportRequest, beside: Beside) -> Reported:
    from forecast.analysis.runs.reporting import report as make

    return make(case, options.run, request=request, beside=beside)


def _write(reported: Reported, target: Target, beside: Beside) -> list[FileRow]:
    """Write all files or none, and return a row for each: file, format and bytes."""
    from forecast.analysis.runs.reporting import FileRow
    from forecast.report.bundle import render_each

    if reported.report is None:
        return []
    rendered = render_each(reported.report, target.formats, beside)
    contents = dict(zip(target.files.values(), rendered, strict=True))
    try:
        target.folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(contents)
        write_files(contents)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"could not write to {target.folder}: {why}; what was there is as it was"
        raise ForecastError(message) from error
    return [FileRow(str(path), each, len(contents[path])) for each, path in target.files.items()]


def _keep(
    case: Case, options: Options, reported: Reported, files: Sequence[str]
) -> tuple[str, ...]:
    """Keep the run to compare the next one with; return why that could not be, or what
    went for it."""
    from forecast.analysis.runs.reporting import keep_report

    if reported.report is None:
        return ()
    if not options.run.use_cache:
        return ("--no-cache: the run was not kept",)
    try:
        gone = keep_report(case, reported, files)
    except InputError as error:
        problem = error.problems[0]
        return (f"the run was not kept: {problem.place}: {problem.found}. {problem.hint}".strip(),)
    return (gone,) if gone else ()


def _log_start(case: Case, options: Options) -> str:
    """Log that a run starts, and on which inputs; return the id that all of its lines carry."""
    from forecast.world.case import run_of

    run = run_of(case, options.run)
    if logs_json():
        about = {"version": run.version, "draws": run.draws, "seed": run.seed}
        log("info", "start", "a report is made", run=run.run_id, **about)
        known = {"data_through": run.data_through, "inputs_sha256": run.inputs_sha256}
        log("info", "inputs", f"of {run.source}", run=run.run_id, **known)
    return run.run_id


def _log_end(
    reported: Reported, files: Sequence[FileRow], run_id: str, code: int, begun: float
) -> None:
    """Log the files, the alerts that fire, and the end."""
    if not logs_json():
        return
    for file in files:
        log("info", "file", file.file, run=run_id, format=file.format, bytes=file.bytes)
    said = f"{len(files)} files written" if files else "nothing changed, nothing was written"
    log("info", "end", said, run=run_id, exit_code=code, duration_s=elapsed(begun))


def _is_news(reported: Reported) -> bool:
    """Return whether anything is to be said where only news are asked for: an alert that fires, or
    a change since the run before."""
    before = reported.before
    has_changed = before is not None and before.run.key != reported.made.run.key
    return has_changed or any(row.fires for row in reported.alerts)


def _say(
    reported: Reported,
    files: Sequence[FileRow],
    options: Options,
    begun: float,
    broken: Sequence[str],
) -> None:
    """Print which files were written, what changed, which alerts fired, and the answer; alerts on
    stderr too. With --quiet nothing where there is no news, but what is `broken`."""
    from forecast.analysis.runs.reporting import written
    from forecast.report.pages.runs.history_pages import alert_sentence, report_page

    if options.format != "json":
        for warning in broken if options.quiet else reported.warnings:
            tell(f"warning: {warning}", "warning")
    for row in reported.alerts:
        if row.fires:
            tell(f"alert: {alert_sentence(row)}", "warning", "alert")
    result = written(reported, files)
    if options.quiet and options.format != "json" and not _is_news(reported):
        return
    page = report_page(result, reported.report)
    emit_summary(stamped(result, begun), lambda _: page, options.format)
