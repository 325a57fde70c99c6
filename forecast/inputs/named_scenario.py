"""A scenario by its name, or from a file of a person's own."""

from __future__ import annotations

from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Scenario


def find_scenario(name_or_file: str, inputs: Inputs) -> Scenario:
    """Return the scenario of a name, or the one that a YAML file holds.

    Raises InputError if there is none, or if the file has problems.
    """
    path = Path(name_or_file)
    if name_or_file in inputs.scenarios:
        return inputs.scenarios[name_or_file]
    if path.suffix not in {".yaml", ".yml"}:
        hint = did_you_mean(name_or_file, inputs.scenarios)
        subject = f"--scenario {name_or_file}"
        known = f"one of {', '.join(inputs.scenarios)}, or a YAML file"
        raise InputError(Problem("command line", subject, "no such scenario", known, hint))
    from forecast.inputs.yaml.scenarios import read_scenario_file  # a parser, seldom needed

    return read_scenario_file(path, inputs)


def unsourced(scenario: Scenario) -> tuple[str, ...]:
    """Return a warning if a scenario rests on no source."""
    if scenario.sources or scenario.name == "base":
        return ()
    return (f"{scenario.file}: {scenario.name} states no source; expected sources: [one or more]",)
