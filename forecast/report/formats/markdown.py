"""A page as Markdown: the same words and tables, for a document or an issue."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.blocks import (
    Block,
    Chart,
    Listing,
    Note,
    Outline,
    Prose,
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
            case Whiskers():
                parts.append(whiskers(block))
            case Listing():
                parts.append(_rows(block.columns, block.rows, is_text=block.is_text))
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
    """Return a table under its heading; the forecast columns are in italics."""
    columns = [
        f"*{name}*" if block.bar is not None and index >= block.bar else name
        for index, name in enumerate(block.columns)
    ]
    rows = [
        (f"**{row.label.strip()}**" if row.kind == "median" else row.label.strip(), *row.cells)
        for row in block.rows
    ]
    heading = f"### {block.title}" + (f" ({block.unit.strip()})" if block.unit.strip() else "")
    return f"{heading}\n\n{_rows(('', *columns), rows, escape=False)}"


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
    return _rows((block.title, "median", "band"), rows)


def _rows(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    escape: bool = True,
    is_text: bool = False,
) -> str:
    lines = [columns, ["---", *["---" if is_text else "---:"] * (len(columns) - 1)], *rows]
    if escape:
        lines = [columns, lines[1], *([cell.translate(SPECIAL) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
