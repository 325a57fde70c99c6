"""What holds for every command: a closed stdout, and one id and one count for one case."""

from __future__ import annotations

import io
import json
import sys

import pytest

from forecast.cli import main
from forecast.cli.commands import COMMANDS
from forecast.cli.streams import Closed

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
