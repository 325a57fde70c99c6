"""`forecast get`: one number with its band, its neighbours, and what others have published."""

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

EXAMPLES = """\b
Examples:
  forecast get inference_chip_spend@2027
  forecast get custom chips in 2027
  forecast get crossover --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("get", epilog=EXAMPLES)(shared_options.shared(get, learns=True))


def get(
    given: Given,
    asked: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="METRIC[@PERIOD]...",
            help="A metric by id, title or words of it, then when: the inference share, and the "
            "last year, unless said.",
        ),
    ] = None,
    member: Annotated[
        str | None, typer.Option(metavar="NAME", help="A member of the metric's breakdown.")
    ] = None,
) -> None:
    """Give one number with its band, and what others say."""
    from forecast.analysis.get.get import get as one_number
    from forecast.report.blocks import View
    from forecast.report.pages.answers.get_pages import get_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    case = load(options, problems)
    result = one_number(
        case,
        options.run,
        text=" ".join(asked or [HEADLINE]),
        member=member,
        progress=PROGRESS.count,
    )
    view = View(bands=options.bands, verbose=options.verbose)
    finish(result, options, begun, lambda _: get_page(result, view))
