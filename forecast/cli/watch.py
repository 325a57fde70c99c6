"""`forecast watch`: which figures to come would move the forecast."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import MACHINE_FORMATS, Given
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

SHOWN = 12  # figures on a page unless asked for more; machine formats carry all
EXAMPLES = """\b
Examples:
  forecast watch
  forecast watch --metric ai_power_capacity@2027 --top 5
  forecast watch --top 3 --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("watch", epilog=EXAMPLES)(shared_options.shared(watch))


def watch(
    given: Given,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC@PERIOD",
            help="What a surprise would move; repeatable. Inference share and chip spend unless "
            "given.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only the figures that move most."),
    ] = None,
) -> None:
    """List the figures to come, what is expected, and what a surprise would move."""
    from forecast.analysis.watch.watch import HEADLINE
    from forecast.analysis.watch.watch import watch as look_ahead
    from forecast.report.pages.sensitivity.watch_pages import watch_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    result = look_ahead(
        load(options, problems),
        options.run,
        metrics=metric or HEADLINE,
        top=top or (None if options.format in MACHINE_FORMATS else SHOWN),
    )
    finish(result, options, begun, lambda _: watch_page(result))
