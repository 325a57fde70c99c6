"""The commands that list what there is: metrics and scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, Given
from forecast.cli.output import emit_list
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.cli.options import Options
    from forecast.inputs.schema import Inputs

# A list is read, not computed: of the shared options, those that say where from and where to.
OPTIONS = ("as_of", "format", "json", "output", "workspace", "quiet", "debug", "log_format")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(
        "metrics",
        epilog="\b\nExamples:\n  forecast metrics\n  forecast metrics inference_share",
    )(shared_options.shared(metrics, OPTIONS))
    app.command(
        "scenarios",
        epilog="\b\nExamples:\n  forecast scenarios\n  forecast scenarios --json",
    )(shared_options.shared(scenarios, OPTIONS))


def metrics(
    given: Given,
    metric: Annotated[str | None, typer.Argument(metavar="ID", help="Explain this one.")] = None,
) -> None:
    """List what can be projected, and what it means."""
    from forecast.report.pages.beliefs import listings
    from forecast.world.metrics import find_metric, metric_meanings

    options, inputs = _read(given)
    meanings = metric_meanings(inputs)
    rows = listings.listed_metrics(meanings.values())
    page = listings.metrics_page(rows)
    if metric is not None:
        found = find_metric(metric, meanings)
        rows = [row for row in rows if row.id == found.name]
        if not rows:
            hint = "All of them: forecast metrics"
            raise InputError(found.problem(COMMAND_LINE, metric, "metric", "a known metric", hint))
        page = listings.metric_page(rows[0])
    emit_list("metrics", rows, lambda _: page, options.format, options.output)


def scenarios(given: Given) -> None:
    """List the scenarios and their stories."""
    from forecast.report.pages.beliefs import listings

    options, inputs = _read(given)
    rows = listings.listed_scenarios(inputs.scenarios.values())
    page = listings.scenarios_page(rows)
    emit_list("scenarios", rows, lambda _: page, options.format, options.output)


def _read(given: Given) -> tuple[Options, Inputs]:
    """Return the options and the inputs that they name."""
    from forecast.inputs import load

    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    shared_options.refuse(problems)
    return options, load(options.workspace, options.as_of)
