"""Write docs/commands and docs/equations.md from the program: make docs.

tests/test_documentation.py fails where a page no longer says what the program says.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from forecast.analysis.attribution.identities import fields_of
from forecast.cli import help as topics
from forecast.cli.main import COMMANDS, full_app
from forecast.cli.options import Given
from forecast.model.expressions import expressions_of
from forecast.model.graph import Node
from forecast.report.formats import markdown
from forecast.world.evaluate import model_graph

FOLDER = Path(__file__).parent
SHARED = {f"--{field.name.replace('_', '-')}" for field in fields(Given)}
OTHERWISE = {("ingest", "--as-of")}  # an option of its own by a shared name
NOTE = "<!-- Written by docs/generate.py from the program; change the program, then make docs. -->"
SIGNS = {" * ": " × ", " / ": " ÷ ", " ** ": "^", "-": "−"}
WIDTH = 92
LONGEST = 400  # characters of a formula that a person still reads
BRACKET = re.compile(r"\([^()]{1,70}\)")


def pages() -> dict[str, str]:
    """Return the text of every page by its path in this folder."""
    group: Any = typer.main.get_command(full_app())
    commands = {f"commands/{name}.md": page(name, group.commands[name]) for name in COMMANDS}
    return {**commands, "commands/README.md": index(group), "equations.md": equations()}


def index(group: Any) -> str:
    """Return the list of commands, and the options that they share."""
    rows = [(f"[`forecast {name}`]({name}.md)", text) for name, (_, text) in COMMANDS.items()]
    shared = [each for each in group.commands["project"].params if is_shared("project", each)]
    return joined(
        NOTE,
        "# Commands",
        table(("command", "does"), rows),
        "Results go to stdout; progress, warnings, hints and errors to stderr. "
        "[`forecast help`](help.md) explains settings, units, bands, variables of the environment, "
        "exit codes and the machine formats.",
        "## Shared options",
        "Most commands take these; each page names those that apply. A value may also stand in the "
        "environment (`FORECAST_DRAWS`) or in `forecast.toml`.",
        table(("option", ""), [(usage_of(each), said(each.help)) for each in shared]),
    )


def page(name: str, command: Any) -> str:
    """Return the page of a command, with a section for each of its parts."""
    parts = [NOTE, f"# forecast {name}"]
    if hasattr(command, "commands"):
        parts.append(said(command.help))
        for part, inner in command.commands.items():
            parts += [f"## forecast {name} {part}", *section(f"{name} {part}", inner)]
    else:
        parts += section(name, command)
    if name == "help":
        for topic, (_, blocks) in topics.TOPICS.items():
            parts += [f"## {topic}", markdown.render(blocks()).strip()]
    return joined(*parts)


def section(words: str, command: Any) -> Iterator[str]:
    """Yield what a command does, its arguments and options, notes, and examples."""
    own = [each for each in command.params if not is_shared(words, each)]
    arguments = [each for each in own if each.param_type_name == "argument"]
    options = [each for each in own if each.param_type_name == "option"]
    shared = [max(each.opts, key=len) for each in command.params if is_shared(words, each)]
    notes, examples = told(command.epilog or "")
    yield said(command.help)
    tail = "".join(f" {each.metavar or each.name.upper()}" for each in arguments)
    yield f"    forecast {words}{tail} [OPTIONS]"
    if any(each.help for each in arguments):
        yield table(("argument", ""), [(f"`{a.metavar}`", said(a.help)) for a in arguments])
    if options:
        yield table(("option", ""), [(usage_of(each), said(each.help)) for each in options])
    if shared:
        names = ", ".join(f"`{name}`" for name in shared)
        yield f"[Shared options](README.md#shared-options): {names}."
    yield from notes
    if examples:
        yield "```console\n" + "\n".join(f"$ {line}" for line in examples) + "\n```"


def is_shared(words: str, parameter: Any) -> bool:
    """Return whether a parameter of a command is one of the shared options."""
    name = max(parameter.opts, key=len)
    return name in SHARED and (words, name) not in OTHERWISE


def usage_of(option: Any) -> str:
    """Return an option as it is written: `-o`, `--output FILE`."""
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    shown = "" if option.is_flag or not option.metavar else f" {option.metavar}"
    return names[:-1] + shown.replace("|", "\\|") + "`"


def told(epilog: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs of an epilog, and its examples."""
    notes, examples = [], []
    for block in epilog.replace("\b", "").split("\n\n"):
        lines = [line.strip() for line in block.splitlines()]
        examples += [line for line in lines if line.startswith("forecast ")]
        text = " ".join(line for line in lines if line and not line.startswith("forecast "))
        if text and text != "Examples:":
            notes.append(text)
    return notes, examples


def equations() -> str:
    """Return the page of every equation of the model, by file in the order of the chain."""
    nodes = model_graph().nodes.values()
    parts = [
        NOTE,
        "# Equations",
        "Every equation of the model, by file in the order of the chain, with its title and unit; "
        "[the model](model.md) says why. A name that no equation gives is an assumption, a driver, "
        "a reference path, a shock, or time. `record.field` is one of several values, Σ `record` "
        "the sum of all of them; × and ÷ are read from left to right. What is more than "
        "arithmetic is told in words.",
    ]
    for module, group in groupby(nodes, key=lambda node: node.equation.__module__):
        file = module.rpartition(".")[2]
        parts += [f"## `{file}.py`", " ".join((sys.modules[module].__doc__ or "").split())]
        parts += [equation(node) for node in group]
    page = joined(*parts)
    return joined(page.rstrip(), "## Constants", table(("constant", "value"), constants(page)))


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
        if need in model_graph().nodes and (members := fields_of(need)):
            whole = " + ".join(f"{need}.{member}" for member in members)
            text = text.replace(f"({whole})", f"Σ {need}").replace(whole, f"Σ {need}")
    return text


def indented(line: str) -> str:
    """Return a formula as lines of code, broken before a sign and in no short bracket."""
    tied = re.sub(r"([=×÷+−Σ]) ", "\\1\u00a0", line)
    tied = BRACKET.sub(lambda found: found[0].replace(" ", "\u00a0"), tied)
    lines = textwrap.wrap(tied, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return "\n".join(lines).replace("\u00a0", " ")


def constants(page: str) -> list[tuple[str, str]]:
    """Return the constants that a page of equations speaks of, with their values."""
    values = {
        each.id: node.equation.__globals__[each.id]
        for node in model_graph().nodes.values()
        for expression in expressions_of(node.equation).values()
        for each in ast.walk(expression)
        if isinstance(each, ast.Name) and each.id.isupper()
    }
    return [(f"`{name}`", number(values[name])) for name in sorted(values) if name in page]


def number(value: float) -> str:
    """Return a constant as it is written: a year without a comma."""
    return f"{value:,.10g}".replace("e+", "e") if value >= 10_000.0 else f"{value:.10g}"


def said(text: str | None) -> str:
    """Return a help text on one line, without what would end a cell."""
    return " ".join((text or "").replace("\b", "").split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def joined(*parts: str) -> str:
    """Return parts as a page."""
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Write every page, and take away those of commands that are gone."""
    (FOLDER / "commands").mkdir(exist_ok=True)
    written = pages()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in (FOLDER / "commands").iterdir():
        if f"commands/{path.name}" not in written:
            path.unlink()


if __name__ == "__main__":
    main()
