"""`forecast compare`: scenarios side by side."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import MACHINE_FORMATS, Given
from forecast.cli.project import read_by
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
A scenario is a YAML file; with `extends: NAME` it has the settings of another
too, and its own win.

\b
Examples:
  forecast compare grid-bound capex-pause
  forecast compare agents-everywhere --metric tokens --by quarter --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("compare", epilog=EXAMPLES)(shared_options.shared(compare))


def compare(
    given: Given,
    names: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="See forecast scenarios.")
    ],
    by: Annotated[str, typer.Option(metavar="year|quarter", help="Length of a period.")] = "year",
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this metric; repeatable. See forecast metrics."),
    ] = None,
) -> None:
    """Set scenarios beside the base case, on the same draws."""
    from forecast.analysis.scenarios.compare import compare as side_by_side
    from forecast.report.blocks import View
    from forecast.report.pages.whatif.compare_pages import compare_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    length = read_by(by, problems)
    result = side_by_side(
        load(options, problems),
        options.run,
        names=names,
        by=length,
        metrics=shared_options.metric_names(metric),
        headline=options.format not in MACHINE_FORMATS,
    )
    view = View(bands=options.bands, by=length)
    finish(result, options, begun, lambda _: compare_page(result, view))
