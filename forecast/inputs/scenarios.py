"""Scenarios (`assumptions/scenarios/*.yaml`): what differs from base, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forecast.errors import InputError, Problem
from forecast.inputs.blocks import Block
from forecast.inputs.schema import Inputs, Scenario, Setting
from forecast.inputs.settings import (
    Key,
    SettingError,
    check_future,
    known_keys,
    parse_setting,
)
from forecast.inputs.yaml_nodes import Node, parse_yaml
from forecast.periods import quarter_of

BASE = "base"
_KEYS = ("title", "story", "sources", "set", "probability")


def read_scenario(
    name: str, root: Node, keys: Mapping[str, Key], problems: list[Problem]
) -> Scenario | None:
    """Return the scenario of a file, None if it has problems."""
    block = Block(root, name, _KEYS, problems)
    title, story, sources = block.text("title"), block.text("story"), block.texts("sources")
    probability = None
    if "probability" in block.entries:
        probability = block.number("probability", "share")
    node = block.entries.get("set")
    if node is not None and node.entries is None and node.shape != "nothing":
        block.complain("set", node.shape, "a mapping of KEY[@PERIOD] to values")
    settings = []
    for key, child in ((node.entries or {}) if node else {}).items():
        try:
            settings.append(parse_setting(f"{key}={child.scalar or ''}", keys, name))
        except SettingError as error:
            subject = f"{name}.set.{key}"
            problems.append(child.problem(subject, error.found, error.expected, error.hint))
    if name == BASE and settings:
        block.complain("set", "settings", "none: base is what the other scenarios differ from")
    if name != BASE and not sources:
        block.complain("sources", "no source", "sources: [one or more]")
    if not block.good:
        return None
    file = root.source.file
    return Scenario(name, title, story, sources, tuple(settings), file, probability)


def read_scenario_file(path: Path, inputs: Inputs) -> Scenario:
    """Return the scenario of a file outside the workspace. Raises InputError."""
    problems: list[Problem] = []
    try:
        content = path.read_bytes()
    except OSError as error:
        found = error.strerror or str(error)
        raise InputError(
            Problem("command line", f"--scenario {path}", found, "a scenario's YAML file")
        ) from error
    root = parse_yaml(str(path), content, problems)
    keys = known_keys(inputs.assumptions, inputs.drivers)
    scenario = read_scenario(path.stem, root, keys, problems) if root else None
    if scenario is None or problems:
        raise InputError(problems)
    last = quarter_of(inputs.data_through)
    for setting in scenario.settings:
        try:
            check_future(setting, last)
        except SettingError as error:
            problem = Problem(str(path), setting.text, error.found, error.expected, error.hint)
            problems.append(problem)
    if problems:
        raise InputError(problems)
    return scenario


def drop_past_settings(scenario: Scenario, last: int) -> tuple[Scenario, tuple[str, ...]]:
    """Return a scenario without the settings that new data have overtaken, and a warning for each.

    A scenario is written once and data keep arriving, so this must not stop a run.
    """
    kept: list[Setting] = []
    warnings = []
    for setting in scenario.settings:
        try:
            check_future(setting, last)
            kept.append(setting)
        except SettingError as error:
            warnings.append(f"{scenario.file}: {setting.text} left out: expected {error.expected}")
    return Scenario(**{**vars(scenario), "settings": tuple(kept)}), tuple(warnings)
