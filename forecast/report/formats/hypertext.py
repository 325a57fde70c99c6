"""Blocks as HTML: prose, tables and drawings, every word of it escaped.

Cells carry their raw value and band, by which a page sorts and saves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from forecast.report.blocks import Block, Cell, Column, Facts, Prose, Row, Table, Whiskers
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain

WIDTH = 100  # of a drawing in characters


def fragment(blocks: Sequence[Block]) -> str:
    """Return blocks as HTML; a drawing in characters stays one, in type of one width."""
    return "".join(map(_block, blocks))


def _block(block: Block) -> str:
    match block:
        case Prose():
            return _prose(block)
        case Table():
            return "".join(_table(block))
        case Facts():
            return "".join(_prose(Prose(text, label=name)) for name, text in block.items)
        case Whiskers():
            return f'<pre class="whiskers">{escape(plain(draw([block], WIDTH)))}</pre>'
        case _:
            return f"<pre>{escape(plain(draw([block], WIDTH)))}</pre>"


def _prose(block: Prose) -> str:
    label = f"<strong>{escape(block.label)}</strong> " if block.label else ""
    text = escape(block.text)
    shown = f"<strong>{text}</strong>" if block.emphasis == "strong" else text
    emphasis = ' class="quiet"' if block.emphasis == "quiet" else ""
    return f"<p{emphasis}>{label}{shown}</p>"


def _table(block: Table) -> Iterator[str]:
    caption = block.title + (f" ({block.unit})" if block.unit else "")
    name = escape(caption or block.heading or block.name)
    yield f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">'
    groups = " data-groups" if any(line.depth for line in block.rows) else ""
    # On a phone a row of a table that is not by period is a card, each cell behind its head.
    cards = ' class="cards"' if block.bar is None else ""
    yield f'<table id="table-{escape(block.name)}"{cards}{groups}>'
    yield f"<caption><span>{escape(caption)}</span></caption>" if caption else ""
    yield f"<thead><tr>{''.join(map(_head, block.columns))}</tr></thead><tbody>"
    for line in block.rows:
        yield "".join(_line(block, line))
    yield "</tbody></table></div>"


def _head(column: Column) -> str:
    band = " data-band" if column.is_banded else ""
    title = escape(column.title)
    return f'<th scope="col"{_class(column)} data-name="{title}"{band}>{title}</th>'


def _class(column: Column) -> str:
    kind = "n" if column.is_number else "w"
    return f' class="{kind} f"' if column.is_forecast else f' class="{kind}"'


def _line(block: Table, line: Row) -> Iterator[str]:
    yield '<tr class="quiet">' if line.is_quiet else "<tr>"
    for at, (column, cell) in enumerate(zip(block.columns, line.cells, strict=True)):
        if at:
            head = "" if block.bar is not None else f' data-head="{escape(column.title)}"'
            yield f"<td{_class(column)}{head}{_data(cell)}>{_content(cell)}</td>"
        else:
            # What a row is a part of stands above it, a step to the left.
            yield f'<th scope="row" class="w d{line.depth}"{_data(cell)}>{_content(cell)}</th>'
    yield "</tr>"


def _data(cell: Cell) -> str:
    ends = f' data-lo="{cell.band[0]}" data-hi="{cell.band[1]}"' if cell.band else ""
    return f' data-v="{escape(str(cell.raw))}"{ends}'


def _content(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.address:
        text = f'<a href="{escape(cell.address)}" rel="noopener">{text}</a>'
    notes = (f'<span class="note">{escape(each)}</span>' for each in cell.note if each)
    return text + "".join(notes)
