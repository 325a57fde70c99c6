"""Is the installation sound: checks with what was found beside them, and the settings in force."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from forecast import __version__
from forecast.errors import InputError
from forecast.inputs import load
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.rows.plausible import plausible_rows
from forecast.store import StoredGuidance, StoredRow, cache_limit, open_store
from forecast.store.cache import LIMIT
from forecast.store.runs import PAYLOADS, RUNS

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "PyYAML", "typer", "rich")


@dataclass(frozen=True)
class CheckRow:
    """What was found of an installation, and what to do where it does not hold."""

    check: str
    found: str
    holds: bool = True
    hint: str = ""


@dataclass(frozen=True)
class SettingRow:
    """A setting in force, and where it comes from."""

    setting: str
    value: str
    origin: str


def installation(workspace: Path | None) -> list[CheckRow]:
    """Return what is installed and whether it works: one row for each check."""
    place = str(workspace) if workspace else "none; the built-in base case is used"
    return [
        _python(),
        CheckRow("forecast", __version__),
        *(_package(name) for name in PACKAGES),
        CheckRow("workspace", place),
        *_store(workspace),
        *_inputs(workspace),
    ]


def _ingested(workspace: Path | None, inputs: Inputs) -> list[CheckRow]:
    """Return whether every ingested row of a series that is read can be evaluated."""
    if workspace is None:
        return []
    store = open_store(workspace)
    observed, bad = plausible_rows(store.kept(StoredRow, inputs.series))
    said, worse = plausible_rows(store.kept(StoredGuidance))
    if wrong := (*bad, *worse):
        found = f"{len(wrong):,} left out: {wrong[0]}"
        return [CheckRow("ingested rows", found, False, "all of them: forecast forget --list")]
    return [CheckRow("ingested rows", f"{len(observed) + len(said):,} of known series, in order")]


def _python() -> CheckRow:
    found = ".".join(str(part) for part in sys.version_info[:3])
    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    return CheckRow("python", found, sys.version_info >= OLDEST_PYTHON, f"needs {oldest} or newer")


def _package(name: str) -> CheckRow:
    try:
        return CheckRow(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return CheckRow(
            name, "not installed", False, "install forecast again with its dependencies"
        )


def _store(workspace: Path | None) -> list[CheckRow]:
    path = open_store(workspace).path
    existing = next(each for each in (path, *path.parents) if each.exists())
    writable = os.access(existing, os.W_OK)
    hint = "results are not kept between runs; make the folder writable"
    return [
        CheckRow("store", str(path), writable, "" if writable else hint),
        *_sizes(workspace),
    ]


def _sizes(workspace: Path | None) -> list[CheckRow]:
    """Return how large the store is and what bounds it."""
    store = open_store(workspace)
    try:
        found, limit = store.sizes(), cache_limit()
    except InputError as error:
        problem = error.problems[0]
        wrong = f"{problem.place}: {problem.subject}: {problem.found}"
        return [CheckRow("store size", wrong, False, problem.hint or problem.expected)]
    size = store.path.stat().st_size if store.path.is_file() else 0
    cache = f"{found.cache / 1e6:,.1f} of at most {limit / 1e6:,.0f} MB, {found.entries:,} entries"
    cache += f"; {LIMIT} sets the limit"
    runs = f"{found.runs:,} of at most {RUNS:,}; what they found and rest on"
    runs += f" {found.payloads / 1e6:,.1f} of at most {PAYLOADS / 1e6:,.0f} MB"
    rows = f"{found.rows:,} ingested or accepted, {found.proposals:,} proposals; no limit"
    return [
        CheckRow("store size", f"{size / 1e6:,.1f} MB in all"),
        CheckRow("cache", cache),
        CheckRow("runs kept", runs),
        CheckRow("rows", rows),
    ]


def _inputs(workspace: Path | None) -> list[CheckRow]:
    try:
        inputs = load(workspace)
    except InputError as error:
        count = len(error.problems)
        found = f"{count} problem{'s' if count != 1 else ''}: {error.problems[0].sentence()}"
        return [CheckRow("inputs", found, False, "all of them: forecast assumptions check")]
    counts = f"{len(inputs.assumptions)} assumptions, {len(inputs.observations):,} observations"
    counts += f", {len(inputs.guidance)} rows of guidance"
    return [
        CheckRow("inputs", counts),
        CheckRow("data through", inputs.data_through.isoformat()),
        *_ingested(workspace, inputs),
    ]
