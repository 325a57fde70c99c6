"""`forecast sweep`: metrics over a design of assumptions, into a Parquet file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli import options as shared_options
from forecast.cli.files import obstacle, write_file
from forecast.cli.options import Given
from forecast.cli.output import logs_json, tell
from forecast.cli.progress import PROGRESS
from forecast.cli.running import finish, load
from forecast.errors import Problem

if TYPE_CHECKING:
    from forecast.analysis.sweep.sweep_design import Kind

EXAMPLES = """\b
Examples:
  forecast sweep --vary research_level=0.6..1.6:4 --out sweep.parquet
  forecast sweep --vary chip_life=4..7 --design sobol --out lives.parquet

\b
--scheduler sends the points to a Dask cluster that runs this version, such as
tcp://10.0.0.5:8786. It needs pip install 'forecast[dask]', and a cluster and
network that you trust: Dask runs what it is sent, unencrypted.
"""
MOST_WORKERS = 256


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("sweep", epilog=EXAMPLES)(shared_options.shared(sweep))


def sweep(
    given: Given,
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="The Parquet file to write.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=LOW..HIGH[:N]", help="What to vary, in N steps; repeatable."),
    ] = None,
    design: Annotated[
        str, typer.Option(metavar="grid|sobol", help="Every combination, or points spread out.")
    ] = "grid",
    points: Annotated[
        str | None, typer.Option(metavar="N", help="Points of --design sobol; 64 by default.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this metric; repeatable. See forecast metrics."),
    ] = None,
    workers: Annotated[str, typer.Option(metavar="N", help="Processes that share the work.")] = "1",
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="A Dask cluster that does the work instead."),
    ] = None,
) -> None:
    """Evaluate metrics over a design of assumptions, into Parquet; goes on where it stopped."""
    from forecast.analysis.sweep.sweep import sweep as run_sweep
    from forecast.report.pages.runs.sweep_pages import sweep_page

    begun = time.perf_counter()
    problems: list[Problem] = []
    options = shared_options.read(given, shared_options.find_workspace(given), problems)
    path = _path(out, problems)
    count = None if points is None else _whole("--points", points, 1 << 20, problems)
    share = _whole("--workers", workers, MOST_WORKERS, problems)
    result = run_sweep(
        load(options, problems),
        options.run,
        vary=tuple(vary or ()),
        out=path,
        write=write_file,
        design=cast("Kind", design),
        points=count,
        metrics=shared_options.metric_names(metric),
        workers=share,
        scheduler=scheduler,
        progress=Pace(PROGRESS.say if options.quiet or logs_json() else PROGRESS.begin),
        say=_warn,
    )
    finish(result, options, begun, lambda _: sweep_page(result), is_summary=True)


class Pace:
    """Says how many points are done, and how long the others should take at the pace so far."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._begun, self._before = say, 0.0, -1

    def __call__(self, done: int, of: int) -> None:
        """Say it of `done` points `of` all; those done at the first call took no time of ours."""
        now = time.perf_counter()
        if self._before < 0:
            self._begun, self._before = now, done
        text = f"{done:,} of {of:,} points"
        if done > self._before:
            text += f", {_words((now - self._begun) / (done - self._before) * (of - done))} left"
        self._say(text)


def _words(seconds: float) -> str:
    """Return a time that is only estimated, in the unit that suits it."""
    if seconds < 99.5:
        return f"about {seconds:.0f} s"
    minutes = seconds / 60
    return f"about {minutes:.0f} min" if minutes < 99.5 else f"about {minutes / 60:.0f} h"


def _warn(text: str) -> None:
    tell(f"warning: {text}", "warning")


def _path(text: str, problems: list[Problem]) -> Path:
    """Return the file to write; what is wrong with it is added to `problems`."""
    path = Path(text)
    found = ""
    if path.suffix != ".parquet":
        found = f"a name that ends in {path.suffix or 'nothing'}"
    elif path.exists() and not path.is_file():  # goes on where it stopped, so has to be read
        found = "something other than a file"
    elif text != text.encode("utf-8", "replace").decode():
        found = "a name that is not UTF-8, which pyarrow cannot open"
    else:
        found = obstacle(path)
    if found:
        expected = "a file whose name ends in .parquet"
        problems.append(Problem("command line", f"--out {text}", found, expected))
    return path


def _whole(option: str, text: str, most: int, problems: list[Problem]) -> int:
    """Return a whole number from 1; what is wrong with it is added to `problems`."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    expected = f"a whole number from 1 to {most:,}"
    problems.append(Problem("command line", f"{option} {text}", repr(text), expected))
    return 1
