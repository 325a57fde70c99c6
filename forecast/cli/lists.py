"""The commands that list what there is: metrics and scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.options import COMMAND_LINE, FORMATS
from forecast.cli.output import emit_list
from forecast.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from forecast.inputs.schema import Inputs
    from forecast.report.blocks import Block
    from forecast.result import Row

Format = Annotated[
    str, typer.Option("--format", metavar="|".join(FORMATS), envvar="FORECAST_FORMAT",
                      show_envvar=False, help="How to print it.")
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="DIR", envvar="FORECAST_WORKSPACE", show_envvar=False,
                 help="Folder with assumptions/ and data/."),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(
        "metrics",
        epilog="\b\nExamples:\n  forecast metrics\n  forecast metrics inference_share",
    )(metrics)
    app.command(
        "scenarios",
        epilog="\b\nExamples:\n  forecast scenarios\n  forecast scenarios --json",
    )(scenarios)


def metrics(
    metric: Annotated[str | None, typer.Argument(metavar="ID", help="Explain this one.")] = None,
    format_name: Format = "table",
    json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List what can be projected, and what it means."""
    from forecast.analysis.project import metric_meanings
    from forecast.report import listings

    entries = listings.metric_rows(metric_meanings(_inputs(workspace)).values())
    if metric is None:
        _emit("metrics", entries, listings.metrics_page(entries), format_name, json)
        return
    found = [entry for entry in entries if entry["id"] == metric]
    if not found:
        raise _unknown(metric, "metric", [entry["id"] for entry in entries], "forecast metrics")
    _emit("metrics", found, listings.metric_page(found[0]), format_name, json)


def scenarios(
    format_name: Format = "table", json: Json = False, workspace: Workspace = None
) -> None:
    """List the scenarios and their stories."""
    from forecast.report import listings

    rows = listings.scenario_rows(_inputs(workspace).scenarios.values())
    _emit("scenarios", rows, listings.scenarios_page(rows), format_name, json)


def _inputs(workspace: str | None) -> Inputs:
    from forecast.inputs import find_workspace, load

    return load(find_workspace(Path.cwd(), Path(workspace) if workspace else None))


def _unknown(name: str, what: str, known: Sequence[str], command: str) -> InputError:
    hint = did_you_mean(name, known) or f"All of them: {command}"
    return InputError(Problem(COMMAND_LINE, name, f"no such {what}", f"a known {what}", hint))


def _emit(
    command: str, rows: Sequence[Row], blocks: Sequence[Block], format_name: str, json: bool
) -> None:
    if format_name not in FORMATS:
        hint = did_you_mean(format_name, FORMATS)
        expected = f"one of {', '.join(FORMATS)}"
        subject = f"--format {format_name}"
        raise InputError(Problem(COMMAND_LINE, subject, repr(format_name), expected, hint))
    emit_list(command, rows, lambda _: blocks, "json" if json else format_name)
