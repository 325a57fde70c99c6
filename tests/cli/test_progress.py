"""What is said while something is worked out: on a terminal alone, and nothing of it stays."""

from __future__ import annotations

import io
import sys
import time

import pytest

from forecast.cli import progress
from forecast.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def screen(text: str) -> str:
    """Return what is left on the last line after every carriage return."""
    line = ""
    for part in text.split("\r"):
        line = part + line[len(part) :]
    return line.rstrip()


def test_it_is_said_after_a_while_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER", 0.01)
    monkeypatch.setattr(progress, "EVERY", 0.01)
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    mine = Progress()
    mine.begin("conditioning")
    time.sleep(0.2)
    mine.say("what others say")
    time.sleep(0.2)
    mine.end()
    mine.end()
    assert "conditioning … 0 s" in stream.getvalue()
    assert "what others say … 0 s" in stream.getvalue()
    assert screen(stream.getvalue()) == ""


def test_short_work_and_pipes_hear_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        mine = Progress()
        mine.begin("conditioning")
        mine.end()
        assert stream.getvalue() == ""
