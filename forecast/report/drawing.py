"""Blocks drawn as lines of text: exact columns, the same on a terminal and in a pipe.

A line is a tuple of (text, style) spans; `terminal` turns styles into colours or drops them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecast.report.blocks import Block, Listing, Prose, Table, TableRow, Whiskers

Span = tuple[str, str]
Line = tuple[Span, ...]

LABEL_WIDTH = 20
WIDE = 100
PROSE_WIDTH = 100


def draw(blocks: Sequence[Block], width: int) -> Iterator[Line]:
    """Yield the lines of a page, a blank one between blocks, none wider than it needs to be.

    Prose is filled to `width`; a table that is wider is cut into blocks of columns, each of which
    repeats the labels.
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


def prose(block: Prose, width: int) -> Iterator[Line]:
    """Yield a paragraph filled to `width`, indented by one."""
    label = f" {block.label}  " if block.label else " "
    filled = textwrap.wrap(
        block.text,
        min(width, PROSE_WIDTH),
        initial_indent=label,
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for index, text in enumerate(filled):
        if index == 0 and block.label:
            yield ((label, "title"), (text[len(label) :], "strong"))
        else:
            yield ((text, block.emphasis),)


@dataclass(frozen=True)
class Columns:
    """The columns of one block: their indices, widths, and where in `chosen` the bar stands."""

    chosen: tuple[int, ...]
    widths: tuple[int, ...]
    label_width: int
    bar: int | None


def table(block: Table, width: int) -> Iterator[Line]:
    """Yield a table in as many blocks of columns as its width asks for."""
    heading = f"{block.title}  {block.unit}".rstrip()
    labels = (heading, *(row.label for row in block.rows))
    label_width = max(LABEL_WIDTH, *(len(label) + 1 for label in labels))
    room = width - label_width - 3
    widths = tuple(_column_widths(block, width, room))
    for number, chosen in enumerate(_blocks_of_columns(widths, room)):
        if number:
            yield ()
        bar = chosen.index(block.bar) if block.bar in chosen else None
        columns = Columns(chosen, widths, label_width, bar or None)
        yield _table_line(TableRow(heading, block.columns), columns, "title")
        yield _rule(columns)
        for row in block.rows:
            if row.kind == "median" or any(row.cells[index] for index in chosen):
                yield _table_line(row, columns, row.kind)


def _column_widths(block: Table, width: int, room: int) -> list[int]:
    """Return each column's width: generous if all columns fit so, else just what its cells need."""
    spare = 2 if width >= WIDE else 0
    tight, generous = [], []
    for index, name in enumerate(block.columns):
        is_forecast = block.bar is not None and index >= block.bar
        longest = max(len(name), *(len(row.cells[index]) for row in block.rows))
        tight.append(longest + 1)
        generous.append(max(longest + 1, (10 if is_forecast else 9) + spare))
    return generous if sum(generous) <= room else tight


def _blocks_of_columns(widths: Sequence[int], room: int) -> list[tuple[int, ...]]:
    """Return the columns of each block: as many as fit, evenly spread, at least one."""
    fits, used = 0, 0
    for column_width in sorted(widths, reverse=True):
        used += column_width
        fits += used <= room
    if sum(widths) <= room:
        return [tuple(range(len(widths)))]
    blocks = -(-len(widths) // max(1, fits))
    size = -(-len(widths) // blocks)
    indices = tuple(range(len(widths)))
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def _table_line(row: TableRow, columns: Columns, style: str) -> Line:
    spans = [(f" {row.label:<{columns.label_width}}", style)]
    for position, index in enumerate(columns.chosen):
        if columns.bar and position == columns.bar:
            spans.append((" │", "rule"))
        spans.append((f"{row.cells[index]:>{columns.widths[index]}}", style))
    return tuple(spans)


def _rule(columns: Columns) -> Line:
    widths = [columns.widths[index] for index in columns.chosen]
    split = columns.bar or len(widths)
    text = f" {'─' * (columns.label_width + sum(widths[:split]))}"
    if columns.bar:
        text += f"─┼{'─' * sum(widths[split:])}"
    return ((text, "rule"),)


def whiskers(block: Whiskers, width: int) -> Iterator[Line]:
    """Yield shares as whiskers from 0 to 100%: ├ the low end, ● the middle, ┤ the high end."""
    cells = 80 if width >= WIDE else 40
    ticks = "0%"
    for tick in (25, 50, 75, 100):
        ticks = ticks.ljust(tick * cells // 100 - 1) + f"{tick}%"
    yield ((f" {block.title:<{LABEL_WIDTH}}", "title"), (ticks, "quiet"))
    for label, low, middle, high in block.rows:
        first, dot, last = (round(share * cells) for share in (low, middle, high))
        signs = [" "] * (cells + 1)
        signs[first : last + 1] = "─" * (last - first + 1)
        signs[first], signs[last] = "├", "┤"
        left, right = "".join(signs[:dot]), "".join(signs[dot + 1 :]).rstrip()
        name = f"   {label}".ljust(LABEL_WIDTH + 1)
        yield ((name, "median"), (left, "rule"), ("●", "title"), (right, "rule"))


def listing(block: Listing, width: int) -> Iterator[Line]:
    """Yield rows in columns; where they do not fit, the first column has a line of its own."""
    rows = (block.columns, *block.rows)
    widths = [max(len(row[index]) for row in rows) for index in range(len(block.columns))]
    fits = 1 + sum(widths) + 3 * (len(widths) - 1) <= width
    side = "<" if block.is_text else ">"
    for number, row in enumerate(rows):
        style = "median" if number else "title"
        if fits:
            first = f" {row[0]:<{max(widths[0], LABEL_WIDTH)}}"
        else:
            yield ((f" {row[0]}", style),)
            first = "    "
        cells = zip(row[1:], widths[1:], strict=True)
        rest = "".join(f"   {text:{side}{size}}" for text, size in cells)
        yield ((first, style), (rest, style if number else "quiet"))
