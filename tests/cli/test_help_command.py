"""`forecast help`: every topic is short, true, and its examples run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecast.cli import help as command
from forecast.cli import main
from forecast.cli.options import DEFAULTS
from forecast.units import UNITS, parse_reading, parse_value


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder, and small ensembles."""
    folder = tmp_path_factory.mktemp("help")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_DRAWS", "128")
        patch.chdir(folder)
        yield folder


def said(topic: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main.run(["help", topic]) == 0
    return capsys.readouterr().out


def test_help_lists_its_topics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["help"]) == 0
    text = capsys.readouterr().out
    assert list(command.TOPICS) == re.findall(r"^ ([a-z-]+)  ", text, flags=re.MULTILINE)
    assert set(command.TOPICS) == {
        "set",
        "given",
        "units",
        "bands",
        "environment",
        "exit-codes",
        "json",
    }


@pytest.mark.parametrize("topic", command.TOPICS)
def test_a_topic_is_short_and_its_examples_run(
    topic: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(topic, capsys)
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len(lines) - len(UNITS) * (topic == "units") <= 40
    examples = re.findall(r"^ (forecast .+)$", text[text.index(" TRY") :], flags=re.MULTILINE)
    assert len(examples) >= 2
    for example in examples:
        assert main.run(example.split()[1:]) in ({0, 1} if "doctor" in example else {0}), example


def test_the_ways_to_write_a_quantity_are_read_as_it_says() -> None:
    assert parse_value("350 billion", "USD") == parse_value("$350B", "USD") == 3.5e11
    assert parse_value("21 GW", "W") == 21e9
    assert parse_value("300 TWh", "Wh") == 3e14
    assert parse_value("1e26 FLOP", "FLOP") == 1e26
    assert [parse_reading(text, "share").qualifier for text in ("<5%", "up to 40%")] == ["lt", "lt"]
    assert [parse_reading(text, "USD").qualifier for text in ("$400B+", "~1T", "180-190B")] == [
        "gt",
        "approx",
        "range",
    ]


def test_the_environment_is_what_doctor_shows(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = said("environment", capsys)
    monkeypatch.setenv("FORECAST_SEED", "7")
    assert main.run(["doctor", "--settings", "--json"]) == 0
    rows = {row["setting"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["seed"] == {
        "setting": "seed",
        "value": "7",
        "origin": "environment, FORECAST_SEED",
    }
    for name, value in DEFAULTS.items():
        assert f"FORECAST_{name.upper()}" in text
        assert f"({value} by default)" in text


def test_the_keys_of_json_are_those_of_a_projection(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = " ".join(said("json", capsys).split())
    assert main.run(["project", "--metric", "inference_share", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    run = text[text.index("run (") + len("run (") :].partition(")")[0]
    assert set(run.split(", ")) <= found["run"].keys()
    assert found["schema"] == 2
    for key in ("metric", "dimension", "member", "period", "status", "observed", "mc_error"):
        assert key in text
        assert key in found["rows"][0]


def test_a_command_is_explained_too_and_a_slip_is_mended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Usage: forecast scenarios" in said("scenarios", capsys)
    assert main.run(["help", "exti-codes"]) == 2
    assert "Did you mean exit-codes?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "topic"), [("settings", "set"), ("exit", "exit-codes"), ("unit", "units")]
)
def test_a_topic_is_found_by_its_beginning_or_a_longer_word(
    asked: str, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def page(name: str) -> str:
        assert main.run(["help", name]) == 0
        return capsys.readouterr().out

    assert page(asked) == page(topic)
