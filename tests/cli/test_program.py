"""The program from end to end: exit codes, errors, streams and files; the projection is a stub."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from example_result import front, projection, run

from forecast.cli import main, options, project
from forecast.cli.commands import COMMANDS, full_app
from forecast.errors import InputError, LockedError, Problem
from forecast.inputs import find_workspace, load, places

Compare = Callable[[str, str], None]


class Stream(io.TextIOWrapper):
    """A stream in memory that may claim to be a terminal, in any encoding."""

    def __init__(self, *, is_terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave nothing of the machine's own settings, and work in an empty folder."""
    for name in list(os.environ):
        if name.startswith("FORECAST_") and name != "FORECAST_REFRESH":
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put the example in place of the projection; return what it was asked for."""
    asked: dict[str, Any] = {}

    def load_stub(given: options.Options, *_: object) -> SimpleNamespace:
        asked["options"] = given
        return SimpleNamespace()

    def project_stub(_: object, given: options.Options, request: project.Request) -> Any:
        asked["request"] = request
        found = projection(request.by)
        identity = run(seed=given.run.seed, draws=given.run.draws, started=given.run.started)
        return replace(found, run=identity), front() if request.is_first_page else None

    monkeypatch.setattr(project, "_load", load_stub)
    monkeypatch.setattr(project, "_project", project_stub)
    return asked


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Stream, Stream]]:
    """Return a function that puts streams of a kind in place of stdout and stderr."""

    def place(**kind: Any) -> tuple[Stream, Stream]:
        out, err = Stream(**kind), Stream(**kind)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        return out, err

    return place


def test_alone_it_says_what_it_is_in_a_dozen_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([]) == 0
    text = capsys.readouterr().out
    assert 5 <= len(text.splitlines()) <= 14
    assert max(len(line) for line in text.splitlines()) <= 80
    for name in re.findall(r"^  forecast (\w+)", text, flags=re.MULTILINE):
        assert name in COMMANDS


def test_a_pipe_gets_the_plain_page(
    stub: dict[str, Any], streams: Callable[..., tuple[Stream, Stream]], as_expected: Compare
) -> None:
    out, err = streams()
    assert main.run(["project"]) == 0
    as_expected("project-80.txt", out.text())
    assert err.text() == "warning: a warning with [/markup] in it\n"


def test_columns_widen_a_pipe(
    stub: dict[str, Any],
    streams: Callable[..., tuple[Stream, Stream]],
    as_expected: Compare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    out, _ = streams()
    assert main.run(["project"]) == 0
    as_expected("project-140.txt", out.text())


@pytest.mark.parametrize("setting", ["NO_COLOR", "TERM"])
def test_a_terminal_without_colour_gets_the_same_page(
    setting: str,
    stub: dict[str, Any],
    streams: Callable[..., tuple[Stream, Stream]],
    as_expected: Compare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(setting, "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    out, err = streams(is_terminal=True)
    assert main.run(["project"]) == 0
    as_expected("project-80.txt", out.text())
    assert err.text() == "warning: a warning with [/markup] in it\n"


def test_colour_changes_no_character(
    stub: dict[str, Any],
    streams: Callable[..., tuple[Stream, Stream]],
    as_expected: Compare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out, _ = streams()
    assert main.run(["project"]) == 0
    assert "\x1b[1m" in out.text()
    as_expected("project-80.txt", re.sub(r"\x1b\[[0-9;]*m", "", out.text()))


def test_a_stream_that_cannot_encode_the_signs_gets_ascii(
    stub: dict[str, Any], streams: Callable[..., tuple[Stream, Stream]], as_expected: Compare
) -> None:
    out, _ = streams(encoding="ascii")
    assert main.run(["project"]) == 0
    assert out.text().isascii()
    assert "?" not in out.text()
    as_expected("project-80-ascii.txt", out.text())


def test_nothing_is_said_after_the_answer(
    stub: dict[str, Any], streams: Callable[..., tuple[Stream, Stream]]
) -> None:
    _, err = streams(is_terminal=True)
    assert main.run(["project", "--quiet"]) == 0
    assert err.text() == ""
    _, err = streams(is_terminal=True)
    assert main.run(["project", "-v"]) == 0
    assert "2 targets, fitted and conditioned; projected in " in err.text()


@pytest.mark.parametrize(("pager", "is_paged"), [("sed s/^/>/", True), ("cat", False), ("", False)])
def test_a_page_longer_than_the_terminal_goes_through_a_pager(
    pager: str,
    is_paged: bool,
    stub: dict[str, Any],
    streams: Callable[..., tuple[Stream, Stream]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORECAST_PAGER", pager)
    monkeypatch.setenv("LINES", "40")
    for arguments, shows in (
        (["--full"], is_paged),
        ([], False),
        (["--full", "--no-pager"], False),
    ):
        out, _ = streams(is_terminal=True)
        capfd.readouterr()
        assert main.run(["project", "-q", *arguments]) == 0
        paged = capfd.readouterr().out
        assert bool(paged) is shows
        assert bool(out.text()) is not shows
        assert all(line.startswith(">") for line in paged.splitlines())


def test_one_section_is_shown_and_a_wrong_one_names_those_that_are(
    stub: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["project", "-q", "--section", "money"]) == 0
    text = capsys.readouterr().out
    assert "MONEY" in text
    assert "COMPUTE" not in text
    assert main.run(["project", "-q", "--section", "mony"]) == 2
    said = capsys.readouterr().err
    assert "Did you mean money" in said
    assert "compute, money, power" in said


def test_json_is_pure_and_the_same_for_the_same_moment(
    stub: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    texts = []
    for _ in range(2):
        assert main.run(["project", "--json"]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        texts.append(captured.out)
    assert texts[0] == texts[1]
    found = json.loads(texts[0])["run"]
    assert (found["started"], found["duration_s"]) == ("2026-01-01T00:00:00Z", None)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.json", '{"schema": 2'),
        ("a.csv", "metric,dimension"),
        ("a.md", "built-in"),
        ("a.txt", " b"),
        ("a.xlsx", "PK"),
    ],
)
def test_a_file_implies_its_format(
    name: str, start: str, stub: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("old")
    assert main.run(["project", "-q", "-o", name]) == 0
    assert (tmp_path / name).read_bytes().startswith(start.encode())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert capsys.readouterr().out == ""


def test_a_file_is_replaced_whole_or_not_at_all(
    stub: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text("old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    assert main.run(["project", "-q", "-o", "a.json"]) == 2
    assert (tmp_path / "a.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_all_bad_options_are_reported_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--draws", "0", "--seed", "-1", "--bands", "10,90", "--through", "soon"]
    more = [
        "--as-of",
        "03/04/2026",
        "--by",
        "yer",
        "--set",
        "agent_penetraton@2028=25",
        "-o",
        "no/a",
    ]
    assert main.run(["project", *arguments, *more, "--scenario", "grid-bond"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: 9 problems in the input; nothing was run\n")
    options_named = (
        "--draws 0",
        "--seed -1",
        "--bands 10,90",
        "--through soon",
        "--by yer",
        "-o no/a",
    )
    for name in (*options_named, "--as-of 03/04/2026", "--scenario grid-bond"):
        assert f"\n    {name}\n" in captured.err
    assert "Did you mean year?" in captured.err
    assert "Did you mean grid-bound?" in captured.err
    assert "Did you mean agent_penetration" in captured.err


def test_metrics_and_horizons_are_checked_against_the_inputs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--metric", "inferense_share", "--through", "2023"]
    assert main.run(["project", *arguments]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: 2 problems")
    assert "Did you mean inference_share" in text
    assert "2023" in text


def test_metrics_and_horizons_are_checked_whatever_else_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = ["--metric", "inferense_share", "--through", "2040", "--breakdown", "silcon"]
    assert main.run(["project", *wrong, "--scenario", "grid-bond", "--set", "nothing=1"]) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: 5 problems")
    for name in ("--metric inferense_share", "--through", "--breakdown silcon"):
        assert f"\n    {name}\n" in text
    assert "Did you mean silicon?" in text


def test_errors_are_json_for_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--json"], ["--format=json"], ["--format", "csv"], ["-o", "a.json"]):
        assert main.run(["project", "--draws", "0", *arguments]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        error = json.loads(captured.err)["error"]
        assert error["exit_code"] == 2
        assert error["problems"][0]["subject"] == "--draws 0"


def test_problems_of_files_show_the_line(
    stub: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    excerpt = "41 │     p10: 2.4M\n   │          ^^^^ P10 is above P90"
    problems = [
        Problem("b.csv:10", "source_url", "empty", "a source"),
        Problem("b.csv:9", "unit", "'[/x]'", "a known unit"),
        Problem("a.yaml:41:5", "chip_life", "P10 is above P90", "order", "Swapped?", excerpt),
        Problem("command line", "--set a=1", "no such name", "a name"),
    ]

    def refuse(*_: object) -> None:
        raise InputError(problems)

    monkeypatch.setattr(project, "_load", refuse)
    assert main.run(["project"]) == 2
    assert capsys.readouterr().err == (
        "error: 4 problems in the input; nothing was run\n"
        "\n  command line\n    --set a=1\n        no such name; expected a name\n"
        "\n  a.yaml:41:5   chip_life\n"
        "    41 │     p10: 2.4M\n       │          ^^^^ P10 is above P90\n"
        "        expected order\n        Swapped?\n"
        "\n  b.csv:9   unit\n        '[/x]'; expected a known unit\n"
        "\n  b.csv:10   source_url\n        empty; expected a source\n"
    )


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (LockedError("another run holds the lock"), 3, "error: another run holds the lock"),
        (KeyError("x"), 70, "a defect of forecast, not of your input: KeyError: 'x'"),
        (OSError(errno.ENOSPC, "No space left"), 2, "error: could not write: No space left"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_exit_codes(
    raised: BaseException,
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(project, "_load", fail)
    assert main.run(["project"]) == code
    text = capsys.readouterr().err
    assert said in text
    assert "Traceback" not in text
    assert main.run(["project", "--debug"]) == code
    assert ("Traceback" in capsys.readouterr().err) == (code == 70)


@pytest.mark.parametrize("arguments", [["projct"], ["project", "--drws", "3"], ["init", "a", "b"]])
def test_bad_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert "--help" in captured.err


def test_options_come_from_the_command_line_the_environment_and_the_workspace(
    stub: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forecast.toml").write_text('draws = 256\nseed = 7\nscenario = ["grid-bound"]\n')
    monkeypatch.setenv("FORECAST_SEED", "8")
    monkeypatch.setenv("FORECAST_BANDS", "25,50,75")
    assert main.run(["project", "-q", "--bands", "5,50,95"]) == 0
    found = stub["options"]
    assert (found.run.draws, found.run.seed, found.bands) == (256, 8, (5, 50, 95))
    assert found.scenario == ("grid-bound",)
    assert found.workspace == tmp_path.resolve()


def test_a_bad_workspace_setting_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "forecast.toml").write_text("# mine\ndrawz = 256\nseed = -7\n")
    assert main.run(["project"]) == 2
    text = capsys.readouterr().err
    assert "forecast.toml:2   drawz" in text
    assert "Did you mean draws?" in text
    assert "forecast.toml:3   --seed -7" in text


def test_a_bad_variable_of_the_environment_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_DRAWS", "many")
    assert main.run(["project", "--seed", "-1"]) == 2
    text = capsys.readouterr().err
    assert "command line\n    --seed -1" in text
    assert "environment, FORECAST_DRAWS   --draws many" in text


def test_a_checkout_as_it_was_cloned_is_the_built_in_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("assumptions", "data"):
        (tmp_path / name).mkdir()
    assert find_workspace(tmp_path) == tmp_path.resolve()
    monkeypatch.setattr(places, "builtin_folder", tmp_path.resolve)
    assert find_workspace(tmp_path) is None
    (tmp_path / "forecast.toml").touch()
    assert find_workspace(tmp_path) == tmp_path.resolve()


def test_init_makes_a_workspace_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["init", "case"]) == 0
    assert load(tmp_path / "case").assumptions.keys() == load(None).assumptions.keys()
    (tmp_path / "case" / "forecast.toml").write_text("seed = 5\n")
    assert main.run(["init", "case"]) == 2
    assert "it is there already" in capsys.readouterr().err
    assert (tmp_path / "case" / "forecast.toml").read_text() == "seed = 5\n"


def test_init_on_a_full_disk_says_so_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = []

    def full(source: str, target: str) -> str:
        copied.append(target)
        if len(copied) > 3:
            raise OSError(errno.ENOSPC, "No space left on device", source)
        return str(shutil.copyfile(source, target))

    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, full, False, False))
    assert main.run(["init", str(tmp_path / "case")]) == 2
    assert "case No space left on device; expected a folder" in " ".join(
        capsys.readouterr().err.split()
    )
    assert not list((tmp_path / "case").iterdir())


def commands(group: Any, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command of the program with its words."""
    for name, command in group.commands.items():
        words = (*prefix, name)
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command


WORDED = dict(commands(typer.main.get_command(full_app())))


def test_the_index_of_commands_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert {words[0] for words in WORDED} == set(COMMANDS)
    assert main.run(["--help"]) == 0
    text = capsys.readouterr().out
    for name, (_, summary) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", text, flags=re.MULTILINE)


def test_a_shell_can_complete_commands() -> None:
    asked = {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": "forecast ass", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "forecast"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "assumptions" in done.stdout


@pytest.mark.parametrize("words", WORDED, ids=" ".join)
def test_help_has_examples(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("-h", "--help"):
        assert main.run([*words, flag]) == 0
        text = capsys.readouterr().out
        found = re.findall(r"^ *(forecast .*)$", text, flags=re.MULTILINE)
        assert 2 <= len(found) <= 4
        assert all(line.startswith(f"forecast {' '.join(words)}") for line in found)
        assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from forecast.cli.main import run; "
        f"code = run({arguments!r}); heavy = {{'numpy', 'pandas', 'scipy', 'statsmodels', "
        "'pydantic'} & set(sys.modules); sys.exit(f'{code} {heavy}' if code or heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_closed_pipe_is_no_error() -> None:
    program = [sys.executable, "-m", "forecast", "--help"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == b""
