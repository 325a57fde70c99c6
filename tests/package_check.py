"""The wheel as a user gets it: built, installed into an environment of its own, and run elsewhere.

Run by `make package-check`; too slow for every `make test`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def call(*command: str | Path, cwd: Path) -> str:
    """Run a command in a bare environment and return its stdout; its errors fail the test."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "TMPDIR"}}
    pip = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **pip, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of a clean environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
    call(*build, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    call(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    programs = folder / "venv" / "bin"
    pip = (programs / "python", "-m", "pip", "-q", "--disable-pip-version-check")
    call(*pip, "install", "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    call(*pip, "check", cwd=folder)
    return programs


def test_wheel_projects_the_built_in_case_from_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    found = json.loads(call(installed / "forecast", "project", "--format", "json", cwd=tmp_path))
    assert found["schema"] == 2
    assert found["command"] == "project"
    shares = [row for row in found["rows"] if row["metric"] == "inference_share"]
    last = next(row for row in shares if row["period"] == "2028" and row["member"] is None)
    assert 0.0 < last["p5"] < last["p10"] < last["p50"] < last["p90"] < last["p95"] < 1.0
    spend = [row for row in found["rows"] if row["metric"] == "chip_spend"]
    at_2025 = next(row for row in spend if row["period"] == "2025" and row["member"] is None)
    # Vendors' own revenue puts the chips of 2025 at roughly $200B.
    assert 150e9 < at_2025["p50"] < 300e9


def test_wheel_starts_a_workspace_that_it_can_then_project(installed: Path, tmp_path: Path) -> None:
    call(installed / "forecast", "init", "case", cwd=tmp_path)
    assert (tmp_path / "case" / "assumptions" / "base").is_dir()
    text = call(installed / "forecast", "assumptions", "check", cwd=tmp_path / "case")
    assert "no problems" in text


def test_wheel_writes_a_report_with_its_page_and_workbook(installed: Path, tmp_path: Path) -> None:
    asked = ("--out", "out", "--format", "html,xlsx", "--draws", "512", "--no-cache")
    call(installed / "forecast", "report", *asked, cwd=tmp_path)
    page = (tmp_path / "out" / "forecast.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") > 15
    assert (tmp_path / "out" / "forecast.xlsx").read_bytes().startswith(b"PK")
