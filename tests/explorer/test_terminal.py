"""The explorer in a terminal of its own: what it writes there, and how it leaves it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
from explorer_stand_in import StandIn, explorer
from forecast.cli import main
from forecast.cli.explore import run_until_left
{patch}
main._carry_out = lambda _: run_until_left(explorer(StandIn())) or 0
sys.exit(main.run([]))
"""
DEFECT_IN_A_WIDGET = """
from forecast.explorer.screen import drawings
drawings.now_line = lambda *_: 1 / 0
"""
LEFT = ("\x1b[?1049l", "\x1b[?25h")  # the screen that was there before, and a cursor
COLOURED = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-7]|9[0-7]|38;[0-9;]+)(?:;[0-9]+)*m")
SECONDS = 30


def session(
    keys: str, patch: str = "", signal_number: int = 0, **variables: str
) -> tuple[int, str]:
    """Return the exit code and all that was written to a terminal to which keys, or a signal, are
    sent once all draws have answered."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "PYTHONPATH": path, **variables})
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM.format(patch=patch)])
    written, deadline, is_told = "", time.monotonic() + SECONDS, False
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                written += os.read(terminal, 65536).decode("utf-8", "replace")
            except OSError:  # the other end is closed
                break
        if not is_told and "all 101 draws" in written:
            is_told = True
            os.write(terminal, keys.encode())
            if signal_number:
                os.kill(process, signal_number)
    else:
        os.kill(process, signal.SIGKILL)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), written


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "patch", "said"),
    [
        # A defect while a state is read, beside the screen; one while the screen is drawn.
        ("\x1b[B\rx3\r", "", "ZeroDivisionError: a defect"),
        ("", DEFECT_IN_A_WIDGET, "ZeroDivisionError: division by zero"),
    ],
)
def test_a_crash_restores_the_terminal_and_is_said_in_a_line(
    keys: str, patch: str, said: str
) -> None:
    code, written = session(keys, patch)
    assert code == 70
    before, _, after = written.partition("\x1b[?1049l")
    assert before
    assert "\x1b[?25h" in after
    assert f"a defect of forecast, not of your input: {said}" in after
    assert "Traceback" not in after


@pytest.mark.slow
def test_a_person_leaves_and_without_colour_there_was_none() -> None:
    code, written = session("q", NO_COLOR="1")
    assert code == 0
    assert all(sign in written for sign in LEFT)
    assert not COLOURED.search(written)


@pytest.mark.slow
def test_who_asks_the_process_to_end_finds_the_terminal_as_it_was() -> None:
    patch = "from forecast.cli.signals import end_on_signals; end_on_signals()"
    code, written = session("", patch, signal.SIGTERM)
    assert code == 143
    assert COLOURED.search(written)
    assert all(sign in written for sign in LEFT)
