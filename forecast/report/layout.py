"""How metrics and their parts are presented: heading, order, short name, magnitude, colour, IAMC.

`metrics.csv` has a line for each metric, in the order of the pages, `members.csv` one for each
member of a breakdown; a metric without a line stands under OTHER with its own title.
`short_names.csv` has what drivers, assumptions and shocks are called where a title is too long.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forecast.report.numbers import UnitScale

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Presentation:
    """A metric's line of the table; empty where a page needs nothing of it.

    In `label`, "{end}" stands for "year end", or for "end" in a quarterly view. `divisor` and
    `magnitude` suit a whole history, where the largest value would choose another scale; `colour`
    names one of a chart, `country` is that of a metric that is not the world's.
    """

    metric: str
    section: str
    label: str
    divisor: str
    magnitude: str
    colour: str
    iamc: str
    country: str


@dataclass(frozen=True)
class Section:
    """A heading, the unit of most of its rows, and its metrics with their short names."""

    title: str
    unit: str
    scale: UnitScale | None
    rows: tuple[tuple[str, str], ...]


def _lines(name: str) -> Iterator[list[str]]:
    """Yield the lines of a table without its head."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        yield from lines


def _section(title: str, unit: str, scale: UnitScale | None) -> Section:
    mine = (each for each in PRESENTATIONS.values() if each.section == title)
    return Section(title, unit, scale, tuple((each.metric, each.label) for each in mine))


PRESENTATIONS = {each.metric: each for each in (Presentation(*x) for x in _lines("metrics.csv"))}
SECTIONS = (
    _section("COMPUTE", "H100e", UnitScale(1e6, "M H100e")),
    _section("MONEY", "USD", UnitScale(1e9, "$B")),
    _section("POWER", "W", UnitScale(1e9, "GW")),
    _section("DRIVERS", "", None),
    _section("UNIT ECONOMICS", "", None),
)
SCALES = {
    name: UnitScale(float(each.divisor), each.magnitude)
    for name, each in PRESENTATIONS.items()
    if each.divisor
}
# How the members of breakdowns read.
MEMBERS = {member: title for member, title in _lines("members.csv")}
SHORT_NAMES = {name: short for name, short in _lines("short_names.csv")}
LISTED = frozenset(metric for section in SECTIONS for metric, _ in section.rows)
EVENTS = {name: each.label for name, each in PRESENTATIONS.items() if each.section == "WHEN"}
# What binds is shown as a list of its own, events in words.
NOT_TABLED = frozenset({"binding_constraint", *EVENTS})
CONSTRAINTS = ("finance", "chips", "power", "none")


def titled(metric: str, title: str) -> str:
    """Return a metric's title; that of a part (METRIC.MEMBER) begins with the part's own name."""
    _, _, member = metric.partition(".")
    own = MEMBERS.get(member)
    return f"{own},{title.partition(',')[2]}" if own else title
