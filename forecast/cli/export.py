"""`forecast export`: data on the way out, for spreadsheets, notebooks and other models."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from forecast.cli import options as shared_options
from forecast.cli.options import DEFAULTS, Given, Options
from forecast.cli.output import deliver, tell
from forecast.cli.project import read_by
from forecast.cli.running import load, stamped
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.result import Result
    from forecast.world.case import Case

FORMATS = ("csv", "json", "parquet")
# Of the shared options, those that make sense for what is read, and for what is computed.
READ = ("as_of", "format", "json", "output", "workspace", "quiet", "debug", "log_format")
COMPUTED = ("scenario", "set", "through", "draws", "seed", "no_cache", *READ)
EXAMPLES = {
    "observations": (
        "forecast export observations -o observations.csv",
        "forecast export observations capex_cash_amzn capex_cash_msft --json",
    ),
    "guidance": (
        "forecast export guidance -o guidance.csv",
        "forecast export guidance capex_reported_meta --json",
    ),
    "assumptions": (
        "forecast export assumptions -o assumptions.csv",
        "forecast export assumptions agent --json",
    ),
    "draws": (
        "forecast export draws -o draws.csv",
        "forecast export draws --metric tokens --by quarter -o tokens.parquet",
        "forecast export draws --metric compute_stock --breakdown owner -o owners.csv",
    ),
    "iamc": (
        "forecast export iamc -o base.csv",
        "forecast export iamc --scenario grid-bound --wide -o grid-bound.csv",
    ),
}
SeriesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[SERIES]...", help="Only these series.")
]
KindOption = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="Only a KIND of forecast ingest.")
]
OwnOption = Annotated[
    bool, typer.Option("--own", help="Only what was ingested, with every vintage.")
]
ByOption = Annotated[str, typer.Option("--by", metavar="year|quarter", help="Length of a period.")]
MetricOption = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="ID", help="This metric; repeatable. See forecast metrics."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(
        help="Write data for other programs: observations, guidance, beliefs, draws, IAMC.",
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    commands: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
        ("observations", observations, READ),
        ("guidance", guidance, READ),
        ("assumptions", assumptions, COMPUTED),
        ("draws", draws, COMPUTED),
        ("iamc", iamc, COMPUTED),
    )
    for name, command, options in commands:
        examples = "".join(f"\n  {line}" for line in EXAMPLES[name])
        epilog = f"\b\nExamples:{examples}"
        group.command(name, epilog=epilog)(shared_options.shared(command, options, FORMATS))
    app.add_typer(group, name="export")


def observations(
    given: Given, series: SeriesArgument = None, kind: KindOption = "", own: OwnOption = False
) -> None:
    """Write observations as forecast ingest reads them."""
    from forecast.analysis.export import export_observations

    def run(case: Case, options: Options) -> Result:
        return export_observations(case, options.run, series=series or (), kind=kind, own=own)

    _answer(given, run, [])


def guidance(
    given: Given, series: SeriesArgument = None, kind: KindOption = "", own: OwnOption = False
) -> None:
    """Write company guidance as forecast ingest --guidance reads it."""
    from forecast.analysis.export import export_guidance

    def run(case: Case, options: Options) -> Result:
        return export_guidance(case, options.run, series=series or (), kind=kind, own=own)

    _answer(given, run, [])


def assumptions(
    given: Given,
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Only what names, titles or subjects contain.")
    ] = "",
) -> None:
    """Write every belief: as stated, conditioned, and its source."""
    from forecast.analysis.export import export_assumptions

    def run(case: Case, options: Options) -> Result:
        return export_assumptions(case, options.run, text=text)

    _answer(given, run, [])


def draws(
    given: Given,
    metric: MetricOption = None,
    breakdown: Annotated[
        str | None, typer.Option(metavar="NAME", help="Also the parts: owner, component, buyer, …")
    ] = None,
    by: ByOption = "year",
    long: Annotated[
        bool, typer.Option("--long", help="A row for each draw, metric and period.")
    ] = False,
) -> None:
    """Write draws of metrics, which belong together by number."""
    from forecast.analysis.export import DEFAULT_METRICS, export_draws

    problems: list[Problem] = []
    length = read_by(by, problems)
    names = shared_options.metric_names(metric) or DEFAULT_METRICS
    shape: Literal["long", "wide"] = "long" if long else "wide"

    def run(case: Case, options: Options) -> Result:
        return export_draws(
            case, options.run, metrics=names, breakdown=breakdown, by=length, shape=shape
        )

    _answer(given, run, problems)


def iamc(
    given: Given,
    metric: MetricOption = None,
    breakdown: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Also the parts: component, owner, silicon, region."),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="A column for each year.")] = False,
) -> None:
    """Write the projection by year in the format of the IAMC."""
    from forecast.analysis.project import project
    from forecast.report.formats.iamc import iamc_rows
    from forecast.result import Result

    shape: Literal["long", "wide"] = "wide" if wide else "long"

    def run(case: Case, options: Options) -> Result:
        made = project(
            case, options.run, metrics=shared_options.metric_names(metric), breakdown=breakdown
        )
        return Result("export iamc", made.run, tuple(iamc_rows(made, shape)), made.warnings)

    _answer(given, run, [])


def _answer(given: Given, run: Callable[[Case, Options], Result], problems: list[Problem]) -> None:
    """Read the options, run one analysis of the case and write what it found."""
    begun = time.perf_counter()
    workspace = shared_options.find_workspace(given)
    defaults = {**DEFAULTS, "format": FORMATS[0]}
    options = shared_options.read(given, workspace, problems, defaults, FORMATS)
    result = stamped(run(load(options, problems), options), begun)
    if not options.quiet:
        for warning in result.warnings:
            tell(f"warning: {warning}", "warning")
    deliver(_rendered(result, options.format), options.output)
    if options.output and not options.quiet:
        tell(f"{len(result.rows):,} rows in {options.output}")


def _rendered(result: Result, format_name: str) -> str | bytes:
    from forecast.report.formats.machine import render_csv, render_json
    from forecast.report.formats.parquet import render_parquet

    if format_name == "parquet":
        return render_parquet(result)
    return render_json(result) if format_name == "json" else render_csv(result.rows)
