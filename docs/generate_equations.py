"""Write docs/equations.md from the model itself: make docs.

tests/test_documentation.py fails where the page no longer says what the equations say.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from itertools import groupby
from pathlib import Path

from generate import NOTE, joined, table

from forecast.analysis.attribution.identities import fields_of
from forecast.model.equations import all_equations
from forecast.model.expressions import expressions_of
from forecast.model.graph import Graph, Node

PAGE = Path(__file__).parent / "equations.md"
NODES = Graph(all_equations()).nodes
SIGNS = {" * ": " × ", " / ": " ÷ ", " ** ": "^", "-": "−"}
WIDTH = 92
LONGEST = 400  # characters of a formula that a person still reads
SHORT_BRACKET = re.compile(r"\([^()]{1,70}\)")


def page() -> str:
    """Return the page of every equation of the model, by file in the order of the chain."""
    parts = [
        NOTE.replace("generate.py", Path(__file__).name),
        "# Equations",
        "Every equation of the model, by file in the order of the chain, with its title and unit; "
        "[the model](model.md) says why. A name that no equation gives is an assumption, a driver, "
        "a reference path, a shock, or time. `record.field` is one of several values, Σ `record` "
        "the sum of all of them; × and ÷ are read from left to right. What is more than "
        "arithmetic is told in words.",
    ]
    for module, group in groupby(NODES.values(), key=lambda node: node.equation.__module__):
        file = module.rpartition(".")[2]
        parts += [f"## `{file}.py`", " ".join((sys.modules[module].__doc__ or "").split())]
        parts += [equation(node) for node in group]
    rows = constants("".join(parts))
    return joined(*parts, "## Constants", table(("constant", "value"), rows))


def equation(node: Node) -> str:
    """Return an equation with its title and unit: as mathematics, or in words."""
    meaning = node.meaning
    head = f"**{node.name}**: {meaning.title} ({meaning.unit})"
    lines = [
        f"{'.'.join(filter(None, (node.name, field)))} = {mathematics(node, each)}"
        for field, each in expressions_of(node.equation).items()
    ]
    if lines and len(max(lines, key=len)) <= LONGEST:
        return "\n".join([head, "", *map(indented, lines)])
    needs = ", ".join(f"`{need}`" for need in node.needs)
    return f"{head}. {meaning.definition} From {needs}."


def mathematics(node: Node, expression: ast.expr) -> str:
    """Return an expression of an equation as mathematics is written."""
    text = ast.unparse(expression)
    for sign, shown in SIGNS.items():
        text = text.replace(sign, shown)
    for need in node.needs:
        if need in NODES and (fields := fields_of(need)):
            whole = " + ".join(f"{need}.{field}" for field in fields)
            text = text.replace(f"({whole})", f"Σ {need}").replace(whole, f"Σ {need}")
    return text


def indented(line: str) -> str:
    """Return a formula as lines of code, broken before a sign and in no short bracket."""
    tied = re.sub(r"([=×÷+−Σ]) ", "\\1\u00a0", line)
    tied = SHORT_BRACKET.sub(lambda found: found[0].replace(" ", "\u00a0"), tied)
    lines = textwrap.wrap(tied, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return "\n".join(lines).replace("\u00a0", " ")


def constants(text: str) -> list[tuple[str, str]]:
    """Return the constants that a text of equations speaks of, with their values."""
    values = {
        each.id: node.equation.__globals__[each.id]
        for node in NODES.values()
        for expression in expressions_of(node.equation).values()
        for each in ast.walk(expression)
        if isinstance(each, ast.Name) and each.id.isupper()
    }
    return [(f"`{name}`", number(values[name])) for name in sorted(values) if name in text]


def number(value: float) -> str:
    """Return a constant as it is written: a year without a comma."""
    return f"{value:,.10g}".replace("e+", "e") if value >= 10_000.0 else f"{value:.10g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
