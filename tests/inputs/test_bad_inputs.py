"""One file per way to be wrong: each is refused, in the right place, with words that help.

`tests/bad_inputs/expected.txt` holds, for every file, each problem as it is printed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forecast.errors import InputError
from forecast.inputs import load
from forecast.inputs.ingest.ingest import ingest
from forecast.inputs.ingest.ingest_guidance import ingest_guidance
from forecast.store import open_store

BAD = Path(__file__).parents[1] / "bad_inputs"
REPLACES = {
    "usage": "assumptions/base/usage.yaml",
    "power": "assumptions/base/power.yaml",
    "correlations": "assumptions/base/correlations.yaml",
    "drivers": "assumptions/drivers.yaml",
    "targets": "assumptions/targets.yaml",
    "defaults": "assumptions/defaults.yaml",
    "scenario": "assumptions/scenarios/slow-agents.yaml",
    "base": "assumptions/scenarios/base.yaml",
    "series": "data/series.csv",
    "observations": "data/observations/other.csv",
    "guidance": "data/guidance.csv",
    "calendars": "data/fiscal_calendars.csv",
}
INGESTS = {"ingest": ingest, "outlook": ingest_guidance}
FILES = sorted(path for path in BAD.iterdir() if path.suffix in {".yaml", ".csv"})


def expected_problems() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (BAD / "expected.txt").read_text(encoding="utf-8").splitlines():
        name, _, sentence = line.partition(" | ")
        found.setdefault(name, []).append(sentence)
    return found


def problems_of(path: Path, workspace: Path) -> list[str]:
    kind = path.stem.partition("-")[0]
    if kind in REPLACES:
        shutil.copy(path, workspace / REPLACES[kind])
    with pytest.raises(InputError) as refused:
        INGESTS[kind]("capex", [str(path)], workspace) if kind in INGESTS else load(workspace)
    return [problem.sentence().replace(str(path), path.name) for problem in refused.value.problems]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_bad_file_is_refused_with_its_place_and_a_mend(path: Path, workspace: Path) -> None:
    assert problems_of(path, workspace) == expected_problems()[path.name]
    store = open_store(workspace)
    assert (store.observations(), store.guidance()) == ([], [])


def test_every_expectation_has_its_file() -> None:
    assert sorted(expected_problems()) == [path.name for path in FILES]


def test_the_problems_of_all_files_come_in_one_list(workspace: Path) -> None:
    for name in ("usage-swapped.yaml", "targets-bound.yaml", "observations-no-url.csv"):
        shutil.copy(BAD / name, workspace / REPLACES[name.partition("-")[0]])
    with pytest.raises(InputError) as refused:
        load(workspace)
    assert [problem.place for problem in refused.value.problems] == [
        "assumptions/base/usage.yaml:4:3",
        "assumptions/targets.yaml:17:3",
        "data/observations/other.csv:4",
    ]


def test_a_problem_quotes_its_line_and_points_at_the_value(workspace: Path) -> None:
    shutil.copy(BAD / "usage-swapped.yaml", workspace / REPLACES["usage"])
    with pytest.raises(InputError) as refused:
        load(workspace)
    assert refused.value.problems[0].excerpt == (
        "4 │   p10: 2M\n  │        ^^ P10 is above P90 (50_000, line 6)"
    )
