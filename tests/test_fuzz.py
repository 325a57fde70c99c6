"""A few of the inputs of `make fuzz`: no defect, no hang, no control character for a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[1] / "benchmarks" / "fuzz.py"


@pytest.mark.slow
def test_inputs_that_nobody_would_write_are_no_defect(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZ), "--count", "40", "--seed", "2"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
