"""A table as it was recognised: which columns are periods, figures and names, in which units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.inputs.tables.cells.kinds import main_kind, names_period
from forecast.inputs.tables.cells.passed_over import is_total
from forecast.inputs.tables.cells.period_texts import Period, read_period
from forecast.inputs.tables.cells.unit_texts import unit_in, without_unit
from forecast.inputs.tables.formats.lines import Cells, Sheet
from forecast.inputs.tables.layout.headers import Header

_SAMPLE = 300  # lines that tell what a column holds
_PARTS = re.compile(r"^(?:quarter|qtr|quartal|month|monat|mois|mes|mese)s?$")
_MOST_PARTS = 12  # of a year
_ANY_YEAR = 2024
_FISCAL = re.compile(r"\b(?:fiscal|financial|fy|fq)\b")
# What is computed from other columns, or counts lines, is no series beside them.
DERIVED = re.compile(
    r"\b(?:change|growth|yoy|y/y|qoq|cagr|rank|margin of error|cycle|period)\b"
    r"|^(?:(?:survey )?wave|n|base n|lower|upper)$"
    # Limits of confidence and standard errors are no ends of a figure unless somebody says so.
    r"|\b(?:ci|confidence|standard errors?|std err(?:or)?|lcl|ucl|lci|uci)\b"
    r"|^(?:se|std|stderr)$|\bkonfidenz|\bstandardfehler\b|\bintervalo\b|\bintervalle\b"
    r"|\b(?:lower|upper) (?:bound|limit|estimate)\b"
)
CODES = re.compile(
    r"\b(?:code|iso|iso2|iso3|cik|ticker|lei)\b|^id$|\bid$"
    r"|^(?:structure|action|dataflow|last update|dguid|vector|coordinate|conf status)$"
)
_MEASURES = re.compile(
    r"\b(?:indic(?:ator)?|metric|variable|measure|item|concept|question|answer)\b"
)


@dataclass(frozen=True)
class Layout:
    """A table as it was recognised.

    `roles` are columns by role. `figures` are the columns of figures: of a table with periods
    across, `periods` has a text for each of them, `measures` what is measured where the heads say
    it too; of one with years down and quarters or months across, `parts` has a text; `title_period`
    is that of all figures, which a title names; `second` is a quarter beside the year, or below one
    across; `power` holds powers of ten. `labels` name the series; `units` has the unit that is
    stated of each column of figures, `title_unit` that of the whole table.
    """

    sheet: Sheet
    header: Header
    roles: dict[str, int]
    figures: tuple[int, ...] = ()
    periods: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    title_period: str = ""
    second: int | None = None
    power: int | None = None
    labels: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    title_unit: str = ""

    @property
    def names(self) -> Cells:
        """The names of the columns."""
        return self.header.names

    @property
    def body(self) -> Sequence[tuple[int, Cells]]:
        """The lines below the header."""
        return self.sheet.lines[self.header.body :]

    @property
    def place(self) -> str:
        """Where the header stands."""
        return f"{self.sheet.file}:{self.header.line}" if self.header.line else self.sheet.file

    def column(self, index: int) -> list[str]:
        """Return the first cells of a column."""
        return [cells[index] for _, cells in self.body[:_SAMPLE] if index < len(cells)]

    def is_fiscal(self, index: int) -> bool:
        """Return whether a column's name says that its years or quarters are fiscal ones."""
        return bool(_FISCAL.search(words_of(self.names[index])))

    def is_measure(self, index: int) -> bool:
        """Return whether a column of names says what is measured, rather than of whom."""
        return bool(_MEASURES.search(words_of(self.names[index])))


def describe(layout: Layout) -> list[str]:
    """Return what a table was taken for, in a few words each."""
    said = []
    if layout.periods:
        lengths = {period.frequency for text in layout.periods if (period := period_of(text))}
        words = {"A": "years", "FY": "fiscal years", "Q": "quarters", "M": "months", "W": "weeks"}
        said.append(
            f"{words.get(lengths.pop(), 'periods') if len(lengths) == 1 else 'periods'} across"
        )
    elif layout.parts:
        down = "" if layout.title_period else "years down, "
        said.append(f"{down}{layout.parts[0]} to {layout.parts[-1]} across")
    elif len(layout.figures) > 1:
        said.append(f"{len(layout.figures)} series across")
    else:
        said.append("a figure in each line")
    if layout.header.line > 1:
        said.append(f"header in line {layout.header.line}")
    if layout.title_period:
        said.append(f"{layout.title_period} from the title")
    if layout.second is not None and "period_end" not in layout.roles:
        said.append("its parts down" if layout.title_period else "parts of them down")
    elif layout.second is not None:
        both = f"{layout.names[layout.roles['period_end']]} and {layout.names[layout.second]}"
        said.append(f"period from {both}")
    return said


def holds_figures(layout: Layout, index: int) -> bool:
    """Return whether a column holds figures, or nothing that speaks against them."""
    return main_kind(layout.column(index)) in {"figure", "year", ""}


def holds_shares(layout: Layout) -> bool:
    """Return whether a head, a title or a cell of a table says per cent."""
    texts = (*layout.names, *layout.header.titles)
    first = layout.body[:_SAMPLE]
    return any(unit_in(text) == "%" for text in texts) or any(
        "%" in cell for _, cells in first for cell in cells
    )


def is_part(text: str, head: str) -> bool:
    """Return whether a text below a head names a part of any year: Jan., Q1, or 1 below Month."""
    text = without_unit(text)
    if text.isdecimal():
        return bool(_PARTS.match(words_of(head))) and 1 <= int(text) <= _MOST_PARTS
    return not names_period(text) and names_period(f"{text.rstrip('.')} {_ANY_YEAR}")


def part_column(layout: Layout) -> int | None:
    """Return the column, beside those of figures, of months or quarters of a year that stands
    above; None where there is none."""
    taken = {*layout.roles.values(), *layout.figures}
    for index, name in enumerate(layout.names):
        told = [cell for cell in layout.column(index) if cell.strip() and not is_total(cell)]
        if (
            index not in taken
            and len(told) > 1
            and all(is_part(cell.strip(), name) for cell in told)
        ):
            return index
    return None


def words_of(name: str) -> str:
    """Return the words of a column's name in small letters, without its unit."""
    return " ".join(re.findall(r"[a-z0-9/#]+", without_unit(name).lower()))


def period_of(text: str) -> Period | None:
    """Return the period that a text names, None for one that names none or cannot be."""
    try:
        return read_period(text)
    except ValueError:
        return None
