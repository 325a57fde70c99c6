"""What-ifs that are worth keeping: settings as a scenario file of the workspace."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from forecast.errors import Problem
from forecast.inputs.schema import Inputs, Setting
from forecast.inputs.settings import in_force, known_keys

_NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_LONGEST = 100
_TAKEN = ("base", "changed", "difference")  # what the cases of a comparison are called
_FOLDER = "assumptions/scenarios"


def scenario_file(name: str, workspace: Path | None) -> Path:
    """Return where a scenario of a workspace stands."""
    return (workspace or Path()) / _FOLDER / f"{name}.yaml"


def saving_problems(
    name: str, workspace: Path | None, inputs: Inputs, settings: Sequence[Setting]
) -> list[Problem]:
    """Return what keeps settings from becoming a scenario of that name."""
    problems: list[Problem] = []

    def complain(found: str, expected: str, hint: str = "") -> None:
        place, subject = "command line", f"--save-scenario {name}"
        problems.append(Problem(place, subject, found, expected, hint))

    if workspace is None or not (workspace / "assumptions").is_dir():
        where = "a workspace without assumptions/" if workspace else "no workspace"
        hint = "Make one with forecast init DIR and run there."
        complain(where, "a workspace to keep it in", hint)
    if not _NAME.match(name):
        complain(repr(name), "lower-case letters and digits, with hyphens between")
    elif len(name) > _LONGEST:
        complain(f"{len(name)} letters", f"at most {_LONGEST}")
    elif name in inputs.scenarios or name in _TAKEN or scenario_file(name, workspace).exists():
        complain("a name that is taken", "a new name", "Nothing is overwritten.")
    if not settings:
        complain("nothing changed", "--set or --scenario")
    return problems


def scenario_text(
    name: str, inputs: Inputs, extends: str, settings: Sequence[Setting], day: date
) -> str:
    """Return the scenario file of settings, as people wrote them.

    `settings` begin with those of the scenario that it `extends` (empty for none), which the file
    leaves to it; `day` dates the judgement.
    """
    inherited = len(inputs.scenarios[extends].settings) if extends else 0
    own = in_force(settings[inherited:], known_keys(inputs.assumptions, inputs.drivers))
    said = " and ".join(each.text for each in own) or f"as in {extends}"
    lines = [
        f"title: {_quoted(name.replace('-', ' ').capitalize())}",
        f"story: {_quoted(f'What if: {said}.')}",
        f"sources: [{_quoted(f'judgement of whoever ran forecast whatif, as of {day}')}]",
    ]
    if extends:
        lines.append(f"extends: {extends}")
    lines.append("set:" if own else "set: {}")
    lines += [f"  {_quoted(key)}: {_quoted(value)}" for key, value in map(_entry, own)]
    return "\n".join(lines) + "\n"


def _entry(setting: Setting) -> tuple[str, str]:
    """Return a setting's key with its period, and its value as it was written."""
    key = f"{setting.key}@{setting.period}" if setting.period else setting.key
    return key, setting.text.partition("=")[2].strip()


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back whatever it holds: YAML takes JSON's strings."""
    return json.dumps(text, ensure_ascii=False)
