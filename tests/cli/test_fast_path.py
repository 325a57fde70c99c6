"""The real forecast in processes of its own: what a second run reuses, and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.result import POINTS

HEAVY = ("scipy", "statsmodels", "pandas", "yaml")
# Prints the result and, on stderr, which heavy packages the run imported.
PROGRAM = (
    "import sys; from forecast.cli.main import run; code = run(sys.argv[1:]); "
    f"print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr); sys.exit(code)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder."""
    return tmp_path_factory.mktemp("elsewhere")


def forecast(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder without a workspace."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FORECAST_")}
    kept.pop("COLUMNS", None)
    own = {"HOME": str(folder), "SOURCE_DATE_EPOCH": "1767225600"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env={**kept, **own, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_second_run_is_the_same_to_the_byte_and_imports_nothing_heavy(folder: Path) -> None:
    first = forecast(folder, "project", "--draws", "256", "-q", "--json")
    second = forecast(folder, "project", "--draws", "256", "-q", "--json")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    assert second.stderr.split() == []
    rows = json.loads(second.stdout)["rows"]
    metrics = {row["metric"] for row in rows}
    assert {"inference_share", "crossover", "chip_spend", "ai_capex", "tokens"} <= metrics
    for row in rows:
        points = [row[name] for name in POINTS]
        if row["kind"] != "event":
            assert points == sorted(points)


def test_a_what_if_on_a_known_ensemble_imports_nothing_heavy(folder: Path) -> None:
    asked = ("--set", "agent_penetration@2028=30%", "--scenario", "grid-bound")
    for arguments in (("project",), ("whatif", *asked), ("compare", "grid-bound")):
        done = forecast(folder, *arguments, "--draws", "256", "-q")
        assert done.returncode == 0, done.stderr
    assert forecast(folder, "whatif", *asked, "--draws", "256", "-q").stderr.split() == []


def test_the_page_of_the_real_forecast_fits_80_columns(folder: Path) -> None:
    for arguments in (("--full",), ("--by", "quarter"), ("--full", "--through", "2031")):
        done = forecast(folder, "project", "--draws", "256", "-q", *arguments)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0].startswith(" built-in base case")
        assert "nference" in lines[2]
        assert max(len(line) for line in lines) <= 80
        assert {"COMPUTE", "MONEY", "POWER", "DRIVERS"} <= {
            line.split("  ")[0].strip() for line in lines
        }


def test_the_first_frame_of_the_explorer_imports_nothing_that_computes() -> None:
    computing = ("explorer.bench", "explorer.worker", "world.kept", "analysis.whatif.whatif")
    code = (
        "import sys; import forecast.cli.explore, forecast.explorer.app; "
        f"print([each for each in {computing!r} if f'forecast.{{each}}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
