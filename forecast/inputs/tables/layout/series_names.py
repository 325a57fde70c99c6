"""Which series a figure is of: one that is known by its id or title, or a new one by its names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from forecast.inputs.schema import FiscalCalendar, Series
from forecast.inputs.tables.cells.figures import split_marks
from forecast.inputs.tables.cells.heads import is_called
from forecast.inputs.tables.cells.kinds import names_period
from forecast.inputs.tables.cells.unit_texts import without_unit
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import Layout

_LONGEST, _SHORTEST = 80, 12  # letters of an id, and of a part of it that is cut
_READ = 300  # letters of a name that its id is made of
_GENERIC = re.compile(
    r"^(?:value|amount|figure|total|level|obs value|val|y|wert|betrag|close|data)?$"
)


@dataclass(frozen=True)
class Known:
    """What is known beside a file: series, whose company each is, and the companies' calendars."""

    series: Mapping[str, Series] = field(default_factory=dict)
    companies: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, FiscalCalendar] = field(default_factory=dict)

    def calendar(self, names: Sequence[str]) -> FiscalCalendar | None:
        """Return the calendar of the first company, or series of one, that is among names."""
        for name in names:
            company = self.companies.get(name, name).casefold()
            words = set(re.findall(r"[^\W_]+", company))
            for calendar in self.calendars.values():
                called = {each.casefold() for each in (calendar.company, *calendar.also_called)}
                if company in called or called & words:
                    return calendar
        return None


class SeriesNames:
    """The series of each line and column of figures."""

    def __init__(
        self,
        layout: Layout,
        table: Table,
        known: Known,
        kind: str,
        lines: Sequence[tuple[int, Cells]],
    ) -> None:
        self.layout = layout
        self.table = table
        self.renamed = {name.casefold(): series for name, series in table.names.items()}
        self.titles = {each.title.casefold(): name for name, each in known.series.items()}
        self.series_ids = known.series
        labels = layout.labels
        varying = [at for at in labels if len({cells[at] for _, cells in lines}) > 1]
        constant = [lines[0][1][at].strip() for at in labels if at not in varying and lines]
        measures = [at for at in labels if at not in varying and layout.is_measure(at)]
        self.varying = _without_codes(varying, lines)
        self.measures = [lines[0][1][at].strip() for at in measures if lines]
        self.has_measure = any(layout.is_measure(at) for at in varying)
        self.constant = [text for text in constant if text and text not in self.measures][:1]
        # Lines that were chosen by their unit are no others of the same name.
        unit = layout.roles.get("unit")
        head = layout.names[unit].casefold() if unit is not None else ""
        self.chosen = [text for name, text in table.where.items() if name.casefold() == head]
        self.kind = kind
        self.file = PurePath(layout.sheet.file.split(" [")[0]).stem

    def series(self, cells: Cells, place: int) -> str:
        """Return the series of a figure: the one that is named, or a new one by its names."""
        at = self.layout.roles.get("series_id")
        if at is not None and cells[at].strip():
            return self._known(cells[at].strip()) or cells[at].strip()
        if default := self.table.defaults.get("series_id"):
            return default
        head = self._head(place)
        texts = [cells[column].strip() for column in self.varying]
        for text in [*texts, *self.constant, head, " ".join([head, *texts]).strip()]:
            if text and (known := self._known(text)):
                return known
        measure = [head] if head else self.measures
        whose = [text for text in texts if text] or self.constant
        if not measure and not whose:
            return self._renamed(slug(self.file))
        told = [*self.measures, *self.constant, *texts]
        named = told if self.has_measure else [*measure, *whose]
        if self.has_measure and head and len(self.layout.figures) > 1:
            named = [*named, head]
        is_across = self.layout.periods or self.layout.parts
        is_one_of_many = len(self.layout.figures) > 1 and not is_across and not texts
        if (not measure or is_one_of_many) and not slug(named[0]).startswith(self.kind):
            named = [self.kind, *named]
        return self._renamed(_id_of([*named, *self.chosen]))

    def _renamed(self, name: str) -> str:
        """Return the series that a new id stands for where a person has said so, else the id."""
        return self.renamed.get(name.casefold(), name)

    def _head(self, place: int) -> str:
        """Return what the head of a column of figures says of what it measures."""
        if self.layout.measures:
            return self.layout.measures[place]
        if self.layout.periods or self.layout.parts:
            return ""
        name = without_unit(self.layout.names[self.layout.figures[place]])
        is_period = names_period(self.layout.names[self.layout.figures[place]])
        if is_period or _GENERIC.match(slug(name).replace("_", " ")) or is_called("value", name):
            return ""
        return name

    def _known(self, name: str) -> str:
        """Return the series that a name stands for, "" if none is known by it."""
        folded = name.casefold()
        if folded in self.renamed:
            return self.renamed[folded]
        return name if name in self.series_ids else self.titles.get(folded, "")


def _without_codes(columns: Sequence[int], lines: Sequence[tuple[int, Cells]]) -> list[int]:
    """Return columns without those that say the same as another in shorter words."""
    kept: list[int] = []
    for at in sorted(columns, key=lambda at: -sum(len(cells[at]) for _, cells in lines[:100])):
        pairs = {other: {(cells[other], cells[at]) for _, cells in lines} for other in kept}
        if all(len(each) > len({first for first, _ in each}) for each in pairs.values()):
            kept.append(at)
    return sorted(kept)


def slug(text: str) -> str:
    """Return a name as an id: small letters and digits with underscores between them."""
    return "_".join(re.findall(r"[^\W_]+", text.lower()))


def _id_of(names: Sequence[str]) -> str:
    """Return the id of names together, the longest cut so that it stays readable."""
    parts = [slug(without_unit(split_marks(name[:_READ]))) for name in names]
    while len("_".join(parts)) > _LONGEST and max(map(len, parts)) > _SHORTEST:
        longest = max(range(len(parts)), key=lambda index: len(parts[index]))
        parts[longest] = parts[longest][:-1].rstrip("_")
    return "_".join(part for part in parts if part)
