"""`forecast explain`: the tree behind a number, and what changed it since another period."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.output import hints_wanted, tell
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

FORMATS = ("table", "json", "md")
LEVELS = 2  # that a page shows where nobody says how many
EXAMPLES = """\b
Examples:
  forecast explain inference_share@2028
  forecast explain chip_spend@2028 --since 2025 --depth 1
  forecast explain agent_penetration@2028 --format md
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command = shared_options.shared(explain, formats=FORMATS)
    app.command("explain", epilog=EXAMPLES)(command)


def explain(
    given: Given,
    question: Annotated[
        list[str],
        typer.Argument(
            metavar="METRIC@PERIOD...",
            help="A metric, quantity, driver or assumption, then when: tokens@2028.",
        ),
    ],
    depth: Annotated[
        str | None,
        typer.Option(metavar="N", help="Levels of inputs: 2 on a page, all of them in JSON."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Also what changed it since then, link by link."),
    ] = None,
) -> None:
    """Show what a number is made of, down to beliefs and observations with their sources."""
    from forecast.analysis.explain.explain import explain as behind
    from forecast.report.blocks import View
    from forecast.report.pages.answers.explain_pages import explain_page

    begun = time.perf_counter()
    asked = " ".join(question)
    problems: list[Problem] = []
    options = shared_options.read(
        given, shared_options.find_workspace(given), problems, formats=FORMATS
    )
    if depth is None and options.format != "json":
        depth = str(LEVELS)
    result = behind(
        load(options, problems),
        options.run,
        text=asked,
        depth=depth,
        since=since,
    )
    view = View(bands=options.bands)
    finish(result, options, begun, lambda _: explain_page(result, view))
    has_more = bool(result.root.inputs)
    if has_more and options.format == "table" and not options.quiet and hints_wanted():
        tell(f"hint: deeper   forecast explain {asked} --depth {int(depth or LEVELS) + 1}", "hint")
