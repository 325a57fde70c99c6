"""What is being worked out, on the last line of a terminal's stderr once it takes a second."""

from __future__ import annotations

import sys
from threading import Event, Thread
from time import perf_counter

AFTER = 1.0  # seconds before anything is said
EVERY = 0.5
WIDTH = 79


class Progress:
    """One line that says what is being worked out and for how long; nothing of it stays.

    Whoever writes anything else ends it first. Work that never begins it says nothing.
    """

    def __init__(self) -> None:
        self._text, self._ended = "", Event()
        self._thread: Thread | None = None
        self._counted: tuple[float, int] | None = None  # when counting began, and from where

    def begin(self, text: str) -> None:
        """Say from now on that something is being worked out, on a terminal alone."""
        self._text = text
        if self._thread is None and sys.stderr.isatty():
            self._ended = Event()
            self._thread = Thread(target=self._run, args=(self._ended,), daemon=True)
            self._thread.start()

    def say(self, text: str) -> None:
        """Say what comes next."""
        self._text = text

    def count(self, done: int, of: int) -> None:
        """Say how many draws are done, and for how much longer the others will take by the time
        that these have taken."""
        begun = self._counted = self._counted or (perf_counter(), done)
        text = f"{done:,} of {of:,} draws" if done < of else f"sorting {of:,} draws"
        if begun[1] < done < of:
            left = (perf_counter() - begun[0]) * (of - done) / (done - begun[1])
            text += f", about {_spelled(left)} to go"
        self._text = text

    def end(self) -> None:
        """Say no more, and take away what was said."""
        if self._thread is not None:
            self._ended.set()
            self._thread.join()
            self._thread = None

    def _run(self, ended: Event) -> None:
        begun, width, wait = perf_counter(), 0, AFTER
        while not ended.wait(wait):
            line = f"{self._text} … {perf_counter() - begun:.0f} s"[:WIDTH]
            sys.stderr.write("\r" + line.ljust(width))
            sys.stderr.flush()
            width, wait = len(line), EVERY
        if width:
            sys.stderr.write("\r" + " " * width + "\r")
            sys.stderr.flush()


def _spelled(seconds: float) -> str:
    """Return a time that is only guessed in words: 40 s, 7 min."""
    return f"{seconds:.0f} s" if seconds < 100.0 else f"{seconds / 60.0:.0f} min"


PROGRESS = Progress()
