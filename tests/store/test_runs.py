"""Runs in the store: in the order of arrival, payloads once, the oldest first to go, one report."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.errors import InputError, LockedError
from forecast.store import Store, StoredRow, StoredRun, open_store, report_lock, runs
from forecast.store.lock import HOLDER_FILE

ROW = StoredRow(
    "capex", "2026-06-30", "2026-08-04", "Q", 44.9e9, None, "USD", "eq", "Filing", "", "primary",
    "", None, False, "capex", "mine.csv", 2,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def kept(number: int, figures: str, inputs: str = "inputs a") -> StoredRun:
    return StoredRun(0, "nightly", f"id{number}", f"2026-11-{number:02d}", "{}", figures, inputs)


def test_runs_come_back_in_the_order_of_arrival_whatever_their_clock(store: Store) -> None:
    for day in (20, 5, 12):
        store.keep_run(kept(day, "figures"), {"figures": b"f", "inputs a": b"i"})
    found = store.runs()
    assert [(run.number, run.run_id) for run in found] == [(1, "id20"), (2, "id5"), (3, "id12")]
    assert store.payload("figures") == b"f"
    assert store.payload("else") is None


def test_what_is_the_same_is_kept_once(store: Store) -> None:
    content = {"figures": b"f" * 100, "inputs a": b"i" * 100}
    for day in range(1, 5):
        store.keep_run(kept(day, "figures"), content)
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM payloads").fetchone() == (2,)


def test_the_oldest_runs_and_what_only_they_refer_to_go_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "RUNS", 3)
    said = [
        store.keep_run(
            kept(day, f"figures {day}"), {f"figures {day}": b"f", "inputs a": b"i"}
        ).sentence()
        for day in range(1, 7)
    ]
    gone = "the store keeps 3 runs: the oldest went, 1 of them"
    assert said == ["", "", "", gone, gone, gone]
    assert [run.number for run in store.runs()] == [4, 5, 6]
    assert [store.payload(f"figures {day}") for day in (3, 4, 6)] == [None, b"f", b"f"]
    assert store.payload("inputs a") == b"i"


def test_payloads_are_bounded_and_the_newest_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PAYLOADS", 60)
    for day in range(1, 5):
        contents = {f"figures {day}": bytes([day]) * 9, f"inputs {day}": bytes([day]) * 9}
        gone = store.keep_run(kept(day, f"figures {day}", f"inputs {day}"), contents)
    assert "the oldest of it went" in gone.sentence()
    assert len(store.runs()) == 4
    assert store.payload("figures 1") is None
    assert store.payload("figures 4") == b"\4" * 9
    assert store.payload("inputs 4") == b"\4" * 9


def test_a_store_from_before_there_were_runs_keeps_its_observations(store: Store) -> None:
    store.add_observations([ROW])
    with sqlite3.connect(store.path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert "runs" not in {name for (name,) in tables}
    assert (store.runs(), store.payload("figures")) == ([], None)
    store.keep_run(kept(1, "figures"), {"figures": b"f"})
    assert store.observations() == [ROW]
    assert len(store.runs()) == 1


def test_damage_shows_and_is_never_served(store: Store) -> None:
    store.cache_put("key", b"value" * 1000)
    store.keep_run(kept(1, "figures"), {"figures": b"f" * 1000})
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE cache SET value = substr(value, 1, 3000) || zeroblob(2004)")
        connection.execute("UPDATE payloads SET value = zeroblob(length(value))")
    assert store.cache_get("key") is None
    assert store.payload("figures") is None


def test_a_user_without_a_home_has_a_store_that_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: Path("~/.cache/forecast"))
    store = open_store(None)
    assert store.runs() == []
    store.cache_put("key", b"value")
    with pytest.raises(InputError):
        store.keep_run(kept(1, "figures"), {})
    with report_lock(store.path.parent, "now") as why:
        assert why
    assert list(tmp_path.iterdir()) == []


def test_one_report_at_a_time_and_the_system_frees_the_lock_of_the_dead(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from forecast.store import report_lock\n"
        "with report_lock(Path(sys.argv[1]), '2026-11-20T02:00:00Z'): print('held', flush=True);"
        " time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=rf"process {holder.pid} since 2026-11-20T02"),
            report_lock(tmp_path, "now"),
        ):
            raise AssertionError
        holder.kill()
    with report_lock(tmp_path, "now") as why:
        assert why == ""
        assert "now" in (tmp_path / HOLDER_FILE).read_text()
    assert not (tmp_path / HOLDER_FILE).exists()
