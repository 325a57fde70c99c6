"""What a page is made of, before a format draws it: prose, tables, lists and drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Emphasis = Literal["plain", "strong", "quiet"]
RowKind = Literal["median", "band", "observed"]


@dataclass(frozen=True)
class View:
    """How a reader wants a result shown.

    `bands` are ascending percentiles around 50; `metrics` are those asked for by name (the headline
    ones if empty); `width` is in columns of text.
    """

    bands: tuple[float, ...] = (10, 50, 90)
    metrics: tuple[str, ...] = ()
    by: Literal["year", "quarter"] = "year"
    width: int = 80
    verbose: bool = False


@dataclass(frozen=True)
class Prose:
    """A paragraph. `label` stands before it in strong type."""

    text: str
    emphasis: Emphasis = "plain"
    label: str = ""


@dataclass(frozen=True)
class TableRow:
    """One line of a table: `cells` has one entry for each of its columns, empty where none."""

    label: str
    cells: tuple[str, ...]
    kind: RowKind = "median"


@dataclass(frozen=True)
class Table:
    """Quantities over periods. `bar` is the index of the first forecast column, if one is shown."""

    title: str
    unit: str
    columns: tuple[str, ...]
    bar: int | None
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Whiskers:
    """Shares on a line from 0 to 100%: one (label, low, middle, high) for each period."""

    title: str
    rows: tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True)
class Listing:
    """Rows of words or numbers under column heads; `is_text` sets all columns to the left."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_text: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing in characters, line by line, with a legend below."""

    title: str
    lines: tuple[str, ...]
    legend: str


@dataclass(frozen=True)
class Note:
    """A line of words under a branch of an outline, with the address it leads to if it has one."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Branch:
    """One entry of an outline: how deep it stands, its name, figures at its right, and notes."""

    depth: int
    name: str
    figures: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A tree in order of reading."""

    branches: tuple[Branch, ...]


Block = Prose | Table | Whiskers | Listing | Chart | Outline
