"""What is kept in the cache is made anew when code that decides it changes, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from forecast import code_hash
from forecast.analysis.runs.section_cache import kept
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.timeline import Timeline

OPTIONS = RunOptions(draws=64)
Touch = Callable[[str], None]


@dataclass(frozen=True)
class Section:
    """A section of a report."""

    text: str


@pytest.fixture
def touch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Touch]:
    """Return a function that changes a file of a copy of the program, whose hash is taken."""
    package = tmp_path / "forecast"
    ignored = shutil.ignore_patterns("__pycache__", "*.csv", "*.yaml")
    shutil.copytree(code_hash.PACKAGE, package, ignore=ignored)
    monkeypatch.setattr(code_hash, "PACKAGE", package)

    def changed(name: str) -> None:
        code_hash.rooms_sha256.cache_clear()
        if name:
            with (package / name).open("a", encoding="utf-8") as file:
                file.write("# another line\n")

    yield changed
    code_hash.rooms_sha256.cache_clear()


@pytest.mark.usefixtures("own_ensembles")
@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("", []),
        ("report/words.py", []),
        ("report/pages/runs/diff_pages.py", []),
        ("cli/report.py", []),
        ("api.py", []),
        ("analysis/project.py", ["sections"]),
        ("model/equations/supply.py", ["ensemble", "sections"]),
        ("curves/ensemble.py", ["ensemble", "sections"]),
        ("inputs/tables/parsing.py", ["ensemble", "sections"]),
        ("world/rows.py", ["ensemble", "sections"]),
        ("beliefs.py", ["ensemble", "sections"]),
    ],
)
def test_a_change_makes_anew_what_it_decides_and_nothing_else(
    name: str,
    made: list[str],
    touch: Touch,
    base_case: Case,
    base_grid: Timeline,
    base_ensemble: Ensemble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, done = replace(base_case, workspace=tmp_path), []

    def build(*_: object) -> Ensemble:
        done.append("ensemble")
        return base_ensemble.of_draws(slice(0, 64))

    def compute() -> Section:
        done.append("sections")
        return Section("what takes long")

    def ask() -> None:
        build_ensemble(case, base_grid, OPTIONS)
        kept(Section, case, run_of(case, OPTIONS), compute, use_cache=True)

    monkeypatch.setattr(ensemble, "_build", build)
    touch("")
    ask()
    assert done == ["ensemble", "sections"]
    touch(name)
    ask()
    assert done[2:] == made
