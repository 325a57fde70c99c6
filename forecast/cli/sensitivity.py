"""`forecast sensitivity`: which assumptions move a metric, and how far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import hints_wanted, tell
from forecast.cli.running import finish, load
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.analysis.sensitivity.subject import Method

EXAMPLES = """\b
Examples:
  forecast sensitivity --metric chip_spend --at 2027
  forecast sensitivity --method sobol --group
  forecast sensitivity --grid research_level agent_penetration
"""
SHOWN = 12
DEFAULT_METHOD = "given-data"  # the measure that every page ranks by


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("sensitivity", epilog=EXAMPLES)(shared_options.shared(sensitivity))


def sensitivity(
    given: Given,
    metric: Annotated[
        str, typer.Option(metavar="ID[@PERIOD]", help="What is moved. See forecast metrics.")
    ] = shared_options.HEADLINE,
    at: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="When; the last year by default.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="given-data|tornado|sobol", help="How to measure it; groups by tornado."
        ),
    ] = None,
    group: Annotated[
        bool, typer.Option("--group", help="By subject (research, drivers), not one by one.")
    ] = False,
    grid: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="KEY KEY", help="The metric over values of two keys instead."),
    ] = None,
    top: Annotated[
        str, typer.Option(metavar="N", help="How many to show; json has them all.")
    ] = str(SHOWN),
) -> None:
    """Show which assumptions and drivers move a metric, and how far."""
    from forecast.analysis.sensitivity.sensitivity import sensitivity as measure
    from forecast.analysis.sensitivity.two_way import two_way
    from forecast.report.blocks import View
    from forecast.report.pages.sensitivity.sensitivity_pages import grid_page, sensitivity_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    shown = _count(top, problems)
    if grid and (group or method):
        found = "--group" if group else f"--method {method}"
        problems.append(Problem("command line", "--grid", f"{found} beside it", "one of the two"))
    names, period = shared_options.metrics_at([metric], at, problems)
    asked = ",".join(names)
    case = load(options, problems)

    def view(width: int) -> View:
        return View(bands=options.bands, width=width, verbose=options.verbose)

    if grid:
        cells = two_way(case, options.run, keys=grid, metric=asked, period=period)
        finish(cells, options, begun, lambda width: grid_page(cells, view(width)))
        return
    method = method or ("tornado" if group else DEFAULT_METHOD)
    chosen = cast("Method", method)  # checked together with the metric and the period
    result = measure(case, options.run, metric=asked, period=period, method=chosen, group=group)
    finish(result, options, begun, lambda width: sensitivity_page(result, view(width), shown))
    if hints_wanted() and not group and not options.quiet and options.format == "table":
        first = result.rows[0].assumption
        tell(f"hint: what is it?  forecast assumptions show {first}", "hint")


def _count(text: str, problems: list[Problem]) -> int:
    """Return how many rows to show; what is wrong is added to `problems`."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    problems.append(Problem("command line", f"--top {text}", repr(text), "a whole number from 1"))
    return SHOWN
