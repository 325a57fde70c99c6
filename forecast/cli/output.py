"""Where a result goes: to stdout or to a file; and what stderr is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from forecast.cli.files import write_file
from forecast.cli.pager import pager_for, show_in
from forecast.cli.progress import PROGRESS
from forecast.cli.streams import StreamClosed
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.report.blocks import Block
    from forecast.result import Result

    Page = Callable[[int], Sequence[Block]]

_log_format = ContextVar("log format", default="text")


def emit(
    result: Result, page: Page, format_name: str, output: Path | None, *, is_paged: bool = True
) -> None:
    """Print or write a result; `page` returns its blocks for a width in columns of text."""
    from forecast.report.formats import machine

    PROGRESS.end()
    if format_name == "json":
        deliver(machine.render_json(result), output)
    elif format_name == "csv":
        deliver(machine.render_csv(result.rows), output)
    elif format_name == "xlsx":
        from forecast.report.blocks import ALL
        from forecast.report.formats.workbook import render_pages

        title = result.command.capitalize()
        deliver(render_pages(result.run, {title: page(ALL)}), output)
    else:
        emit_page(page, format_name, output, is_paged=is_paged)


def emit_summary(result: Result, page: Page, format_name: str, output: Path | None = None) -> None:
    """Print or write what was done by a command whose result is its files.

    That nobody reads it is no error, unless it was asked for as a table for machines.
    """
    is_asked_for = output is not None or format_name in {"json", "csv"}
    with nullcontext() if is_asked_for else suppress(StreamClosed, BrokenPipeError):
        emit(result, page, format_name, output)


def remark(text: str) -> None:
    """Say on stdout what was done, if anybody listens."""
    PROGRESS.end()
    from forecast.report.formats.escapes import in_lines

    with suppress(StreamClosed, BrokenPipeError):
        print(in_lines(text), flush=True)


def emit_list(
    command: str,
    rows: Sequence[object],
    page: Page,
    format_name: str,
    output: Path | None = None,
    tables: Mapping[str, Sequence[object]] | None = None,
) -> None:
    """Print or write a list that no run stands behind, such as that of the metrics; `tables` stand
    beside the rows in JSON."""
    from forecast.report.formats import machine

    if format_name == "json":
        deliver(machine.render_json_list(command, rows, tables or {}), output)
    elif format_name == "csv":
        deliver(machine.render_csv(rows), output)
    else:
        emit_page(page, format_name, output)


def emit_page(page: Page, format_name: str, output: Path | None, *, is_paged: bool = True) -> None:
    """Print or write blocks as Markdown or as text, in colour where the terminal has it, through a
    pager where it is longer than that."""
    from forecast.report.characters import drawing, terminal
    from forecast.report.formats import escapes, markdown

    PROGRESS.end()
    if format_name == "md":
        deliver(escapes.in_lines(markdown.render(page(80))), output)
    elif output:
        deliver(terminal.plain(drawing.draw(page(80), 80)), output)
    else:
        width = terminal.page_width(sys.stdout)
        text = terminal.drawn(drawing.draw(page(width), width), sys.stdout)
        if is_paged and (command := pager_for(text.count("\n"), sys.stdout)):
            show_in(command, text)
        else:
            terminal.put(text, sys.stdout)


def deliver(content: str | bytes, output: Path | None) -> None:
    """Write text to a file, or to stdout if there is none; bytes likewise, but to no terminal.

    Raises InputError if it cannot.
    """
    PROGRESS.end()
    if output is None:
        _print(content)
        return
    try:
        write_file(output, content)
    except BrokenPipeError:  # whoever read it has enough, as of stdout
        raise
    except OSError as error:
        found = error.strerror or str(error)
        problem = Problem("command line", f"-o {output}", found, "a file that can be written")
        raise InputError(problem) from error


def _print(content: str | bytes) -> None:
    from forecast.report.characters.terminal import write

    if isinstance(content, str):
        write(content, sys.stdout)
        return
    if sys.stdout.isatty():
        expected = "-o FILE, or a pipe"
        raise InputError(Problem("command line", "stdout", "bytes for a terminal", expected))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def log_as(format_name: str) -> None:
    """Say from now on what is no part of the result in words (text) or as JSON lines (json)."""
    _log_format.set(format_name)


def logs_json() -> bool:
    """Return whether stderr gets JSON lines."""
    return _log_format.get() == "json"


def log(level: str, event: str, message: str, **more: object) -> None:
    """Write one JSON object on a line of stderr."""
    PROGRESS.end()
    import json

    from forecast.processors.timing import started
    from forecast.report.formats.escapes import in_json

    line = {"time": started(), "level": level, "event": event, "message": message, **more}
    sys.stderr.write(in_json(json.dumps(line, ensure_ascii=not _is_utf8(sys.stderr))) + "\n")
    sys.stderr.flush()


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def tell(text: str, style: str = "plain", event: str = "") -> None:
    """Say something on stderr that is no part of the result; `event` names it in a log."""
    PROGRESS.end()
    if logs_json():
        level = style if style in {"error", "warning"} else "info"
        log(level, event or style.replace("plain", "progress"), text.removeprefix(f"{style}: "))
        return
    from forecast.report.characters.terminal import show

    head, colon, rest = text.partition(": ") if style != "plain" else ("", "", text)
    first, *more = rest.split("\n")
    show(
        [((head + colon, style), (first, "plain")), *(((line, "plain"),) for line in more)],
        sys.stderr,
    )


def hints_wanted() -> bool:
    """Return whether to give hints: on a terminal, unless FORECAST_HINTS=0 or logs are JSON."""
    if logs_json():
        return False
    return sys.stderr.isatty() and os.environ.get("FORECAST_HINTS", "1") != "0"
