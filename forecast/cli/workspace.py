"""`forecast init`: a folder with every input of the built-in base case, to read and to change."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.options import COMMAND_LINE
from forecast.cli.output import remark
from forecast.errors import InputError, Problem

FOLDERS = ("assumptions", "data")
SETTINGS_FILE = "forecast.toml"
SETTINGS = """\
# Settings of this workspace. The command line and the environment
# (FORECAST_DRAWS, FORECAST_SEED ...) win over what stands here.

# through = "2028"            # last period: a year or a quarter such as 2029Q2
# draws = 8192                # more draws, smaller sampling error
# seed = 1
# bands = "10,50,90"          # percentiles that tables show
# scenario = ["grid-bound"]   # applied to every run; see forecast scenarios
# set = ["agent_penetration@2028=25%"]
# contact = "Name name@domain" # whom forecast refresh names to publishers; SEC requires it
"""
EXAMPLES = "\b\nExamples:\n  forecast init my-case\n  forecast init ."


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("init", epilog=EXAMPLES)(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")] = Path(
        "."
    ),
) -> None:
    """Make a workspace: a copy of every input, to change."""
    import shutil

    from forecast.inputs import input_folder

    refuse_to_overwrite(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            shutil.copytree(input_folder(None, name), folder / name)
        (folder / SETTINGS_FILE).write_text(SETTINGS, encoding="utf-8")
    except OSError as error:
        for name in FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
        with suppress(OSError):
            (folder / SETTINGS_FILE).unlink()
        found = error.strerror or _first_reason(error)
        problem = Problem(COMMAND_LINE, f"init {folder}", found, "a folder that can be written")
        raise InputError(problem) from error
    remark(f"made {folder / 'assumptions'}, {folder / 'data'} and {folder / SETTINGS_FILE}")
    if folder != Path("."):
        remark(f"next: cd {folder} && forecast project")


def _first_reason(error: OSError) -> str:
    """Return why the first of several files could not be copied, without its long name."""
    several = error.args[0] if error.args and isinstance(error.args[0], list) else [(str(error),)]
    return str(several[0][-1]).partition("] ")[2].partition(": ")[0] or str(error)


def refuse_to_overwrite(folder: Path) -> None:
    """Raise InputError naming everything in `folder` that a new workspace would overwrite."""
    if folder.exists() and not folder.is_dir():
        problem = Problem(COMMAND_LINE, f"init {folder}", "a file", "a new or empty folder")
        raise InputError(problem)
    # A link that leads nowhere is there too.
    existing = [name for name in (*FOLDERS, SETTINGS_FILE) if os.path.lexists(folder / name)]
    if existing:
        hint = "Nothing was changed. Choose another folder."
        raise InputError(
            Problem(
                str(folder / name),
                f"init {folder}",
                "it is there already",
                "a folder without it",
                hint,
            )
            for name in existing
        )
