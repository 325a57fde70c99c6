"""`forecast explore`: levers and charts, live in the terminal."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, DEFAULTS, Given, Options
from forecast.cli.progress import PROGRESS
from forecast.cli.running import load
from forecast.cli.saving import keep, obstacles
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.explorer.app import Explorer
    from forecast.explorer.beginning import Beginning
    from forecast.explorer.bench import Bench
    from forecast.explorer.state import State
    from forecast.world.case import Case

EXAMPLES = """\b
Base is the case as the workspace has it; --scenario, --set and --given are
what to begin with, as of forecast whatif. At rest the numbers are those
that forecast whatif prints. It needs pip install 'forecast[explore]'; the
key ? lists all keys.

\b
Examples:
  forecast explore
  forecast explore --metric chip_spend --set agent_penetration@2028=25%
  forecast explore --scenario grid-bound --draws 4096
"""
OPTIONS = (
    "scenario", "set", "given", "through", "as_of", "draws", "seed", "no_cache", "workspace",
    "debug", "log_format",
)  # fmt: skip
# What the equivalent command line repeats where it is not the default.
REPEATED = ("through", "as_of", "draws", "seed", "workspace")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("explore", epilog=EXAMPLES)(
        shared_options.shared(explore, only=OPTIONS, learns=True)
    )


def explore(
    given: Given,
    metric: Annotated[
        str, typer.Option(metavar="ID", help="What the chart shows. See forecast metrics.")
    ] = "inference_share",
) -> None:
    """Move levers and watch the forecast bend, in the terminal."""
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    standing = shared_options.read(
        replace(given, scenario=None, set=None, given=None), workspace, problems
    )
    _check_place(problems)
    case = _load(standing, problems)
    problems += _question(case, given, standing.run.through)
    metric = _found(metric, case, problems)
    shared_options.refuse(problems)
    from forecast.explorer.app import Explorer
    from forecast.world.ensemble import shared_ensembles

    PROGRESS.end()  # the screen is the explorer's now
    with shared_ensembles():
        run_until_left(Explorer(_beginning(case, given, standing, metric)))


def _load(standing: Options, problems: list[Problem]) -> Case:
    """Return the case as the workspace has it. Raises InputError with all problems if that cannot
    be read."""
    try:
        return load(standing, [])
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error


def _check_place(problems: list[Problem]) -> None:
    """Add what keeps a screen from being drawn: no Textual, or nothing to draw it on."""
    if find_spec("textual") is None:
        found, hint = "textual is not installed", "pip install 'forecast[explore]'"
        expected = "Textual, which draws the screen"
        problems.append(Problem(COMMAND_LINE, "explore", found, expected, hint))
    # A browser is served through pipes, by a driver that the server names; in a terminal Textual
    # draws on stderr.
    streams = sys.stdin, sys.stdout, sys.stderr
    if "TEXTUAL_DRIVER" not in os.environ and not all(each.isatty() for each in streams):
        hint = "forecast whatif answers into a pipe or a file."
        problems.append(Problem(COMMAND_LINE, "explore", "no terminal", "a terminal", hint))


def _question(case: Case, given: Given, through: str) -> list[Problem]:
    """Return what is wrong with what to begin with, and with the horizon."""
    from forecast.world.case import with_changes

    problems: list[Problem] = []
    changed = case
    try:
        changed = with_changes(case, given.scenario or (), given.set or (), given.given or ())
    except InputError as error:
        problems += error.problems
    try:
        changed.timeline(through)
    except InputError as error:
        problems += error.problems
    return problems


def _found(name: str, case: Case, problems: list[Problem]) -> str:
    """Return the id of a metric that has values; what is wrong with it is added to `problems`."""
    from forecast.world.metrics import found_metrics, metric_meanings

    try:
        (metric,) = found_metrics([name], case.inputs)
    except InputError as error:
        problems += error.problems
        return name
    if metric_meanings(case.inputs)[metric].kind == "event":
        found, expected = "an event, which has no value at a period", "a metric with values"
        problems.append(Problem(COMMAND_LINE, f"--metric {name}", found, expected))
    return metric


def _beginning(case: Case, given: Given, standing: Options, metric: str) -> Beginning:
    """Return what the explorer starts with."""
    from forecast.explorer.beginning import Beginning
    from forecast.explorer.facts import Facts
    from forecast.explorer.state import State

    facts = Facts(case, standing.run)

    def open_bench() -> Bench:
        from forecast.explorer.bench import Bench

        return Bench(facts)

    def save(name: str, state: State) -> Path:
        changed = state.of(case)
        if state.given:
            subject, expected = f"--save-scenario {name}", "settings alone"
            raise InputError(Problem(COMMAND_LINE, subject, "--given", expected))
        shared_options.refuse(obstacles(name, standing.workspace, case, changed))
        return keep(name, standing.workspace, state.scenario, case, changed)

    state = State(tuple(given.scenario or ()), (), tuple(given.given or ()))
    for text in given.set or ():
        state = state.with_setting(text, case.inputs)
    return Beginning(
        facts=facts,
        open_bench=open_bench,
        state=state,
        metric=metric,
        options=_repeated(given),
        save=save,
    )


def _repeated(given: Given) -> tuple[str, ...]:
    """Return the options that the equivalent command line needs beside the changes."""
    words: list[str] = []
    for name in REPEATED:
        value = getattr(given, name)
        if value is not None and value != DEFAULTS.get(name):
            words += [f"--{name.replace('_', '-')}", value]
    return tuple(words)


def run_until_left(app: Explorer) -> None:
    """Run the explorer; what ended it is raised once the terminal is as it was."""
    app.run()
    if app.failure is not None:
        raise app.failure
