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
    from forecast.report.blocks import Block
    from forecast.result import Row

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
    entries = listings.metric_rows(metric_meanings(inputs).values())
    if metric is None:
        _emit("metrics", entries, listings.metrics_page(entries), options)
        return
    found = [entry for entry in entries if entry["id"] == metric]
    if not found:
        raise _unknown(metric, "metric", [entry["id"] for entry in entries], "forecast metrics")
    _emit("metrics", found, listings.metric_page(found[0]), options)


def scenarios(given: Given) -> None:
    """List the scenarios and their stories."""
    from forecast.report.pages import listings

    options, inputs = _read(given)
    rows = listings.scenario_rows(inputs.scenarios.values())
    _emit("scenarios", rows, listings.scenarios_page(rows), options)


def _read(given: Given) -> tuple[Options, Inputs]:
    """Return the options and the inputs that they name."""
    from forecast.inputs import load

    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    shared_options.refuse(problems)
    return options, load(options.workspace, options.as_of)


def _unknown(name: str, what: str, known: Sequence[str], command: str) -> InputError:
    hint = did_you_mean(name, known) or f"All of them: {command}"
    return InputError(Problem(COMMAND_LINE, name, f"no such {what}", f"a known {what}", hint))


def _emit(command: str, rows: Sequence[Row], blocks: Sequence[Block], options: Options) -> None:
    emit_list(command, rows, lambda _: blocks, options.format, options.output)
