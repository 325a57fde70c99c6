"""What forecast.toml of a workspace sets, each setting with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forecast.errors import Problem, did_you_mean

# What forecast.toml may set; the rest belongs to one run.
FILE_KEYS = ("scenario", "set", "through", "draws", "seed", "bands", "format", "contact")
CONTACT = "FORECAST_CONTACT"


def read_contact(workspace: Path | None, problems: list[Problem]) -> str:
    """Return who asks publishers, which some require to be told; empty if nobody said."""
    value, place = contact_in(file_settings(workspace, problems) if workspace else {})
    if value and not (value.isprintable() and value.isascii() and "@" in value):
        problems.append(Problem(place, "contact", repr(value), "as in: Name name@domain"))
    return value


def contact_in(from_file: Mapping[str, tuple[Any, str]]) -> tuple[str, str]:
    """Return the contact and its origin."""
    if value := os.environ.get(CONTACT, "").strip():
        return value, f"environment, {CONTACT}"
    value, place = from_file.get("contact", ("", "default"))
    return str(value).strip(), place


def file_settings(workspace: Path, problems: list[Problem]) -> Mapping[str, tuple[Any, str]]:
    """Return what forecast.toml sets, each with its place."""
    path = workspace / "forecast.toml"
    if not path.is_file():
        return {}
    import tomllib

    try:
        content = path.read_text(encoding="utf-8")
        found = tomllib.loads(content)
    except (OSError, ValueError) as error:
        problems.append(Problem("forecast.toml", "file", str(error), "a TOML file"))
        return {}
    except RecursionError:
        deep = "lists or tables nested too deeply"
        problems.append(Problem("forecast.toml", "file", deep, "a TOML file"))
        return {}
    places = {key: f"forecast.toml:{_line_of(key, content)}" for key in found}
    for key in found.keys() - set(FILE_KEYS):
        hint = did_you_mean(key, FILE_KEYS)
        expected = f"one of {', '.join(FILE_KEYS)}"
        problems.append(Problem(places[key], key, "an unknown setting", expected, hint))
    return {key: (found[key], places[key]) for key in FILE_KEYS if key in found}


def _line_of(key: str, content: str) -> int:
    """Return the line on which a key of a TOML file stands."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.replace("[", " ").replace("]", " ").strip().startswith(key):
            return number
    return 1
