"""The commands of the program, and as much of it as a command line needs.

A command line imports only the module of its command, and that imports what it runs only when it
runs. A new command is a module with `register(app)` and a line in `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated

import typer

from forecast import __version__

# Each command's module, and what `forecast --help` says of it.
COMMANDS = {
    "project": ("project", "Project compute, money and power: words, then tables."),
    "ingest": ("ingest", "Store your own observations."),
    "refresh": ("refresh", "Fetch what public sources have published."),
    "inbox": ("inbox", "Accept or refuse statements; see what to look up."),
    "forget": ("forget", "List ingested rows, and take them back with a trace."),
    "export": ("export", "Write data for other programs: draws, IAMC."),
    "fit": ("fit", "Fit growth curves to series."),
    "backtest": ("backtest", "Score curves and the whole forecast on the past."),
    "report": ("report", "Write a report, and say what changed since the last one."),
    "history": ("history", "List the runs kept, and how their forecasts did."),
    "diff": ("diff", "Say what moved between two kept runs, and why."),
    "claims": ("claims", "Hold published claims against our distribution."),
    "whatif": ("whatif", "Change assumptions: what moves, how surely, and why."),
    "explore": ("explore", "Move levers and watch the forecast bend, in the terminal."),
    "compare": ("compare", "Set scenarios side by side."),
    "risks": ("risks", "Show what would break the thesis, and how much."),
    "sensitivity": ("sensitivity", "Show which assumptions move a metric, and how far."),
    "sweep": ("sweep", "Evaluate metrics over a design, into Parquet."),
    "solve": ("solve", "Find the value of an assumption that meets a target."),
    "get": ("get", "Give one number with its band, and what others say."),
    "chart": ("chart", "Draw fans by quarter, here or as SVG and PNG."),
    "why": ("why", "Say why a number is what it is, in sentences."),
    "explain": ("explain", "Show what is behind a number, down to its sources."),
    "watch": ("watch", "List the figures to come that would move the forecast."),
    "scenarios": ("lists", "List the scenarios and their stories."),
    "assumptions": ("assumptions", "List, show and check what the forecast believes."),
    "metrics": ("lists", "List what can be projected, and what it means."),
    "doctor": ("doctor", "Check the installation, the settings and the model."),
    "init": ("workspace", "Make a workspace: a copy of every input, to change."),
    "help": ("help", "Explain a topic: set, units, bands, json."),
}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"forecast {__version__}")
        raise typer.Exit


def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """How much compute and chip money AI training and AI inference will each take."""


def new_app(modules: Iterable[str]) -> typer.Typer:
    """Return the program with the commands of some of its modules."""
    app = typer.Typer(
        name="forecast",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="\b\nExamples:\n  forecast project\n  forecast metrics inference_share"
        "\n\nforecast help lists topics: set, given, units, bands, environment, exit-codes, json.",
    )
    app.callback()(program)
    for name in dict.fromkeys(modules):
        import_module(f"forecast.cli.{name}").register(app)
    return app


def full_app() -> typer.Typer:
    """Return the program with all its commands."""
    return new_app(module for module, _ in COMMANDS.values())


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return as much of the program as a command line needs, because building all of it is slow."""
    if arguments and arguments[0] in COMMANDS:
        return new_app([COMMANDS[arguments[0]][0]])
    if list(arguments) not in (["--help"], ["-h"]):
        return full_app()
    app = new_app([])
    for name, (_, summary) in COMMANDS.items():
        app.command(name, help=summary)(_listed)
    return app


def _listed() -> None:
    """Stand in the list of commands; help never calls it."""
