"""The commands that list what there is: metrics and scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import COMMAND_LINE, Given
from forecast.cli.output import emit_list
from forecast.errors import InputError, Problem, did_you_mean

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
    from forecast.report.pages import listings
    from forecast.world.metrics import metric_meanings

    options, inputs = _read(given)
    rows = listings.listed_metrics(metric_meanings(inputs).values())
    page = listings.metrics_page(rows)
    if metric is not None:
        known = [row.id for row in rows]
        rows = [row for row in rows if row.id == metric]
        if not rows:
            raise _unknown(metric, known)
        page = listings.metric_page(rows[0])
    emit_list("metrics", rows, lambda _: page, options.format, options.output)


def scenarios(given: Given) -> None:
    """List the scenarios and their stories."""
    from forecast.report.pages import listings

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


def _unknown(metric: str, known: Sequence[str]) -> InputError:
    hint = did_you_mean(metric, known) or "All of them: forecast metrics"
    return InputError(Problem(COMMAND_LINE, metric, "no such metric", "a known metric", hint))
