"""Where a result goes: to stdout or, whole or not at all, to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.report.blocks import Block
    from forecast.result import Result, Row

    Page = Callable[[int], Sequence[Block]]


def emit(result: Result, page: Page, format_name: str, output: Path | None) -> None:
    """Print or write a result; `page` returns its blocks for a width in columns of text."""
    from forecast.report import machine

    if format_name == "json":
        deliver(machine.render_json(result), output)
    elif format_name == "csv":
        deliver(machine.render_csv(result.rows), output)
    else:
        emit_page(page, format_name, output)


def emit_list(
    command: str, rows: Sequence[Row], page: Page, format_name: str, output: Path | None = None
) -> None:
    """Print or write a list that no run stands behind, such as that of the metrics."""
    from forecast.report import machine

    if format_name == "json":
        deliver(machine.render_json_list(command, rows), output)
    elif format_name == "csv":
        deliver(machine.render_csv(rows), output)
    else:
        emit_page(page, format_name, output)


def emit_page(page: Page, format_name: str, output: Path | None) -> None:
    """Print or write blocks as Markdown or as text, in colour where the terminal has it."""
    from forecast.report import drawing, markdown, terminal

    if format_name == "md":
        deliver(markdown.render(page(80)), output)
    elif output:
        deliver(terminal.plain(drawing.draw(page(80), 80)), output)
    else:
        width = terminal.page_width(sys.stdout)
        terminal.show(drawing.draw(page(width), width), sys.stdout)


def deliver(content: str | bytes, output: Path | None) -> None:
    """Write text to a file, or to stdout if there is none; bytes likewise, but to no terminal.

    Raises InputError if it cannot.
    """
    if output is None:
        _print(content)
        return
    try:
        write_file(output, content)
    except OSError as error:
        found = error.strerror or str(error)
        problem = Problem("command line", f"-o {output}", found, "a file that can be written")
        raise InputError(problem) from error


def _print(content: str | bytes) -> None:
    from forecast.report.terminal import write

    if isinstance(content, str):
        write(content, sys.stdout)
        return
    if sys.stdout.isatty():
        expected = "-o FILE, or a pipe"
        raise InputError(Problem("command line", "stdout", "bytes for a terminal", expected))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part."""
    import tempfile
    from contextlib import suppress

    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def tell(text: str, style: str = "plain") -> None:
    """Say something on stderr that is no part of the result."""
    from forecast.report.terminal import show

    head, colon, rest = text.partition(": ") if style != "plain" else ("", "", text)
    show([((head + colon, style), (rest, "plain"))], sys.stderr)


def hints_wanted() -> bool:
    """Return whether to give hints: on a terminal, unless FORECAST_HINTS=0."""
    return sys.stderr.isatty() and os.environ.get("FORECAST_HINTS", "1") != "0"
