"""The program `forecast`: its commands, and what becomes of an error.

A command line imports only the module of its command, and that imports what it runs only when it
runs. A new command is a module with `register(app)` and a line in `COMMANDS`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Annotated

import typer

from forecast import __version__
from forecast.cli import streams
from forecast.cli.options import COMPLETION, DEFAULTS, FEWEST_DRAWS, MACHINE_FORMATS
from forecast.cli.output import log, log_as, logs_json, tell
from forecast.cli.progress import PROGRESS
from forecast.cli.start import leave_on_signals
from forecast.errors import ForecastError, InputError
from forecast.processors.memory import TooLittleMemory, is_shortage, prepare_for_a_limit

DEFECT = 70
INTERRUPTED = 130
TERMINATED = 143
MOST_FOR_MACHINES = 1_000  # problems; the message has the count of all
# What a disk or a stream answers that takes no more.
NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
NO_NAME = errno.ENAMETOOLONG
# Where a shell puts the line that it completes: zsh, fish and PowerShell, then bash.
TYPED = ("_TYPER_COMPLETE_ARGS", "COMP_WORDS")

WELCOME = f"""\
forecast {__version__}: how much compute and chip money AI training and AI
inference will each take, quarter by quarter through 2028, and how sure we are.

  forecast project                          the forecast on one page
  forecast get "chips for inference@2027"   one number, and what others say
  forecast why inference_share@2028         what it rests on and who disagrees
  forecast chart inference_share            how it grows, with bands
  forecast whatif --set agents@2028=20%     what if; --given for an outcome
  forecast explore                          the same by levers, live
  forecast watch                            what would change it, and when

  forecast init my-case                     a folder with every input, to change
  forecast help                             questions answered, and topics
  forecast --help                           all commands
"""

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


def main() -> None:
    """Run the program and leave with its exit code."""
    sys.unraisablehook = _heard_again
    for number, ended in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, _terminate),
    ):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, ended)
    streams.prepare()
    prepare_for_a_limit()
    code = run(sys.argv[1:])
    leave_on_signals()
    try:
        sys.stdout.flush()
    except OSError:
        # Whoever read the output has gone, or it could not be written, which has been said; keep
        # the interpreter from complaining about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


class Terminated(BaseException):
    """Somebody asked the process to end; what it was writing is cleaned up on the way out."""


def _terminate(*_: object) -> None:
    raise Terminated


ENDED_BY = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}


def _heard_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a signal again that came where no exception can be raised, as while a module loads."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    elif issubclass(unraisable.exc_type, Terminated):
        signal.raise_signal(signal.SIGTERM)
    else:
        sys.__unraisablehook__(unraisable)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; no exception leaves this function."""
    try:
        log_as(_option_in(arguments, "--log-format", "FORECAST_LOG_FORMAT"))
        return _carry_out_or_explain(arguments)
    except (BrokenPipeError, SystemExit):
        # typer's only exit outside standalone mode is the one for a closed pipe.
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Terminated:
        return TERMINATED
    finally:
        PROGRESS.end()


def _carry_out_or_explain(arguments: Sequence[str]) -> int:
    """Do what a command line asks for, or say what went wrong, and return the exit code."""
    try:
        return _carry_out(arguments)
    except (BrokenPipeError, SystemExit, typer.Abort):
        raise
    except Exception as error:
        if not is_shortage(error):
            return _explain(error, arguments)
    # Out here the error is gone, and with it what its frames held: there is room to speak.
    return _failed(_too_little_memory(arguments), TooLittleMemory.exit_code, arguments)


def _carry_out(arguments: Sequence[str]) -> int:
    """Do what a command line asks for and return its exit code."""
    is_completion = COMPLETION in os.environ
    if not arguments and not is_completion:
        typer.echo(WELCOME, nl=False)
        return 0
    app = app_for(_typed() if is_completion else arguments)
    return int(app(list(arguments), prog_name="forecast", standalone_mode=False) or 0)


def _typed() -> list[str]:
    """Return the command that a shell completes a line of, else what lists all commands."""
    line = next((os.environ[name] for name in TYPED if name in os.environ), "")
    command = line.split()[1:2]
    return command if command and command[0] in COMMANDS else ["--help"]


def _too_little_memory(arguments: Sequence[str]) -> str:
    """Return what to do about a run that does not fit."""
    asked = _option_in(arguments, "--draws", "FORECAST_DRAWS")
    digits = asked.replace(",", "").replace("_", "")
    draws = int(digits if digits.isdecimal() else DEFAULTS["draws"])
    fewer = max(FEWEST_DRAWS, draws // 4)
    mend = f"--draws {fewer} takes less" if fewer < draws else "no fewer draws can be asked for"
    return f"too little memory; {mend}, or raise the limit (ulimit -v)"


def _explain(error: Exception, arguments: Sequence[str]) -> int:
    """Say what went wrong and return the exit code that goes with it."""
    PROGRESS.end()
    match error:
        case InputError():
            return _refused(error, arguments)
        case ForecastError():
            return _failed(str(error), error.exit_code, arguments)
        case typer.TyperException():
            return _failed(error.format_message(), 2, arguments, _usage_hint(error))
        case OSError() if message := _of_the_system(error):
            return _failed(message, 2, arguments)
        case _:
            return _broken(error, arguments)


def _of_the_system(error: OSError) -> str:
    """Return what the system refused, empty where that is a defect of ours."""
    if error.errno in NOT_WRITTEN:
        return f"could not write: {error.strerror}"
    if error.errno == NO_NAME:
        return f"a file has no such name: {error.strerror}"
    if isinstance(error, FileNotFoundError) and _is_nowhere():
        return "the current folder has been deleted; go to another one: cd DIR"
    return ""


def _refused(error: InputError, arguments: Sequence[str]) -> int:
    """Say everything that is wrong with the input."""
    from forecast.report import problems
    from forecast.report.characters import terminal
    from forecast.report.formats import machine

    message = problems.headline(len(error.problems))
    if logs_json():
        found = [asdict(problem) for problem in error.problems[:MOST_FOR_MACHINES]]
        log("error", "input", message, exit_code=error.exit_code, problems=found)
    elif _is_for_machine(arguments):
        shown = error.problems[:MOST_FOR_MACHINES]
        sys.stderr.write(machine.render_error(message, error.exit_code, shown))
    else:
        width = terminal.page_width(sys.stderr)
        terminal.show(problems.lines(error.problems, width), sys.stderr)
    return error.exit_code


def _failed(message: str, code: int, arguments: Sequence[str], hint: str = "") -> int:
    """Say what went wrong in a line, and where to look."""
    from forecast.report.formats.machine import render_error

    if logs_json():
        log("error", "failure", message, exit_code=code, hint=hint)
        return code
    if _is_for_machine(arguments):
        sys.stderr.write(render_error(message, code))
        return code
    tell(f"error: {message}", "error")
    if hint:
        tell(f"hint: {hint}", "hint")
    return code


def _broken(error: Exception, arguments: Sequence[str]) -> int:
    """Own up to a defect: one line, and the traceback for whoever wants it."""
    is_debug = "--debug" in arguments
    if is_debug:
        import traceback

        from forecast.report.formats.escapes import in_lines

        sys.stderr.write(in_lines("".join(traceback.format_exception(error))))
    message = f"a defect of forecast, not of your input: {type(error).__name__}: {error}"
    hint = "" if is_debug else "add --debug to see where it happened"
    return _failed(message, DEFECT, arguments, hint)


def _is_nowhere() -> bool:
    """Return whether the current folder is gone."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _usage_hint(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else "forecast --help"


def _option_in(arguments: Sequence[str], option: str, variable: str) -> str:
    """Return the value of an option on a command line, even if that cannot be parsed."""
    found = os.environ.get(variable, "")
    for place, argument in enumerate(arguments):
        if argument == option:
            found = "".join(arguments[place + 1 : place + 2])
        elif argument.startswith(f"{option}="):
            found = argument.removeprefix(f"{option}=")
    return found


def _is_for_machine(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for a machine format, even if it cannot be parsed."""
    asked = os.environ.get("FORECAST_FORMAT", "")
    for argument, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if argument == "--json":
            return True
        if argument == "--format":
            asked = following
        elif argument.startswith("--format="):
            asked = argument.removeprefix("--format=")
        elif argument in {"-o", "--output"} and following.endswith((".json", ".csv")):
            return True
    return asked in MACHINE_FORMATS
