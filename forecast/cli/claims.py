"""`forecast claims`: published claims against our distribution."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
Examples:
  forecast claims --headline
  forecast claims --who Deloitte --outside
  forecast claims --about chip_spend --year 2028 --format csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("claims", epilog=EXAMPLES)(shared_options.shared(claims))


def claims(
    given: Given,
    who: Annotated[
        list[str] | None,
        typer.Option("--who", metavar="TEXT", help="Only claims by this name; repeatable."),
    ] = None,
    about: Annotated[
        str,
        typer.Option(
            "--about", "--metric", metavar="METRIC|SUBJECT", help="Only claims about this."
        ),
    ] = "",
    year: Annotated[
        str, typer.Option("--year", metavar="YEAR", help="Only claims whose period covers it.")
    ] = "",
    outside: Annotated[
        bool, typer.Option("--outside", help="Only claims outside our P5 to P95.")
    ] = False,
    headline: Annotated[
        bool, typer.Option("--headline", help="Only the claims that started this project.")
    ] = False,
) -> None:
    """Hold published claims against our distribution: where each lies, and why."""
    from forecast.analysis.claims.claims import claims as held_against
    from forecast.analysis.claims.rows import Filters
    from forecast.report.blocks import View
    from forecast.report.pages.beliefs.claims_pages import claims_page, with_sentences

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    filters = Filters(", ".join(who or ()), about, year, outside, headline)
    result = with_sentences(held_against(load(options, problems), options.run, filters=filters))
    view = View(bands=options.bands, verbose=options.verbose)
    finish(result, options, begun, lambda _: claims_page(result, view))
