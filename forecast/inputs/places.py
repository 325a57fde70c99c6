"""Where inputs live: a workspace, or the base case that is built into the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forecast.errors import InputError, Problem
from forecast.inputs.bounds import read_bounded

_CALENDARS = "fiscal_calendars.csv"


@dataclass(frozen=True)
class InputFile:
    """A file as it was read: `name` is its path below the folder of inputs, for messages."""

    name: str
    content: bytes


def find_workspace(start: Path | None = None, explicit: Path | None = None) -> Path | None:
    """Return the workspace that `explicit` names, or else the nearest one from `start` upward.

    A workspace has `.forecast/`, or `forecast.toml`, or both `assumptions/` and `data/`. `start`
    defaults to the current folder. Returns None if there is none. Raises InputError if `explicit`
    is not a folder.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise InputError(
                Problem("command line", "--workspace", str(explicit), "a folder that exists")
            )
        return explicit.resolve()
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if is_workspace(folder)), None)


def is_workspace(folder: Path) -> bool:
    """Return whether a folder is a workspace; a checkout as it was cloned is the built-in case."""
    if (folder / ".forecast").is_dir() or (folder / "forecast.toml").is_file():
        return True
    has_inputs = (folder / "assumptions").is_dir() and (folder / "data").is_dir()
    return has_inputs and folder != builtin_folder()


def builtin_folder() -> Path:
    """Return the folder that holds the built-in `assumptions/` and `data/`.

    In a wheel they lie inside the package, in an editable checkout at the top of the repository.
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "builtin"
    return inside if inside.is_dir() else package.parent


def input_folder(workspace: Path | None, name: str) -> Path:
    """Return the folder `name` (`assumptions` or `data`) of the workspace, or else the built-in."""
    if workspace is not None and (workspace / name).is_dir():
        return workspace / name
    return builtin_folder() / name


def read_input_files(workspace: Path | None) -> tuple[InputFile, ...]:
    """Return every file that shapes the inputs, in a fixed order.

    Assumptions without `defaults.yaml` take the built-in one.

    Raises InputError naming each file that cannot be read.
    """
    assumptions = input_folder(workspace, "assumptions")
    data = input_folder(workspace, "data")
    calendars = data if (data / _CALENDARS).is_file() else builtin_folder() / "data"
    has_defaults = (assumptions / "defaults.yaml").is_file()
    defaults = assumptions if has_defaults else builtin_folder() / "assumptions"
    found = [
        *((assumptions, path) for path in sorted((assumptions / "base").glob("*.yaml"))),
        *((assumptions, assumptions / name) for name in ("drivers.yaml", "targets.yaml")),
        *((assumptions, path) for path in assumptions.glob("money.yaml")),
        (defaults, defaults / "defaults.yaml"),
        *((assumptions, path) for path in sorted((assumptions / "scenarios").glob("*.yaml"))),
        (data, data / "series.csv"),
        *((data, path) for path in sorted((data / "observations").glob("*.csv"))),
        *((data, path) for path in data.glob("guidance.csv")),  # a workspace may have none
        (calendars, calendars / _CALENDARS),
    ]
    files: list[InputFile] = []
    problems: list[Problem] = []
    for folder, path in found:
        name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        content = read_bounded(path, name, problems)
        if content is not None:
            files.append(InputFile(name, content))
    if problems:
        raise InputError(problems)
    return tuple(files)
