"""`forecast backtest`: series, or the whole forecast, cut at earlier dates and scored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.fit import (
    CeilingOption,
    FileOption,
    FileRequest,
    FrequencyOption,
    HorizonOption,
    read_content,
    read_horizon,
    read_how,
    read_request,
)
from forecast.cli.ingest_options import (
    ColumnOption,
    DatesOption,
    DecimalOption,
    FiscalOption,
    SheetOption,
    WhereOption,
)
from forecast.cli.options import COMMAND_LINE, DEFAULTS, Given, Options
from forecast.cli.running import finish, load
from forecast.errors import Problem
from forecast.processors.second_process import Beside, cores, here, second_process
from forecast.processors.timing import started

if TYPE_CHECKING:
    from forecast.analysis.series.backtest import Backtest
    from forecast.inputs.tables.layout.columns import Table
    from forecast.inputs.yardsticks.published import OwnFile

DRAWS = 1536  # for each of many origins

EXAMPLES = """\b
Examples:
  forecast backtest capex_cash_goog
  forecast backtest --model --origin 2025Q4
  forecast backtest --published --money
  forecast backtest --file shares.csv --ceiling 1 --format csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("backtest", epilog=EXAMPLES)(shared_options.shared(backtest))


def backtest(
    given: Given,
    series: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERIES]...", help="Observed series; with --published a file."),
    ] = None,
    file: FileOption = None,
    horizon: HorizonOption = "8",
    frequency: FrequencyOption = None,
    ceiling: CeilingOption = None,
    column: ColumnOption = None,
    where: WhereOption = None,
    sheet: SheetOption = "",
    decimal: DecimalOption = "",
    dates: DatesOption = "",
    fiscal_year_end: FiscalOption = "",
    model: Annotated[
        bool,
        typer.Option("--model", help="Run the whole forecast again as of every quarter's end."),
    ] = False,
    money: Annotated[
        bool, typer.Option("--money", help="Likewise, but only capex and vendors' revenue.")
    ] = False,
    origin: Annotated[
        str | None,
        typer.Option("--origin", metavar="DATE", help="With --model: from here alone, 2025Q4 say."),
    ] = None,
    beliefs: Annotated[
        str | None,
        typer.Option(
            "--beliefs", metavar="then|today", help="With --origin: known by then, or today's."
        ),
    ] = None,
    published: Annotated[
        bool,
        typer.Option("--published", help="Against forecasts that others published, or a FILE's."),
    ] = False,
    outcomes: Annotated[
        str | None,
        typer.Option("--outcomes", metavar="FILE", help="With --published: what came of them."),
    ] = None,
    chart: Annotated[
        bool, typer.Option("--chart", help="With --model or --money: draw fans and what came.")
    ] = False,
) -> None:
    """Forecast each series from up to four earlier dates and score what came.

    With --model or --money: the forecast as of every quarter's end, beside a random walk and last
    year's growth. With --published: beside what others said on the same day.

    --published FILE has the columns forecast_id, who, published, metric, definition, target_period
    (CY2026, FY2026, FQ1-2026), low, mid, high and unit; --outcomes FILE outcome_id, metric,
    definition, target_period, value, unit and status (final, provisional). The wordings that are
    understood, and what each means, are data/published/definitions.csv of a workspace.
    """
    begun = time.perf_counter()
    which = WhichBacktest(model, money, published, outcomes, origin, beliefs, chart)
    problems = _clashes(given, series or [], which)
    if published:
        _published(given, series or [], outcomes, problems, begun, whole=not money)
    elif model and origin is not None:
        _from_origin(given, origin, beliefs or "then", problems, begun)
    elif model or money:
        _hindcast(given, problems, begun, model=not money, chart=chart)
    else:
        said = where or (), decimal, dates, fiscal_year_end
        told = read_how(column, sheet, said, problems) if file is not None else None
        asked = FileGiven(file, horizon, frequency, ceiling, told)
        _curves(given, series or [], asked, problems, begun)


@dataclass(frozen=True)
class WhichBacktest:
    """Which backtest is asked for, as it was given."""

    model: bool
    money: bool
    published: bool
    outcomes: str | None
    origin: str | None
    beliefs: str | None
    chart: bool


def _clashes(given: Given, series: Sequence[str], which: WhichBacktest) -> list[Problem]:
    """Return what is asked for that does not go together."""
    problems: list[Problem] = []
    if which.outcomes is not None and not which.published:
        problems.append(Problem(COMMAND_LINE, "--outcomes", "without --published", "--published"))
    if which.chart and (which.published or not (which.model or which.money)):
        problems.append(Problem(COMMAND_LINE, "--chart", "no --model or --money", "one of them"))
    if which.origin is not None and (which.published or which.money or not which.model):
        hint = "Everything else is cut at dates of its own."
        problems.append(Problem(COMMAND_LINE, "--origin", "without --model", "--model", hint))
    if which.beliefs is not None and (which.origin is None or not which.model):
        expected = "--model with --origin"
        problems.append(Problem(COMMAND_LINE, "--beliefs", "without --origin", expected))
    if (which.model or which.money) and not which.published and series:
        expected = "no series: what was forecast is scored whatever it is"
        problems.append(Problem(COMMAND_LINE, series[0], "with --model or --money", expected))
    if which.money and not which.model:
        for option, changes in (("--set", given.set), ("--scenario", given.scenario)):
            if changes:
                hint = "Paths of money are drawn before any change."
                found = "with --money, which it does not change"
                problems.append(
                    Problem(COMMAND_LINE, f"{option} {changes[0]}", found, "--model", hint)
                )
    return problems


@dataclass(frozen=True)
class FileGiven:
    """A file of series and how to read it, as it was given."""

    file: str | None
    horizon: str
    frequency: str | None
    ceiling: str | None
    told: Table | None


def _curves(
    given: Given, series: list[str], asked: FileGiven, problems: list[Problem], begun: float
) -> None:
    """Cut observed series, or those of a file, at earlier dates."""
    if asked.file is None:
        options = shared_options.read(given, shared_options.find_workspace(given), problems)
        horizon = read_horizon(asked.horizon, problems)
        result = _backtest_observed(options, series, horizon, problems)
    else:
        options = shared_options.read(given, None, problems)
        how = asked.horizon, asked.frequency, asked.ceiling
        request = read_request(asked.file, *how, None, problems)
        result = _backtest_file(replace(request, told=asked.told))
    from forecast.report.pages.beliefs.fit_pages import backtest_page

    finish(result, options, begun, lambda _: backtest_page(result))


def _hindcast(
    given: Given, problems: list[Problem], begun: float, *, model: bool, chart: bool
) -> None:
    """Run every origin: of the whole model and of money, or of money alone."""
    options = _few_draws(given, problems)
    case = load(options, problems)
    from forecast.analysis.hindcast.hindcast import hindcast_model, hindcast_money
    from forecast.report.pages.beliefs.hindcast_pages import hindcast_page

    if model:
        with _beside() as beside:
            result = hindcast_model(case, options.run, beside=beside)
    else:
        result = hindcast_money(case, options.run)
    finish(result, options, begun, lambda width: hindcast_page(result, width, chart=chart))


def _few_draws(given: Given, problems: list[Problem]) -> Options:
    """Return the options, with fewer draws where nobody says how many: there are many origins."""
    workspace = shared_options.find_workspace(given)
    return shared_options.read(given, workspace, problems, DEFAULTS | {"draws": str(DRAWS)})


def _beside() -> AbstractContextManager[Beside]:
    """Return a second process, if there is a processor for it."""
    return second_process(_prepare) if cores() > 1 else nullcontext(here)


def _prepare() -> None:
    """Import what a second process will need."""
    import forecast.analysis.hindcast.whole_model  # noqa: F401


def _published(
    given: Given,
    files: list[str],
    outcomes: str | None,
    problems: list[Problem],
    begun: float,
    *,
    whole: bool,
) -> None:
    """Hold the forecast against published ones: those that are kept, or a person's own; the `whole`
    model for what the money group does not hold."""
    options = _few_draws(given, problems)
    if len(files) > 1:
        found = f"{len(files)} files"
        problems.append(Problem(COMMAND_LINE, "--published", found, "one file of forecasts"))
    own = [_own_file("--published", name, problems) for name in files[:1]]
    came = _own_file("--outcomes", outcomes, problems) if outcomes is not None else None
    case = load(options, problems)
    from forecast.analysis.hindcast.published.head_to_head import head_to_head
    from forecast.inputs.yardsticks.published import read_published
    from forecast.report.pages.beliefs.hindcast_pages import published_page

    published = read_published(case.workspace, own[0] if own else None, came)
    with _beside() if whole else nullcontext(here) as beside:
        result = head_to_head(case, published, options.run, whole=whole, beside=beside)
    each = bool(own) or options.verbose
    finish(result, options, begun, lambda _: published_page(result, each=each))


def _own_file(option: str, name: str, problems: list[Problem]) -> OwnFile:
    """Return a file of a person's; one that cannot be read is a problem."""
    from forecast.inputs.yardsticks.published import OwnFile

    content = read_content(option, name, problems)
    return OwnFile("stdin" if name == "-" else name, content)


def _from_origin(
    given: Given, origin: str, beliefs: str, problems: list[Problem], begun: float
) -> None:
    """Run the whole forecast again as of one day."""
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    if beliefs not in ("then", "today"):
        problems.append(Problem(COMMAND_LINE, "--beliefs", beliefs, "then or today"))
    day = shared_options.read_day("--origin", origin, problems)
    now = load(options, problems)
    if day is None:
        return
    from forecast.analysis.series.model_backtest import backtest_model
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
        told=request.told,
    )


def _backtest_observed(
    options: Options, names: list[str], horizon: int, problems: list[Problem]
) -> Backtest:
    from forecast.analysis.series.backtest import backtest_observed

    case = load(options, problems)
    return backtest_observed(case, options.run, names=names, horizon=horizon)
