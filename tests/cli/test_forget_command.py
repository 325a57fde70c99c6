"""`forecast forget`: ingested rows are listed, taken back and restored, and none breaks a run."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from forecast.cli import main
from forecast.inputs import load
from forecast.store import STORE_FILE, StoredRow, open_store

HEADER = "series_id,period_end,value,unit,source,published\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line in a folder with three ingested rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = "".join(f"mine,{year}-12-31,{year},USD,Us,2026-02-01\n" for year in (2023, 2024, 2025))
    Path("mine.csv").write_text(HEADER + rows, encoding="utf-8")
    assert main.run(["ingest", "capex", "mine.csv", "-q"]) == 0
    capsys.readouterr()

    def invoke(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return invoke


def states(run: Run) -> dict[str, str]:
    """Return what is said of each row."""
    rows = json.loads(run("forget", "--list", "--json")[1])["rows"]
    return {row["row"]: row["state"] for row in rows}


def test_rows_are_listed_forgotten_and_restored(run: Run) -> None:
    assert states(run) == {"1": "in use", "2": "in use", "3": "in use"}
    code, said, _ = run("forget", "1-2", "--reason", "in thousands")
    assert (code, said.splitlines()[0]) == (0, " 2 rows forgotten.")
    assert states(run) == {"1": "forgotten", "2": "forgotten", "3": "in use"}
    shown = json.loads(run("forget", "--list", "1", "--json")[1])["rows"][0]
    assert (shown["reason"], shown["file"], shown["line"]) == ("in thousands", "mine.csv", 2)
    assert shown["forgotten"] >= shown["ingested"] > "2026"
    assert "2 forgotten before" in run("ingest", "capex", "mine.csv")[1]
    assert run("forget", "--file", "mine.csv")[1].startswith(" 1 row forgotten, 2 forgotten before")
    assert run("forget", "--series", "mine", "--restore")[1].startswith(" 3 rows restored.")
    assert states(run) == {"1": "in use", "2": "in use", "3": "in use"}


def test_a_revision_supersedes_and_forgetting_it_brings_the_old_figure_back(run: Run) -> None:
    revised = "mine,2025-12-31,2000,USD,Us,2026-06-01\n"
    Path("new.csv").write_text(HEADER + revised, encoding="utf-8")
    run("ingest", "capex", "new.csv")
    assert states(run) == {"1": "in use", "2": "in use", "3": "superseded", "4": "in use"}
    run("forget", "4")
    assert states(run)["3"] == "in use"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "which rows to forget"),
        (("9",), "ROW 9"),
        (("g1",), "ROW g1"),
        (("1", "x7"), "the id of a row"),
        (("--series", "yours"), "no ingested row"),
        (("--list", "--restore", "1"), "one of the two"),
    ],
)
def test_what_names_no_row_changes_nothing(
    run: Run, arguments: tuple[str, ...], problem: str
) -> None:
    code, _, said = run("forget", *arguments)
    assert (code, problem in said) == (2, True)
    assert set(states(run).values()) == {"in use"}


def test_a_row_that_nothing_can_be_is_left_out_named_and_taken_back(run: Run) -> None:
    bad = StoredRow(
        "btos_ai_use_new", "0206-10-31", "2026-11-14", "M", 0.3, None, "share", "eq", "x", "",
        "unverified", "", None, False, "adoption", "typo.csv", 2,
    )  # fmt: skip
    store = open_store(Path())
    store.add_observations([bad])
    inputs = load(Path())
    assert all(row.period_end.year > 1900 for row in inputs.observations)
    (warning,) = inputs.warnings
    assert warning.startswith(
        "typo.csv:2: btos_ai_use_new, ingested as row 4, left out: period_end"
    )
    assert warning.endswith("forecast forget 4")
    assert run("doctor")[0] == 1
    assert run("forget", "4")[0] == 0
    assert load(Path()).warnings == ()
    code, said, _ = run("doctor")
    assert (code, "3 left out" in said) == (0, False)


def test_a_large_series_of_ones_own_is_read_only_where_it_is_named(run: Run) -> None:
    assert "mine" not in load(Path()).series
    code, said, _ = run("fit", "mine", "--json")
    assert code == 0
    assert {row["series_id"] for row in json.loads(said)["rows"]} == {"mine"}
    assert len(run("export", "observations", "mine")[1].splitlines()) == 4


def test_a_store_of_another_day_has_no_day_of_arrival(run: Run) -> None:
    with closing(sqlite3.connect(STORE_FILE)) as connection:
        connection.execute("DROP TABLE arrivals")
        connection.commit()
    assert json.loads(run("forget", "--list", "1", "--json")[1])["rows"][0]["ingested"] is None


BACKUP = [
    {"series_id": "x", "period_end": "2025", "value": 5, "unit": "USD", "source": "a\rb"},
    {"series_id": "qq", "period_end": "2025", "value": 5.25, "unit": "USD", "source": "n\0l"},
    {"series_id": "yy", "period_end": "2025", "value": "<7", "unit": "USD", "source": 'a"b,\n;c'},
]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_what_is_exported_comes_back_the_same(run: Run, ending: str) -> None:
    Path("backup.json").write_text(json.dumps(BACKUP), encoding="utf-8")
    assert run("ingest", "capex", "backup.json")[0] == 0
    assert run("export", "observations", "--own", "-o", f"own.{ending}")[0] == 0
    code, said, _ = run("ingest", "capex", f"own.{ending}")
    assert (code, said.splitlines()[0]) == (0, "capex: 6 rows: 0 new, 6 unchanged, 0 revised")
    rows = csv.DictReader(io.StringIO(run("export", "observations", "--own")[1], newline=""))
    sources = {row["series_id"]: row["source"] for row in rows}
    assert (sources["x"], sources["qq"], sources["yy"]) == ("a\rb", "n\ufffdl", 'a"b,\n;c')


@pytest.mark.parametrize("arguments", [("forget", "--list"), ("fit", "b\x1b[31mad"), ("metrics",)])
def test_no_escape_reaches_a_terminal(run: Run, arguments: tuple[str, ...]) -> None:
    rows = "b\x1b]0;title\x07ad\x9b,2025,5,USD,\u202es\x1b[2J,2026-02-01\n"
    Path("ansi.csv").write_text(HEADER + rows, encoding="utf-8")
    said = [run("ingest", "capex", "ansi.csv")]
    said += [run(*arguments, *options) for options in ((), ("--format", "md"), ("--json",))]
    for _, out, errors in said:
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out + errors)
