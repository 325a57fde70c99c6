"""`forecast backtest`: series cut at earlier dates, forecast anew, and scored."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.fit import (
    CeilingOption,
    FileOption,
    FileRequest,
    FrequencyOption,
    HorizonOption,
    read_horizon,
    read_request,
)
from forecast.cli.options import COMMAND_LINE, Given, Options
from forecast.cli.running import finish, load, started
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.analysis.series.backtest import Backtest

EXAMPLES = """\b
Examples:
  forecast backtest capex_cash_goog
  forecast backtest --model --origin 2025Q4
  forecast backtest --file sales.csv --horizon 8
  forecast backtest --file shares.csv --ceiling 1 --format csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("backtest", epilog=EXAMPLES)(shared_options.shared(backtest))


def backtest(
    given: Given,
    series: Annotated[
        list[str] | None, typer.Argument(metavar="[SERIES]...", help="Observed series.")
    ] = None,
    file: FileOption = None,
    horizon: HorizonOption = "8",
    frequency: FrequencyOption = None,
    ceiling: CeilingOption = None,
    model: Annotated[
        bool, typer.Option("--model", help="Run the whole forecast again as of --origin.")
    ] = False,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="DATE", help="With --model: 2025Q4, say.")
    ] = None,
    beliefs: Annotated[
        str | None,
        typer.Option(
            "--beliefs", metavar="then|today", help="With --model: known at --origin, or today's."
        ),
    ] = None,
) -> None:
    """Forecast each series from up to four earlier dates and score what came."""
    begun = time.perf_counter()
    problems: list[Problem] = []
    if model:
        _backtest_model(given, origin, beliefs or "then", problems, begun)
        return
    for option, value in (("--origin", origin), ("--beliefs", beliefs)):
        if value is not None:
            found, hint = "without --model", "A series is cut at dates of its own."
            problems.append(Problem(COMMAND_LINE, option, found, "--model", hint))
    if file is None:
        options = shared_options.read(given, shared_options.find_workspace(given), problems)
        result = _backtest_observed(
            options, series or [], read_horizon(horizon, problems), problems
        )
    else:
        options = shared_options.read(given, None, problems)
        result = _backtest_file(read_request(file, horizon, frequency, ceiling, None, problems))
    from forecast.report.pages.beliefs.fit_pages import backtest_page

    finish(result, options, begun, lambda _: backtest_page(result))


def _backtest_model(
    given: Given, origin: str | None, beliefs: str, problems: list[Problem], begun: float
) -> None:
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    if origin is None:
        expected, hint = "a day, month, quarter or year", "Such as --origin 2024Q4."
        problems.append(Problem(COMMAND_LINE, "--origin", "missing", expected, hint))
    if beliefs not in ("then", "today"):
        problems.append(Problem(COMMAND_LINE, "--beliefs", beliefs, "then or today"))
    day = shared_options.read_day("--origin", origin, problems)
    now = load(options, problems)
    if day is None:
        return
    from forecast.analysis.series.hindcast import backtest_model
    from forecast.report.pages.beliefs.fit_pages import backtest_page

    as_of = replace(options, as_of=day)
    with_today = load(as_of, problems, "today")
    then = with_today if beliefs == "today" else load(as_of, problems)
    result = backtest_model(now, options.run, then=then, origin=day, with_today=with_today)
    finish(result, options, begun, lambda _: backtest_page(result))


def _backtest_file(request: FileRequest) -> Backtest:
    from forecast.analysis.series.backtest import backtest_file

    return backtest_file(
        request.name,
        request.content,
        horizon=request.horizon,
        frequency=request.frequency,
        ceiling=request.ceiling,
        started=started(),
    )


def _backtest_observed(
    options: Options, names: list[str], horizon: int, problems: list[Problem]
) -> Backtest:
    from forecast.analysis.series.backtest import backtest_observed

    case = load(options, problems)
    return backtest_observed(case, options.run, names=names, horizon=horizon)
