"""What holds for every command: a closed stdout, hostile places, moments, and one id for a case."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from forecast.cli import main
from forecast.cli.commands import COMMANDS
from forecast.cli.streams import Closed
from forecast.inputs import bounds

pytestmark = pytest.mark.usefixtures("elsewhere")

FEW = ("--draws", "64")
HELP = ("--help",)
# What prints something soon; of a command that takes its time, its help.
PRINTING = {
    "project": FEW,
    "ingest": HELP,
    "refresh": HELP,
    "inbox": HELP,
    "forget": HELP,
    "export": ("observations",),
    "fit": HELP,
    "backtest": HELP,
    "report": HELP,
    "history": (),
    "diff": HELP,
    "claims": ("--headline", *FEW),
    "whatif": FEW,
    "explore": HELP,
    "compare": HELP,
    "risks": HELP,
    "sensitivity": HELP,
    "sweep": HELP,
    "solve": HELP,
    "get": ("rent@2027", *FEW),
    "chart": ("rent", *FEW),
    "why": HELP,
    "explain": ("rent@2028", *FEW),
    "watch": HELP,
    "scenarios": (),
    "assumptions": HELP,
    "metrics": (),
    "doctor": HELP,
    "init": HELP,
    "help": ("set",),
}


def test_every_command_is_tried() -> None:
    assert set(PRINTING) == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(PRINTING))
def test_a_closed_stdout_is_said_and_no_defect(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = io.TextIOWrapper(Closed("stdout is closed"), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdout", closed)
    code = main.run([command, *PRINTING[command]])
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert (code, "stdout is closed" in told) in {(2, True), (0, False)}


def test_one_case_has_one_id_and_one_number_of_targets(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (
        ("project",),
        ("get", "rent@2027"),
        ("chart", "rent"),
        ("claims", "--headline"),
        ("whatif",),
        ("explain", "rent@2028"),
    )
    found = []
    for command in asked:
        assert main.run([*command, *FEW, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert len({each["run"]["run_id"] for each in found}) == 1
    assert main.run(["project", *FEW]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert f"run {found[0]['run']['run_id']}" in page
    count = len({row["target"] for row in found[0]["targets"]})
    assert f"and {count} targets:" in page


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "--file"),
        ("backtest", "--file"),
        ("backtest", "--published"),
        ("project", "--scenario"),
        ("ingest", "adoption"),
    ],
    ids=" ".join,
)
def test_no_file_is_read_beyond_the_limit(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "endless.yaml"
    with file.open("wb") as stream:
        stream.truncate(2**21)
    monkeypatch.setattr(bounds, "LARGEST", 2**20)
    assert main.run([*words, str(file)]) == 2
    assert "more than 1 MiB; expected at most" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("place", ["loop", "loop/in", "dangling", "file/in", "/dev/null"])
@pytest.mark.parametrize("words", [("init",), ("report", "--out")], ids=" ".join)
def test_what_can_be_no_folder_is_refused(
    words: tuple[str, ...], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere/at all")
    (tmp_path / "file").touch()
    assert main.run([*words, str(tmp_path / place)]) == 2
    assert "folder" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["abc", "-5", "\u00b2", "253402300800", "9" * 5000])
def test_a_moment_that_is_none_is_refused(
    moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
    assert main.run(["project", *FEW]) == 2
    assert "whole seconds since 1970" in " ".join(capsys.readouterr().err.split())
