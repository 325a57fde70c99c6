"""The unit of each figure of a table: from its cell, a column, a head, a name, a title or a person,
the nearest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from shlex import quote

from forecast.errors import Problem
from forecast.inputs.tables.cells.figures import split_code, split_marks
from forecast.inputs.tables.cells.heads import names_currency
from forecast.inputs.tables.cells.unit_texts import (
    POWERS,
    how_many,
    is_magnitude,
    is_unit,
    joined,
    may_be_money,
    multiple_of,
    stated_unit,
    unit_in,
    unit_of_aside,
    written,
)
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import Layout
from forecast.units import MONEY, MONEY_SIGNS

_ANNUAL = re.compile(r"\bannual rates?\b|\bannuali[sz]ed\b|\bSAAR\b", re.I)
# Lines of statements that count something else than the money of their title.
_OTHER_LINES = (
    (re.compile(r"\bper (?:[a-z]+ ){0,2}(?:share|ADS)\b|\bEPS\b", re.I), "money per share"),
    (
        re.compile(r"\bshares? (?:outstanding|used)\b|\baverage (?:[a-z]+ )*shares\b", re.I),
        "number of shares",
    ),
    (re.compile(r"^(?:headcount|(?:number of )?employees)\b", re.I), "people"),
)
_PRICE = re.compile(
    r"\b(?:price|tariff)s?\b(?! (?:area|zone))|preise?\b|\b(?:prix|precios?|prezz[io])\b", re.I
)
# Rates among money, if so small; "Gross margin" may be money, "Growth capex" is.
_RATE = re.compile(
    r"\b(?:margins?|growth|rates?|ratio|yield|utili[sz]ation|occupancy|penetration|churn|YoY)$",
    re.I,
)
# Land (b): a note where another line has (a), or a title says in what multiple all figures are.
_NOTE, _FIRST_NOTE = re.compile(r"\s?\([bkmt]\)$"), re.compile(r"\w\s?\(a\)$")
_LARGEST_RATE = 100.0
_MULTIPLE = re.compile(r"^(?:10 |100 )?(?:thousand|million|billion|trillion|quadrillion)\b ?")
_LETTERS = re.compile(r"[%A-Za-z]\s*\+?$")
_TAIL = re.compile(r"\d\s?([%A-Za-z$/][A-Za-z/$. \-]*)\+?$")


class FigureUnits:
    """Says the unit of each figure; what contradicts itself is added to `problems`, once."""

    def __init__(
        self,
        layout: Layout,
        table: Table,
        lines: Sequence[tuple[int, Cells]],
        problems: list[Problem],
    ) -> None:
        self.layout = layout
        self.asked = table.defaults.get("unit", "")
        self.problems = problems
        self.dollars = _dollars_of(layout)
        self.units: dict[tuple[object, ...], str] = {}  # by what states it
        self.rates: dict[tuple[object, ...], bool] = {}  # whether a small number may be a rate
        # Filings write the sign of money in the first line and at totals only.
        columns = [[cells[at] for _, cells in lines] for at in layout.figures]
        alike = 1
        if layout.periods or layout.parts:
            columns, alike = [[cell for column in columns for cell in column]], len(columns)
        self.money = alike * [_money_in(" ".join(cells)) for cells in columns]
        # Beside $1.5B a bare 2040 is not dollars: nobody knows how many it counts.
        bare = ([cell for cell in cells if not _LETTERS.search(cell)] for cells in columns)
        self.bare_money = alike * [_money_in(" ".join(cells)) for cells in bare]
        self.currency = next(
            (
                at
                for at, name in enumerate(layout.names)
                if names_currency(name) and at != layout.roles.get("unit")
            ),
            None,
        )
        names = {cells[at].strip() for _, cells in lines for at in layout.labels}
        is_scaled = (multiple_of(layout.title_unit, layout.title_unit) or 1) > 1
        self.has_notes = is_scaled or any(map(_FIRST_NOTE.search, names))
        column = layout.roles.get("unit")
        self.all_state_units = column is not None and all(cells[column] for _, cells in lines)
        stated = {
            "" if is_magnitude(unit) else unit
            for cells in _distinct(lines, column, layout.labels)
            for labels in [self.labels_of(cells)]
            for place in {unit: place for place, unit in enumerate(layout.units)}.values()
            for unit in [self._nearest(self._own(cells, place), place, labels)]
        }
        if not self.asked:
            self._check_title(stated)
        # One that is given may correct the only one that a file states, and fills in the others.
        self.is_mixed = len({unit for unit in stated if unit}) > 1 or (
            "" in stated and len(stated) > 1
        )

    def labels_of(self, cells: Cells) -> tuple[str, ...]:
        """Return the names of a line, which may state its unit."""
        second = self.layout.second if self.layout.periods else None
        beside = () if second is None else (cells[second],)
        names = (*(cells[at] for at in self.layout.labels), *beside)
        return tuple(_NOTE.sub("", name.strip()) for name in names) if self.has_notes else names

    def of(self, values: Mapping[str, str], cells: Cells, place: int) -> str:
        """Return the unit of the figure in `values`, in the column of figures at `place`."""
        own = self._own(cells, place)
        power = cells[self.layout.power].strip() if self.layout.power is not None else ""
        labels = self.labels_of(cells)
        key = own, power, place, labels
        unit = self.units.get(key)
        if unit is None:
            unit = self.units[key] = self._stated(own, power, place, labels)
            names = (*labels, self._head(place))
            self.rates[key] = not self.layout.units[place] and any(map(_is_rate, names))
        figure, code = split_code(values["value"])
        if code and unit and multiple_of(unit, code) is None:
            return f"{code} among {unit}"
        if _LETTERS.search(figure):
            # 52.4B in a column of millions says itself what it is.
            unit = _MULTIPLE.sub("", unit)
        if self.rates[key] and not own and _is_small(figure) and unit and may_be_money(unit):
            return "a rate or margin"
        if self.dollars:
            unit = re.sub(r"\bUSD\b", self.dollars, unit)
        if _ANNUAL.search(self._texts(place, labels)) and unit and may_be_money(unit):
            unit = f"{unit}/year"
        if figure.endswith("%") and not _may_be_percent(unit):
            return "share"  # growth, in a table of money
        shared = self.money if unit or _LETTERS.search(figure) else self.bare_money
        if _PRICE.search(self._head(place)) and multiple_of(unit, "Wh") and not is_magnitude(unit):
            return f"money per {unit}"
        if is_magnitude(unit) and (money := code or _money_in(figure) or shared[place]):
            unit = f"{unit} {money}".strip()
        return unit or _of_cell(figure)

    def _own(self, cells: Cells, place: int) -> str:
        """Return the unit that a line states in columns of its own, of a unit and a currency."""
        column, head = self.layout.roles.get("unit"), self.layout.units[place]
        own = _at(cells, column)
        if self.dollars and own.lower() == "dollars":
            own = self.dollars
        is_money = is_magnitude(head) or may_be_money(head)
        if column is not None and names_currency(self.layout.names[column]):
            return own if is_money else ""  # Consumption (TWh), beside USD
        currency = _at(cells, self.currency)
        return _in_currency(own, currency) if currency and is_money else own

    def _stated(self, own: str, power: str, place: int, labels: Sequence[str]) -> str:
        """Return the unit that a cell, a head, the names of a line, titles or a person state."""
        for pattern, unit in _OTHER_LINES:
            if not own and not self.layout.units[place] and any(map(pattern.search, labels)):
                return unit
        multiple = self._multiple(power)
        nearest = self._nearest(own, place, labels)
        unit = joined([multiple, nearest, self.layout.title_unit])
        # Where every line states its unit, one that is given can only be a multiple of it.
        has_own = is_unit(own) and not (self.all_state_units and multiple_of(own, self.asked) == 1)
        is_another = not is_magnitude(nearest) and multiple_of(nearest, self.asked) is None
        if not self.asked or has_own or (is_another and self.is_mixed):
            return unit
        return self._asked_unit(unit)

    def _texts(self, place: int, labels: Sequence[str]) -> str:
        """Return what stands above and beside a figure."""
        return "\n".join((*self.layout.header.titles, self._head(place), *labels))

    def _head(self, place: int) -> str:
        return self.layout.names[self.layout.figures[place]]

    def _nearest(self, own: str, place: int, labels: Sequence[str]) -> str:
        """Return the unit that the line or the head of a figure states."""
        return joined([stated_unit(own) or own, self.layout.units[place], *map(unit_in, labels)])

    def _multiple(self, power: str) -> str:
        """Return in words what a column of powers of ten multiplies a figure by."""
        if not power or power == "0":
            return ""
        if is_magnitude(stated_unit(power) or power):
            return power
        if power.isdecimal() and int(power) in POWERS:
            return written("", Decimal(10) ** int(power))
        name = self.layout.names[self.layout.power or 0]
        self._complain(name, power, "a power of ten such as 6")
        return ""

    def _asked_unit(self, stated: str) -> str:
        """Return the unit that was given, in the multiple that the file states of it."""
        stated = how_many(stated)
        own, given = multiple_of(stated, self.asked), multiple_of(self.asked, self.asked)
        if own is None:
            return self.asked
        if own != 1 and given not in {1, own}:
            expected = f"the unit that the file states, {stated}"
            self._complain(f"--unit {self.asked}", "another unit", expected)
        return joined([stated, self.asked])

    @property
    def is_bare_currency(self) -> bool:
        """Return whether money is named as a currency alone, which says not how many of it."""
        column = self.layout.roles.get("unit")
        if self.asked or any(self.layout.units):
            return False
        if column is not None:
            return names_currency(self.layout.names[column])
        titles = self.layout.header.titles
        is_named = any(re.match(r"currency\b", title, re.I) for title in titles)
        return is_named and self.layout.title_unit in MONEY

    def _check_title(self, stated: Iterable[str]) -> None:
        """Ask which multiple is meant where an aside in a title states another than heads or lines
        do of the same unit."""
        for title in map(unit_of_aside, self.layout.header.titles):
            for unit in stated:
                own, other = multiple_of(unit, title), multiple_of(title, title)
                if own is not None and other is not None and own != other and min(own, other) > 1:
                    problem = Problem(
                        self.layout.place, "unit", f"{unit} below {title}", "one multiple of it",
                        f"Say it with --unit {quote(unit)}.",
                    )  # fmt: skip
                    self.problems.append(problem)
                    return

    def _complain(self, subject: str, found: str, expected: str) -> None:
        problem = Problem(self.layout.place, subject, found, expected)
        if problem not in self.problems:
            self.problems.append(problem)


@lru_cache(maxsize=4096)
def _is_rate(name: str) -> bool:
    return bool(_RATE.search(split_marks(name))) and not unit_in(name)


def _is_small(figure: str) -> bool:
    try:
        return abs(float(figure)) <= _LARGEST_RATE
    except ValueError:
        return False


def _dollars_of(layout: Layout) -> str:
    """Return whose dollars a file of an office of statistics states, which names its own dollars
    alone; "" of any other file."""
    if any(name.lower() == "dguid" for name in layout.names):
        return "CAD"
    return "AUD" if "Collection Month" in layout.header.titles else ""


def _in_currency(unit: str, currency: str) -> str:
    """Return a unit in the currency that a column beside it names: millions of it, or a price of
    energy."""
    if is_magnitude(unit):
        return f"{unit} {currency}".strip()
    return f"{currency}/{unit}" if multiple_of(unit, "Wh") is not None else unit


def _distinct(
    lines: Sequence[tuple[int, Cells]], column: int | None, labels: Sequence[int]
) -> list[Cells]:
    """Return a line for each set of texts that may state a unit."""
    columns = [*labels, *([column] if column is not None else [])]
    return list({tuple(cells[at] for at in columns): cells for _, cells in lines}.values())


def _at(cells: Cells, column: int | None) -> str:
    return cells[column].strip() if column is not None else ""


def _money_in(text: str) -> str:
    return next((unit for sign, unit in MONEY_SIGNS.items() if sign in text), "")


def _may_be_percent(unit: str) -> bool:
    return is_magnitude(unit) or unit in {"%", "share", "ratio"}


def _of_cell(figure: str) -> str:
    """Return the unit behind a figure, without the multiple that counts with it there."""
    if figure.endswith("%"):
        return "share"
    tail = _TAIL.search(figure)
    unit = stated_unit(tail[1]) if tail else ""
    return _MULTIPLE.sub("", unit)
