"""Loading a workspace: what is read, what as-of leaves out, and what the cache must not change."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.codec import decode, encode
from forecast.errors import InputError
from forecast.inputs import find_workspace, load, loading
from forecast.inputs.schema import Distribution, Inputs, Knot, Observation
from forecast.store import open_store

GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load(GOOD, use_cache=False)


def test_quantities_are_read_as_people_write_them(inputs: Inputs) -> None:
    task = inputs.assumptions["tokens_per_task"]
    assert task.knots == (
        Knot(None, Distribution("quantiles", ((0.1, 5e4), (0.5, 3e5), (0.9, 2e6)))),
    )
    assert (task.floor, task.subject, task.line) == (1000.0, "usage", 1)
    assert task.provenance.date == date(2026, 11, 1)
    assert inputs.assumptions["cache_share"].knots[0].belief == Distribution(
        "scipy", (), "beta", (("a", 2.0), ("b", 5.0))
    )


def test_a_year_stands_for_its_middle_and_a_quarter_for_its_own(inputs: Inputs) -> None:
    path = inputs.assumptions["power_additions"]
    assert [knot.time for knot in path.knots] == [2026.5, 2027.375, 2028.5]
    assert path.knots[1].belief == Distribution("point", ((0.5, 25e9),))
    assert (path.persistence, path.scale) == (0.7, "log")


def test_drivers_and_targets_carry_their_evidence(inputs: Inputs) -> None:
    agents, capex = inputs.drivers["agent_penetration"], inputs.drivers["capex"]
    assert agents.assumed[0].time == 2027.0
    assert (agents.scale, agents.ceiling, capex.seasonal) == ("logit", 1.0, True)
    assert capex.evidence[0].series == ("capex_one", "capex_two")
    sold, pressure = inputs.targets
    assert (sold.periods, sold.error_correlation, sold.provenance) == (
        ("2024Q4", "2025"),
        0.8,
        None,
    )
    assert (pressure.values, pressure.bound) == ((1.0,), "lower")
    assert pressure.provenance is not None
    assert pressure.provenance.source == "Rental prices"


def test_vague_observations_keep_what_they_say(inputs: Inputs) -> None:
    rows = {(each.series_id, each.period_end): each for each in inputs.observations}
    assert rows["apps_with_agents", date(2025, 12, 31)].qualifier == "lt"
    sold = rows["sold_cum", date(2025, 12, 31)]
    assert (sold.qualifier, sold.value, sold.high) == ("range", 18e6, 21e6)
    # The row after one with a line break inside a cell still knows its line.
    assert rows["capex_two", date(2026, 6, 30)].line == 5


def test_data_reach_as_far_as_what_was_observed_of_drivers_and_targets(inputs: Inputs) -> None:
    # The survey (October) is a check, and capex_two of September was published in July: guidance.
    assert inputs.data_through == date(2026, 6, 30)


def test_as_of_leaves_out_what_was_not_yet_known(workspace: Path) -> None:
    then = load(workspace, date(2026, 5, 31))
    assert then.data_through == date(2026, 3, 31)
    assert max(each.published for each in then.observations) == date(2026, 5, 5)
    with pytest.raises(InputError, match="no observation of a driver or target"):
        load(workspace, date(2020, 1, 1))


def test_a_scenario_overtaken_by_the_data_is_a_warning(workspace: Path) -> None:
    row = "capex_one,2027-12-31,Q,9e10,USD,eq,2028-02-05,Filing,https://example.org/1,primary,\n"
    file = workspace / "data/observations/capex.csv"
    file.write_text(file.read_text(encoding="utf-8") + row, encoding="utf-8")
    later = load(workspace)
    kept = [setting.text for setting in later.scenarios["slow-agents"].settings]
    assert kept == ["agent_penetration@2028=15%", "tokens_per_task=x2"]
    assert later.warnings == (
        "assumptions/scenarios/slow-agents.yaml: power_additions@2027Q4=-5 GW left out: "
        "expected a period after 2027Q4",
    )


def test_the_cache_changes_nothing(workspace: Path) -> None:
    first = load(workspace)
    assert open_store(workspace).path.exists()
    assert load(workspace) == first == load(workspace, use_cache=False)


def test_a_change_of_any_reader_empties_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(shutil.copytree(loading._PACKAGE, tmp_path / "forecast"))
    monkeypatch.setattr(loading, "_PACKAGE", package)
    digests = {loading._reader_digest.__wrapped__()}
    for name in ("inputs/schema.py", "inputs/tables/tables.py", "inputs/yaml/nodes.py", "units.py"):
        with (package / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        digests.add(loading._reader_digest.__wrapped__())
    assert len(digests) == 5


def test_every_byte_and_the_date_are_in_the_hash(workspace: Path) -> None:
    hashes = {load(workspace).whole_sha256, load(workspace, date(2026, 10, 1)).whole_sha256}
    for file in sorted(path for path in workspace.rglob("*") if path.suffix in {".yaml", ".csv"}):
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "\n", encoding="utf-8")
        hashes.add(load(workspace).whole_sha256)
    assert len(hashes) == 2 + 12


def test_a_scenario_is_in_the_hash_of_all_and_not_in_that_of_the_base_case(workspace: Path) -> None:
    before, folder = load(workspace), workspace / "assumptions" / "scenarios"
    text = next(folder.glob("*.yaml")).read_text(encoding="utf-8")
    (folder / "another.yaml").write_text(text, encoding="utf-8")
    added = load(workspace)
    (folder / "another.yaml").write_text(f"{text}\n", encoding="utf-8")
    changed = load(workspace)
    assert before.sha256 == added.sha256 == changed.sha256
    assert len({each.whole_sha256 for each in (before, added, changed)}) == 3


def test_a_cached_load_imports_no_parser(workspace: Path) -> None:
    load(workspace)
    code = (
        "import sys; from pathlib import Path; from forecast.inputs import load;"
        f"load(Path({str(workspace)!r}));"
        "print([name for name in ('yaml', 'pydantic', 'scipy', 'pandas', 'statsmodels')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_cache_that_cannot_be_decoded_is_read_anew(workspace: Path) -> None:
    first = load(workspace)
    with sqlite3.connect(open_store(workspace).path) as connection:
        connection.execute("UPDATE cache SET value = ?", (b'{"not": "inputs"}',))
    assert load(workspace) == first


def test_a_read_only_workspace_loads_without_a_cache(workspace: Path) -> None:
    workspace.chmod(0o555)
    if os.access(workspace, os.W_OK):
        pytest.skip("this user writes everywhere")
    try:
        assert load(workspace).data_through == date(2026, 6, 30)
    finally:
        workspace.chmod(0o755)


def test_a_workspace_takes_from_the_built_in_case_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".forecast").mkdir()
    found = find_workspace(tmp_path)
    assert found == tmp_path.resolve()
    assert load(found) == load(None)


def test_the_nearest_workspace_upward_is_found(workspace: Path, tmp_path: Path) -> None:
    deep = workspace / "data" / "observations"
    assert find_workspace(deep) == workspace
    assert find_workspace(tmp_path) is None
    with pytest.raises(InputError, match="a folder that exists"):
        find_workspace(tmp_path, tmp_path / "missing")


observations = st.builds(
    Observation,
    value=st.floats(allow_nan=False, allow_infinity=False),
    high=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    error=st.none() | st.floats(min_value=1e-6, max_value=10),
)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(observations, max_size=3).map(tuple))
def test_what_is_encoded_decodes_to_the_same(inputs: Inputs, rows: tuple[Observation, ...]) -> None:
    changed = replace(inputs, observations=rows)
    assert decode(Inputs, encode(changed)) == changed
