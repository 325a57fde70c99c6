"""What a shell may complete: names read off the input files as text, without the model.

An option completes by the name of its parameter, or by its metavar: one that lists its choices
(`year|quarter`) completes those. Nothing here imports numpy or reads YAML, because a shell waits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from forecast.inputs.places import find_workspace, input_folder

Complete = Callable[[str], list[str]]

DIMENSIONS = (
    *("buyer", "company", "component", "layer", "limit", "owner"),
    *("region", "segment", "silicon", "source", "tier"),
)
FIRST_YEAR, LAST_YEAR = 2024, 2035
KEY_FILES = ("base/*.yaml", "drivers.yaml", "money.yaml")
CHOICES = re.compile(r"[a-z-]+(\|[a-z-]+)+")


def completer(name: str, metavar: str | None) -> Complete | None:
    """Return what completes a parameter of this name and metavar, None if nothing can."""
    if metavar and CHOICES.fullmatch(metavar):
        return _beginning(lambda: metavar.split("|"))
    return COMPLETERS.get(name) or COMPLETERS.get(metavar or "")


def _beginning(names: Callable[[], Iterable[str]]) -> Complete:
    """Return what completes the beginning of a name."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def _dated(names: Callable[[], Iterable[str]], tail: str = "") -> Complete:
    """Return what completes NAME, then NAME@PERIOD and what comes after a period."""

    def complete(incomplete: str) -> list[str]:
        name, at, period = incomplete.partition("@")
        if not at:
            return _beginning(names)(name)
        return [f"{name}@{each}{tail}" for each in _beginning(periods)(period)]

    return complete


def metrics() -> list[str]:
    """Return the ids of the metrics."""
    return _column(Path(__file__).parents[1] / "report" / "metrics.csv", "metric")


def members() -> list[str]:
    """Return the members of breakdowns."""
    return _column(Path(__file__).parents[1] / "report" / "members.csv", "member")


def metrics_and_members() -> list[str]:
    """Return what `forecast get` and `forecast chart` find: metrics, then members of them."""
    return [*metrics(), *members()]


def series() -> list[str]:
    """Return the ids of the series."""
    return _column(input_folder(find_workspace(), "data") / "series.csv", "series_id")


def names() -> list[str]:
    """Return who has published a claim."""
    return _column(input_folder(find_workspace(), "data") / "claims.csv", "who")


def keys() -> list[str]:
    """Return the names of assumptions and drivers, which begin a line of their files."""
    folder = input_folder(find_workspace(), "assumptions")
    files = sorted(path for pattern in KEY_FILES for path in folder.glob(pattern))
    found = (
        re.findall(r"^([a-z]\w*):", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in files
    )
    return sorted({key for each in found for key in each})


def scenarios() -> list[str]:
    """Return the names of the scenarios."""
    folder = input_folder(find_workspace(), "assumptions") / "scenarios"
    return sorted(path.stem for path in folder.glob("*.yaml"))


def periods() -> list[str]:
    """Return years, each followed by its quarters."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    return [f"{year}{part}" for year in years for part in ("", "Q1", "Q2", "Q3", "Q4")]


def _column(path: Path, name: str) -> list[str]:
    """Return the values of a table's column, in order and once each; none without such a file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row[name] for row in csv.DictReader(file) if row.get(name)))


COMPLETERS: dict[str, Complete] = {
    "metric": _dated(metrics),
    "metrics": _beginning(metrics_and_members),
    "asked": _dated(metrics_and_members),
    "question": _dated(metrics),
    "about": _beginning(metrics),
    "given": _dated(metrics, "="),
    "set": _dated(keys, "="),
    "vary": _dated(keys),
    "grid": _beginning(keys),
    "key": _beginning(keys),
    "scenario": _beginning(scenarios),
    "against": _beginning(scenarios),
    "names": _beginning(scenarios),
    "series": _beginning(series),
    "breakdown": _beginning(lambda: DIMENSIONS),
    "member": _beginning(members),
    "who": _beginning(names),
    "year": _beginning(periods),
    "PERIOD": _beginning(periods),
}
