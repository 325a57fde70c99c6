"""Tables drawn as lines of text: one grid of columns under a rule, notes in lines below."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forecast.report.blocks import Row, Table

Span = tuple[str, str]
Line = tuple[Span, ...]

LABEL_WIDTH = 20  # that labels have at least, where they need it
NARROWEST = 10
NARROW = 60
WIDE = 100
STEP = "  "  # by which a label stands below another
INDENT = "    "
WORDS_GAP = 3
LEAST_WORDS = 24  # columns of text that a last column of words is filled to


@dataclass(frozen=True)
class Columns:
    """The columns drawn side by side: their indices, widths with the gap before each, and before
    which of them the bar stands.

    `bar` is 0 where all are forecast and None where none is; labels without a width stand above.
    """

    chosen: tuple[int, ...]
    widths: tuple[int, ...]
    label_width: int
    bar: int | None = None


def table(block: Table, width: int) -> Iterator[Line]:
    """Yield the lines of a table, none wider than `width` but for a word that cannot be broken.

    Extra columns give way first; numbers go on in further blocks of columns, words under each
    other.
    """
    block = _without_extra(block, width)
    if all(column.is_number for column in block.columns[1:]):
        yield from _grid(block, width)
    else:
        yield from _mixed(block, width)


def _without_extra(block: Table, width: int) -> Table:
    """Return a table without those of its extra columns, the last first, that have no room."""
    while 1 + _label_width(block) + sum(_needs(block)) > width:
        extra = [at for at, column in enumerate(block.columns) if column.is_extra]
        if not extra:
            return block
        at = extra[-1]
        rows = (replace(line, cells=line.cells[:at] + line.cells[at + 1 :]) for line in block.rows)
        columns = block.columns[:at] + block.columns[at + 1 :]
        block = replace(block, columns=columns, rows=tuple(rows))
    return block


def _label(line: Row) -> str:
    return STEP * line.depth + line.cells[0].text


def _note_lines(line: Row) -> Iterator[tuple[str, ...]]:
    """Yield the lines of notes below a row, the label's first."""
    for at in range(max(len(cell.note) for cell in line.cells)):
        name, *notes = (cell.note[at] if at < len(cell.note) else "" for cell in line.cells)
        yield (STEP * (line.depth + 1) + name if name else "", *notes)


def _label_width(block: Table) -> int:
    """Return how wide the longest label is; one that has a line for itself does not count."""
    labels = [block.heading]
    for line in block.rows:
        labels += [each[0] for each in _note_lines(line)]
        if any(cell.text for cell in line.cells[1:]):
            labels.append(_label(line))
    return max(map(len, labels))


def _longest(block: Table) -> list[int]:
    """Return the length of the longest text of each column after the first."""
    found = []
    for at, column in enumerate(block.columns[1:], start=1):
        cells = (line.cells[at] for line in block.rows)
        texts = (text for cell in cells for text in (cell.text, *cell.note))
        found.append(max(len(column.title), *map(len, texts)) if block.rows else len(column.title))
    return found


def _needs(block: Table) -> list[int]:
    """Return the least width of each column after the first, with the gap before it."""
    *first, last = _longest(block)
    if not block.columns[-1].is_number:
        last = min(last, LEAST_WORDS)
    gaps = (_gap(block, at) for at in range(1, len(block.columns)))
    return [size + gap for size, gap in zip((*first, last), gaps, strict=True)]


def _gap(block: Table, at: int) -> int:
    if block.columns[at].is_number and (at == 1 or block.columns[at - 1].is_number):
        return 1 if block.bar is not None else 2
    return WORDS_GAP


def _grid(block: Table, width: int) -> Iterator[Line]:
    """Yield a table of numbers in as many blocks of columns as its width asks for."""
    least = LABEL_WIDTH if width >= NARROW else 0
    label_width = max(least, _label_width(block) + 1)
    needs = _needs(block)
    if block.bar is None:  # long labels rather than columns have lines of their own
        label_width = max(least or NARROWEST, min(label_width, width - 1 - sum(needs)))
    room = width - label_width - (1 if block.bar is None else 3)
    if stands_above := room < max(needs):
        label_width, room = 0, width - 3
    widths = tuple(_spread(block, needs, width, room))
    for number, chosen in enumerate(_blocks_of_columns(widths, room, block.bar)):
        if number:
            yield ()
        has_bar = block.bar is not None and chosen[-1] >= block.bar
        bar = max(0, (block.bar or 0) - chosen[0]) if has_bar else None
        columns = Columns(chosen, widths, label_width, bar)
        heads = (block.heading, *(column.title for column in block.columns[1:]))
        yield from _numbers(heads, columns, width, "title", is_above=stands_above)
        yield _rule(columns)
        for line in block.rows:
            texts = (_label(line), *(cell.text for cell in line.cells[1:]))
            style = "quiet" if line.is_quiet else "plain"
            yield from _numbers(texts, columns, width, style)
            for notes in _note_lines(line):
                if any(notes[1 + at] for at in chosen) or not any(notes[1:]):
                    style = "observed" if any(each.endswith("•") for each in notes) else "band"
                    yield from _numbers(notes, columns, width, style)


def _spread(block: Table, needs: Sequence[int], width: int, room: int) -> Iterator[int]:
    """Yield each column's width: what its cells need, and more as far as there is room."""
    spare = 2 if width >= WIDE else 0
    wanted = [
        size + 1 if block.bar is None else max(size, (10 if column.is_forecast else 9) + spare)
        for size, column in zip(needs, block.columns[1:], strict=True)
    ]
    widths = list(needs)
    while sum(widths) < room and widths != wanted:
        widths[max(range(len(widths)), key=lambda at: wanted[at] - widths[at])] += 1
    yield from widths


def _blocks_of_columns(widths: Sequence[int], room: int, bar: int | None) -> list[tuple[int, ...]]:
    """Return the columns of each block: as many as fit, evenly spread, at least one.

    Where all would fit but for the earliest history, that gives way, down to two columns of it.
    """
    indices = tuple(range(len(widths)))
    for skipped in range(max(1, (bar or 0) - 1)):
        if sum(widths[skipped:]) <= room:
            return [indices[skipped:]]
    fits, used = 0, 0
    for column_width in sorted(widths, reverse=True):
        used += column_width
        fits += used <= room
    blocks = -(-len(widths) // max(1, fits))
    size = -(-len(widths) // blocks)
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def _numbers(
    texts: Sequence[str], columns: Columns, width: int, style: str, *, is_above: bool = False
) -> Iterator[Line]:
    """Yield a line of numbers behind its label, which stands above them if it is too long."""
    label = texts[0]
    cells = [texts[1 + at] for at in columns.chosen]
    is_alone = not any(cells)
    if is_alone or is_above or len(label) > columns.label_width:
        yield from _filled(label, width, style)
        label = ""
        if is_alone:
            return
    spans = [(f" {label:<{columns.label_width}}", style)]
    for position, (at, text) in enumerate(zip(columns.chosen, cells, strict=True)):
        if position == columns.bar:
            spans.append((" │", "rule"))
        spans.append((f"{text:>{columns.widths[at]}}", style))
    yield tuple(spans)


def _rule(columns: Columns) -> Line:
    widths = [columns.widths[index] for index in columns.chosen]
    if columns.bar is None:
        return ((f" {'─' * (columns.label_width + sum(widths))}", "rule"),)
    left, right = sum(widths[: columns.bar]), sum(widths[columns.bar :])
    return ((f" {'─' * (columns.label_width + left)}─┼{'─' * right}", "rule"),)


@dataclass(frozen=True)
class Places:
    """How wide labels are, and for each column after the first its gap, width and side."""

    label: int
    cells: tuple[tuple[int, int, str], ...]


def _mixed(block: Table, width: int) -> Iterator[Line]:
    """Yield a table with columns of words, the last of them filled to what the page leaves it."""
    needs, columns = _needs(block), block.columns[1:]
    room = width - 1 - sum(needs)
    if room < min(LABEL_WIDTH, _label_width(block)):
        yield from _stacked(block, width)
        return
    label_width = max(min(LABEL_WIDTH, room), min(_label_width(block), room))
    gaps = [_gap(block, at) for at in range(1, len(block.columns))]
    sizes = [need - gap for need, gap in zip(needs, gaps, strict=True)]
    sizes[-1] = min(_longest(block)[-1], sizes[-1] + room - label_width)
    sides = [">" if column.is_number else "<" for column in columns]
    places = Places(label_width, tuple(zip(gaps, sizes, sides, strict=True)))
    yield from _words((block.heading, *(each.title for each in columns)), places, "title", width)
    yield ((f" {'─' * (label_width + sum(sizes) + sum(gaps))}", "rule"),)
    for line in block.rows:
        texts = (_label(line), *(cell.text for cell in line.cells[1:]))
        yield from _words(texts, places, "quiet" if line.is_quiet else "plain", width)
        for notes in _note_lines(line):
            yield from _words(notes, places, "band", width)


def _words(texts: Sequence[str], places: Places, style: str, width: int) -> Iterator[Line]:
    """Yield a line of cells; what a last column of words has no room for is on further lines."""
    label, *cells, last = texts
    is_alone = not any((*cells, last))
    if is_alone or len(label) > places.label:
        yield from _filled(label, width, style)
        label = ""
        if is_alone:
            return
    _, size, side = places.cells[-1]
    for end in textwrap.wrap(last, size) if last and side == "<" else [last]:
        shown = zip((*cells, end), places.cells, strict=True)
        text = "".join(f"{'':{gap}}{cell:{side}{size}}" for cell, (gap, size, side) in shown)
        yield ((f" {label:<{places.label}}", style), (text, style))
        label, cells = "", [""] * len(cells)


def _stacked(block: Table, width: int) -> Iterator[Line]:
    """Yield rows that have no room beside each other: each cell under the one before.

    Figures have their column's head before them, words stand alone.
    """
    yield from _filled(block.heading, width, "title")
    for line in block.rows:
        yield from _filled(_label(line), width, "plain")
        for column, cell in zip(block.columns[1:], line.cells[1:], strict=True):
            notes = "; ".join(filter(None, cell.note))
            text = f"{cell.text} ({notes})" if notes else cell.text
            if text:
                yield from _filled(f"{column.title} {text}" if column.is_number else text, width,
                                   "plain", INDENT)  # fmt: skip


def _filled(text: str, width: int, style: str, indent: str = " ") -> Iterator[Line]:
    """Yield a text in lines below one another, the blanks before it kept."""
    indent += " " * (len(text) - len(text.lstrip()))
    for line in textwrap.wrap(text.strip(), width - len(indent), break_long_words=False):
        yield ((indent + line, style),)
