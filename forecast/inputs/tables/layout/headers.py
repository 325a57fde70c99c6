"""Where a table begins: the line that heads its columns, below titles and above figures."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from forecast.inputs.tables.cells.figures import split_notes
from forecast.inputs.tables.cells.heads import is_called
from forecast.inputs.tables.cells.kinds import kind_of, main_kind, names_period
from forecast.inputs.tables.cells.passed_over import is_base
from forecast.inputs.tables.cells.period_texts import read_period
from forecast.inputs.tables.cells.unit_texts import stated_unit, without_unit
from forecast.inputs.tables.formats.lines import Cells, Sheet

_FIRST_LINES = 60  # a header stands among these
_TOLD = 5  # lines that tell of a series, below its name
_BELOW = 30  # lines that tell what a column holds
_TEXT_OVER_TEXT = 0.25
_ENDED = {"A": "year", "FY": "year", "Q": "quarter", "H": "half year", "M": "month"}
_BASE = re.compile(r"\(\s*[nN]\s*=\s*[\d,. ]+\)")  # how many were asked, in the head of a survey
_YEAR_OF = re.compile(r"^(?:19|20)\d\d (%|[$€£]\w{0,4}|[A-Za-z]{1,12})$")
_SPANS = {"year", "period"}
_UNIT_BEHIND = re.compile(r"\[(\w{2,3})\]$")  # Verbrauch [MWh]
_TWICE = re.compile(r"^(\S+) \[(?:YR)?\1\]$")  # 2023 [YR2023], as the World Bank heads years
_UNIT_OF = re.compile(r"^(?:pre-?)?units?(?: of measure(?:ment)?)?:?$", re.I)
_PART_HEAD = re.compile(r"^(?:month|quarter|week)s?$", re.I)  # over months, beside years
_TIME = re.compile(r"\b(?:months?|weeks?|quarters?|half|ended|ending|to date|ytd)\b", re.I)


@dataclass(frozen=True)
class Header:
    """The names of a table's columns, the index of its lines below, and what it scores.

    `units` are those of a line below the names, "" where there is none; `titles` the texts above.
    """

    names: Cells
    line: int
    body: int
    score: float
    titles: tuple[str, ...] = ()
    units: Cells = ()


def find_header(sheet: Sheet, known: Collection[str]) -> Header | None:
    """Return the header of a sheet, None where no line heads a column of figures or periods.

    It is the line with most names over figures, periods over figures and names that are `known`;
    of equals the last.
    """
    lines = sheet.lines
    if sheet.records:
        return Header(tuple(cell.strip() for cell in lines[0][1]), 0, 1, 1.0)
    width = max((len(cells) for _, cells in lines), default=0)
    scores = [_score(lines, at, width, known) for at in range(min(len(lines), _FIRST_LINES))]
    best = max(scores, default=0.0)
    if best < 1.0 and not _is_known(lines, known):
        return None
    at = len(scores) - 1 - scores[::-1].index(best)
    units: Cells = ()
    if at and scores[at - 1] >= 0.9 * best and _are_units(lines[at][1]):
        at, units = at - 1, lines[at][1]
    elif at + 1 < len(lines) and _are_units(lines[at + 1][1]):
        units = lines[at + 1][1]
    elif at + 1 < len(lines) and _go_on(lines[at][1], lines[at + 1][1]):
        at += 1
    names = _joined([cells for _, cells in lines[max(0, at - 2) : at + 1]], width)
    body = _below_period_head(lines, at + 2 if units else at + 1)
    above = [[cell.strip() for cell in cells if cell.strip()] for _, cells in lines[:at]]
    stated = [cells[1] for cells in above if len(cells) == 2 and _UNIT_OF.match(cells[0])]
    titles = tuple(cell for cells in above for cell in cells)
    if stated:
        titles = (*titles, f"in {' '.join(stated)}")  # PreUnit £, Unit m
    return Header(names, lines[at][0], body, best, titles, units)


def _below_period_head(lines: Sequence[tuple[int, Cells]], body: int) -> int:
    """Return where the lines of figures begin: below `Période`, alone under what INSEE tells of a
    series, if that stands there."""
    for at in range(body, min(body + _TOLD, len(lines))):
        filled = [cell for cell in lines[at][1] if cell.strip()]
        if filled == list(lines[at][1][:1]) and is_called("period_end", filled[0]):
            return at + 1
    return body


def _is_known(lines: Sequence[tuple[int, Cells]], known: Collection[str]) -> bool:
    return bool(lines) and any(cell.strip().lower() in known for cell in lines[0][1])


def _score(
    lines: Sequence[tuple[int, Cells]], at: int, width: int, known: Collection[str]
) -> float:
    """Return how many columns a line heads."""
    heads = lines[at][1]
    total = 0.0
    first = at + 2 if at + 1 < len(lines) and _are_units(lines[at + 1][1]) else at + 1
    for column in range(min(width, len(heads))):
        head = heads[column].strip()
        kind = kind_of(head)
        if not head:
            continue
        if kind == "figure" and _heads_year(head):
            kind = "year"
        if kind == "figure":
            total -= 1.0  # what holds figures heads none
            continue
        if head.lower() in known:
            total += 1.0
            continue
        below = [
            cells[column] for _, cells in lines[first : at + 1 + _BELOW] if column < len(cells)
        ]
        main = main_kind(below)
        if main == "figure" or (kind == "text" and main in {"year", "period"}):
            total += 1.0
        elif main == kind == "text":
            total += _TEXT_OVER_TEXT
    return total


def _heads_year(head: str) -> bool:
    """Return whether a head that reads as a figure is a year with what is told of it: 2025 %, 2025
    n, 2025 $m; no 2025 MW."""
    match = _YEAR_OF.match(head)
    return match is not None and (match[1][0] in "%$€£" or not stated_unit(match[1]))


def _without_notes(head: str) -> str:
    """Return a head without its footnote marks and flags; the n of 2025 n is no flag."""
    head = _TWICE.sub(r"\1", head.strip())
    if (unit := _UNIT_BEHIND.search(head)) and stated_unit(unit[1]):
        return head
    match = _YEAR_OF.match(head)
    return head if match and is_base(match[1], among_shares=True) else split_notes(head)[0]


def _are_units(cells: Cells) -> bool:
    """Return whether all cells of a line but the first name a unit."""
    texts = [cell for cell in cells[1:] if cell.strip()]
    return bool(texts) and all(stated_unit(cell) for cell in texts)


def _go_on(upper: Cells, lower: Cells) -> bool:
    """Return whether a line of periods says more of those above: FY 2025 above 12/31/2025, 2025
    above Q3."""
    if _are_periods(upper) and _are_periods(lower):
        return True
    pairs = [pair for pair in zip(upper[1:], lower[1:], strict=False) if pair[1].strip()]
    return len(pairs) > 1 and all(
        kind_of(below) == "text" and names_period(f"{below} {above}") for above, below in pairs
    )


def _are_periods(cells: Cells) -> bool:
    """Return whether all cells of a line but the first are periods, none a year alone."""
    kinds = [kind_of(cell) for cell in cells[1:] if cell.strip()]
    return len(kinds) > 1 and set(kinds) == {"period"}


def _joined(lines: Sequence[Cells], width: int) -> Cells:
    """Return the names of columns: a year above its quarters, or a length above its years or in
    front of them, makes a period with what stands below it, and counts as far as the next."""
    *above, last = lines
    names = [
        _BASE.sub("", _without_notes(last[column])).strip() if column < len(last) else ""
        for column in range(width)
    ]
    for column, name in enumerate(names):
        is_length = _TIME.search(names[0]) and not _PART_HEAD.match(names[0])
        if column and name and is_length and names_period(f"{names[0]} {name}"):
            names[column] = f"{names[0]} {name}"
    for line in reversed(above):
        upper = ""
        is_head = len([cell for cell in line if cell.strip()]) > 1
        plain = [without_unit(name) for name in names]
        is_band = is_head and (not names[0] or line[0].strip() in {"", names[0]})
        for column in range(width):
            cell = line[column].strip() if column < len(line) else ""
            upper = cell or upper
            name = names[column]
            if cell and name and (length := _length(cell)) in _ENDED and not _length(name):
                names[column] = f"{_ENDED[length]} ended {name}"
                continue
            both = [f"{upper} {name}", f"{name} {upper}"]
            is_span = kind_of(name) in _SPANS
            may_be_told = is_span or (is_band and column and kind_of(upper) == "text")
            is_doubled = bool(name) and plain.count(plain[column]) > 1
            if is_head and is_doubled and may_be_told and not any(map(names_period, both)):
                # Revenue, and Share, above 1Q26 and 2Q26; companies, each above Capex and Revenue
                names[column] = f"{upper} {name}".strip()
                continue
            if not upper or not name or (_is_bare_period(name) and _length(name)):
                continue  # a day may yet be told how much of a year it ends
            period = next((text for text in both if names_period(text)), "")
            names[column] = period or name
            if not period and is_head and _TIME.search(upper) and kind_of(name) == "year":
                # A year of months that nobody understands is no calendar year.
                names[column] = f"{upper} {name}"
        if is_head:
            names = [
                name or (line[column].strip() if column < len(line) else "")
                for column, name in enumerate(names)
            ]
    return tuple(names)


def _length(text: str) -> str:
    """Return the length of the period that a text names; "day" for what names none."""
    try:
        period = read_period(text)
    except ValueError:
        period = None
    return period.frequency if period else "day"


def _is_bare_period(name: str) -> bool:
    """Return whether a name is a whole period; a year alone may yet be told its months."""
    return kind_of(name) == "period"
