"""What tests of reports share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from forecast.analysis.runs.report_contents import Report
from forecast.report.bundle import render


@pytest.fixture(scope="session")
def rendered(base_report: Report, shared_folder: Path) -> Callable[[str], bytes]:
    """Return a function that returns the report of the base case in a format, made once for all
    processes of a run."""

    def made(format_name: str) -> bytes:
        path = shared_folder / f"rendered.{format_name}"
        with FileLock(path.with_suffix(f"{path.suffix}.lock")):
            if not path.exists():
                path.write_bytes(render(base_report, format_name))
            return path.read_bytes()

    return made
