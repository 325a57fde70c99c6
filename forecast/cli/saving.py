"""Changes kept as a scenario of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.cli.files import write_file
from forecast.cli.options import COMMAND_LINE
from forecast.errors import InputError, Problem

if TYPE_CHECKING:
    from forecast.world.case import Case


def obstacles(name: str, workspace: Path | None, as_it_is: Case, changed: Case) -> list[Problem]:
    """Return what keeps the changes from becoming a scenario."""
    from forecast.inputs.saving import saving_problems

    added = changed.settings[len(as_it_is.settings) :]
    return saving_problems(name, workspace, changed.inputs, added)


def keep(
    name: str, workspace: Path | None, chain: Sequence[str], as_it_is: Case, changed: Case
) -> Path:
    """Write the changes as a scenario of the workspace, which extends the first of a chain of
    scenarios, and return its file. Raises InputError if that cannot be."""
    from forecast.inputs.saving import scenario_file, scenario_text

    first = chain[0] if chain and chain[0] in changed.inputs.scenarios else ""
    added = changed.settings[len(as_it_is.settings) :]
    day = changed.as_of or changed.inputs.data_through
    text = scenario_text(name, changed.inputs, first, added, day)
    path = scenario_file(name, workspace)
    try:
        path.parent.mkdir(exist_ok=True)
        write_file(path, text)
    except OSError as error:
        found = error.strerror or str(error)
        subject = f"--save-scenario {name}"
        problem = Problem(COMMAND_LINE, subject, found, f"a file {path} that can be written")
        raise InputError(problem) from error
    return path
