"""The store: vintages, two writers at once, a bounded cache, and files that are no store."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.store import (
    STORE_FILE,
    Chosen,
    Counts,
    Store,
    StoredGuidance,
    StoredRow,
    StoredRun,
    open_store,
)
from forecast.store.arrivals import add_rows
from forecast.store.vintages import latest_vintages, live_rows

ROW = StoredRow(
    "capex", "2026-06-30", "2026-08-04", "Q", 44.9e9, None, "USD", "eq", "Filing", "", "primary",
    "", None, False, "capex", "mine.csv", 2,
)  # fmt: skip

MOMENT = "2026-11-20T00:00:00Z"
SAID = StoredGuidance(
    "capex", "2026-12-31", 12, 180e9, None, 190e9, "", "USD", "2026-07-29", "One", "Reported",
    "Call", "", "primary", "", "capex", "mine.csv", 2,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def test_a_store_that_is_not_there_is_empty_and_stays_away(store: Store) -> None:
    assert (store.observations(), store.cache_get("key")) == ([], None)
    assert not store.path.exists()


def test_vintages_are_kept_and_told_apart(store: Store) -> None:
    revised = replace(ROW, value=45e9, published="2026-11-01")
    corrected = replace(ROW, value=44.8e9)
    assert store.add_observations([ROW]) == Counts(new=1)
    assert store.add_observations([ROW, replace(ROW, file="again.csv")]) == Counts(unchanged=2)
    assert store.add_observations([revised, replace(ROW, assumed=True)]) == Counts(1, 0, 1)
    assert store.add_observations([corrected]) == Counts(revised=1)
    # Going back to an earlier figure is a revision too.
    assert store.add_observations([ROW]) == Counts(revised=1)
    assert [row.value for row in store.observations()] == [44.9e9, 45e9, 44.9e9, 44.8e9, 44.9e9]
    assert latest_vintages(store.observations()) == [revised, replace(ROW, assumed=True)]


def test_guidance_stands_beside_observations_in_a_store_from_before_there_was_any(
    store: Store,
) -> None:
    store.add_observations([ROW])
    assert store.guidance() == []
    raised = replace(SAID, low=190e9, published="2026-10-29")
    assert store.add_guidance([SAID]) == Counts(new=1)
    assert store.preview([SAID, raised]) == Counts(unchanged=1, revised=1)
    assert store.add_guidance([raised, replace(SAID, company="Two")]) == Counts(1, 0, 1)
    assert store.guidance() == [SAID, raised, replace(SAID, company="Two")]
    assert store.observations() == [ROW]


def test_a_preview_counts_and_writes_nothing(store: Store) -> None:
    assert store.preview([ROW], {ROW.figure}) == Counts(revised=1)
    assert not store.path.exists()


rows = st.builds(
    lambda day, value: replace(ROW, published=f"2026-08-{day:02d}", value=value),
    st.integers(1, 5),
    st.sampled_from([1.0, 2.0]),
)


@given(batches=st.lists(st.lists(rows, max_size=3), max_size=4), day=st.integers(1, 5))
def test_as_of_sees_the_last_word_published_by_then(
    batches: list[list[StoredRow]], day: int
) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for batch in batches:
            add_rows(connection, StoredRow, [row.cells for row in batch], (), MOMENT)
        stored = [each.row for each in live_rows(connection, StoredRow)]
    by_then = f"2026-08-{day:02d}"
    said = [row for batch in batches for row in batch if row.published <= by_then]
    seen = latest_vintages(row for row in stored if row.published <= by_then)
    # The last day counts; within it, what arrived last.
    last = [row for row in said if row.published == max(each.published for each in said)]
    assert [row.value for row in seen] == [row.value for row in last[-1:]]


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    code = """
import sys
from dataclasses import replace
from pathlib import Path
from forecast.store import StoredRow, open_store
row = StoredRow("a", "2026-06-30", "2026-08-04", "Q", 1.0, None, "USD", "eq", "Filing", "",
                "primary", "", None, False, "capex", "mine.csv", 2)
store = open_store(Path(sys.argv[1]))
for number in range(40):
    store.add_observations([replace(row, series_id=f"{sys.argv[2]}{number}")])
    store.cache_put(f"{sys.argv[2]}{number}", b"x")
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("a", "b")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = {row.series_id for row in open_store(tmp_path).observations()}
    assert found == {f"{name}{number}" for name in ("a", "b") for number in range(40)}


def test_a_failing_ingest_leaves_nothing_behind(store: Store) -> None:
    store.add_observations([ROW])
    bad = replace(ROW, series_id="other", value=None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="NOT NULL"):
        store.add_observations([replace(ROW, series_id="good"), bad])
    assert store.observations() == [ROW]


def cached_of(store: Store, names: range) -> list[int]:
    """Return which of the numbered keys are cached, without using one."""
    with sqlite3.connect(store.path) as connection:
        keys = {key for (key,) in connection.execute("SELECT key FROM cache")}
    return [number for number in names if str(number) in keys]


def test_what_was_used_least_recently_goes_when_the_cache_is_full(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_MB", "1")
    store.add_observations([ROW])
    tenth = b"x" * 99_990  # with its check sum, ten of them are within a million bytes
    for number in range(10):
        store.cache_put(str(number), tenth)
    assert store.cache_get("0") == tenth
    store.cache_put("10", tenth)
    store.cache_put("11", tenth)
    assert cached_of(store, range(12)) == [0, *range(3, 12)]
    store.cache_put("12", tenth * 5)
    assert cached_of(store, range(13)) == [0, 8, 9, 10, 11, 12]
    store.cache_put("13", tenth * 11)
    assert store.cache_get("13") is None
    assert store.sizes().cache <= 10**6
    assert store.observations() == [ROW]


def test_two_processes_that_fill_the_cache_lose_nothing_else(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from forecast.store import open_store
store = open_store(Path(sys.argv[1]))
for number in range(30):
    store.cache_put(f"{sys.argv[2]}{number}", bytes(150_000))
    store.cache_get("a0")
"""
    store = open_store(tmp_path)
    store.add_observations([ROW])
    store.add_guidance([SAID])
    run = StoredRun(0, "nightly", "id", "2026-11-20", "{}", "figures", "inputs")
    store.keep_run(run, {"figures": b"f", "inputs": b"i"})
    fillers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name],
            env={**os.environ, "FORECAST_CACHE_MB": "1"},
        )
        for name in ("a", "b")
    ]
    assert [filler.wait(60) for filler in fillers] == [0, 0]
    found = store.sizes()
    assert 4 <= found.entries <= 6
    assert found.cache <= 10**6
    assert (found.rows, found.runs, store.payload("figures")) == (2, 1, b"f")


def test_a_lower_limit_makes_the_file_smaller(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.store.store._MOST_FREE", 10**6)
    store.add_observations([ROW])
    for number in range(4):
        store.cache_put(str(number), os.urandom(10**6))
    assert store.path.stat().st_size > 4e6
    monkeypatch.setenv("FORECAST_CACHE_MB", "1")
    store.cache_put("small", b"x")
    assert store.path.stat().st_size < 1e5 + 10**6
    assert store.observations() == [ROW]
    monkeypatch.setenv("FORECAST_CACHE_MB", "little")
    with pytest.raises(InputError, match="FORECAST_CACHE_MB"):
        store.cache_put("small", b"x")


def test_a_broken_store_says_how_to_rebuild_it(store: Store) -> None:
    store.add_observations([ROW])
    store.path.write_bytes(b"this is no database, " * 400)
    with pytest.raises(InputError, match=r"move .*store\.sqlite away"):
        store.observations()
    with pytest.raises(InputError, match="not a database"):
        store.add_observations([ROW])
    store.cache_put("key", b"value")
    assert store.cache_get("key") is None


def test_a_newer_store_is_left_as_it_is_and_the_program_to_be_upgraded(store: Store) -> None:
    store.add_observations([ROW])
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for use in (store.observations, lambda: store.add_observations([ROW])):
        with pytest.raises(InputError, match="Upgrade the program") as no:
            use()
        assert "rebuild" not in str(no.value)


def test_the_database_of_another_program_is_left_as_it_is(store: Store) -> None:
    store.path.parent.mkdir()
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("CREATE TABLE theirs (cell TEXT)")
    before = store.path.read_bytes()
    with pytest.raises(InputError, match="schema version 0, not 1"):
        store.add_observations([ROW])
    assert store.path.read_bytes() == before


def test_a_forgotten_row_stays_with_its_trace_and_can_come_back(store: Store) -> None:
    revised = replace(ROW, value=45e9, published="2026-11-01", file="data/new.xlsx [Sheet1]")
    store.add_observations([ROW, revised])
    store.add_guidance([SAID])
    last = Chosen(numbers=(("", 2, 2),))
    assert (store.forget(last, "a slip"), store.forget(last, "again")) == (1, 0)
    assert store.observations() == [ROW]
    (gone,), total = store.listed(Chosen(file="new.xlsx"), 9)
    assert (gone.id, gone.reason, gone.row, total) == ("2", "a slip", revised, 1)
    assert gone.forgotten >= gone.ingested > "2026"
    # What was taken back does not come in again by the same file.
    assert store.add_observations([ROW, revised]) == Counts(unchanged=1, forgotten=1)
    assert (store.restore(last), store.restore(last)) == (1, 0)
    assert store.observations() == [ROW, revised]
    listed, total = store.listed(Chosen(series="capex"), 2)
    assert [(each.id, each.superseded_by) for each in listed] == [("2", ""), ("1", "2")]
    assert total == 3
    assert store.forget(Chosen(numbers=(("g", 1, 5),)), "") == 1
    assert (store.guidance(), len(store.observations())) == ([], 2)


def test_only_the_series_asked_for_are_read_and_every_assumed_point(store: Store) -> None:
    assumed = replace(ROW, series_id="driver", assumed=True, error=0.1)
    store.add_observations([ROW, replace(ROW, series_id="other"), assumed])
    assert store.observations({"capex"}) == [ROW, assumed]
    assert store.observations(()) == [assumed]
    assert store.first_rows(["capex", "driver", "none"]) == {"capex": ROW}


def test_a_read_only_store_is_read_and_keeps_no_cache(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.add_observations([ROW])
    folder = (tmp_path / STORE_FILE).parent
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user writes everywhere")
    try:
        assert store.observations() == [ROW]
        store.cache_put("key", b"value")
        assert store.cache_get("key") is None
    finally:
        folder.chmod(0o755)


def test_a_place_that_cannot_hold_a_store(tmp_path: Path) -> None:
    (tmp_path / ".forecast").write_text("a file where the folder should be")
    store = open_store(tmp_path)
    store.cache_put("key", b"value")
    assert store.cache_get("key") is None
    with pytest.raises(InputError, match="store"):
        store.add_observations([ROW])
