"""The options that every command shares: declared once, read once, checked all together.

An option comes from the command line, else from the environment (`FORECAST_DRAWS`), else from the
workspace's forecast.toml, else from `DEFAULTS`.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.file_settings import contact_in, file_settings
from forecast.cli.files import obstacle
from forecast.errors import InputError, Problem, did_you_mean
from forecast.names import split_asked
from forecast.periods import parse_day, quarter
from forecast.processors.timing import started

if TYPE_CHECKING:
    from forecast.analysis.doctor.installation import SettingRow
    from forecast.result import RunOptions

FORMATS = ("table", "json", "csv", "md")
LOG_FORMATS = ("text", "json")
MACHINE_FORMATS = ("json", "csv")
FEWEST_DRAWS, MOST_DRAWS = 64, 1 << 22
DEFAULTS = {"through": "2028", "draws": "8192", "seed": "1", "bands": "10,50,90", "format": "table"}
COMMAND_LINE = "command line"
HEADLINE = "inference_share"  # what is asked for where nobody names a metric
# A shell that completes a command line calls the program without arguments, but with this set.
COMPLETION = "_FORECAST_COMPLETE"


def _option(name: str, metavar: str | None, help_text: str, *short: str) -> Any:
    """Return an option that the environment may give too, as FORECAST_ and its name."""
    variable = "FORECAST_" + name.removeprefix("--").upper().replace("-", "_")
    return typer.Option(
        name, *short, metavar=metavar, help=help_text, envvar=variable, show_envvar=False
    )


@dataclass(frozen=True)
class Given:
    """The shared options as they were given, as text; None where they were not."""

    scenario: Annotated[
        list[str] | None,
        _option("--scenario", "NAME|FILE", "What differs from the base case; later ones win."),
    ] = None
    set: Annotated[
        list[str] | None,
        _option(
            "--set",
            "KEY[@PERIOD]=VALUE",
            "Change one assumption: 25%, x2, +5pp; see `help set`.",
        ),
    ] = None
    given: Annotated[
        list[str] | None,
        _option(
            "--given",
            "METRIC@PERIOD=VALUE[±ERROR]",
            "Suppose an outcome and learn from it; see `help given`.",
        ),
    ] = None
    through: Annotated[
        str | None, _option("--through", "PERIOD", "Last period: 2028 (default), 2029Q2.")
    ] = None
    as_of: Annotated[
        str | None, _option("--as-of", "DATE", "Use only what was known by this day.")
    ] = None
    draws: Annotated[str | None, _option("--draws", "N", "Draws; 8192 by default.")] = None
    seed: Annotated[str | None, _option("--seed", "S", "Seed of all draws; 1 by default.")] = None
    bands: Annotated[
        str | None, _option("--bands", "P,50,P", "Percentiles that tables show: 10,50,90.")
    ] = None
    format: Annotated[str | None, _option("--format", "|".join(FORMATS), "How to print it.")] = None
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write there; .csv implies csv."),
    ] = None
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Compute everything anew and keep nothing.")
    ] = False
    workspace: Annotated[
        str | None, _option("--workspace", "DIR", "Folder with assumptions/ and data/.")
    ] = None
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Only the result: no timing, no warnings.")
    ] = False
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also prior against conditioned, and misfits.")
    ] = False
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Print a long page whole; see FORECAST_PAGER.")
    ] = False
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback if something breaks.")
    ] = False
    log_format: Annotated[
        str | None, _option("--log-format", "text|json", "What stderr says: words, or JSON lines.")
    ] = None


@dataclass(frozen=True)
class Options:
    """The shared options, read and checked."""

    scenario: tuple[str, ...]
    settings: tuple[str, ...]
    given: tuple[str, ...]
    as_of: date | None
    run: RunOptions
    bands: tuple[float, ...]
    format: str
    output: Path | None
    workspace: Path | None
    quiet: bool
    verbose: bool
    is_paged: bool


def shared(
    command: Callable[..., None],
    only: Collection[str] = (),
    formats: Sequence[str] = FORMATS,
    *,
    learns: bool = False,
) -> Callable[..., None]:
    """Give a command the shared options: it is called with a `Given` first, then its own.

    `only` names those that make sense for it (all if empty), `formats` how it can print; --given
    is for commands that say that it `learns`.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    common = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(Given, eval_str=True).parameters.values()
        if (not only or parameter.name in only) and (learns or parameter.name != "given")
    ]
    how = Annotated[str | None, _option("--format", "|".join(formats), "How to print it.")]
    common = [each.replace(annotation=how) if each.name == "format" else each for each in common]

    @wraps(command)
    def call(**arguments: Any) -> None:
        given = {each.name: arguments.pop(each.name) for each in common}
        command(Given(**given), **arguments)

    merged = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + common
    if COMPLETION in os.environ:
        _complete(merged)
    call.__signature__ = inspect.Signature(merged)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in merged}
    return call


def _complete(parameters: Sequence[inspect.Parameter]) -> None:
    """Say what a shell may complete of each option and argument."""
    from forecast.cli.completion import completer

    for parameter in parameters:
        for info in getattr(parameter.annotation, "__metadata__", ()):
            info.autocompletion = info.autocompletion or completer(parameter.name, info.metavar)


def read(
    given: Given,
    workspace: Path | None,
    problems: list[Problem],
    defaults: Mapping[str, str] = DEFAULTS,
    formats: Sequence[str] = FORMATS,
) -> Options:
    """Return the options in force in a workspace; what is wrong is added to `problems`.

    Where a value cannot be read a default stands in, so that all problems are found at once;
    `defaults` holds what a command's options are where nobody gave them, `formats` how it can
    print.
    """
    from forecast.result import RunOptions  # help needs no result

    from_file = file_settings(workspace, problems) if workspace else {}

    def text(name: str) -> tuple[str, str]:
        """Return an option's text, and where it came from."""
        if (value := getattr(given, name)) is not None:
            variable = f"FORECAST_{name.upper()}"
            is_set_there = os.environ.get(variable) == value
            return value, f"environment, {variable}" if is_set_there else COMMAND_LINE
        if name in from_file:
            return str(from_file[name][0]), from_file[name][1]
        return defaults[name], COMMAND_LINE

    _check_log_format(given.log_format, problems)
    _check_cache_limit(problems)
    output = _output(given.output, problems)
    return Options(
        scenario=_listed(given.scenario, from_file.get("scenario")),
        settings=_listed(given.set, from_file.get("set")),
        given=tuple(given.given or ()),
        as_of=read_day("--as-of", given.as_of, problems),
        run=RunOptions(
            through=_through(*text("through"), problems),
            draws=_whole("draws", *text("draws"), (FEWEST_DRAWS, MOST_DRAWS), problems),
            seed=_whole("seed", *text("seed"), (0, 2**63 - 1), problems),
            use_cache=not given.no_cache,
            started=started(),
        ),
        bands=_bands(*text("bands"), problems),
        format=_format(given, output, *text("format"), problems, formats),
        output=output,
        workspace=workspace,
        quiet=given.quiet,
        verbose=given.verbose,
        is_paged=not given.no_pager,
    )


def _check_cache_limit(problems: list[Problem]) -> None:
    from forecast.store import cache_limit

    try:
        cache_limit()
    except InputError as error:
        problems += error.problems


def in_force(given: Given, workspace: Path | None, context: typer.Context) -> list[SettingRow]:
    """Return each setting with its value and origin: command line, environment, file or default."""
    from forecast.analysis.doctor.installation import SettingRow

    from_file = file_settings(workspace, []) if workspace else {}
    rows = []
    for field in fields(Given):
        value = getattr(given, field.name)
        source = context.get_parameter_source(field.name)
        if source is not None and source.name == "COMMANDLINE":
            origin = COMMAND_LINE
        elif source is not None and source.name == "ENVIRONMENT":
            origin = f"environment, FORECAST_{field.name.upper()}"
        elif field.name in from_file:
            value, origin = from_file[field.name]
        else:
            value, origin = DEFAULTS.get(field.name, value), "default"
        rows.append(SettingRow(field.name, _shown(value), origin))
    return [*rows, SettingRow("contact", *contact_in(from_file))]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(str(each) for each in value)
    return "" if value is None else str(value)


def find_workspace(given: Given) -> Path | None:
    """Return the workspace asked for or around the current folder, None outside one.

    Raises InputError if the folder asked for does not exist.
    """
    from forecast.inputs import find_workspace as find

    return find(explicit=Path(given.workspace) if given.workspace else None)


def _listed(given: Sequence[str] | None, from_file: tuple[Any, str] | None) -> tuple[str, ...]:
    if given is not None:
        return tuple(given)
    value = from_file[0] if from_file else []
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def _whole(
    name: str, text: str, place: str, limits: tuple[int, int], problems: list[Problem]
) -> int:
    low, high = limits
    digits = text.strip().replace(",", "").replace("_", "")
    if digits.isascii() and digits.isdigit() and low <= int(digits) <= high:
        return int(digits)
    expected = f"a whole number from {low:,} to {high:,}"
    problems.append(Problem(place, f"--{name} {text}", repr(text), expected))
    return int(DEFAULTS[name])


def _through(text: str, place: str, problems: list[Problem]) -> str:
    try:
        quarter(text)
    except ValueError as error:
        expected = "a year or quarter, such as 2028 or 2029Q2"
        problems.append(Problem(place, f"--through {text}", str(error), expected))
        return DEFAULTS["through"]
    return text.strip().upper()


def metric_names(texts: Sequence[str] | None) -> tuple[str, ...]:
    """Return the metrics of an option that may be repeated, each of which may list several."""
    return tuple(name for text in texts or () for name in text.split(",") if name)


def metrics_at(
    texts: Sequence[str] | None, at: str | None, problems: list[Problem]
) -> tuple[tuple[str, ...], str]:
    """Return the metrics of an option and the period they are asked at, empty if none: that of
    `--at`, or of a metric that says its own (`chip_spend@2027`). Two periods are a problem."""
    asked = [split_asked(text) for text in metric_names(texts)]
    periods = dict.fromkeys([(at or "").strip().upper(), *(own.upper() for _, own in asked)])
    periods.pop("", None)
    if len(periods) > 1:
        found, expected = f"{len(periods)} periods, {', '.join(periods)}", "one for all metrics"
        problems.append(Problem(COMMAND_LINE, "--metric", found, expected))
    return tuple(name for name, _ in asked), next(iter(periods), "")


def read_day(option: str, text: str | None, problems: list[Problem]) -> date | None:
    """Return the day that an option names; what is wrong with it is added to `problems`."""
    if text is None:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        expected = "a day, month, quarter or year"
        problems.append(Problem(COMMAND_LINE, f"{option} {text}", str(error), expected))
        return None


def _bands(text: str, place: str, problems: list[Problem]) -> tuple[float, ...]:
    from forecast.result import PERCENTILES

    parts = [part.strip() for part in text.split(",")]
    known = {f"{each:g}": each for each in PERCENTILES}
    found = tuple(known[part] for part in parts if part in known)
    is_good = len(found) == len(parts)
    is_paired = list(found) == sorted(set(found)) and len(found) >= 3 and len(found) % 2 == 1
    if is_good and is_paired and found[len(found) // 2] == 50:
        return found
    expected = f"ascending percentiles, as many below 50 as above, of {_words(PERCENTILES)}"
    problems.append(Problem(place, f"--bands {text}", repr(text), expected))
    return (10, 50, 90)


def _words(names: Sequence[object]) -> str:
    return ", ".join(str(name) for name in names)


def _format(
    given: Given,
    output: Path | None,
    text: str,
    place: str,
    problems: list[Problem],
    formats: Sequence[str],
) -> str:
    """Return the format: --json or --format, else what the output file's name implies."""
    if given.json:
        return "json"
    if given.format is None and output and (ending := output.suffix.removeprefix(".")):
        text = {"txt": "table", "markdown": "md"}.get(ending, ending)
        place = COMMAND_LINE
    # What holds for all commands may be a format that this one cannot print.
    if text in formats or (place != COMMAND_LINE and text in FORMATS):
        return text if text in formats else formats[0]
    hint = did_you_mean(text, formats)
    subject = f"-o {given.output}" if given.format is None and output else f"--format {text}"
    problems.append(Problem(place, subject, repr(text), f"one of {_words(formats)}", hint))
    return formats[0]


def _check_log_format(text: str | None, problems: list[Problem]) -> None:
    """Add a problem if nobody can log so; `output` follows the option before anything is read."""
    if text is not None and text not in LOG_FORMATS:
        expected, hint = f"one of {_words(LOG_FORMATS)}", did_you_mean(text, LOG_FORMATS)
        problems.append(Problem(COMMAND_LINE, f"--log-format {text}", repr(text), expected, hint))


def _output(text: str | None, problems: list[Problem]) -> Path | None:
    """Return the file to write, after a look at whether that can work."""
    if text is None or text == "-":
        return None
    path = Path(text)
    if found := obstacle(path):
        problems.append(Problem(COMMAND_LINE, f"-o {text}", found, "a file that can be written"))
        return None
    return path


def refuse(problems: Sequence[Problem]) -> None:
    """Raise InputError if there are problems."""
    if problems:
        raise InputError(problems)
