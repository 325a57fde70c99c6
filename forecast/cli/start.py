"""Where the program starts: from the first moment on a signal ends it without a word."""

from __future__ import annotations

import os
import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Run the program and leave with its exit code."""
    leave_on_signals()
    from forecast.cli.main import main as run

    run()


def leave_on_signals() -> None:
    """Have SIGINT and SIGTERM end the process at once, while there is nothing to clean up.

    One that is ignored, as in the background of a shell, stays so.
    """
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)
