"""`forecast project`, the main job: fit, condition, project; the answer in words, then tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, FORMATS, MACHINE_FORMATS, Given, Options
from forecast.cli.output import tell
from forecast.cli.progress import PROGRESS
from forecast.cli.running import finish, read_case, say_working
from forecast.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from forecast.analysis.front import Front
    from forecast.analysis.project import Projection
    from forecast.report.blocks import Block
    from forecast.world.case import Case

EXAMPLES = """\b
Examples:
  forecast project
  forecast project --by quarter --metric inference_share --through 2027
  forecast project --set agent_penetration@2028=25% --json
"""


PRINTED = (*FORMATS, "xlsx")


@dataclass(frozen=True)
class ProjectOptions:
    """What the options of this command ask for, checked."""

    by: Literal["year", "quarter"]
    metrics: tuple[str, ...]
    breakdown: str | None
    prior: bool
    full: bool
    section: str

    @property
    def is_first_page(self) -> bool:
        """Whether nothing in particular is asked for."""
        asked = self.metrics or self.breakdown or self.full or self.section or self.prior
        return not asked and self.by == "year"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("project", epilog=EXAMPLES)(
        shared_options.shared(project, formats=PRINTED, learns=True)
    )


def project(
    given: Given,
    by: Annotated[str, typer.Option(metavar="year|quarter", help="Length of a period.")] = "year",
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this metric; repeatable. See forecast metrics."),
    ] = None,
    breakdown: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Split the metrics that have it, by component, owner, segment, silicon, tier, "
            "layer, buyer, source, company, limit or region.",
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="All tables: each metric with its bands, what binds.")
    ] = False,
    section: Annotated[
        str, typer.Option(metavar="NAME", help="One table of the full page: money, power, binds.")
    ] = "",
    prior: Annotated[
        bool, typer.Option("--prior", help="Before history has conditioned the assumptions.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the run for history, diff and --since.")
    ] = False,
) -> None:
    """Project compute, money and power: the answer on one page, all tables behind --full."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems, formats=PRINTED)
    metrics = shared_options.metric_names(metric)
    full = full or options.verbose or options.format == "xlsx"
    request = ProjectOptions(read_by(by, problems), metrics, breakdown, prior, full, section)
    if keep and prior:
        problems.append(Problem(COMMAND_LINE, "--keep", "--prior", "a conditioned run to keep"))
    if keep and options.given:
        expected = "a run that supposes no outcome to keep"
        problems.append(Problem(COMMAND_LINE, "--keep", "--given", expected))
    case = _load(options, request, problems)
    result, front = _project(case, options, request)
    if keep:
        from forecast.analysis.runs.reporting import keep_projection

        if gone := keep_projection(case, options.run):
            tell(f"warning: {gone}", "warning")
    if options.verbose and not options.quiet:
        _tell_timing(result, begun)
    finish(result, options, begun, lambda width: _page(result, front, options, request, width))


def read_by(text: str, problems: list[Problem]) -> Literal["year", "quarter"]:
    """Return the length of a period; what is wrong with it is added to `problems`."""
    if text == "quarter":
        return "quarter"
    if text != "year":
        hint = did_you_mean(text, ("year", "quarter"))
        problems.append(Problem(COMMAND_LINE, f"--by {text}", repr(text), "year or quarter", hint))
    return "year"


def _load(options: Options, request: ProjectOptions, problems: list[Problem]) -> Case:
    """Return the case; what is wrong with its files is reported together with the options."""
    try:
        case = read_case(options)
    except InputError as error:
        problems.extend(error.problems)
        case = _unchanged(options, problems)
    try:
        case.timeline(options.run.through)
    except InputError as error:
        problems.extend(error.problems)
    problems.extend(_unknown_metrics(request.metrics, case))
    problems.extend(_unknown_breakdown(request.breakdown))
    shared_options.refuse(problems)
    say_working(options)
    return case


def _unchanged(options: Options, problems: list[Problem]) -> Case:
    """Return the case without scenarios and settings, against which the rest can still be checked.

    Raises InputError with the problems known so far if the files themselves cannot be read.
    """
    from forecast.world.case import load_case

    try:
        return load_case(options.workspace, as_of=options.as_of)
    except InputError as error:
        raise InputError(problems) from error


def _unknown_metrics(names: Sequence[str], case: Case) -> list[Problem]:
    """Return a problem for each name that means no metric."""
    from forecast.world.metrics import metric_ids, metric_meanings

    problems: list[Problem] = []
    metric_ids(names, metric_meanings(case.inputs), problems)
    return problems


def _unknown_breakdown(dimension: str | None) -> list[Problem]:
    """Return a problem if no metric splits along a dimension."""
    from forecast.world.metrics import breakdowns

    known = sorted({name for name, _whole in breakdowns(None).values()})
    if dimension is None or dimension in known:
        return []
    hint = did_you_mean(dimension, known)
    subject = f"--breakdown {dimension}"
    return [Problem(COMMAND_LINE, subject, "no such breakdown", f"one of {', '.join(known)}", hint)]


def _project(
    case: Case, options: Options, request: ProjectOptions
) -> tuple[Projection, Front | None]:
    """Return the projection that is asked for, and what stands beside it on the first page."""
    from forecast.analysis.front import first_page
    from forecast.analysis.project import ProjectRequest, recalled_projection

    if request.is_first_page and options.format not in MACHINE_FORMATS:
        page = first_page(case, options.run, PROGRESS.count)
        return _since(case, page.projection, options), page.front
    headline = options.format not in MACHINE_FORMATS
    wanted = ProjectRequest(request.by, request.metrics, headline, request.breakdown, request.prior)
    result = recalled_projection(case, options.run, wanted, PROGRESS.count)
    if request.metrics or request.prior or options.format in MACHINE_FORMATS:
        return result, None
    return _since(case, result, options), None


def _since(case: Case, result: Projection, options: Options) -> Projection:
    """Return the projection with how it moved since a run that was kept."""
    from forecast.analysis.runs.since_kept import since_kept

    return result if options.given else replace(result, since=since_kept(case, result))


def _page(
    result: Projection, front: Front | None, options: Options, request: ProjectOptions, width: int
) -> list[Block]:
    """Return the page that is asked for: the first one, all tables, or one of them."""
    from forecast.report.blocks import View
    from forecast.report.pages.answers import project_pages

    metrics = tuple(result.metrics) if request.metrics else ()
    view = View(options.bands, metrics, request.by, width, options.verbose)
    if front is not None:
        from forecast.report.pages.answers.first_page import first_page

        return first_page(result, front, view)
    if not request.section:
        return project_pages.page(result, view)
    names = project_pages.section_names(result, view)
    if request.section not in names:
        hint = did_you_mean(request.section, names)
        subject, expected = f"--section {request.section}", f"one of {', '.join(names)}"
        raise InputError(Problem(COMMAND_LINE, subject, "no such section", expected, hint))
    return project_pages.section_page(result, view, request.section)


def _tell_timing(result: Projection, begun: float) -> None:
    """Say on stderr what was done in which time."""
    before = "known from before" if result.cached else "fitted and conditioned"
    count = len({row.target for row in result.targets})
    tell(f"{count} targets, {before}; projected in {time.perf_counter() - begun:.1f} s in all")
