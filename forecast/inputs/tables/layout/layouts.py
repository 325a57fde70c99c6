"""What a table is taken for: which columns are periods, figures and names, and in which units."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from forecast.errors import Problem, did_you_mean
from forecast.inputs.tables.cells.classes import are_classes
from forecast.inputs.tables.cells.figures import split_notes
from forecast.inputs.tables.cells.period_texts import Period, read_period
from forecast.inputs.tables.cells.unit_texts import (
    joined,
    stated_unit,
    unit_in,
    unit_of_aside,
    without_unit,
)
from forecast.inputs.tables.formats.lines import Cells, Sheet
from forecast.inputs.tables.layout.columns import Table, find_roles, is_called
from forecast.inputs.tables.layout.headers import (
    Header,
    find_header,
    kind_of,
    main_kind,
    names_period,
)
from forecast.inputs.tables.layout.measures import measured_periods
from forecast.inputs.yaml.beliefs import STATUSES

_LONGEST_FLAG = 2  # letters
_SAMPLE = 300  # lines that tell what a column holds
_YEARS = re.compile(r"^(?:calendar |fiscal |financial )?(?:year|jahr|fy|yr)s?$")
_PARTS = re.compile(r"^(?:fiscal )?(?:quarter|qtr|quartal|month|monat|half|week|period|fq)s?$")
_PART = re.compile(r"^(?:q?[1-4]|[1-4]q|i{1,3}|iv|[hsm]\d{1,2}|\d{1,2}|w\d{1,2}|[a-z]{3,9})$")
_FISCAL = re.compile(r"\b(?:fiscal|financial|fy|fq)\b")
# What is computed from other columns, or counts lines, is no series beside them.
_DERIVED = re.compile(
    r"\b(?:change|growth|yoy|y/y|qoq|cagr|rank|margin of error|cycle|period)\b"
    r"|^(?:wave|n|base(?: n)?|sample(?: size)?|respondents)$"
)
# What an office of statistics says of a figure, in words, is no name of it.
_STATUS = re.compile(r"\b(?:observation status|confidentiality status|obs status|obs flag)\b")
_CODES = re.compile(
    r"\b(?:code|iso|iso2|iso3|cik|ticker|lei)\b|^id$|\bid$"
    r"|^(?:structure|action|dataflow|last update|dguid|vector|coordinate|conf status)$"
)
_QUARTERS = re.compile(r"^(?:q[1-4]|[1-4]q|h[12]|[12]h)$")
_MONTH = re.compile(r"^(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?$")
_NUMBERS = frozenset(
    {"", "no", "nr", "#", "line", "index", "unnamed 0"}
)  # heads of a count of lines, if it is one
_PARTS_OF = (_QUARTERS, _MONTH)  # of a year
_WAVES = re.compile(r"^(?:wave|round)s?$")  # which a day tells too
_UNITS_OF = re.compile(r" units?$")
_POWER = re.compile(r"^unit (?:mult|multiplier)$")
_MEASURES = re.compile(
    r"\b(?:indic(?:ator)?|metric|variable|measure|item|concept|question|answer)\b"
)


@dataclass(frozen=True)
class Layout:
    """A table as it was recognised.

    `roles` are columns by role. `figures` are the columns of figures: of a table with periods
    across, `periods` has a text for each of them, `measures` what is measured where the heads say
    it too; of one with years down and quarters or months across, `parts` has a text; `second` is a
    quarter beside the year, `power` holds powers of ten. `labels` name the series; `units` has the
    unit that is stated of each column of figures, `title_unit` that of the whole table.
    """

    sheet: Sheet
    header: Header
    roles: dict[str, int]
    figures: tuple[int, ...] = ()
    periods: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
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
        return bool(_FISCAL.search(_words(self.names[index])))

    def is_measure(self, index: int) -> bool:
        """Return whether a column of names says what is measured, rather than of whom."""
        return bool(_MEASURES.search(_words(self.names[index])))


def recognise(sheet: Sheet, table: Table, problems: list[Problem]) -> Layout | None:
    """Return what a sheet is taken for; what is not plain is asked for once, in `problems`."""
    before = len(problems)
    header = find_header(sheet, table.known_names)
    if header is None:
        expected = f"a header with {', '.join(table.columns.required)}"
        first = sheet.lines[0][0] if sheet.lines else 1
        what = "no line that names columns of figures" if sheet.lines else "nothing"
        problems.append(Problem(f"{sheet.file}:{first}", "file", what, expected))
        return None
    layout = Layout(sheet, header, {})
    roles = find_roles(layout.place, header.names, table, problems)
    if table.mapped.get("series_id") is None and _holds_periods(layout, roles.get("series_id")):
        del roles["series_id"]  # "Series ID" above the days of a file of the ABS
    layout = _with_flags(replace(layout, roles=roles))
    if not layout.body and len(problems) == before:
        problems.append(Problem(sheet.file, "file", "a header and no row", "at least one row"))
    if len(problems) > before:
        return None
    if not table.columns.is_observed:
        return _as_named(layout, table, problems)
    found = (
        _across(layout, table) or _measured_across(layout, table) or _down(layout, table, problems)
    )
    if found is None or len(problems) > before:
        return None
    return _with_units(_with_labels(found))


def _with_flags(layout: Layout) -> Layout:
    """Return a table whose column of statuses counts as notes if it holds codes of an office."""
    at = layout.roles.get("status")
    cells = {cell.strip() for cell in layout.column(at)} if at is not None else set()
    if at is None or cells & set(STATUSES) or max(map(len, cells), default=0) > _LONGEST_FLAG:
        return layout
    roles = {role: index for role, index in layout.roles.items() if role != "status"}
    return replace(layout, roles={"note": at, **roles})


def _as_named(layout: Layout, table: Table, problems: list[Problem]) -> Layout | None:
    """Return a table whose columns all go by their roles' names."""
    known = {*layout.roles, *(role for role, text in table.defaults.items() if text)}
    missing = [role for role in table.columns.required if role not in known]
    if missing:
        found = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
        hint = did_you_mean(missing[0], layout.names)
        problems.append(Problem(layout.place, "header", found, f"also {', '.join(missing)}", hint))
        return None
    return layout


def _across(layout: Layout, table: Table) -> Layout | None:
    """Return a table whose header has periods over figures, None if it is not one."""
    if {"value", "period_end"} & set(table.mapped):
        return None
    taken = set(layout.roles.values())
    heads = {
        index: split_notes(without_unit(name))[0]
        for index, name in enumerate(layout.names)
        if index not in taken
    }
    found = {
        index: name
        for index, name in heads.items()
        if name and kind_of(name) in {"year", "period"} and _holds_figures(layout, index)
    }
    others = {i: rest for i, (rest, _) in _measured(layout).items() if i not in found}
    if found and any(rest.startswith("(") for rest in others.values()):
        return None  # 2024 (as reported), 2024 (restated), 2025
    if len(found) < (2 if "period_end" in layout.roles else 1):
        return None
    beside = [name for name in layout.names[:1] if 0 not in found]
    beside += [name for name in layout.names if is_called("period_end", name)]
    if len(found) == 1 and _have_periods(layout, beside):
        return None  # 2024, 2025 below "Next release", beside figures below its day
    roles = {role: at for role, at in layout.roles.items() if role not in {"period_end", "value"}}
    return replace(layout, roles=roles, figures=tuple(found), periods=tuple(found.values()))


def _measured_across(layout: Layout, table: Table) -> Layout | None:
    """Return a table whose heads have a measure and a period each, None if it is not one."""
    if "period_end" in layout.roles or {"value", "period_end"} & set(table.mapped):
        return None
    if _have_periods(layout, layout.names):
        return None
    found = _measured(layout)
    if not found:
        return None
    bare = (i for i, name in enumerate(layout.names) if kind_of(name) in {"year", "period"})
    found.update({i: ("", layout.names[i]) for i in bare if _holds_figures(layout, i)})
    measures, periods = zip(*found.values(), strict=True)
    roles = {role: at for role, at in layout.roles.items() if role != "value"}
    return replace(layout, roles=roles, figures=tuple(found), periods=periods, measures=measures)


def _measured(layout: Layout) -> dict[int, tuple[str, str]]:
    """Return the measure and the period of each column of figures whose head holds both."""
    return {
        index: parts
        for index, parts in measured_periods(layout.names).items()
        if _holds_figures(layout, index) and not _DERIVED.search(_words(parts[0]))
    }


def _have_periods(layout: Layout, names: Collection[str]) -> bool:
    """Return whether a column of those that are named holds periods."""
    kinds = {
        main_kind(layout.column(i))
        for i, name in enumerate(layout.names)
        if name in names and not names_period(name)
    }
    return bool(kinds & {"year", "period"})


def _holds_periods(layout: Layout, index: int | None) -> bool:
    return index is not None and main_kind(layout.column(index)) in {"year", "period"}


def _holds_figures(layout: Layout, index: int) -> bool:
    return main_kind(layout.column(index)) in {"figure", "year", ""}


def _down(layout: Layout, table: Table, problems: list[Problem]) -> Layout | None:
    """Return a table with a period in each line, and one column of figures or several."""
    period = layout.roles.get("period_end")
    if period is None:
        period = _period_column(layout, problems)
    if period is None:
        return None
    layout = replace(layout, roles={**layout.roles, "period_end": period})
    layout = replace(layout, second=_second_column(layout, period))
    if parts := _parts_across(layout, period):
        texts = tuple(layout.names[index].strip().lower() for index in parts)
        return replace(layout, figures=parts, parts=texts)
    figures = _figure_columns(layout, problems)
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
    kinds = {index: main_kind(layout.column(index)) for index in free}
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
    ends = [index for index in found if re.search(r"\bend(?:s|ed)?\b", _words(layout.names[index]))]
    if len(found) > 1 and len(ends) == 1:
        found = ends
    if len(found) == 1:
        return found[0]
    names = [layout.names[index] for index in found or free if layout.names[index]]
    likely = [name for name in names if is_called("period_end", name)] or names
    likely.sort(key=lambda name: -sum(map(names_period, layout.column(layout.names.index(name)))))
    columns = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
    hint = f"Say it with --column {quote(f'period_end={likely[0]}')}." if likely else ""
    problems.append(Problem(layout.place, "header", columns, "one column of periods", hint))
    return None


def _second_column(layout: Layout, period: int) -> int | None:
    """Return the column of quarters, months or weeks beside a column of years."""
    if not _YEARS.match(_words(layout.names[period])):
        return None
    for index, name in enumerate(layout.names):
        cells = [cell.strip().lower() for cell in layout.column(index) if cell.strip()]
        parts = sum(bool(_PART.match(cell)) for cell in cells)
        if index != period and _PARTS.match(_words(name)) and parts > len(cells) // 2:
            return index
    return None


def _parts_across(layout: Layout, period: int) -> tuple[int, ...]:
    """Return the columns of quarters, half-years or months of the years in a column."""
    lengths = {each.frequency for cell in layout.column(period) if (each := _period(cell))}
    if layout.second is not None or not lengths or lengths - {"A", "FY"}:
        return ()
    names = [name.strip().lower() for name in layout.names]
    found = [tuple(i for i, name in enumerate(names) if each.match(name)) for each in _PARTS_OF]
    return next((each for each in found if len(each) > 1 and _hold_figures(layout, each)), ())


def _hold_figures(layout: Layout, columns: Sequence[int]) -> bool:
    return all(_holds_figures(layout, index) for index in columns)


def _figure_columns(layout: Layout, problems: list[Problem]) -> tuple[int, ...]:
    """Return the columns of figures, asking for the one that is meant where that is not plain."""
    if "value" in layout.roles:
        return (layout.roles["value"],)
    taken = {*layout.roles.values(), layout.second}
    found = [
        index
        for index in range(len(layout.names))
        if index not in taken and main_kind(layout.column(index)) in {"figure", "year"}
    ]
    plain = [index for index in found if not _DERIVED.search(_words(layout.names[index]))]
    plain = [index for index in plain if not _CODES.search(_words(layout.names[index]))]
    plain = [index for index in plain if not _counts_lines(layout, index)]
    plain = [i for i in plain if not are_classes(layout.column(i))] or plain
    called = [index for index in plain if is_called("value", layout.names[index])]
    if len(called) == 1:
        return (called[0],)
    words = {_words(layout.names[index]) for index in plain}
    is_ends = len(words & {"open", "high", "low", "close", "error", "standard error"}) > 1
    if plain and not is_ends:
        return tuple(plain)
    names = [layout.names[index] for index in found if layout.names[index]]
    likely = next((name for name in names if _words(name) in {"close", "last"}), "")
    columns = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
    hint = f"Say it with --column {quote(f'value={likely or (names or [layout.names[-1]])[0]}')}."
    problems.append(Problem(layout.place, "header", columns, "one column of values", hint))
    return ()


def _counts_lines(layout: Layout, index: int) -> bool:
    texts = [cell.strip() for cell in layout.column(index)]
    is_so = any(texts == [str(first + at) for at in range(len(texts))] for first in (0, 1))
    return is_so and _words(layout.names[index]) in _NUMBERS


def _with_labels(layout: Layout) -> Layout:
    """Return a table with the columns that name its series; codes only where nothing else does."""
    taken = {*layout.roles.values(), *layout.figures, layout.second}
    named = layout.roles.get("series_id")
    if named is not None and (
        layout.names[named].strip().lower() == "series_id"
        or not any(" " in cell.strip() for cell in layout.column(named))
    ):
        return layout
    if named is not None:
        # What has blanks is a name, not an id, unless its column says otherwise.
        roles = {role: at for role, at in layout.roles.items() if role != "series_id"}
        layout, taken = replace(layout, roles=roles), taken - {named}
    texts = [
        index
        for index in range(len(layout.names))
        if index not in taken
        and (main_kind(layout.column(index)) == "text" or are_classes(layout.column(index)))
        and not any(is_called(role, layout.names[index]) for role in ("unit", "note", "frequency"))
    ]
    texts = [index for index in texts if not _STATUS.search(_words(layout.names[index]))]
    texts = [index for index in texts if not _POWER.match(_words(layout.names[index]))]
    names = [index for index in texts if not _CODES.search(_words(layout.names[index]))]
    texts = [index for index in texts if not _UNITS_OF.search(_words(layout.names[index]))]
    texts = [index for index in texts if not _WAVES.match(_words(layout.names[index]))]
    names = [index for index in names if index in texts]
    labels = tuple(names or texts)
    if layout.periods:
        labels = _told_apart(
            layout, labels, [i for i in range(len(layout.names)) if i not in taken]
        )
    return replace(layout, labels=labels)


def _told_apart(layout: Layout, labels: tuple[int, ...], others: Sequence[int]) -> tuple[int, ...]:
    """Return labels and, where lines have the same ones, other columns that part them: numbers of
    sectors, codes."""
    lines = [(*cells, *[""] * (len(layout.names) - len(cells))) for _, cells in layout.body]

    def count(columns: tuple[int, ...]) -> int:
        return len({tuple(cells[at] for at in columns) for cells in lines})

    found = count(labels)
    for at in sorted(others, key=lambda at: bool(_CODES.search(_words(layout.names[at])))):
        if found == len(lines) or not labels:
            break
        more = tuple(sorted({*labels, at}))
        if is_called("note", layout.names[at]) or (parted := count(more)) == found:
            continue
        labels, found = more, parted
    return labels


def _with_units(layout: Layout) -> Layout:
    """Return a table with the units that its heads and titles state."""
    below = layout.header.units
    own = tuple(
        joined(
            (
                *_units_of_head(layout.names[index]),
                _unit_beside(layout, index),
                stated_unit(below[index]) if below else "",
            )
        )
        if not layout.parts and not (layout.periods and names_period(layout.names[index]))
        else (stated_unit(below[index]) if below else "")
        for index in layout.figures
    )
    aside = [
        filled[0]
        for _, cells in layout.body
        if len(filled := [cell for cell in cells if cell and not cell.isspace()]) == 1
    ]
    asides = [unit for text in aside if (unit := unit_of_aside(text))]
    # The head of the names has nothing else to say where periods stand across.
    read = unit_in if layout.periods or layout.parts else unit_of_aside
    heads = [read(layout.names[index]) for index in layout.labels]
    if (period := layout.roles.get("period_end")) is not None:
        heads.append(unit_of_aside(layout.names[period]))  # a title that heads the years below it
    title_unit = joined([*map(unit_in, layout.header.titles), *asides, *heads])
    powers = [i for i, name in enumerate(layout.names) if _POWER.match(_words(name))]
    powers.sort(key=lambda at: main_kind(layout.column(at)) == "text")  # Millions, beside 6
    return replace(layout, units=own, title_unit=title_unit, power=next(iter(powers), None))


def _unit_beside(layout: Layout, index: int) -> str:
    """Return the unit that a column such as `sales units` says of all figures of `sales`."""
    name = _words(layout.names[index])
    texts = {
        cell.strip()
        for at, head in enumerate(layout.names)
        if (words := _words(head)) != name and _UNITS_OF.sub("", words) == name
        for cell in layout.column(at)
    }
    return stated_unit(texts.pop()) if len(texts) == 1 else ""


def _units_of_head(name: str) -> tuple[str, str]:
    """Return the unit that a head states, and the one that it is: users (millions)."""
    return unit_in(name), stated_unit(without_unit(name))


def _words(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9/#]+", without_unit(name).lower()))


def describe(layout: Layout) -> list[str]:
    """Return what a table was taken for, in a few words each."""
    said = []
    if layout.periods:
        lengths = {period.frequency for text in layout.periods if (period := _period(text))}
        words = {"A": "years", "FY": "fiscal years", "Q": "quarters", "M": "months", "W": "weeks"}
        said.append(
            f"{words.get(lengths.pop(), 'periods') if len(lengths) == 1 else 'periods'} across"
        )
    elif layout.parts:
        said.append(f"years down, {layout.parts[0]} to {layout.parts[-1]} across")
    elif len(layout.figures) > 1:
        said.append(f"{len(layout.figures)} series across")
    else:
        said.append("a figure in each line")
    if layout.header.line > 1:
        said.append(f"header in line {layout.header.line}")
    if layout.second is not None:
        both = f"{layout.names[layout.roles['period_end']]} and {layout.names[layout.second]}"
        said.append(f"period from {both}")
    return said


def _period(text: str) -> Period | None:
    try:
        return read_period(text)
    except ValueError:
        return None
