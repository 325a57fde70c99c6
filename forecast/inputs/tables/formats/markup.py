"""Tables of web pages and of Markdown, as they are saved or pasted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from forecast.inputs.tables.formats.lines import Cells, Sheet

_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_BAR = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_WIDEST = 100  # columns that a cell may span
_REACH = 50  # columns in which a sign looks for its figure
_ABOVE, _LONGEST_TITLE = 4, 120  # blocks of text above a table that may be its titles, letters
_BLOCKS = {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "body", "section"}
_SIGNS_BEFORE, _SIGNS_BEHIND = {"$", "US$", "€", "("}, {")", "%", ")%", "*"}


def is_html(text: str) -> bool:
    """Return whether a text is a page or a piece of one, with a table in it."""
    return text.lstrip()[:1] == "<" and re.search(r"<table\b", text, re.I) is not None


def is_markdown(text: str) -> bool:
    """Return whether a text holds a table with bars, and a rule below its header."""
    return any(_RULE.match(line) and "|" in line for line in text.splitlines()[:200])


def read_markdown(file: str, text: str, encoding: str) -> list[Sheet]:
    """Return the tables of a Markdown text, each with the lines of text above it."""
    sheets: list[Sheet] = []
    above: list[tuple[int, Cells]] = []
    table: list[tuple[int, Cells]] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if "|" in line:
            if not _RULE.match(line):
                cells = _BAR.split(line.strip().removeprefix("|").removesuffix("|"))
                table.append((number, tuple(_plain(cell) for cell in cells)))
        elif table and not line.strip():
            name = f"table {len(sheets) + 1}"
            sheets.append(Sheet(file, (*above, *table), encoding=encoding, name=name))
            above, table = [], []
        elif line.strip():
            above = [*above[1 - _ABOVE :], (number, (_plain(line.lstrip("# ")),))]
    return sheets


def _plain(cell: str) -> str:
    """Return a cell without the signs that make it bold, a link or code."""
    text = _LINK.sub(r"\1", cell.replace(r"\|", "|").replace("`", ""))
    return re.sub(r"(\*\*|__)(.+?)\1", r"\2", text).strip()


def read_html(file: str, text: str, encoding: str) -> list[Sheet]:
    """Return the tables of a page that have more than one line, in the order in which they end."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    sheets: list[Sheet] = []
    for captions, grid in parser.found:
        lines = _without_gaps(grid)
        if len(lines) > 1:
            titles = ((number, (caption,)) for number, caption in captions)
            name = f"table {len(sheets) + 1}"
            sheets.append(Sheet(file, (*titles, *lines), encoding=encoding, name=name))
    return sheets


class _Table:
    """A table while it is read: its lines, and cells that reach down into lines to come."""

    def __init__(self) -> None:
        self.captions: list[tuple[int, str]] = []
        self.lines: list[tuple[int, dict[int, str]]] = []
        self.reach: dict[int, tuple[int, str]] = {}  # column → lines still to fill, and with what
        self.cell: list[str] | None = None
        self.spans = (1, 1)

    def start_line(self, number: int) -> None:
        self.end_cell()
        reached = {column: text for column, (_, text) in self.reach.items()}
        self.lines.append((number, reached))
        self.reach = {
            column: (left - 1, text) for column, (left, text) in self.reach.items() if left > 1
        }

    def end_cell(self) -> None:
        if self.cell is None or not self.lines:
            self.cell = None
            return
        text = " ".join("".join(self.cell).split()).replace("[[", "[").replace("]]", "]")
        cells = self.lines[-1][1]
        column = next(index for index in range(len(cells) + 1) if index not in cells)
        across, down = self.spans
        for each in range(column, column + across):
            cells.setdefault(each, text)
            if down > 1:
                self.reach[each] = (down - 1, text)
        self.cell = None


class _Tables(HTMLParser):
    """Collects the cells of every table; what is not shown is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[list[tuple[int, str]], list[tuple[int, dict[int, str]]]]] = []
        self.open: list[_Table] = []
        self.hidden: list[str] = []
        self.caption: list[str] | None = None
        self.above: list[tuple[int, list[str]]] = []  # blocks of text since the last table

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_hidden = "display:none" in given.get("style", "").replace(" ", "").lower()
        if self.hidden or tag in {"script", "style", "head"} or is_hidden:
            if tag not in {"br", "img", "hr", "meta", "link", "input", "col"}:
                self.hidden.append(tag)
        elif tag == "table":
            self.open.append(_Table())
            if len(self.open) == 1:
                self.open[-1].captions.extend(self.titles())
        elif not self.open:
            self.start_block(tag)
        elif tag == "caption":
            self.caption = []
        elif tag == "tr":
            self.open[-1].start_line(self.getpos()[0])
        elif tag in {"td", "th"}:
            self.open[-1].end_cell()
            self.open[-1].cell = []
            self.open[-1].spans = _span(given.get("colspan")), _span(given.get("rowspan"))
        elif tag == "sup":
            self.handle_data(" [")
        elif tag in {"br", "p", "div"}:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            if tag in self.hidden:
                while self.hidden.pop() != tag:
                    pass
        elif not self.open:
            self.start_block(tag)
        elif tag == "table":
            table = self.open.pop()
            table.end_cell()
            self.above = []
            self.found.append((table.captions, table.lines))
        elif tag == "caption" and self.caption is not None:
            self.open[-1].captions.append((self.getpos()[0], " ".join(self.caption).strip()))
            self.caption = None
        elif tag in {"td", "th", "tr"}:
            self.open[-1].end_cell()
        elif tag == "sup":
            self.handle_data("]")

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if not self.open:
            if self.above:
                self.above[-1][1].append(data)
        elif self.caption is not None:
            self.caption.append(data)
        elif self.open[-1].cell is not None:
            self.open[-1].cell.append(data)

    def start_block(self, tag: str) -> None:
        """Begin another block of the text above a table."""
        if tag in _BLOCKS:
            self.above.append((self.getpos()[0], []))

    def titles(self) -> list[tuple[int, str]]:
        """Return the last short blocks of text above a table, as lines of one cell."""
        texts = [(line, " ".join("".join(block).split())) for line, block in self.above]
        return [(line, text) for line, text in texts if 0 < len(text) <= _LONGEST_TITLE][-_ABOVE:]


def _span(text: str | None) -> int:
    return min(int(text), _WIDEST) if text and text.isdigit() and int(text) else 1


def _without_gaps(grid: list[tuple[int, dict[int, str]]]) -> list[tuple[int, Cells]]:
    """Return lines without the columns that only lay out a page.

    A sign of money or a bracket in a cell of its own goes to its figure; columns between which no
    line tells a difference are one.
    """
    width = max((max(cells, default=-1) + 1 for _, cells in grid), default=0)
    whole = [[cells.get(i, "") for i in range(width)] for _, cells in grid]
    lines = [_signs_joined(_title_once(cells)) for cells in whole]
    kept: list[list[str]] = []
    for column in zip(*lines, strict=True):
        if kept and _is_one(kept[-1], column):
            kept[-1] = [first or second for first, second in zip(kept[-1], column, strict=True)]
        elif any(column):
            kept.append(list(column))
    cells = zip(*kept, strict=True)
    return [(number, each) for (number, _), each in zip(grid, cells, strict=False) if any(each)]


def _title_once(cells: list[str]) -> list[str]:
    """Return a line in which a title over the whole table, which tells nothing of its columns,
    stands once."""
    is_title = cells[:1] != [""] and len({cell for cell in cells if cell}) == 1
    return [cells[0], *[""] * (len(cells) - 1)] if is_title else cells


def _is_one(first: Sequence[str], second: Sequence[str]) -> bool:
    """Return whether two columns share a cell, and no line has two that differ."""
    pairs = list(zip(first, second, strict=True))
    return any(a and a == b for a, b in pairs) and all(not a or not b or a == b for a, b in pairs)


def _signs_joined(cells: list[str]) -> list[str]:
    """Return cells in which `$` stands with the figure behind it, and `)` or `%` with that before;
    a figure that spans columns stands in each of them."""
    found = list(cells)
    for index, text in enumerate(cells):
        if text in _SIGNS_BEFORE:
            near = range(index + 1, min(index + 1 + _REACH, len(found)))
        elif text in _SIGNS_BEHIND:
            near = range(index - 1, max(index - 1 - _REACH, 0), -1)
        else:
            continue
        target = next((i for i in near if found[i] not in {"", text}), None)
        if target is None:
            continue
        figure, found[index] = found[target], ""
        for each in near[near.index(target) :]:
            if found[each] != figure:
                break
            found[each] = text + figure if text in _SIGNS_BEFORE else figure + text
    return found
