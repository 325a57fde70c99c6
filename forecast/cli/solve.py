"""`forecast solve`: which value of an assumption meets a target."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import hints_wanted, tell
from forecast.cli.running import finish, load
from forecast.errors import NotReachedError

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
Examples:
  forecast solve inference_share@2028 --at-least x1.1 --vary research_level
  forecast solve chip_spend@2027 --at-most x0.9 --vary hyperscaler_capex
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("solve", epilog=EXAMPLES)(shared_options.shared(solve))


def solve(
    given: Given,
    question: Annotated[
        str, typer.Argument(metavar="METRIC@PERIOD", help="Such as inference_share@2028.")
    ],
    vary: Annotated[
        str,
        typer.Option(metavar="KEY[@PERIOD]", help="The assumption or driver to change."),
    ],
    at_least: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="What the metric is to reach: 80%, $700B, x1.1."),
    ] = None,
    at_most: Annotated[
        str | None, typer.Option(metavar="VALUE", help="What it is not to exceed.")
    ] = None,
    probability: Annotated[
        str | None,
        typer.Option(metavar="P", help="In how many draws, 0.8 or 80%; half unless given."),
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="LOW HIGH", help="Values of the key to search."),
    ] = None,
) -> None:
    """Find the value of an assumption at which a metric meets a target."""
    from forecast.analysis.solve.solve import solve as seek
    from forecast.report.pages.whatif.solve_pages import solve_page, unreachable

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    result = seek(
        load(options, problems),
        options.run,
        question=question,
        vary=vary,
        at_least=at_least,
        at_most=at_most,
        probability=probability,
        between=between,
    )
    finish(result, options, begun, lambda _: solve_page(result))
    (row,) = result.rows
    if row.status == "unreachable":
        raise NotReachedError(unreachable(row))
    if hints_wanted() and not options.quiet:
        tell(f"hint: try it  forecast whatif --set {row.setting}", "hint")
