"""`forecast diff`: what moved between two runs, and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.running import finish

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
Examples:
  forecast diff
  forecast diff last~1 last --metric chip_spend@2028
  forecast diff 2026-11-01 last --json
"""
OWN = ("format", "json", "output", "no_cache", "workspace", "quiet", "debug", "log_format")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("diff", epilog=EXAMPLES)(shared_options.shared(diff, only=OWN))


def diff(
    given: Given,
    first: Annotated[
        str, typer.Argument(metavar="RUN", help="An id, its beginning, last~1 or a day.")
    ] = "last~1",
    second: Annotated[str, typer.Argument(metavar="RUN", help="The later run.")] = "last",
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC@PERIOD", help="What to compare; repeatable."),
    ] = None,
) -> None:
    """Say what moved between two kept runs, and why."""
    from forecast.analysis.runs.diff import diff_runs
    from forecast.report.pages.diff_pages import diff_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    shared_options.refuse(problems)
    metrics, use_cache = tuple(metric or ()), options.run.use_cache
    result = diff_runs(first, second, options.workspace, metrics=metrics, use_cache=use_cache)
    finish(result, options, begun, lambda _: diff_page(result, is_asked=bool(metrics)))
