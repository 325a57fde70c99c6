"""The program `forecast`: a command line carried out, and what becomes of an error."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

import typer

from forecast import __version__
from forecast.cli import streams
from forecast.cli.commands import COMMANDS, app_for
from forecast.cli.options import COMPLETION, DEFAULTS, FEWEST_DRAWS, MACHINE_FORMATS
from forecast.cli.output import log, log_as, logs_json, tell
from forecast.cli.progress import PROGRESS
from forecast.cli.signals import Terminated, end_on_signals, leave_on_signals
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


def main() -> None:
    """Run the program and leave with its exit code."""
    end_on_signals()
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
    gc.freeze()  # the system takes all memory back faster than the interpreter looks through it
    sys.exit(code)


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
