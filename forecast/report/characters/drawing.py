"""Blocks drawn as lines of text: exact columns, the same on a terminal and in a pipe.

A line is a tuple of (text, style) spans; `terminal` turns styles into colours or drops them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from forecast.report.blocks import (
    Block,
    Branch,
    Chart,
    Facts,
    Outline,
    Prose,
    Table,
    Whiskers,
)
from forecast.report.characters.table_lines import (
    INDENT,
    LABEL_WIDTH,
    NARROW,
    NARROWEST,
    Line,
    table,
)

FEWEST_CELLS = 14  # of whiskers
TICK_WIDTH = 4
PROSE_WIDTH = 100


def draw(blocks: Sequence[Block], width: int) -> Iterator[Line]:
    """Yield the lines of a page, a blank one between blocks, none wider than it needs to be.

    Prose is filled to `width`; how a table that is wider is drawn, `table_lines` says.
    """
    for index, block in enumerate(blocks):
        if index:
            yield ()
        match block:
            case Prose():
                yield from prose(block, width)
            case Table():
                yield from table(block, width)
            case Facts():
                yield from facts(block, width)
            case Whiskers():
                yield from whiskers(block, width)
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


def facts(block: Facts, width: int) -> Iterator[Line]:
    """Yield remarks behind their names, which stand above them on a narrow page."""
    longest = max(len(name) for name, _ in block.items)
    lead = f" {'':{longest}}  " if width >= NARROW else INDENT
    for name, text in block.items:
        first = f" {name:<{longest}}  " if width >= NARROW else INDENT
        if width < NARROW:
            yield ((f" {name}", "title"),)
        filled = textwrap.wrap(text, min(width, PROSE_WIDTH) - len(lead), break_on_hyphens=False)
        for line in filled or [""]:
            yield ((first, "title"), (line, "plain"))
            first = lead


def _least_label(width: int) -> int:
    """Return how wide labels are at least: the same in all blocks of a page that is not narrow."""
    return LABEL_WIDTH if width >= NARROW else 0


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
