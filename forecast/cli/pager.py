"""Long pages on a terminal, through a pager as git has it: FORECAST_PAGER, PAGER, or less."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
from typing import TextIO

DEFAULT = "less"
NONE = frozenset({"", "cat"})


def pager_for(lines: int, stream: TextIO) -> list[str]:
    """Return the pager's command for a page of so many lines on a stream; nothing where it is no
    terminal, the page fits, or there is no such program."""
    if not stream.isatty() or lines < shutil.get_terminal_size().lines:
        return []
    chosen = os.environ.get("FORECAST_PAGER", os.environ.get("PAGER", DEFAULT)).strip()
    command = [] if chosen in NONE else shlex.split(chosen)
    return command if command and shutil.which(command[0]) else []


def show_in(command: list[str], text: str) -> None:
    """Show text in a pager and wait until its reader has seen enough."""
    # Quit if one screen holds it, show colours, leave the text where it is: as git does.
    surroundings = {"LESS": "FRX", **os.environ}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=surroundings) as process:
        assert process.stdin is not None
        pipe = io.TextIOWrapper(process.stdin, "utf-8", "backslashreplace")
        try:
            pipe.write(text)
            pipe.close()
        except BrokenPipeError:  # closed before the end was read
            return
