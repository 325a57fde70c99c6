"""Tables with a period in each line, and one column of figures or several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

from forecast.errors import Problem
from forecast.inputs.tables.cells.classes import are_classes
from forecast.inputs.tables.cells.heads import is_called, plain_head
from forecast.inputs.tables.cells.kinds import kind_of, main_kind, names_period
from forecast.inputs.tables.cells.passed_over import is_all_answers, is_base
from forecast.inputs.tables.cells.title_periods import period_in
from forecast.inputs.tables.cells.unit_texts import unit_in
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import (
    CODES,
    DERIVED,
    Layout,
    holds_figures,
    holds_shares,
    part_column,
    period_of,
    words_of,
)

_YEARS = re.compile(r"^(?:calendar |fiscal |financial )?(?:year|jahr|fy|yr)s?$")
_PARTS = re.compile(r"^(?:fiscal )?(?:quarter|qtr|quartal|month|monat|half|week|period|fq)s?$")
_PART = re.compile(r"^(?:q?[1-4]|[1-4]q|i{1,3}|iv|[hsm]\d{1,2}|\d{1,2}|w\d{1,2}|[a-z]{3,9})$")
_QUARTERS = re.compile(r"^(?:q[1-4]|[1-4]q|h[12]|[12]h)$")
_MONTH = re.compile(r"^(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?$")
_NUMBERS = frozenset(
    {"", "no", "nr", "#", "line", "index", "unnamed 0"}
)  # heads of a count of lines, if it is one
_PARTS_OF = (_QUARTERS, _MONTH)  # of a year
# When a record was made is no period of its figures.
_RECORDED = re.compile(
    r"^(?:date_)?(?:created|updated|modified|last_modified|last_updated|added|founded|joined)"
    r"(?:_(?:at|on|date|time))?$"
)
_ROUNDS = re.compile(
    r"^(?:survey )?(?:wave|round|week|cycle|period)s?$"
)  # which a year does not date
_FIELDWORK = re.compile(
    r"^(?:field ?work|field(?:ing)? (?:dates?|period)|survey (?:dates?|period)|interviews?"
    r"|reference period|befragungszeitraum)\b",
    re.I,
)  # below a survey's table
_END = re.compile(r"\bend(?:s|ed)?\b")


def down(layout: Layout, table: Table, problems: list[Problem]) -> Layout | None:
    """Return a table with a period in each line, and one column of figures or several."""
    if "period_end" not in table.mapped:
        layout = _without_parts(layout)
    period = layout.roles.get("period_end")
    own: list[Problem] = []
    if period is None:
        period = _period_column(layout, own)
    if period is not None:
        layout = replace(layout, roles={**layout.roles, "period_end": period})
        layout = replace(layout, second=_second_column(layout, period))
    elif title := _period_of_title(layout):
        layout = replace(layout, title_period=title)
        is_year = kind_of(title) == "year" or bool((year := period_of(title)) and year.fiscal_year)
        layout = replace(layout, second=part_column(layout) if is_year else None)
    else:
        problems.extend(own)
        return None
    if parts := _parts_across(layout, period):
        texts = tuple(layout.names[index].strip().lower() for index in parts)
        return replace(layout, figures=parts, parts=texts)
    figures = _figure_columns(layout, table, problems)
    if not figures:
        return None
    roles = {**layout.roles, "value": figures[0]} if len(figures) == 1 else layout.roles
    return replace(layout, roles=roles, figures=figures)


def _period_column(layout: Layout, problems: list[Problem]) -> int | None:
    """Return the column of periods: by what it holds, and by its name if several do."""
    taken = set(layout.roles.values())
    free = [
        index
        for index, name in enumerate(layout.names)
        if index not in taken and not names_period(name)  # 1,990 of 2025 is no year
    ]
    kinds = {
        index: "" if _RECORDED.match(plain_head(layout.names[index])) else main_kind(cells)
        for index in free
        for cells in [layout.column(index)]
    }
    found = [index for index in free if kinds[index] == "period"]
    found = found or [
        index
        for index in free
        if kinds[index] == "year"
        and (not layout.names[index] or is_called("year", layout.names[index]))
    ]
    found = found or [index for index in free[:1] if kinds[index] == "year"]
    years = [index for index in free if kinds[index] == "year"]
    found = found or (years if len(years) == 1 else [])
    if not found and "published" in layout.roles:
        return layout.roles["published"]
    ends = [index for index in found if _END.search(words_of(layout.names[index]))]
    if len(found) > 1 and len(ends) == 1:
        found = ends
    if len(found) == 1:
        return found[0]
    names = [layout.names[index] for index in found or free if layout.names[index]]
    likely = [name for name in names if is_called("period_end", name)] or names
    likely.sort(key=lambda name: -sum(map(names_period, layout.column(layout.names.index(name)))))
    columns = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
    hint = f"Say it with --column {quote(f'period_end={likely[0]}')}." if likely else ""
    cells = {cell for index in free for cell in layout.column(index)}
    if not layout.roles and not any(kind_of(cell) in {"year", "period"} for cell in cells):
        hint = "A line above it may name the period of them all, such as 2025 or June 2026."
    problems.append(Problem(layout.place, "header", columns, "one column of periods", hint))
    return None


def _without_parts(layout: Layout) -> Layout:
    """Return a table whose column called Month, of months alone, is none of periods where a title
    names their year."""
    roles = {role: at for role, at in layout.roles.items() if role != "period_end"}
    bare = replace(layout, roles=roles)
    at = layout.roles.get("period_end")
    is_bare = at is not None and part_column(bare) == at and period_in(layout.header.titles)
    return bare if is_bare else layout


def _period_of_title(layout: Layout) -> str:
    """Return the period that the titles name, or a note on the days of a survey; "" if a column may
    hold periods."""
    kinds = {main_kind(layout.column(index)) for index in range(len(layout.names))}
    is_told = any(_ROUNDS.match(words_of(name)) for name in layout.names)
    if is_told or kinds & {"year", "period"}:
        return ""
    lines = [[cell for cell in cells if cell.strip()] for _, cells in layout.body]
    below = [cells[0] for cells in lines if len(cells) == 1 and _FIELDWORK.match(cells[0].strip())]
    return period_in(layout.header.titles) or period_in(below)


def _second_column(layout: Layout, period: int) -> int | None:
    """Return the column of quarters, months or weeks beside a column of years."""
    if not _YEARS.match(_words(layout.names[period])):
        return None
    indices = (index for index in range(len(layout.names)) if index != period)
    return next((index for index in indices if _holds_parts(layout, index)), None)


def _holds_parts(layout: Layout, index: int) -> bool:
    """Return whether a column is one of quarters, months or weeks of a year."""
    cells = [cell.strip().lower() for cell in layout.column(index) if cell.strip()]
    parts = sum(bool(_PART.match(cell)) for cell in cells)
    return bool(_PARTS.match(_words(layout.names[index]))) and parts > len(cells) // 2


def _words(name: str) -> str:
    """Return the words of a head that may be one word of an API: calendarYear."""
    return words_of(plain_head(name).replace("_", " "))


def _tells_period(layout: Layout, index: int) -> bool:
    """Return whether a column says of days beside it in which year or quarter they are."""
    is_year = bool(_YEARS.match(_words(layout.names[index])))
    return (is_year and main_kind(layout.column(index)) == "year") or _holds_parts(layout, index)


def _parts_across(layout: Layout, period: int | None) -> tuple[int, ...]:
    """Return the columns of quarters, half-years or months of the years in a column, or of that in
    the title."""
    years = [layout.title_period] if period is None else layout.column(period)
    lengths = {each.frequency for cell in years if (each := period_of(cell))}
    if layout.second is not None or not lengths or lengths - {"A", "FY"}:
        return ()
    names = [name.strip().lower() for name in layout.names]
    found = [tuple(i for i, name in enumerate(names) if each.match(name)) for each in _PARTS_OF]
    return next((each for each in found if len(each) > 1 and _hold_figures(layout, each)), ())


def _hold_figures(layout: Layout, columns: Sequence[int]) -> bool:
    return all(holds_figures(layout, index) for index in columns)


def _figure_columns(layout: Layout, table: Table, problems: list[Problem]) -> tuple[int, ...]:
    """Return the columns of figures, asking for the one that is meant where that is not plain."""
    if "value" in layout.roles:
        return (layout.roles["value"],)
    taken = {*layout.roles.values(), layout.second}
    found = [
        index
        for index in range(len(layout.names))
        if index not in taken and main_kind(layout.column(index)) in {"figure", "year"}
        if not _tells_period(layout, index)
    ]
    has_shares = holds_shares(layout)
    plain = [
        index
        for index in found
        if not DERIVED.search(words_of(layout.names[index]))
        and not is_base(layout.names[index], has_shares)
        and not (has_shares and is_all_answers(layout.names[index], layout.column(index)))
    ]
    plain = [index for index in plain if not CODES.search(words_of(layout.names[index]))]
    plain = [index for index in plain if not _counts_lines(layout, index)]
    plain = [i for i in plain if not are_classes(layout.column(i))] or plain
    if _are_cut(layout, plain, problems):
        return ()
    called = [index for index in plain if is_called("value", layout.names[index])]
    if len(called) == 1:
        return (called[0],)
    words = {words_of(layout.names[index]) for index in found}
    is_ends = len(words & {"open", "high", "low", "close", "error", "standard error"}) > 1
    is_one = bool(table.defaults.get("series_id")) and len(plain) > 1
    if plain and not is_ends and not is_one:
        return tuple(plain)
    names = [layout.names[index] for index in (plain or found) if layout.names[index]]
    likely = next((name for name in names if words_of(name) in {"close", "last"}), "")
    told = [name for name in names if unit_in(name)]
    likely = likely or (told[0] if len(told) == 1 else "")
    columns = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
    hint = f"Say it with --column {quote(f'value={likely or (names or [layout.names[-1]])[0]}')}."
    problems.append(Problem(layout.place, "header", columns, "one column of values", hint))
    return ()


def _are_cut(layout: Layout, figures: Sequence[int], problems: list[Problem]) -> bool:
    """Return whether decimal commas cut the figures of a text with commas between its columns: more
    columns of them than heads."""
    heads = sum(bool(name) for name in layout.names)
    beyond = [index for index in figures if index >= heads and not layout.names[index]]
    if layout.sheet.delimiter != "," or not beyond or len(beyond) == len(figures):
        return False
    found, expected = f"{len(layout.names)} cells below {heads} heads", "a head for each column"
    hint = 'A figure with a comma stands in quotes: 2024,"1,26".'
    problems.append(Problem(layout.place, "header", found, expected, hint))
    return True


def _counts_lines(layout: Layout, index: int) -> bool:
    texts = [cell.strip() for cell in layout.column(index)]
    is_so = any(texts == [str(first + at) for at in range(len(texts))] for first in (0, 1))
    return is_so and words_of(layout.names[index]) in _NUMBERS
