"""`forecast explore` up to its screen: what it refuses, what it begins with, and what it saves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forecast.cli import explore, main
from forecast.errors import InputError
from forecast.explorer.app import Explorer
from forecast.explorer.state import State


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[Explorer]:
    """Return the explorers that would have been shown; there is a terminal, and nobody opens a
    bench."""
    found: list[Explorer] = []
    monkeypatch.setattr(explore, "_check_place", lambda _: None)
    monkeypatch.setattr(explore, "run_until_left", found.append)
    return found


def test_without_textual_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explore, "find_spec", lambda _: None)
    assert main.run(["explore"]) == 2
    said = capsys.readouterr().err
    assert "textual is not installed" in said
    assert "pip install 'forecast[explore]'" in said


def test_into_a_pipe_it_refuses_and_says_what_answers_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["explore", "--set", "agent_penetraton@2028=25%"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 problems" in said.err
    assert "Did you mean agent_penetration" in said.err
    assert "no terminal; expected a terminal" in said.err
    assert "forecast whatif answers into a pipe" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "agent_penetraton@2028=25%"), "Did you mean agent_penetration"),
        (("--scenario", "grid-bond"), "Did you mean grid-bound?"),
        (("--metric", "inference_shore"), "Did you mean inference_share"),
        (("--metric", "crossover"), "an event, which has no value at a period"),
    ],
)
def test_what_cannot_be_is_refused_before_the_screen(
    arguments: tuple[str, ...],
    said: str,
    left: list[Explorer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["explore", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert left == []


def test_it_begins_with_what_is_given_and_saves_what_comes_back(
    left: list[Explorer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["init", "."]) == 0
    changes = ("--scenario", "grid-bound", "--set", "agent_penetration@2028=25%")
    given = (*changes, "--given", "rent@2027=$1")
    assert main.run(["explore", *given, "--metric", "rent", "--draws", "256"]) == 0
    beginning = left[0].beginning
    assert beginning.state == State(
        ("grid-bound",), ("agent_penetration@2028=25%",), ("rent@2027=$1",)
    )
    assert beginning.metric == "rent"
    assert beginning.state.command_line(beginning.options) == (
        "forecast whatif --scenario grid-bound --set agent_penetration@2028=25% "
        "--given 'rent@2027=$1' --draws 256"
    )
    with pytest.raises(InputError, match="settings alone"):
        beginning.save("mine", beginning.state)
    path = beginning.save("mine", replace(beginning.state, given=()))
    assert "extends: grid-bound" in path.read_text(encoding="utf-8")
    assert main.run(["explore", "--scenario", "mine"]) == 0
    assert left[1].beginning.state == State(("mine",))
