"""`forecast why`: what grew, what a number rests on, what disagrees, and what would narrow it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import HEADLINE, Given
from forecast.cli.progress import PROGRESS
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

FORMATS = ("table", "json", "md")
LEVELS = 2  # of the tree that a page shows where nobody says how many
EXAMPLES = """\b
Examples:
  forecast why inference_share@2028
  forecast why "chip spend" --since 2026
  forecast why inference_share --tree --sources
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("why", epilog=EXAMPLES)(shared_options.shared(why, formats=FORMATS, learns=True))


def why(
    given: Given,
    question: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="METRIC[@PERIOD]...",
            help="A metric by id, title or words of it, then when: the inference share, and the "
            "last year, unless said.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="PERIOD", help="Tell what grew since then; the last year observed."),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Also the tree behind it, as forecast explain shows it.")
    ] = False,
    sources: Annotated[
        bool, typer.Option("--sources", help="Also the source of each figure.")
    ] = False,
) -> None:
    """Say why a number is what it is, in sentences."""
    from forecast.analysis.why.why import why as reasons
    from forecast.report.blocks import View
    from forecast.report.pages.answers.why_pages import why_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems, formats=FORMATS)
    result = reasons(
        load(options, problems),
        options.run,
        text=" ".join(question or [HEADLINE]),
        depth=LEVELS if tree else 1,
        since=since,
        stage=PROGRESS.say,
    )
    view = View(bands=options.bands)
    finish(result, options, begun, lambda _: why_page(result, view, tree=tree, sources=sources))
