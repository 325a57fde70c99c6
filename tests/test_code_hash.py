"""What is kept in the cache is made anew when code that decides it changes, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from forecast import code_hash
from forecast.analysis.runs.section_cache import kept
from forecast.inputs import parse_settings
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case, run_of
from forecast.world.draws.draws import Ensemble
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


@pytest.fixture
def made(
    own_ensembles: None,
    base_grid: Timeline,
    base_ensemble: Ensemble,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Case], list[str]]:
    """Return a function that asks for the ensemble and a section of a case, and says which of them
    were not in the cache."""

    def ask(case: Case) -> list[str]:
        done = []

        def build(*_: object) -> Ensemble:
            done.append("ensemble")
            return base_ensemble.of_draws(slice(0, 64))

        def compute() -> Section:
            done.append("sections")
            return Section("what takes long")

        monkeypatch.setattr(ensemble, "_build", build)
        build_ensemble(case, base_grid, OPTIONS)
        kept(Section, case, run_of(case, OPTIONS), compute, use_cache=True)
        return done

    return ask


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", []),
        ("report/words.py", []),
        ("report/pages/runs/diff_pages.py", []),
        ("cli/report.py", []),
        ("api.py", []),
        ("analysis/project.py", ["sections"]),
        ("model/equations/market/market.py", ["ensemble", "sections"]),
        ("curves/ensemble.py", ["ensemble", "sections"]),
        ("inputs/parsing.py", ["ensemble", "sections"]),
        ("world/rows.py", ["ensemble", "sections"]),
        ("beliefs.py", ["ensemble", "sections"]),
        ("processors/copies.py", ["ensemble", "sections"]),
        ("processors/second_process.py", []),
    ],
)
def test_a_change_of_code_makes_anew_what_it_decides_and_nothing_else(
    name: str,
    expected: list[str],
    touch: Touch,
    made: Callable[[Case], list[str]],
    base_case: Case,
    tmp_path: Path,
) -> None:
    case = replace(base_case, workspace=tmp_path)
    touch("")
    assert made(case) == ["ensemble", "sections"]
    touch(name)
    assert made(case) == expected


def test_a_change_of_inputs_makes_all_anew_and_one_of_scenarios_nothing(
    made: Callable[[Case], list[str]], base_case: Case, tmp_path: Path
) -> None:
    case = replace(base_case, workspace=tmp_path)
    assert made(case) == ["ensemble", "sections"]
    told = replace(case.inputs, scenarios_sha256="of another file more")
    assert made(replace(case, inputs=told)) == []
    assert run_of(case, OPTIONS).run_id != run_of(replace(case, inputs=told), OPTIONS).run_id
    figured = replace(case.inputs, sha256="of another figure")
    assert made(replace(case, inputs=figured)) == ["ensemble", "sections"]
    (setting,) = parse_settings(["agents@2028=20%"], case.inputs, "a scenario")
    assert made(replace(case, settings=(setting,))) == ["sections"]
    noted = replace(case.inputs, warnings=("a scenario changes the past",))
    assert made(replace(case, inputs=noted)) == ["sections"]
