"""Where the program starts: from the first moment on a signal ends it without a word."""

from __future__ import annotations

from forecast.cli.signals import leave_on_signals


def main() -> None:
    """Run the program and leave with its exit code."""
    leave_on_signals()
    from forecast.cli.main import main as run

    run()
