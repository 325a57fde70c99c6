"""Reports that run unattended: whole or not at all, one at a time, remembered, and to the byte."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from replayed import copy_bodies

from forecast.analysis.project import project
from forecast.analysis.runs import reporting
from forecast.analysis.runs.report_contents import Report, quarterly
from forecast.analysis.runs.track_record import driver_paths
from forecast.cli import files, main
from forecast.processors.second_process import Beside
from forecast.report import bundle
from forecast.report.formats import REPORT_FORMATS
from forecast.report.formats.machine import render_json
from forecast.result import RunOptions
from forecast.sources.bodies import Bodies, Replay
from forecast.store import open_store, report_lock
from forecast.world import ensemble
from forecast.world.case import Case, run_of

DRAWS = ["--draws", "64"]
OTHERWISE = ["--set", "agent_penetration@2028=20%"]
ALERT = "inference_share@2028 < 99%"
FIGURES = """\
series_id,period_end,value,unit,published,source,source_url
btos_ai_use_new,2026-12-27,24%,share,2027-01-10,BTOS,https://example.org
"""


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of the machine's own settings."""
    for name in list(os.environ):
        if name.startswith("FORECAST_"):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793404800")


@pytest.fixture(scope="module", autouse=True)
def few_conditioned() -> Iterator[None]:
    """Condition a thousand draws: no number is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "FEWEST_CONDITIONED", 1024)
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose ensemble is in the cache."""
    folder = tmp_path_factory.mktemp("prepared") / "case"
    assert main.run(["init", str(folder)]) == 0
    assert main.run(["project", "--workspace", str(folder), *DRAWS, "-q"]) == 0
    return folder


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace, and the folder of the test in it."""
    folder = tmp_path / "case"
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of the projection alone, which take a moment and not seconds."""

    def gather(case: Case, options: RunOptions, *, beside: Beside) -> Report:
        found = project(case, options)
        quarters = project(case, options, by="quarter", metrics=quarterly(case.inputs))
        parts: dict[str, Any] = {each.name: found for each in fields(Report)}
        parts |= {"sensitivity": (), "stories": (), "since": None, "scores": None, "alerts": ()}
        parts |= {"quarters": quarters, "paths": driver_paths(case, options)}
        return Report(**parts | {"run": run_of(case, options)})

    def render_each(report: Report, formats: Sequence[str], beside: Beside) -> list[bytes]:
        since = json.loads(render_json(report.since))["attribution"] if report.since else None
        return [
            json.dumps({"run": report.run.run_id, "format": each, "since": since}).encode()
            for each in formats
        ]

    monkeypatch.setattr(reporting, "gather", gather)
    monkeypatch.setattr(bundle, "render_each", render_each)


def reported(*arguments: str) -> int:
    """Run `forecast report` into the folder `out`."""
    return main.run(["report", "--out", "out", *DRAWS, *arguments])


def contents(folder: str = "out") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def runs() -> int:
    return len(open_store(Path.cwd()).runs())


def test_a_report_has_every_format_and_is_the_same_to_the_byte(
    workspace: Path, few_movers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported() == 0
    text = capsys.readouterr().out
    assert re.search(r"^ out/forecast\.html +[\d,]+ kB$", text, flags=re.MULTILINE)
    assert text.rstrip().splitlines()[-1].startswith(" IN SHORT  2028: inference ")
    first = contents()
    assert set(first) == {f"forecast.{name}" for name in REPORT_FORMATS}
    assert reported("--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in said["rows"]] == [
        f"out/forecast.{name}" for name in REPORT_FORMATS
    ]
    assert contents() == first
    assert runs() == 2


@pytest.mark.usefixtures("slim", "workspace")
def test_nothing_is_written_where_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported("--only-if-changed", "--format", "json,md") == 0
    before = os.stat("out/forecast.json").st_mtime_ns
    assert reported("--only-if-changed", "--format", "json,md") == 0
    assert "Nothing changed since run" in capsys.readouterr().out
    assert os.stat("out/forecast.json").st_mtime_ns == before
    assert runs() == 1
    # An alert holds whether or not anything is written.
    assert reported("--only-if-changed", "--format", "json", "--alert", ALERT) == 1
    assert "ALERT  inference_share" in capsys.readouterr().out
    # A file that is missing is a change; so is one that an earlier run wrote, and a setting.
    assert reported("--only-if-changed", "--format", "html") == 0
    assert runs() == 2
    shutil.copytree("out", "elsewhere")
    assert main.run(["report", "--out", "elsewhere", *DRAWS, "--only-if-changed"]) == 0
    assert runs() == 3
    assert reported("--only-if-changed", "--format", "html") == 0
    assert reported("--only-if-changed", "--format", "html", *OTHERWISE) == 0
    assert runs() == 5
    # And so is a claim that the report holds itself against.
    claims = Path("data/claims.csv")
    claims.write_text(claims.read_text(encoding="utf-8").replace("IEA", "The IEA", 1), "utf-8")
    assert reported("--only-if-changed", "--format", "html", *OTHERWISE) == 0
    assert runs() == 6
    assert reported("--only-if-changed", "--format", "html", *OTHERWISE) == 0
    assert runs() == 6


@pytest.mark.usefixtures("slim", "workspace")
def test_a_report_says_first_what_changed_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported("--since", "last") == 0
    assert "no earlier run of forecast" in capsys.readouterr().err
    alert = ["--alert", "change(inference_share@2028) < -0.1pp"]
    assert reported("--since", "last", *OTHERWISE, *alert, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    (fired,) = said["alerts"]
    assert fired["fires"]
    mine = [row for row in said["attribution"] if row["metric"] == "inference_share"]
    assert sum(row["amount"] for row in mine) == pytest.approx(fired["value"])
    assert json.loads(contents()["forecast.json"])["since"] == said["attribution"]
    assert main.run(["diff"]) == 0
    text = capsys.readouterr().out
    assert "changed settings" in text
    assert text.rstrip().splitlines()[-1].startswith(" IN SHORT  inference share")
    assert main.run(["diff", "last~1", "last", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["attribution"] == said["attribution"]
    assert [row["number"] for row in found["runs"]] == [1, 2]
    assert main.run(["diff", "last~1", "zzz"]) == 2


@pytest.mark.usefixtures("slim", "workspace")
def test_forecasts_are_scored_when_their_quarter_is_observed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert reported() == 0
    assert main.run(["history", "--scores"]) == 0
    assert "Nothing that a kept run forecast" in capsys.readouterr().out
    Path("figures.csv").write_text(FIGURES)
    assert main.run(["ingest", "adoption", "figures.csv"]) == 0
    capsys.readouterr()
    assert main.run(["history", "--scores", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (forecast,) = said["forecasts"]
    assert (forecast["metric"], forecast["period"]) == ("business_adoption", "2026Q4")
    assert {row["horizon"] for row in said["rows"]} == {None, forecast["horizon"]}
    assert main.run(["history", "--scores"]) == 0
    text = capsys.readouterr().out
    assert "1 forecast of 1 metric can be held against what was observed since" in text
    assert main.run(["history"]) == 0
    assert "1 run kept in workspace case" in capsys.readouterr().out


def test_history_of_a_place_without_runs(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["history"]) == 0
    assert "No run was kept here yet" in capsys.readouterr().out
    assert main.run(["history", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []
    assert main.run(["diff"]) == 2


@pytest.mark.usefixtures("slim", "workspace")
def test_two_at_once_and_one_waits_for_another_day(capsys: pytest.CaptureFixture[str]) -> None:
    with report_lock(Path(".forecast"), "2026-11-21T02:00:00Z"):
        assert reported() == 3
    assert f"by process {os.getpid()} since 2026-11-21T02:00:00Z" in capsys.readouterr().err
    assert not Path("out").exists()
    assert reported("--format", "json") == 0


@pytest.mark.usefixtures("slim", "workspace")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_leaves_the_old_report_whole(
    number: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reported("--format", "html,json") == 0
    before = contents()
    done = []

    def fsync(handle: int) -> None:
        done.append(handle)
        if len(done) == 2:  # the second file of the set
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fsync)
    assert reported("--format", "html,json", *OTHERWISE) == 2
    said = capsys.readouterr().err
    assert f"could not write to out: {os.strerror(number)}; what was there is as it was" in said
    assert contents() == before
    assert runs() == 1


@pytest.mark.usefixtures("slim")
def test_a_place_that_keeps_nothing_still_gets_its_report(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(".forecast")
    Path(".forecast").write_text("a file where the store would be")
    assert reported("--format", "json") == 0
    assert "the run was not kept" in capsys.readouterr().err
    assert list(contents()) == ["forecast.json"]
    assert reported("--format", "json", "--no-cache") == 0
    assert "--no-cache: the run was not kept" in capsys.readouterr().err


@pytest.mark.usefixtures("slim", "workspace")
def test_a_store_that_is_broken_is_named_and_nothing_is_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert reported("--format", "json") == 0
    before = contents()
    Path(".forecast/store.sqlite").write_bytes(b"this is no database, " * 400)
    for arguments in (["report", "--out", "out"], ["history"], ["diff"]):
        assert main.run(arguments) == 2
        said = "".join(capsys.readouterr().err.split())
        assert re.search(r"move\S+\.forecast/store\.sqliteawayandrepeat", said)
    assert contents() == before


@pytest.mark.usefixtures("slim", "workspace")
def test_the_last_run_is_the_last_kept_whatever_the_clock_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reported("--format", "json") == 0
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert reported("--format", "json", *OTHERWISE) == 0
    capsys.readouterr()
    assert main.run(["history", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["number"], row["new"], row["started"][:4]) for row in rows] == [
        (2, ["settings"], "2001"),
        (1, None, "2026"),
    ]


def test_bad_options_are_refused_at_once(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["--format", "html,pdf", "--name", "../x", "--log-format", "xml", "--draws", "1"]
    Path("file").touch()
    assert main.run(["report", "--out", "file/out", *wrong]) == 2
    said = capsys.readouterr().err
    assert "error: 5 problems" in said
    for subject in ("--format html,pdf", "--name ../x", "--log-format xml", "--out file/out"):
        assert subject in said
    assert reported("--alert", "inference_share@2028 = 1", "--alert", "x < 1") == 2
    assert "error: 2 problems" in capsys.readouterr().err
    assert reported("--since", "abcdef") == 2
    assert not Path("out").exists()


@pytest.mark.usefixtures("slim", "workspace")
def test_a_log_is_one_object_to_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert reported("--since", "last", "--log-format", "json", "--format", "json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert all({"time", "level", "event", "message"} <= set(line) for line in lines)
    assert {line["time"] for line in lines} == {"2026-10-31T00:00:00Z"}
    events = [line["event"] for line in lines]
    assert (events[:2], events[-2:]) == (["start", "inputs"], ["file", "end"])
    assert "warning" in events
    assert len({line["run"] for line in lines if line["event"] != "warning"}) == 1
    assert lines[-1]["exit_code"] == 0
    assert reported("--log-format=json", "--draws", "1") == 2
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (line["level"], line["exit_code"]) == ("error", 2)
    assert line["problems"][0]["subject"] == "--draws 1"
    assert main.run(["report", "--log-format", "json", "--nonsense"]) == 2
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "--nonsense" in line["message"]


@pytest.mark.usefixtures("slim", "workspace")
def test_a_quiet_night_says_nothing_and_an_alert_is_heard(
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = ("--quiet", "--format", "json")
    assert reported(*small) == 0
    assert capsys.readouterr() == ("", "")
    assert reported(*small, "--only-if-changed") == 0
    assert capsys.readouterr() == ("", "")
    assert reported(*small, "--alert", "inference_share@2028 > 1%") == 1
    page, errors = capsys.readouterr()
    assert "ALERT  inference_share@2028 > 1%" in page
    assert errors.startswith("alert: inference_share@2028 > 1%")
    assert reported(*small, "--set", "agent_penetration@2028=25%") == 0
    page, errors = capsys.readouterr()
    assert page
    assert not errors


def test_leftovers_of_the_dead_are_removed_and_of_the_living_kept(tmp_path: Path) -> None:
    path = tmp_path / "forecast.html"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f".forecast.html.{gone.pid}.abc"
    kept = [
        tmp_path / f".forecast.html.{os.getpid()}.abc",
        tmp_path / ".forecast.html.notes.txt",
        tmp_path / ".forecast.htmlx.1.abc",
    ]
    for each in (left, *kept):
        each.touch()
    files.remove_leftovers([path])
    assert sorted(tmp_path.iterdir()) == sorted(kept)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_a_process_that_is_ended_leaves_the_old_files_whole(
    sent: int, code: int, tmp_path: Path
) -> None:
    """A process that writes a set of files over and over, without cron, terminal or environment."""
    program = """
import sys
from pathlib import Path
from forecast.analysis.sensitivity import sensitivity
from forecast.analysis.sensitivity.factors import factors
from forecast.cli import files, main
def write(arguments):
    number = 0
    while True:
        number += 1
        content = str(number).encode() * 50_000
        files.write_files({Path(sys.argv[1]) / name: content for name in ("a", "b")})
        if number == 3: print("writing", flush=True)
main.app_for = lambda arguments: lambda *_, **__: write(arguments)
main.main()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, env={}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(sent)
        assert process.wait(30) == code
    for name in ("a", "b"):
        text = (tmp_path / name).read_text()
        assert len(text) % 50_000 == 0
        assert text == text[: len(text) // 50_000] * 50_000
    if sent != signal.SIGKILL:
        assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
    files.remove_leftovers([tmp_path / "a", tmp_path / "b"])
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


@pytest.mark.usefixtures("slim", "workspace")
def test_no_environment_no_terminal_any_folder(tmp_path: Path, workspace: Path) -> None:
    """Like cron: nothing in the environment, not even HOME or PATH, and another folder."""
    program = [sys.executable, "-m", "forecast", "history", "--workspace", str(workspace)]
    done = subprocess.run(
        program, env={}, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"No run was kept here yet" in done.stdout


def test_what_a_refresh_brought_is_named_and_a_broken_source_costs_no_report(
    workspace: Path,
    slim: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy_bodies(tmp_path / "bodies")
    (tmp_path / "bodies" / "epoch.ai" / "data" / "ai_chip_sales.zip").unlink()
    client = Replay(Bodies(tmp_path / "bodies", date(2026, 10, 31)))
    monkeypatch.setattr("forecast.cli.refresh._client", lambda *_: client)
    assert reported("--format", "json") == 0
    capsys.readouterr()
    assert reported("--format", "json", "--refresh") == 1
    said = capsys.readouterr()
    assert "warning: epoch-chips (Epoch AI, AI chip sales): found no epoch.ai/data/" in said.err
    assert "SINCE THE LAST RUN" in said.out
    causes = json.loads(Path("out/forecast.json").read_text("utf-8"))["since"]
    assert {(each["name"], each["place"]) for each in causes} >= {
        ("btos_ai_use_new", "refresh of census-btos:1")
    }
