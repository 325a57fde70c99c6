"""`forecast risks`: what would break the thesis."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import Given
from forecast.cli.running import finish, load

if TYPE_CHECKING:
    from forecast.errors import Problem

EXAMPLES = """\b
Examples:
  forecast risks
  forecast risks --set spending_response=x1.5
  forecast risks --through 2030 --format md
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("risks", epilog=EXAMPLES)(shared_options.shared(risks))


def risks(given: Given) -> None:
    """Set each risk's effect on the horizon beside its judged probability."""
    from forecast.analysis.scenarios.risks import risks as take_risks
    from forecast.report.pages.whatif.risks_pages import risks_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    result = take_risks(load(options, problems), options.run)
    finish(result, options, begun, lambda _: risks_page(result))
