"""What a signal does: ends the process at once while there is nothing to clean up, and later as an
exception, so that what was being written is cleaned up on the way out."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(BaseException):
    """Somebody asked the process to end; what it was writing is cleaned up on the way out."""


def leave_on_signals() -> None:
    """Have SIGINT and SIGTERM end the process at once, while there is nothing to clean up.

    One that is ignored, as in the background of a shell, stays so.
    """
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)


def end_on_signals() -> None:
    """Have SIGINT raise KeyboardInterrupt, and SIGTERM `Terminated`; what is ignored stays so."""
    sys.unraisablehook = _heard_again
    for number, ended in ((signal.SIGINT, _interrupt), (signal.SIGTERM, _terminate)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, ended)


def _leave(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _terminate(*_: object) -> None:
    raise Terminated


def _heard_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a signal again that came where no exception can be raised, as while a module loads."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    elif issubclass(unraisable.exc_type, Terminated):
        signal.raise_signal(signal.SIGTERM)
    else:
        sys.__unraisablehook__(unraisable)
