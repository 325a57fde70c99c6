"""`forecast assumptions` and `forecast doctor` from end to end, on few draws."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from forecast.cli import main
from forecast.inputs import input_folder
from forecast.inputs.yardsticks.sanity import read_sanity
from forecast.world import ensemble

COMMANDS = {
    "assumptions list": "list agent --draws 128",
    "assumptions show": "show agent_penetration --draws 128",
    "assumptions check": "check",
    "assumptions diff": "diff --scenario grid-bound --set research_level=x2 --draws 128",
    "assumptions targets": "targets --draws 128",
}


@pytest.fixture(autouse=True)
def elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    few_targets: None,
) -> None:
    """Work in an empty folder, with a cache of these tests and no settings of the machine's."""
    for name in ("FORECAST_DRAWS", "FORECAST_SEED", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setattr(ensemble, "FEWEST_CONDITIONED", 1024)
    monkeypatch.chdir(tmp_path)


def answer(line: str, capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    """Return what a command line prints on stdout, after its exit code was as expected."""
    assert main.run(shlex.split(line)) == code
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_format_of_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = f"assumptions {COMMANDS[command]}"
    text = answer(line, capsys)
    assert max(len(each) for each in text.splitlines()) <= 80
    found = json.loads(answer(f"{line} --json", capsys))
    assert (found["schema"], found["command"]) == (2, command)
    rows = list(csv.DictReader(io.StringIO(answer(f"{line} --format csv", capsys))))
    assert len(rows) == len(found["rows"]) > 0
    assert set(rows[0]) >= set(found["rows"][0])
    assert "|" in answer(f"{line} --format md", capsys)


def test_the_page_of_targets_names_the_strongest(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(answer("assumptions targets --draws 128 --json", capsys))
    assert {row["role"] for row in found["roles"]} == {"driver", "target", "check"}
    share = [row for row in found["rows"][3:] if row["metric"] == "inference_share"]
    strongest = max(share, key=lambda row: row["effect"])["target"]
    text = " ".join(answer("assumptions targets --draws 128", capsys).split())
    assert f"It depends most on {strongest}" in text
    for row in found["targets"]:
        assert row["target"] in text
        assert row["reasoning"].split()[0] in text


def test_a_wrong_name_is_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["assumptions", "show", "agent_penetraton"]) == 2
    assert "Did you mean agent_penetration" in capsys.readouterr().err


def test_constants_of_money_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = answer("assumptions list money --draws 128", capsys)
    assert "MONEY" in text
    assert re.search(r"bust_depth, log +0\.70 \(0\.46–0\.94\) +unmoved +judged", text)
    text = answer("assumptions show operating_cash_flow --draws 128", capsys)
    assert "constant · money · unit USD" in text
    assert "neither history nor --set moves it" in " ".join(text.split())


def test_assumed_points_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    text = answer("assumptions show agent_penetration --draws 128", capsys)
    assert "assumed, end of 2026   21% (12–33%)" in text
    text = answer("assumptions list agent_penetration --draws 128", capsys)
    assert re.search(r"agent_penetration\n +2028 .* assumed +\S", text)


def test_settings_have_origins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "forecast.toml").write_text("# mine\nseed = 5\ndraws = 256\n")
    monkeypatch.setenv("FORECAST_DRAWS", "512")
    found = json.loads(answer("doctor --settings --through 2027 --json", capsys))
    rows = {row["setting"]: (row["value"], row["origin"]) for row in found["rows"]}
    assert rows["through"] == ("2027", "command line")
    assert rows["draws"] == ("512", "environment, FORECAST_DRAWS")
    assert rows["seed"] == ("5", "forecast.toml:2")
    assert rows["bands"] == ("10,50,90", "default")


def test_a_sound_installation_and_one_that_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert answer("doctor", capsys).splitlines()[-1] == " all checks hold"
    (tmp_path / "forecast.toml").touch()
    (tmp_path / "assumptions").mkdir()
    text = answer("doctor", capsys, code=1)
    assert "✗ inputs" in text
    assert re.fullmatch(r" 1 of \d+ checks do not hold", text.splitlines()[-1])


def ranges(folder: Path, low: float, high: float) -> None:
    """Make a workspace whose file of ranges holds one, for inference share in 2025."""
    shutil.copytree(input_folder(None, "data"), folder / "data", dirs_exist_ok=True)
    (folder / "forecast.toml").touch()
    head = "id,title,formula,unit,low,high,period,reference,basis,source,source_url,status,note"
    stated = f"{low},{high},2025,,published,a report,https://example.org,secondary,"
    row = f"inference_share,Inference share,running inference over all,share,{stated}"
    (folder / "data/sanity.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")


def test_the_model_passes_inside_its_ranges_and_fails_outside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ranges(tmp_path, 0.1, 0.9)
    assert "No ratio of 1 lies outside its range." in answer("doctor --model --draws 128", capsys)
    ranges(tmp_path, 0.01, 0.02)
    text = answer("doctor --model --draws 128", capsys, code=1)
    assert "1 of 1 ratios lie outside" in text
    assert "The whole band lies outside." in " ".join(text.split())
    assert "▲ above" in text
    rows: list[dict[str, Any]] = json.loads(
        answer("doctor --model --draws 128 --json", capsys, code=1)
    )["rows"]
    assert [row["verdict"] for row in rows] == ["above"]


def test_the_page_of_all_ratios_fits(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["doctor", "--model", "--draws", "128"])
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) <= 80
    for each in read_sanity():
        assert each.title in text
