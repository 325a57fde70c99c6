"""`forecast whatif`: a case beside itself with something changed, and why they differ."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, MACHINE_FORMATS, Given, Options
from forecast.cli.output import hints_wanted, tell
from forecast.cli.running import finish
from forecast.cli.saving import keep, obstacles
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.world.case import Case

EXAMPLES = """\b
Base is the case as the workspace has it, with what its forecast.toml sets, or
with --against on a scenario; changed is that and everything given here. The
difference is taken draw by draw, so what moves it is the change alone.

\b
Examples:
  forecast whatif --set agent_penetration@2028=25%
  forecast whatif --set research_level=x1.4 --set retirement_rate=+5pp --json
  forecast whatif --scenario grid-bound --against agents-everywhere --at 2027
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("whatif", epilog=EXAMPLES)(shared_options.shared(whatif, learns=True))


def whatif(
    given: Given,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID[@PERIOD]", help="Only this metric; repeatable. See forecast metrics."
        ),
    ] = None,
    at: Annotated[
        str, typer.Option(metavar="PERIOD", help="Compare at this year or quarter.")
    ] = "",
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="Base on this scenario; repeatable."),
    ] = None,
    recondition: Annotated[
        bool,
        typer.Option(
            "--recondition",
            help="Change the belief at all times, not the future alone; history speaks anew.",
        ),
    ] = False,
    save_scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="Keep the changes as a scenario.")
    ] = None,
) -> None:
    """Change assumptions: what moves, how surely, and why."""
    from forecast.analysis.whatif.whatif import whatif as side_by_side
    from forecast.report.blocks import View
    from forecast.report.pages.whatif.whatif_pages import whatif_page

    begun, problems = time.perf_counter(), list[Problem]()
    workspace = shared_options.find_workspace(given)
    unchanged = replace(given, scenario=None, set=None, given=None)
    standing = shared_options.read(unchanged, workspace, problems)
    metrics, period = shared_options.metrics_at(metric, at, problems)
    against = against or []
    as_it_is, base, changed = _cases(given, standing, against, problems)
    problems += _question(changed, standing.run.through, metrics, period)
    if save_scenario is not None:
        problems += obstacles(save_scenario, workspace, as_it_is, changed)
        if given.given:
            subject, expected = f"--save-scenario {save_scenario}", "settings alone"
            problems.append(Problem(COMMAND_LINE, subject, "--given", expected))
    shared_options.refuse(problems)
    result = side_by_side(
        base,
        standing.run,
        changed=changed,
        metrics=metrics,
        at=period,
        headline=standing.format not in MACHINE_FORMATS,
        recondition=recondition,
    )
    if save_scenario is not None:
        chain = (*against, *(given.scenario or ()))
        tell(f"saved: {keep(save_scenario, workspace, chain, as_it_is, changed)}", "hint")
    bands = standing.bands
    finish(result, standing, begun, lambda width: whatif_page(result, View(bands, width=width)))
    if hints_wanted() and not standing.quiet:
        _tell_hints(changed, result.period, is_kept=save_scenario is not None)


def _cases(
    given: Given, standing: Options, against: Sequence[str], problems: list[Problem]
) -> tuple[Case, Case, Case]:
    """Return the case as the workspace has it, the base, and the base with what is asked for.

    What is wrong with the changes is added to `problems`; raises InputError with all of them if the
    workspace itself cannot be read.
    """
    from forecast.world.case import load_case, with_changes

    try:
        as_it_is = load_case(
            standing.workspace, standing.scenario, standing.settings, standing.as_of
        )
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    base = changed = as_it_is
    try:
        base = with_changes(as_it_is, against, ())
    except InputError as error:
        for each in error.problems:
            problems.append(replace(each, subject=each.subject.replace("--scenario", "--against")))
    try:
        changed = with_changes(base, given.scenario or (), given.set or (), given.given or ())
    except InputError as error:
        problems += error.problems
    return as_it_is, base, changed


def _question(changed: Case, through: str, metrics: Sequence[str], at: str) -> list[Problem]:
    """Return what is wrong with the horizon, the metrics and the period asked for."""
    from forecast.analysis.case_rows import question_problems

    try:
        timeline = changed.timeline(through)
    except InputError as error:
        return list(error.problems)
    return question_problems(changed.inputs, timeline, metrics, at)


def _tell_hints(changed: Case, period: str, *, is_kept: bool) -> None:
    """Say what to try next."""
    own = [each for each in changed.settings if each.origin == COMMAND_LINE]
    if not own:
        return
    if not is_kept:
        tell("hint: keep it     --save-scenario NAME", "hint")
    key = own[0].text.partition("=")[0].strip()
    tell(f"hint: goal seek   forecast solve inference_share@{period} --at-least +1pp \\", "hint")
    tell(f"                    --vary {key}", "hint")
