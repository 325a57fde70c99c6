"""What a page is made of, before a format draws it: prose, tables, lists and drawings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.report.numbers import MISSING

ALL = 200  # columns of text of a page that nothing limits
Emphasis = Literal["plain", "strong", "quiet"]


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
class Cell:
    """What a cell says, its raw `value` and the ends of its `band`, lines of a smaller `note` and
    an `address` that it leads to.

    Note lines of a row belong together across its cells: its label's say what each line is.
    """

    text: str = ""
    value: float | str | None = None
    note: tuple[str, ...] = ()
    band: tuple[float, float] | None = None
    address: str = ""

    @property
    def raw(self) -> float | str:
        """The value to sort and save by: the text where there is no other, nothing for a dash."""
        if self.value is None:
            return "" if self.text == MISSING else self.text
        return self.value


@dataclass(frozen=True)
class Column:
    """A column's head. Numbers stand to the right; banded cells have a band in their note; columns
    that are `is_extra` give way where there is no room for them."""

    title: str
    is_number: bool = True
    is_banded: bool = False
    is_forecast: bool = False
    is_extra: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table, its label first: `depth` says below which it stands, a quiet one is a
    remark on the one above it; its texts are its values divided by `divisor`, where they agree."""

    cells: tuple[Cell, ...]
    depth: int = 0
    is_quiet: bool = False
    divisor: float = 1.0


@dataclass(frozen=True)
class Table:
    """Rows under column heads, with a name for the file that it can be saved as.

    Where the first column has no head, title and unit stand in its place. `bar` is the index among
    the columns after the first before which the forecast begins, if one is drawn.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    unit: str = ""
    bar: int | None = None

    @property
    def heading(self) -> str:
        """What stands over the labels: their head, or else the title with its unit."""
        return self.columns[0].title or f"{self.title}  {self.unit}".strip()


def text_columns(*titles: str) -> tuple[Column, ...]:
    """Return columns of words."""
    return tuple(Column(title, is_number=False) for title in titles)


def number_columns(*titles: str) -> tuple[Column, ...]:
    """Return columns of numbers."""
    return tuple(Column(title) for title in titles)


def grid_columns(label: str, *titles: str) -> tuple[Column, ...]:
    """Return the column of the labels, under its head, and columns of numbers."""
    return (*text_columns(label), *number_columns(*titles))


def row_of(*cells: Cell | str, depth: int = 0, is_quiet: bool = False) -> Row:
    """Return a row of cells; those without more than a text may be that text."""
    full = (each if isinstance(each, Cell) else Cell(each) for each in cells)
    return Row(tuple(full), depth, is_quiet)


def rows_of(lines: Iterable[Iterable[Cell | str]]) -> tuple[Row, ...]:
    """Return a row of each line of cells."""
    return tuple(row_of(*line) for line in lines)


def heading_row(text: str, columns: Sequence[Column]) -> Row:
    """Return a row that names those below it."""
    return row_of(text, *("" for _ in columns[1:]))


@dataclass(frozen=True)
class Facts:
    """Short remarks below one another, each behind its (name, text)."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Whiskers:
    """Shares on a line from 0 to 100%: one (label, low, middle, high) for each period."""

    title: str
    rows: tuple[tuple[str, float, float, float], ...]


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


Block = Prose | Table | Facts | Whiskers | Chart | Outline
