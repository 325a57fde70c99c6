"""The standard streams as a program may find them: any of them can be closed."""

from __future__ import annotations

import io
import os
import sys

from forecast.errors import ForecastError


class StreamClosed(ForecastError):
    """A standard stream that is needed was closed before the program began."""


class Closed(io.RawIOBase):
    """Stands for a stream that is closed, so that only its use is an error."""

    name = "closed"

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        raise StreamClosed(self.message)

    def write(self, _: object) -> int:
        raise StreamClosed(self.message)


def prepare() -> None:
    """Put something in place of the standard streams that are closed.

    Reading from stdin or writing to stdout raises StreamClosed then; what stderr is told is lost.
    Their numbers are taken, so that no file that is opened later gets what is meant for them.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free; open the wrong way, so that its use is an error.
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)
            os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = _closed("stdin is closed: there is nothing to read")
    if sys.stdout is None:
        sys.stdout = _closed("stdout is closed: there is nowhere to print the result; try -o FILE")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file's name may hold bytes that are not UTF-8: `\udcXX` then, as in JSON.
            stream.reconfigure(errors="backslashreplace")


def _closed(message: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(Closed(message), encoding="utf-8", write_through=True)
