"""`forecast chart`: fan charts in the terminal, or as SVG and PNG."""

from __future__ import annotations

import sys
import time
from io import BytesIO
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, HEADLINE, Given, Options
from forecast.cli.output import deliver
from forecast.cli.running import finish, load
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.analysis.chart import Charted

FORMATS = ("table", "json", "csv", "md", "svg", "png")
PIXELS = 2  # of a PNG for each of the figure's points
EXAMPLES = """\b
Examples:
  forecast chart inference_share "custom chips"
  forecast chart "chip spend" "AI revenue" --through 2030
  forecast chart inference_share -o share.svg
"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("chart", epilog=EXAMPLES)(
        shared_options.shared(chart, formats=FORMATS, learns=True)
    )


def chart(
    given: Given,
    metrics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="METRIC...",
            help="Metrics, or parts of them, by id or title; the inference share if none.",
        ),
    ] = None,
) -> None:
    """Draw fans by quarter, flows at the rate of a year."""
    from forecast.analysis.chart import chart as by_quarter
    from forecast.report.pages.answers.chart_pages import chart_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    workspace = shared_options.find_workspace(given)
    options = shared_options.read(given, workspace, problems, formats=FORMATS)
    result = by_quarter(load(options, problems), options.run, metrics=metrics or [HEADLINE])
    if options.format in {"svg", "png"}:
        deliver(_drawn(result, options.format), options.output)
    elif options.format == "table" and options.output is None:
        _show(result, options)
    else:
        finish(result, options, begun, lambda width: chart_page(result, width))


def _show(result: Charted, options: Options) -> None:
    """Print charts in colour where the terminal has it."""
    from forecast.cli.output import tell
    from forecast.report.characters import terminal
    from forecast.report.pages.answers.chart_pages import chart_lines

    if not options.quiet:
        for warning in result.warnings:
            tell(f"warning: {warning}", "warning")
    terminal.show(chart_lines(result, terminal.page_width(sys.stdout)), sys.stdout)


def _drawn(result: Charted, format_name: str) -> bytes:
    """Return all metrics in one figure. Raises InputError for metrics of several units."""
    from forecast.report.charts.fan_figure import fan_figure

    units = {each.unit for each in result.metrics.values()}
    if len(units) > 1:
        found = f"metrics in {' and in '.join(sorted(units))}"
        expected = "metrics of one unit, or a file for each"
        raise InputError(Problem(COMMAND_LINE, " ".join(result.metrics), found, expected))
    figure = fan_figure(result, *result.metrics)
    content = BytesIO()
    figure.savefig(content, format=format_name, dpi=72 * PIXELS, bbox_inches="tight")
    return content.getvalue()
