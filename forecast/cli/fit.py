"""`forecast fit`: growth curves for drivers, observed series, or a person's own file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli import options as shared_options
from forecast.cli.ingest_options import (
    ColumnOption,
    DatesOption,
    DecimalOption,
    FiscalOption,
    SheetOption,
    WhereOption,
    read_told,
)
from forecast.cli.options import COMMAND_LINE, Given, Options
from forecast.cli.project import read_by
from forecast.cli.running import finish, load
from forecast.errors import Problem, did_you_mean
from forecast.processors.timing import started

if TYPE_CHECKING:
    from forecast.analysis.series.fit import Fit
    from forecast.analysis.series.regular_series import Frequency
    from forecast.inputs.tables.layout.columns import Table

FREQUENCIES = ("A", "Q", "M", "W")
FURTHEST = 400
EXAMPLES = """\b
Examples:
  forecast fit business_adoption --chart
  forecast fit weekly_users --by quarter --through 2027
  forecast fit --file sales.csv --horizon 8
  forecast fit --file shares.csv --ceiling 1 --origin 2024 --format json
"""

FileOption = Annotated[
    str | None,
    typer.Option("--file", metavar="FILE", help="Any table that ingest reads; - for stdin."),
]
HorizonOption = Annotated[
    str, typer.Option("--horizon", metavar="K", help="Periods ahead, with --file.")
]
FrequencyOption = Annotated[
    str | None,
    typer.Option("--frequency", metavar="|".join(FREQUENCIES), help="Length of those periods."),
]
CeilingOption = Annotated[
    str | None,
    typer.Option("--ceiling", metavar="X", help="The most that any series of the file can reach."),
]


@dataclass(frozen=True)
class FileRequest:
    """A file of series and how to read it, checked."""

    name: str
    content: bytes
    horizon: int
    frequency: Frequency | None
    ceiling: float | None
    origin: date | None
    told: Table | None = None


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("fit", epilog=EXAMPLES)(shared_options.shared(fit))


def fit(
    given: Given,
    series: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SERIES]...", help="Drivers or observed series; all drivers if none."
        ),
    ] = None,
    file: FileOption = None,
    horizon: HorizonOption = "8",
    frequency: FrequencyOption = None,
    ceiling: CeilingOption = None,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="DATE", help="Use nothing after this day.")
    ] = None,
    column: ColumnOption = None,
    where: WhereOption = None,
    sheet: SheetOption = "",
    decimal: DecimalOption = "",
    dates: DatesOption = "",
    fiscal_year_end: FiscalOption = "",
    family: Annotated[
        list[str] | None,
        typer.Option("--family", metavar="NAME", help="With --file: only this one; repeatable."),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="year|quarter", help="Periods of the tables, without --file.")
    ] = "year",
    chart: Annotated[bool, typer.Option("--chart", help="Draw each path as a fan.")] = False,
) -> None:
    """Fit growth curves: the path ahead, its band, and what each family says."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    period = read_by(by, problems)
    if file is None:
        options = shared_options.read(given, shared_options.find_workspace(given), problems)
        if origin is not None:
            found, hint = "no --file", "For the model's drivers: --as-of DATE."
            problems.append(Problem(COMMAND_LINE, "--origin", found, "a file of series", hint))
        result = _fit_named(options, series or [], problems)
    else:
        options = shared_options.read(given, None, problems)
        told = read_how(column, sheet, (where or (), decimal, dates, fiscal_year_end), problems)
        request = read_request(file, horizon, frequency, ceiling, origin, problems)
        request = replace(request, told=told)
        result = _fit_file(request, family)
    from forecast.report.pages.beliefs.fit_pages import fit_page

    finish(result, options, begun, lambda width: fit_page(result, width, chart=chart, by=period))


def read_how(
    column: list[str] | None,
    sheet: str,
    said: tuple[Sequence[str], str, str, str],
    problems: list[Problem],
) -> Table:
    """Return how to read a file, as far as it is said; what is wrong with it is added."""
    from forecast.inputs.tables.layout.columns import FITTED, read_roles

    _, told = read_told((), *said, problems)
    return replace(told, mapped=read_roles(column or (), FITTED, problems), sheet=sheet)


def read_request(
    file: str,
    horizon: str,
    frequency: str | None,
    ceiling: str | None,
    origin: str | None,
    problems: list[Problem],
) -> FileRequest:
    """Return the request for a file. Raises InputError with every problem of the command line."""
    checked = FileRequest(
        name="stdin" if file == "-" else file,
        content=read_content("--file", file, problems),
        horizon=read_horizon(horizon, problems),
        frequency=_frequency(frequency, problems),
        ceiling=_ceiling(ceiling, problems),
        origin=shared_options.read_day("--origin", origin, problems),
    )
    shared_options.refuse(problems)
    return checked


def read_content(option: str, file: str, problems: list[Problem]) -> bytes:
    """Return what is in a file, or in stdin for `-`; what is wrong with it is added."""
    from forecast.inputs.bounds import read_bounded

    return read_bounded(file, COMMAND_LINE, problems, f"{option} {file}") or b""


def read_horizon(text: str, problems: list[Problem]) -> int:
    """Return the number of periods ahead; what is wrong with it is added to `problems`."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= FURTHEST:
        return int(text)
    expected = f"a whole number from 1 to {FURTHEST}"
    problems.append(Problem(COMMAND_LINE, f"--horizon {text}", repr(text), expected))
    return 1


def _frequency(text: str | None, problems: list[Problem]) -> Frequency | None:
    if text is None or text in FREQUENCIES:
        return cast("Frequency | None", text)
    expected = "A (years), Q (quarters), M (months) or W (weeks)"
    hint = did_you_mean(text.upper(), FREQUENCIES)
    problems.append(Problem(COMMAND_LINE, f"--frequency {text}", repr(text), expected, hint))
    return None


def _ceiling(text: str | None, problems: list[Problem]) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        value = 0.0
    if 0.0 < value < float("inf"):
        return value
    expected = "a number above zero, such as 1 or 100"
    problems.append(Problem(COMMAND_LINE, f"--ceiling {text}", repr(text), expected))
    return None


def _fit_file(request: FileRequest, families: list[str] | None) -> Fit:
    from forecast.analysis.series.fit import fit_file

    return fit_file(
        request.name,
        request.content,
        horizon=request.horizon,
        frequency=request.frequency,
        ceiling=request.ceiling,
        origin=request.origin,
        families=families or (),
        started=started(),
        told=request.told,
    )


def _fit_named(options: Options, names: list[str], problems: list[Problem]) -> Fit:
    from forecast.analysis.series.fit import fit_named

    return fit_named(load(options, problems), options.run, names=names)
