"""How figures and days of a table are written: decimal sign, flags, days or months first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.errors import Problem
from forecast.inputs.tables.cells.figures import DecimalSign, find_sign, has_flags
from forecast.inputs.tables.cells.period_texts import DateOrder, find_order
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import Layout

Line = tuple[int, Cells]


# Of languages that write 1,5 for one and a half, as heads and titles have them.
_WORDS = re.compile(
    r"\b(?:Mio|Mrd|Tsd|Jahr|Quartal|Monat|Anteil|Umsatz|Investitionen|Unternehmen|milliards"
    r"|années?|trimestre|millones|año|milhões|milioni|miliardi|anno|kvartal|år"
    r"|miljoen|miljard|jaar|miljoner|miljarder)\b",
    re.I,
)


@dataclass(frozen=True)
class Notation:
    """The decimal sign of each column of figures, whether a lone `b` is a flag there, and the order
    of days and months."""

    signs: list[DecimalSign]
    flags: list[bool]
    order: DateOrder


def find_notation(
    layout: Layout, table: Table, lines: Sequence[Line], problems: list[Problem]
) -> Notation:
    """Return how a table is written; what may be read in two ways is asked for, in `problems`."""
    signs = [_sign(at, layout, table, lines, problems) for at in layout.figures]
    order = _order(layout, table, lines, problems)
    return Notation(signs, _flags(layout, lines), order)


def _has_groups(text: str) -> bool:
    return "," in text or text.count(".") > 1


def _sign(
    at: int, layout: Layout, table: Table, lines: Sequence[Line], problems: list[Problem]
) -> DecimalSign:
    """Return the decimal sign of a column: as said, as it proves, or as its neighbours do."""
    if table.sign:
        return table.sign
    texts = _column(lines, at)
    is_abroad = layout.sheet.delimiter == ";" or _writes_commas(layout)
    if not is_abroad and not any(_has_groups(text) for text in texts):
        return "point"
    own = find_sign(texts)
    if own == "both":
        _ask_sign(layout, at, "figures with decimal commas and with decimal points", problems)
    if own in {"point", "comma"}:
        return own
    if own == "either":
        others = {find_sign(_column(lines, each)) for each in layout.figures}
        if len(others & {"point", "comma"}) == 1:
            return "comma" if "comma" in others else "point"
        if is_abroad:
            example = next(c for c in _column(lines, at) if find_sign([c]) == "either")
            of = (
                "with semicolons"
                if layout.sheet.delimiter == ";"
                else "in a language of decimal commas"
            )
            found = f"figures such as {example.strip()}, in a file {of}"
            _ask_sign(layout, at, found, problems)
    return "point"


def _writes_commas(layout: Layout) -> bool:
    """Return whether titles or heads are in a language that writes decimal commas."""
    is_typed = layout.sheet.records or layout.sheet.epoch is not None
    heads = (*layout.header.titles, *layout.names)
    return not is_typed and any(_WORDS.search(text) for text in heads)


def _flags(layout: Layout, lines: Sequence[Line]) -> list[bool]:
    """Return of each column of figures whether a lone `b` is a flag there; periods across are
    of one kind."""
    columns = [_column(lines, at) for at in layout.figures]
    if layout.periods:
        return [has_flags([text for texts in columns for text in texts])] * len(columns)
    return [has_flags(texts) for texts in columns]


def _ask_sign(layout: Layout, at: int, found: str, problems: list[Problem]) -> None:
    subject = f'column "{layout.names[at]}"'
    expected = "one decimal sign"
    hint = "Say it with --decimal comma or --decimal point."
    if not any((each.hint, each.place) == (hint, layout.place) for each in problems):
        problems.append(Problem(layout.place, subject, found, expected, hint))


def _order(
    layout: Layout, table: Table, lines: Sequence[Line], problems: list[Problem]
) -> DateOrder:
    """Return in which order days and months stand in the file."""
    if table.order:
        return table.order
    roles = ("published",) if layout.periods else ("period_end", "published")
    columns = [layout.roles.get(role) for role in roles]
    texts = [text for at in columns if at is not None for text in _column(lines, at)]
    texts.extend(layout.periods)
    order = find_order(texts)
    if order == "ask":
        found = next(text for text in texts if find_order([text]) == "ask").strip()
        hint = "Say it with --dates day-first or --dates month-first."
        expected = "a day and a month that can be told apart"
        problems.append(Problem(layout.place, "dates", found, expected, hint))
        return ""
    return order


def _column(lines: Sequence[tuple[int, Cells]], at: int) -> list[str]:
    return [cells[at] for _, cells in lines if cells[at] and not cells[at].isspace()]
