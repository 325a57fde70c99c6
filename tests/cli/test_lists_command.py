"""`forecast metrics` and `forecast scenarios` take the options that make sense for a list."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from forecast.cli import main


@pytest.mark.parametrize("command", ["metrics", "scenarios"])
def test_a_list_goes_where_and_how_it_is_asked_to(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run([command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    for name in ("a.json", "a.csv", "a.md", "a.txt"):
        assert main.run([command, "-q", "-o", name]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(Path("a.json").read_text(encoding="utf-8"))["rows"] == rows
    with Path("a.csv").open(encoding="utf-8") as file:
        first = {next(iter(row.values())) for row in csv.DictReader(file)}
    assert first == {next(iter(row.values())) for row in rows}
    assert "|" in Path("a.md").read_text(encoding="utf-8") or command == "scenarios"


def test_what_a_list_does_not_compute_it_does_not_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for option in ("--draws", "--seed", "--set"):
        assert main.run(["metrics", option, "1"]) == 2
        assert f"No such option: {option}" in capsys.readouterr().err


def test_everything_wrong_with_a_list_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["scenarios", "-o", "no/a.md", "--as-of", "soon"]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: 2 problems")
    assert main.run(["metrics", "inference_shre"]) == 2
    assert "Did you mean inference_share" in capsys.readouterr().err
