"""Scenarios (`assumptions/scenarios/*.yaml`): what differs from base, in a sentence.

A scenario that `extends` another has its settings too; where both speak, its own win.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.bounds import content_of
from forecast.inputs.schema import Inputs, Scenario, Setting
from forecast.inputs.setting_values import SettingError
from forecast.inputs.settings import (
    Key,
    check_future,
    contradictions,
    in_force,
    known_keys,
    parse_setting,
)
from forecast.inputs.yaml.blocks import YamlBlock
from forecast.inputs.yaml.nodes import Node, parse_yaml
from forecast.periods import quarter_of

BASE = "base"
_KEYS = ("title", "story", "sources", "extends", "set", "probability")


def read_scenario(
    name: str, root: Node, keys: Mapping[str, Key], problems: list[Problem]
) -> Scenario | None:
    """Return the scenario of a file with its own settings, None if it has problems; that it states
    no source is none, for it is a person's own to try."""
    block = YamlBlock(root, name, _KEYS, problems)
    title, story, sources = block.text("title"), block.text("story"), block.texts("sources")
    probability = None
    if "probability" in block.entries:
        probability = block.number("probability", "share")
    extends = block.text("extends", "")
    node = block.entries.get("set")
    if node is not None and node.entries is None and node.shape != "nothing":
        block.complain("set", node.shape, "a mapping of KEY[@PERIOD] to values")
    settings = _read_settings(name, (node.entries or {}) if node else {}, keys, problems)
    if name == BASE and (settings or extends):
        key, found = ("set", "settings") if settings else ("extends", extends)
        block.complain(key, found, "none: base is what the other scenarios differ from")
    if not block.good:
        return None
    file = root.source.file
    return Scenario(name, title, story, sources, settings, file, probability, extends)


def _read_settings(
    name: str, entries: Mapping[str, Node], keys: Mapping[str, Key], problems: list[Problem]
) -> tuple[Setting, ...]:
    """Return the settings of a scenario's `set`; what is wrong is added to `problems`."""
    settings: dict[str, Setting] = {}
    for key, node in entries.items():
        try:
            settings[key] = parse_setting(f"{key}={node.scalar or ''}", keys, name)
        except SettingError as error:
            subject = f"{name}.set.{key}"
            problems.append(node.problem(subject, error.found, error.expected, error.hint))
    places = {setting.text: key for key, setting in settings.items()}
    for setting, wrong in contradictions(tuple(settings.values()), keys):
        key = places[setting.text]
        subject = f"{name}.set.{key}"
        problems.append(entries[key].problem(subject, wrong.found, wrong.expected, wrong.hint))
    return tuple(settings.values())


def check_inheritance(roots: Mapping[str, Node | None], problems: list[Problem]) -> None:
    """Check that what each scenario extends exists, and that none extends itself, directly or
    through others; `roots` holds the files of all scenarios by name."""
    parents: dict[str, str] = {}
    for name, root in roots.items():
        node = (root.entries or {}).get("extends") if root else None
        if node is None or not node.scalar:
            continue
        parents[name] = node.scalar.strip()
        if parents[name] not in roots:
            problems.append(_no_parent(node, name, parents[name], roots))
    for name in parents:
        chain = [name]
        while chain[-1] in parents and parents[chain[-1]] not in chain:
            chain.append(parents[chain[-1]])
        closes = parents.get(chain[-1]) == name
        if closes and name == min(chain):  # a circle is told once
            node = (roots[name].entries or {})["extends"]  # type: ignore[union-attr]
            found = f"a circle: {' extends '.join([*chain, name])}"
            problems.append(node.problem(f"{name}.extends", found, "a chain that ends"))


def _no_parent(node: Node, name: str, parent: str, known: Mapping[str, object]) -> Problem:
    hint = did_you_mean(parent, known)
    found = f"no scenario {parent}"
    return node.problem(f"{name}.extends", found, "a scenario of the workspace", hint)


def with_inherited(
    scenarios: Mapping[str, Scenario], keys: Mapping[str, Key]
) -> dict[str, Scenario]:
    """Return scenarios with the settings of what they extend before their own, which win."""

    def settings_of(name: str) -> tuple[Setting, ...]:
        mine = scenarios[name]
        inherited = settings_of(mine.extends) if mine.extends else ()
        return in_force((*inherited, *mine.settings), keys)

    return {name: replace(each, settings=settings_of(name)) for name, each in scenarios.items()}


def read_scenario_file(path: Path, inputs: Inputs) -> Scenario:
    """Return the scenario of a file outside the workspace, which may extend one of the workspace.

    Raises InputError.
    """
    problems: list[Problem] = []
    content = content_of(path, "command line", f"--scenario {path}")
    root = parse_yaml(str(path), content, problems)
    keys = known_keys(inputs.assumptions, inputs.drivers)
    scenario = read_scenario(path.stem, root, keys, problems) if root else None
    if root and scenario and scenario.extends and scenario.extends not in inputs.scenarios:
        node = (root.entries or {})["extends"]
        problems.append(_no_parent(node, scenario.name, scenario.extends, inputs.scenarios))
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
    if not scenario.extends:
        return scenario
    inherited = inputs.scenarios[scenario.extends].settings
    return replace(scenario, settings=in_force((*inherited, *scenario.settings), keys))


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
    return replace(scenario, settings=tuple(kept)), tuple(warnings)
