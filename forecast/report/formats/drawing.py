"""Blocks drawn as lines of text: exact columns, the same on a terminal and in a pipe.

A line is a tuple of (text, style) spans; `terminal` turns styles into colours or drops them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecast.report.blocks import (
    Block,
    Branch,
    Chart,
    Listing,
    Outline,
    Prose,
    Table,
    TableRow,
    Whiskers,
)

Span = tuple[str, str]
Line = tuple[Span, ...]

LABEL_WIDTH = 20
NARROWEST = 10
NARROW = 60
WIDE = 100
INDENT = "    "
FEWEST_CELLS = 14  # of whiskers
TICK_WIDTH = 4
PROSE_WIDTH = 100


def draw(blocks: Sequence[Block], width: int) -> Iterator[Line]:
    """Yield the lines of a page, a blank one between blocks, none wider than it needs to be.

    Prose is filled to `width`; a table that is wider is cut into blocks of columns, each of which
    repeats the labels; where not even one column fits beside them, they stand above their rows.
    """
    for index, block in enumerate(blocks):
        if index:
            yield ()
        match block:
            case Prose():
                yield from prose(block, width)
            case Table():
                yield from table(block, width)
            case Whiskers():
                yield from whiskers(block, width)
            case Listing():
                yield from listing(block, width)
            case Chart():
                yield from chart(block)
            case Outline():
                yield from outline(block, width)


def prose(block: Prose, width: int) -> Iterator[Line]:
    """Yield a paragraph filled to `width`, indented by one."""
    label = f" {block.label}  " if block.label else " "
    if block.label and len(label) + len(block.text.split(" ", 1)[0]) > width:
        yield ((label.rstrip(), "title"),)
        label = " "
    filled = textwrap.wrap(
        block.text,
        min(width, PROSE_WIDTH),
        initial_indent=label,
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for index, text in enumerate(filled):
        if index == 0 and label.strip():
            yield ((label, "title"), (text[len(label) :], "strong"))
        else:
            yield ((text, block.emphasis),)


@dataclass(frozen=True)
class Columns:
    """The columns of one block: their indices, widths, and before which of them the bar stands.

    `bar` is 0 where all are forecast and None where none is.
    """

    chosen: tuple[int, ...]
    widths: tuple[int, ...]
    label_width: int
    bar: int | None


def table(block: Table, width: int) -> Iterator[Line]:
    """Yield a table in as many blocks of columns as its width asks for."""
    heading = f"{block.title}  {block.unit}".rstrip()
    labels = (heading, *(row.label for row in block.rows))
    label_width = max(_least_label(width), *(len(label) + 1 for label in labels))
    room = width - label_width - 3
    widths = tuple(_column_widths(block, width, room))
    if stands_above := room < max(widths):
        label_width, room = 0, width - 3
        widths = tuple(_column_widths(block, width, room))
    for number, chosen in enumerate(_blocks_of_columns(widths, room, block.bar)):
        if number:
            yield ()
        has_bar = block.bar is not None and chosen[-1] >= block.bar
        bar = max(0, (block.bar or 0) - chosen[0]) if has_bar else None
        columns = Columns(chosen, widths, label_width, bar)
        if stands_above:
            yield from _indented((heading,), width, ("title", "title"))
        yield _table_line(TableRow(heading, block.columns), columns, "title")
        yield _rule(columns)
        for row in block.rows:
            if row.kind == "median" or any(row.cells[index] for index in chosen):
                if stands_above:
                    yield from _indented((row.label,), width, (row.kind, row.kind))
                yield _table_line(row, columns, row.kind)


def _least_label(width: int) -> int:
    """Return how wide labels are at least: the same in all blocks of a page that is not narrow."""
    return LABEL_WIDTH if width >= NARROW else 0


def _column_widths(block: Table, width: int, room: int) -> list[int]:
    """Return each column's width: what its cells need, and more as far as there is room."""
    spare = 2 if width >= WIDE else 0
    widths, wanted = [], []
    for index, name in enumerate(block.columns):
        is_forecast = block.bar is not None and index >= block.bar
        longest = max(len(name), *(len(row.cells[index]) for row in block.rows))
        widths.append(longest + 1)
        wanted.append(max(longest + 1, (10 if is_forecast else 9) + spare))
    while sum(widths) < room and widths != wanted:
        narrowest = max(range(len(widths)), key=lambda index: wanted[index] - widths[index])
        widths[narrowest] += 1
    return widths


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


def _table_line(row: TableRow, columns: Columns, style: str) -> Line:
    label = row.label if columns.label_width else ""
    spans = [(f" {label:<{columns.label_width}}", style)]
    for position, index in enumerate(columns.chosen):
        if position == columns.bar:
            spans.append((" │", "rule"))
        spans.append((f"{row.cells[index]:>{columns.widths[index]}}", style))
    return tuple(spans)


def _rule(columns: Columns) -> Line:
    widths = [columns.widths[index] for index in columns.chosen]
    if columns.bar is None:
        return ((f" {'─' * (columns.label_width + sum(widths))}", "rule"),)
    left, right = sum(widths[: columns.bar]), sum(widths[columns.bar :])
    text = f" {'─' * (columns.label_width + left)}─┼{'─' * right}"
    return ((text, "rule"),)


def whiskers(block: Whiskers, width: int) -> Iterator[Line]:
    """Yield shares as whiskers from 0 to 100%: ├ the low end, ● the middle, ┤ the high end."""
    names = [block.title, *(f"  {label}" for label, *_ in block.rows)]
    label_width = max(_least_label(width), *(len(name) + 1 for name in names))
    if stands_above := width < label_width + FEWEST_CELLS + TICK_WIDTH:
        label_width = 0
    cells = _whisker_cells(width, label_width)
    ticks = "0%"
    for tick in (25, 50, 75, 100) if cells >= TICK_WIDTH * 4 else (50, 100):
        ticks = ticks.ljust(tick * cells // 100 - 1) + f"{tick}%"
    for name, row in zip(names, (None, *block.rows), strict=True):
        label = (f" {'' if stands_above else name:<{label_width}}", "median" if row else "title")
        if stands_above:
            yield ((f" {name}", label[1]),)
        yield (label, *(_whisker(row[1:], cells) if row else ((ticks, "quiet"),)))


def _whisker_cells(width: int, label_width: int) -> int:
    """Return over how many cells shares from 0 to 100% are drawn, beside labels."""
    if width >= LABEL_WIDTH + 86:
        return 80
    return min(40, max(FEWEST_CELLS, width - label_width - TICK_WIDTH))


def _whisker(shares: tuple[float, float, float], cells: int) -> Line:
    first, dot, last = (round(share * cells) for share in shares)
    signs = [" "] * (cells + 1)
    signs[first : last + 1] = "─" * (last - first + 1)
    signs[first], signs[last] = "├", "┤"
    left, right = "".join(signs[:dot]), "".join(signs[dot + 1 :]).rstrip()
    return ((left, "rule"), ("●", "title"), (right, "rule"))


def listing(block: Listing, width: int) -> Iterator[Line]:
    """Yield rows in columns; a first cell too long for its column has a line of its own, as has one
    that stands alone.

    Of words, the last column is filled to what the page leaves it.
    """
    rows = (block.columns, *block.rows)
    widths = [max(len(row[index]) for row in rows) for index in range(len(block.columns))]
    others = sum(widths[1:]) + 3 * len(widths[1:])
    if block.is_text and (excess := 1 + max(NARROWEST, widths[0]) + others - width) > 0:
        filled = min(widths[-1], max(LABEL_WIDTH, widths[-1] - excess))
        others -= widths[-1] - filled
        widths[-1] = filled
    if width < NARROW and 1 + min(LABEL_WIDTH, widths[0]) + others > width:
        yield from _stacked(block, width)
        return
    room = max(NARROWEST, width - 1 - others)
    widths[0] = max(min(LABEL_WIDTH, room), min(widths[0], room))
    for number, row in enumerate(rows):
        style = "median" if number else "title"
        first = row[0]
        if not any(row[1:]):
            yield ((f" {first}", style),)
            continue
        if len(first) > widths[0]:
            yield ((f" {first}", style),)
            first = ""
        for index, cells in enumerate(_filled(row[1:], widths[1:], is_text=block.is_text)):
            label = "" if index else first
            yield ((f" {label:<{widths[0]}}", style), (cells, style if number else "quiet"))


def _stacked(block: Listing, width: int) -> Iterator[Line]:
    """Yield rows that have no room beside each other: each cell under the one before.

    Figures have their column's head before them, words stand alone.
    """
    if block.is_text:
        yield from _indented(block.columns, width, ("title", "quiet"))
    for row in block.rows:
        if block.is_text:
            cells = row
        else:
            named = zip(block.columns[1:], row[1:], strict=True)
            cells = (row[0], *(f"{name} {cell}" for name, cell in named if cell))
        yield from _indented(cells, width, ("median", "median"))


def _indented(cells: Sequence[str], width: int, styles: tuple[str, str]) -> Iterator[Line]:
    for index, cell in enumerate(cells):
        indent = INDENT if index else " "
        for line in textwrap.wrap(cell, width - len(indent), break_long_words=False):
            yield ((indent + line, styles[index > 0]),)


def _filled(cells: Sequence[str], widths: Sequence[int], *, is_text: bool) -> Iterator[str]:
    """Yield the text of a row's cells, on further lines what the last one has no room for."""
    last = textwrap.wrap(cells[-1], widths[-1]) if is_text else [cells[-1]]
    side = "<" if is_text else ">"
    for index, end in enumerate(last or [""]):
        shown = (*(() if index else cells[:-1]), end)
        blank = "" if not index else " " * sum(3 + size for size in widths[:-1])
        pairs = zip(shown, widths[-len(shown) :], strict=True)
        yield blank + "".join(f"   {text:{side}{size}}" for text, size in pairs)


def chart(block: Chart) -> Iterator[Line]:
    """Yield the lines of a chart between its title and its legend."""
    yield ((f" {block.title}", "title"),)
    for line in block.lines:
        yield ((f" {line}", "median"),)
    yield ((f" {block.legend}", "quiet"),)


def outline(block: Outline, width: int) -> Iterator[Line]:
    """Yield a tree: each branch with its figures in columns at the right, its notes below."""
    count = max(len(branch.figures) for branch in block.branches)
    filled = [(*branch.figures, *[""] * (count - len(branch.figures))) for branch in block.branches]
    widths = [max(len(row[index]) for row in filled) for index in range(count)]
    room = min(width, PROSE_WIDTH)
    for branch, row in zip(block.branches, filled, strict=True):
        cells = "".join(
            f"   {text:>{size}}" for text, size in zip(row, widths, strict=True) if size
        )
        stem = "│  " * max(0, branch.depth - 1)
        head = f" {stem}├─ " if branch.depth else " "
        space = max(0, room - len(head) - len(cells))
        if len(branch.name) > space and cells.strip():
            yield ((head, "rule"), (branch.name, "strong"))
            lead = (f" {'│  ' * branch.depth}", "rule")
            yield (lead, (cells.strip().rjust(max(0, room - len(lead[0]))), "median"))
        else:
            yield ((head, "rule"), (f"{branch.name:<{space}}", "strong"), (cells, "median"))
        yield from _notes(branch, room)


def _notes(branch: Branch, room: int) -> Iterator[Line]:
    stem = " " + "│  " * branch.depth
    for note in branch.notes:
        for text in (note.text, note.url):
            for line in textwrap.wrap(
                text, max(NARROWEST, room - len(stem)), break_long_words=False,
                break_on_hyphens=False,
            ):  # fmt: skip
                yield ((stem, "rule"), (line, "quiet"))
