"""Which columns name the series of a table, and which units its heads and titles state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from forecast.inputs.tables.cells.classes import are_classes
from forecast.inputs.tables.cells.heads import is_called
from forecast.inputs.tables.cells.kinds import main_kind, names_period
from forecast.inputs.tables.cells.unit_texts import (
    joined,
    stated_unit,
    unit_in,
    unit_of_aside,
    without_unit,
)
from forecast.inputs.tables.layout.layouts import CODES, Layout, words_of

# What an office of statistics says of a figure, in words, is no name of it.
_STATUS = re.compile(r"\b(?:observation status|confidentiality status|obs status|obs flag)\b")
_WAVES = re.compile(r"^(?:wave|round)s?$")  # which a day tells too
_FLAGS = re.compile(r"^(?:(?:obs )?(?:codes?|flags?|status|symbols?|marks?))?$")
_UNITS_OF = re.compile(r" units?$")
# What may be told anew of each figure of a series.
_REMARKS = re.compile(
    r"\b(?:confidence|certainty|likelihood|status|stage|phase|quality|reliability|method|basis"
    r"|notes?|comments?|remarks?|source|link|url|updated|published)\b"
)
_FEWEST = 4  # lines that tell what names them
_POWER = re.compile(r"^unit (?:mult|multiplier)$")


def with_labels(layout: Layout) -> Layout:
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
    texts = [index for index in texts if not _STATUS.search(words_of(layout.names[index]))]
    texts = [index for index in texts if not _are_flags(layout, index)]
    texts = [index for index in texts if not _POWER.match(words_of(layout.names[index]))]
    names = [index for index in texts if not CODES.search(words_of(layout.names[index]))]
    texts = [index for index in texts if not _UNITS_OF.search(words_of(layout.names[index]))]
    texts = [index for index in texts if not _WAVES.match(words_of(layout.names[index]))]
    names = [index for index in names if index in texts]
    labels = tuple(names or texts)
    if not layout.periods and _names_series(layout, labels[:1]):
        labels = labels[:1]
    if layout.periods:
        labels = _told_apart(
            layout, labels, [i for i in range(len(layout.names)) if i not in taken]
        )
    return replace(layout, labels=labels)


def _are_flags(layout: Layout, index: int) -> bool:
    """Return whether a column behind figures has no name of its own and single letters alone,
    which say how sure each figure is."""
    is_behind = index - 1 in layout.figures and bool(_FLAGS.match(words_of(layout.names[index])))
    return is_behind and all(len(cell.strip()) <= 1 for cell in layout.column(index))


def _names_series(layout: Layout, first: tuple[int, ...]) -> bool:
    """Return whether the first column of names alone tells the series of each line: with the
    others each line would be a series of its own, with it several periods are."""
    period = layout.roles.get("period_end")
    lines = [cells for _, cells in layout.body if len(cells) == len(layout.names)]
    if not first or period is None or len(lines) < _FEWEST or len(layout.figures) != 1:
        return False
    texts = [index for index in range(len(layout.names)) if index not in (period, *layout.figures)]
    own = {tuple(cells[index] for index in texts) for cells in lines}
    names = Counter(cells[first[0]] for cells in lines)
    others = {at for at in range(len(layout.names)) if at not in (*first, period, *layout.figures)}
    others -= {at for at in others if _REMARKS.search(words_of(layout.names[at]))}
    if any(len({(cells[first[0]], cells[at]) for cells in lines}) > len(names) for at in others):
        return False  # several products of one company
    keys = {(cells[first[0]], cells[period]) for cells in lines}
    return len(own) == len(keys) == len(lines) and min(names.values()) > 1


def _told_apart(layout: Layout, labels: tuple[int, ...], others: Sequence[int]) -> tuple[int, ...]:
    """Return labels and, where lines have the same ones, other columns that part them: numbers of
    sectors, codes."""
    lines = [(*cells, *[""] * (len(layout.names) - len(cells))) for _, cells in layout.body]

    def count(columns: tuple[int, ...]) -> int:
        return len({tuple(cells[at] for at in columns) for cells in lines})

    found = count(labels)
    for at in sorted(others, key=lambda at: bool(CODES.search(words_of(layout.names[at])))):
        if found == len(lines) or not labels:
            break
        more = tuple(sorted({*labels, at}))
        if is_called("note", layout.names[at]) or (parted := count(more)) == found:
            continue
        labels, found = more, parted
    return labels


def with_units(layout: Layout) -> Layout:
    """Return a table with the units that its heads and titles state."""
    below = layout.header.units
    own = tuple(
        joined(
            (
                *_units_of_head(layout.names[index]),
                unit_in(layout.measures[place]) if layout.measures else "",
                _unit_beside(layout, index),
                stated_unit(below[index]) if below else "",
            )
        )
        if not layout.parts and not (layout.periods and names_period(layout.names[index]))
        else (stated_unit(below[index]) if below else "")
        for place, index in enumerate(layout.figures)
    )
    aside = [
        filled[0]
        for _, cells in layout.body
        if len(filled := [cell for cell in cells if cell and not cell.isspace()]) == 1
    ]
    asides = [unit for text in aside if (unit := unit_of_aside(text))]
    # The head of the names has nothing else to say where periods stand across.
    read = unit_in if layout.periods or layout.parts else unit_of_aside
    beside = (layout.second,) if layout.periods and layout.second is not None else ()
    heads = [read(layout.names[index]) for index in (*layout.labels, *beside)]
    if (period := layout.roles.get("period_end")) is not None:
        heads.append(unit_of_aside(layout.names[period]))  # a title that heads the years below it
    title_unit = joined([*map(unit_in, layout.header.titles), *asides, *heads])
    powers = [i for i, name in enumerate(layout.names) if _POWER.match(words_of(name))]
    powers.sort(key=lambda at: main_kind(layout.column(at)) == "text")  # Millions, beside 6
    return replace(layout, units=own, title_unit=title_unit, power=next(iter(powers), None))


def _unit_beside(layout: Layout, index: int) -> str:
    """Return the unit that a column such as `sales units` says of all figures of `sales`."""
    name = words_of(layout.names[index])
    texts = {
        cell.strip()
        for at, head in enumerate(layout.names)
        if (words := words_of(head)) != name and _UNITS_OF.sub("", words) == name
        for cell in layout.column(at)
    }
    return stated_unit(texts.pop()) if len(texts) == 1 else ""


def _units_of_head(name: str) -> tuple[str, str]:
    """Return the unit that a head states, and the one that it is: users (millions)."""
    return unit_in(name), stated_unit(without_unit(name))
