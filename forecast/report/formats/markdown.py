"""A page as Markdown: the same words and tables, for a document or an issue."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Facts,
    Note,
    Outline,
    Prose,
    Row,
    Table,
    Whiskers,
)
from forecast.report.numbers import quantity, quantity_band

SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|"})


def render(blocks: Sequence[Block]) -> str:
    """Return blocks as GitHub-flavoured Markdown."""
    parts = []
    for block in blocks:
        match block:
            case Prose():
                parts.append(prose(block))
            case Table():
                parts.append(table(block))
            case Facts():
                items = (f"- **{name}** {text.translate(SPECIAL)}" for name, text in block.items)
                parts.append("\n".join(items))
            case Whiskers():
                parts.append(whiskers(block))
            case Chart():
                drawn = "\n".join((*block.lines, block.legend))
                parts.append(f"### {block.title}\n\n```\n{drawn}\n```")
            case Outline():
                parts.append(outline(block))
    return "\n\n".join(parts) + "\n"


def prose(block: Prose) -> str:
    """Return a paragraph: strong ones in bold, a label in bold before its text."""
    text = block.text.translate(SPECIAL)
    if block.label:
        return f"**{block.label}** {text}"
    return f"**{text}**" if block.emphasis == "strong" else text


def table(block: Table) -> str:
    """Return a table under its heading: notes in brackets, the forecast's columns in italics."""
    heads = [block.columns[0].title, *(_head(column) for column in block.columns[1:])]
    marks = ["---:" if column.is_number else "---" for column in block.columns]
    rows = [[_label(each), *map(_cell, each.cells[1:])] for each in block.rows]
    drawn = _rows([heads, ["---", *marks[1:]], *rows])
    unit = f" ({block.unit.translate(SPECIAL)})" if block.unit else ""
    return f"### {block.title.translate(SPECIAL)}{unit}\n\n{drawn}" if block.title else drawn


def _head(column: Column) -> str:
    title = column.title.translate(SPECIAL)
    return f"*{title}*" if column.is_forecast else title


def _label(line: Row) -> str:
    return "\u2003" * line.depth + _cell(line.cells[0])


def _cell(cell: Cell) -> str:
    text = " ".join(cell.text.split()).translate(SPECIAL)
    if cell.address:
        text = f"[{text}](<{cell.address.replace('>', '%3E').replace('|', '%7C')}>)"
    note = "; ".join(filter(None, cell.note)).translate(SPECIAL)
    return f"{text} ({note})" if note else text


def outline(block: Outline) -> str:
    """Return a tree as nested lists; a note with an address is a link to it."""
    lines = []
    for branch in block.branches:
        indent = "  " * branch.depth
        figures = ", ".join(figure for figure in branch.figures if figure)
        head = f"**{branch.name.translate(SPECIAL)}** {figures.translate(SPECIAL)}".strip()
        lines.append(
            "\\\n".join(
                [f"{indent}- {head}", *(f"{indent}  {_note(note)}" for note in branch.notes)]
            )
        )
    return "\n".join(lines)


def _note(note: Note) -> str:
    text = note.text.translate(SPECIAL)
    address = note.url.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"[{text}](<{address}>)" if address else text


def whiskers(block: Whiskers) -> str:
    """Return the whiskers' numbers, which Markdown cannot draw."""
    rows = [
        (label, quantity(middle, "share"), quantity_band(low, high, "share"))
        for label, low, middle, high in block.rows
    ]
    return _rows([(block.title, "median", "band"), ("---", "---:", "---:"), *rows])


def _rows(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
