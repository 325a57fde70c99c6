"""A page as a fragment of HTML for a notebook: prose and tables, every word of it escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from forecast.report.blocks import Block, Listing, Prose, Table
from forecast.report.formats.drawing import draw
from forecast.report.formats.terminal import plain

WIDTH = 100
_RIGHT = ' style="text-align:right"'
_LEFT = ' style="text-align:left"'


def fragment(blocks: Sequence[Block]) -> str:
    """Return blocks as HTML; a drawing in characters stays one, in type of one width."""
    parts = []
    for block in blocks:
        match block:
            case Prose():
                parts.append(_prose(block))
            case Table():
                heads = (f"{block.title} {block.unit}".strip(), *block.columns)
                rows = ((row.label, *row.cells) for row in block.rows)
                parts.append(_table(heads, rows, is_text=False))
            case Listing():
                parts.append(_table(block.columns, block.rows, is_text=block.is_text))
            case _:
                parts.append(f"<pre>{escape(plain(draw([block], WIDTH)))}</pre>")
    return f"<div>{''.join(parts)}</div>"


def _prose(block: Prose) -> str:
    label = f"<b>{escape(block.label)}</b> " if block.label else ""
    text = escape(block.text)
    return f"<p>{label}{f'<b>{text}</b>' if block.emphasis == 'strong' else text}</p>"


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]] | Iterator[Sequence[str]], *, is_text: bool
) -> str:
    lines = [_line("th", heads, is_text=is_text)]
    lines += [_line("td", row, is_text=is_text) for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _line(tag: str, cells: Sequence[str], *, is_text: bool) -> str:
    shown = []
    for index, cell in enumerate(cells):
        style = _LEFT if is_text or index == 0 else _RIGHT
        # The blanks before a name say what it is a part of.
        indent = "&nbsp;" * (len(cell) - len(cell.lstrip()))
        shown.append(f"<{tag}{style}>{indent}{escape(cell.strip())}</{tag}>")
    return f"<tr>{''.join(shown)}</tr>"
